# projsql: every task a developer or CI runs. `make help` lists them.
GO      ?= go
TOOLS   := $(CURDIR)/bin
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X github.com/projsql/projsql.version=$(VERSION)

.PHONY: help demo test build lint bench bench-read bench-append bench-fold bench-engine bench-sql bench-cluster pg-regress golden fuzz fuzz-sql jepsen jepsen-cluster partitions disks upgrade histories mutants spill metamorphic setup
help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: build ## one node with this repository's history, a psql line to paste, until Ctrl-C
	@$(TOOLS)/projsql demo

build: ## the binary, bin/projsql
	@mkdir -p $(TOOLS)
	$(GO) build -ldflags '$(LDFLAGS)' -o $(TOOLS)/projsql ./cmd/projsql

test: setup build lint ## set up, lint, then every test
	ulimit -v $(MEMORY_KB) && PROJSQL=$(TOOLS)/projsql $(GO) test -timeout 20m ./...
# Of each process: what takes more ends with Go's stacks, and not by the kernel without a word.
MEMORY_KB := 12000000

lint: ## gofumpt, vet and staticcheck, at pinned versions
	@$(GO) vet ./... && $(GO) vet -tags disks,partitions ./cluster ./jepsen
	@out=$$($(GO) run mvdan.cc/gofumpt@v0.12.0 -l .); test -z "$$out" || { echo "gofumpt -w:"; echo "$$out"; exit 1; }
	@$(GO) run honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK) ./...
STATICCHECK := v0.8.2

bench: bench-read bench-append bench-fold ## all benchmarks, each beside PostgreSQL 15 in the same run
bench-read: build setup ## hits beside PostgreSQL's primary key reads
	$(GO) run ./jepsen/bench -projsql $(TOOLS)/projsql read
bench-append: build setup ## durable appends and COPY beside PostgreSQL
	$(GO) run ./jepsen/bench -projsql $(TOOLS)/projsql append
bench-fold: build setup ## cold replays beside PostgreSQL's aggregates
	$(GO) run ./jepsen/bench -projsql $(TOOLS)/projsql fold
bench-engine: build ## the engine's reads in process and over SQL, and how they grow up to STORE_EVENTS_MAX
	$(GO) run ./jepsen/bench -projsql $(TOOLS)/projsql -store-events-max $(STORE_EVENTS_MAX) engine
bench-sql: build setup ## queries over a million entities beside an analysed table of PostgreSQL, and on three nodes
	$(GO) run ./jepsen/bench -projsql $(TOOLS)/projsql -rounds 5 -store-events-max $(STORE_EVENTS_MAX) sql
	$(GO) run ./jepsen/bench -projsql $(TOOLS)/projsql -rounds 5 -store-events-max $(STORE_EVENTS_MAX) sql-nodes
STORE_EVENTS_MAX ?= 1000000
bench-cluster: build setup ## three nodes beside three of etcd and PostgreSQL: appends, hits, idling, failover
	@.ci/etcd
	$(GO) run ./jepsen/bench -projsql $(TOOLS)/projsql $(BENCH_FLAGS) cluster
BENCH_FLAGS ?= -rounds 3 -seconds 2

pg-regress: build setup ## PostgreSQL 15's own regression scripts, statement by statement
	@.ci/pg-source
	$(GO) run ./jepsen/regress -projsql $(TOOLS)/projsql $(SCRIPTS)

golden: setup ## ask a real PostgreSQL 15 for the expected answers again
	.ci/golden

FUZZTIME ?= 60s
fuzz: ## every fuzz target for FUZZTIME each
	@.ci/fuzz $(FUZZTIME)

SQLFUZZ_TIME ?= 1h
fuzz-sql: build setup ## random queries over random rows, beside PostgreSQL, for SQLFUZZ_TIME (SQLFUZZ_FLAGS='-seed 7 -nodes 3')
	$(GO) run ./jepsen/sqlfuzz -projsql $(TOOLS)/projsql -time $(SQLFUZZ_TIME) $(SQLFUZZ_FLAGS)

jepsen: build setup ## kill -9 under load, twenty times
	PROJSQL=$(TOOLS)/projsql KILLS=20 $(GO) test -count=1 -v -timeout 20m -run Kill ./jepsen

DURATION ?= 20m
jepsen-cluster: build setup ## five nodes that come and go under load, for DURATION; then all replicas are compared
	PROJSQL=$(TOOLS)/projsql DURATION=$(DURATION) $(GO) test -count=1 -v -timeout 24h -run ClusterChurn ./jepsen

partitions: build setup ## as root: links between five nodes are cut, both ways and one, under load, for DURATION; then all replicas are compared
	PROJSQL=$(TOOLS)/projsql DURATION=$(DURATION) $(GO) test -tags partitions -count=1 -v -timeout 24h -run ClusterPartitions ./jepsen

POWER_CUTS ?= 100
FULL_DISKS ?= 10
disks: build setup ## as root: cut the power of an ext4 file system under a node POWER_CUTS times, leave a node no room FULL_DISKS times, and have disks of a cluster hang
	POWER_CUTS=$(POWER_CUTS) $(GO) test -tags disks -count=1 -v -timeout 1h -run TestPowerCut ./cluster
	PROJSQL=$(TOOLS)/projsql FULL_DISKS=$(FULL_DISKS) $(GO) test -tags disks -count=1 -v -timeout 1h -run "FullDisk|StalledDisk" ./jepsen

upgrade: build setup ## three nodes that run the commit FROM are restarted, one after the other, with this one, under load
	@test -n "$(FROM)" || { echo "make upgrade FROM=<commit or tag>" >&2; exit 2; }
	@.ci/build-at "$(FROM)" $(TOOLS)/projsql-before
	PROJSQL=$(TOOLS)/projsql PROJSQL_BEFORE=$(TOOLS)/projsql-before $(GO) test -count=1 -v -timeout 10m -run RollingUpgrade ./jepsen

HISTORIES ?= 200
histories: ## random faults against three nodes in a bubble, checked for linearizability
	@mkdir -p $(TOOLS)
	$(GO) test -c -o $(TOOLS)/cluster.test ./cluster
	cd cluster && TMPDIR=$$(test -w /dev/shm && echo /dev/shm || echo /tmp) GOGC=400 HISTORIES=$(HISTORIES) SEED=$${SEED:-$$(date +%s)} \
		$(TOOLS)/cluster.test -test.v -test.timeout 24h -test.parallel $$(nproc) -test.run TestHistories

mutants: ## break the confirmation round, what it waits for and who need not, the lease check, the ratification of stamps and that definitions are sent once: HISTORIES histories must find each
	@.ci/mutants $(HISTORIES)

spill: build setup ## statements that need SPILL_MB of a node that gives them 64 MB: on disk, or 53200
	PROJSQL=$(TOOLS)/projsql SPILL_MB=$(SPILL_MB) $(GO) test -count=1 -v -timeout 2h -run StatementBeyond ./jepsen
SPILL_MB ?= 10240

metamorphic: ## random histories under every variant of the caches, for METAMORPHIC_TIME
	METAMORPHIC_TIME=$(METAMORPHIC_TIME) METAMORPHIC_EVENTS=$(METAMORPHIC_EVENTS) METAMORPHIC_SEED=$(METAMORPHIC_SEED) \
		$(GO) test -count=1 -v -timeout 24h -run TestMetamorphic ./cmd/projsql
METAMORPHIC_TIME   ?= 30m
METAMORPHIC_EVENTS ?= 100000
METAMORPHIC_SEED   ?=

setup: ## install what the tests need beside Go: psql, pgbench, PostgreSQL 15, psycopg
	@.ci/setup
