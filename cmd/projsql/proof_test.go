package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql/engine"
)

// proven is a state and the position that it claims.
type proven struct {
	N          int64
	Names      []string
	Generation int64
	Watermark  int64
	HLC        int64
	Freshness  string
}

// TestProofBelongsToTheState appends by one session and reads stale and fresh by
// others, while the clock moves. Whatever a reader gets, generation, watermark, HLC and
// state are those of one prefix of the entity's events.
func TestProofBelongsToTheState(t *testing.T) {
	t.Parallel()
	seed := environment(t, "PROOF_SEED", uint64(os.Getpid()))
	t.Logf("PROOF_SEED=%d", seed)
	random, clock := rand.New(rand.NewPCG(seed, 4)), &handClock{now: time.Now()}
	n := startNodeWith(t, t.TempDir(), func(c *testConfig) { c.Now = clock.Now })
	writer := n.connect(t)
	script(t, writer, asOfSource)
	seen := map[string]int{}
	for range 80 {
		script(t, writer, randomInsert(random))
		clock.advance(time.Duration(random.IntN(200)) * time.Millisecond)
		reader := n.connect(t)
		for range 5 {
			entity := randomEntity(random)
			seen[checkProof(t, writer, reader, entity, random.IntN(400))]++
		}
		if err := reader.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if seen["fresh"] < 20 || seen["stale_allowed"] < 20 {
		t.Errorf("seen %v", seen)
	}
}

func checkProof(t *testing.T, writer, reader *pgx.Conn, entity string, ms int) string {
	t.Helper()
	rows, err := reader.Query(t.Context(), fmt.Sprintf(`SELECT n, names, _generation, _watermark, _hlc, _freshness
		FROM project('Ledger', '%s') WITH FRESHNESS MAYBE STALE %d`, entity, ms))
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[proven])
	if err != nil {
		t.Fatal(err)
	}
	if len(got) == 0 {
		return "none"
	}
	p := got[0]
	log := slices.DeleteFunc(recordedLog(t, writer), func(e recorded) bool { return e.Entity != entity })
	want := foldInGo(log, entity, func(e *recorded) bool { return e.Version <= p.Generation })
	if state := (&ledgerState{entity, p.N, p.Names}); want == nil || state.String() != want.String() {
		t.Errorf("generation %d is said to be %v, is %v", p.Generation, state, want)
	}
	last := recorded{}
	for _, e := range log {
		if e.Version <= p.Generation && e.Kind != "Noted" {
			last = e
		}
	}
	if last.Sequence != p.Watermark || last.HLC != p.HLC {
		t.Errorf("generation %d: watermark %d, hlc %d; its last relevant event has %d, %d", p.Generation, p.Watermark, p.HLC, last.Sequence, last.HLC)
	}
	if p.Freshness == "fresh" && log[len(log)-1].Version != p.Generation {
		t.Errorf("generation %d of %d is called fresh", p.Generation, log[len(log)-1].Version)
	}
	return p.Freshness
}

// TestIfChangedChain follows an entity by feeding each generation back: no change is
// skipped, relevant or not, the state is that of the generation, and a generation that
// was just returned has nothing new.
func TestIfChangedChain(t *testing.T) {
	t.Parallel()
	n := testNode(t)
	writer, reader := n.connect(t), n.connect(t)
	script(t, writer, tallySource)
	script(t, reader, "SET projsql.freshness = 'maybe stale 1h'")
	generation, sum := int64(0), 0
	for i, kind := range strings.Fields("Noted Added Noted Added Added Noted Noted Added") {
		ask := func() (rows [][]any) {
			t.Helper()
			q, err := reader.Query(t.Context(), "SELECT generation, n FROM project_if_changed('Tally', 'a', $1)", generation)
			if err != nil {
				t.Fatal(err)
			}
			rows, err = pgx.CollectRows(q, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
			if err != nil {
				t.Fatal(err)
			}
			return rows
		}
		if rows := ask(); len(rows) != 0 {
			t.Errorf("step %d: %v before anything changed", i, rows)
		}
		script(t, writer, fmt.Sprintf(`INSERT INTO events (entity, kind, data) VALUES ('a', '%s', '{"n": %d}')`, kind, i))
		generation-- // any other than the newest
		want := any(nil)
		if kind == "Added" {
			sum += i
		}
		if i > 0 {
			want = int32(sum)
		}
		rows := ask()
		generation += 2
		if len(rows) != 1 || rows[0][0] != generation || rows[0][1] != want {
			t.Errorf("step %d: %v, want %d and %v", i, rows, generation, want)
		}
	}
}

// TestAnyStaleness asks for bounds of any length: they are taken as they are, cut where
// no state can be so old, or refused; none overflows into another.
func TestAnyStaleness(t *testing.T) {
	t.Parallel()
	conn := testNode(t).connect(t)
	script(t, conn, tallySource, add("a", 1))
	for bound, code := range map[string]string{
		"'36500 days'": "", "'0 ms'": "", "0": "", "'0.0001 us'": "",
		"'36501 days'": "22008", "'2000000000 days'": "22008", "9223372036854775807": "22008", "'-1 ms'": "22023", "'1000 years'": "22007",
	} {
		_, err := conn.Exec(t.Context(), "SELECT n FROM project('Tally', 'a') WITH FRESHNESS MAYBE STALE "+bound)
		if got := sqlState(err); got != code {
			t.Errorf("MAYBE STALE %s: %q, want %q", bound, got, code)
		}
	}
	for _, bound := range []string{"1000 years", "178000000 years", "2000000000 days", "0"} {
		var n int
		err := conn.QueryRow(t.Context(), "SELECT n FROM project('Tally', 'a') WITH FRESHNESS MAYBE STALE $1", bound).Scan(&n)
		if err != nil || n != 1 {
			t.Errorf("MAYBE STALE $1 = %s: %d, %v", bound, n, err)
		}
	}
}

func sqlState(err error) string {
	var pgErr *pgconn.PgError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &pgErr):
		return pgErr.Code
	default:
		return err.Error()
	}
}

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// take returns what was written since the last call.
func (b *syncBuffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.buf.Reset()
	return b.buf.String()
}

// TestFlowIsTold demands a structured event for every answer, probe and store-back, a
// warning for a fault that no reader notices, and the counts of them all in
// projsql.statements and /metrics.
func TestFlowIsTold(t *testing.T) {
	t.Parallel()
	log, faulty := &syncBuffer{}, &faultyCache{}
	n := startNodeWith(t, t.TempDir(), func(c *testConfig) {
		c.db.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c.Engine = func(o *engine.Options) { faulty.External, o.External = o.External, faulty }
	})
	conn := n.connect(t)
	script(t, conn, tallySource, add("a", 1))
	read := "SELECT n FROM project('Tally', 'a')"
	tells(t, log, func() { script(t, conn, read) },
		`msg="external cache probe" room=engine projection=tally entity=a outcome=miss`,
		`msg="projection cache store outcome" room=engine flow=full_replay projection=tally entity=a external=stored slot=stored`,
		`msg=project room=engine projection=tally entity=a strategy=external_cache_then_replay cache_status=miss cache_reason="" freshness=fresh generation=1 folded=1`)
	tells(t, log, func() { script(t, conn, read) }, `strategy=group_local_hit cache_status=hit`)
	script(t, conn, add("a", 1))
	tells(t, log, func() { script(t, conn, read) }, `flow=group_local_incremental`, `strategy=group_local_incremental cache_status=hit`)
	faulty.set("get_error")
	script(t, conn, "SELECT projsql_cache_purge('')")
	tells(t, log, func() { script(t, conn, read) }, `level=WARN msg="cache get failed (falling back to replay)"`, `cache_status=unavailable cache_reason=cache_get_failed`)
	faulty.set("")
	script(t, conn, add("a", 0), `INSERT INTO events (entity, kind, data) VALUES ('a', 'Added', '{"n": "x"}')`)
	if _, err := conn.Exec(t.Context(), read); err == nil {
		t.Error("a bad event was folded")
	}
	checkCounts(t, n, conn)
}

func tells(t *testing.T, log *syncBuffer, do func(), want ...string) {
	t.Helper()
	log.take()
	do()
	got := log.take()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("the log lacks %s:\n%s", w, got)
		}
	}
}

func checkCounts(t *testing.T, n *runningNode, conn *pgx.Conn) {
	t.Helper()
	rows, err := conn.Query(t.Context(), "SELECT strategy || ' ' || cache_status || ' ' || freshness || ' ' || external_store || ' ' || slot_store || ' ' || reads FROM projsql.statements WHERE projection = 'tally' ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	want := []string{
		"external_cache_then_replay miss fresh stored stored 1", "external_cache_then_replay unavailable fresh stored stored 1",
		"group_local_hit hit fresh none none 1", "group_local_incremental hit fresh stored stored 1",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("projsql.statements has %q, %v; want %q", got, err, want)
	}
	text := scrape(t, n)
	for _, line := range []string{
		`projsql_engine_answers_total{cache_status="unavailable",database="projsql",external_store="stored",freshness="fresh",projection="tally",slot_store="stored",strategy="external_cache_then_replay"} 1`,
		`projsql_engine_cache_faults_total{database="projsql",fault="get",projection="tally"} 1`,
		`projsql_engine_cache_stores_total{cache="slot",database="projsql",outcome="stored",projection="tally"} 3`,
		`projsql_engine_failed_total{database="projsql",projection="tally"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("/metrics lacks %s", line)
		}
	}
}

func scrape(t *testing.T, n *runningNode) string {
	t.Helper()
	response, err := http.Get("http://" + n.admin.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestExplainOfScans: EXPLAIN ANALYZE of a scan says what it took, as of a read of one
// entity; phases do not overlap.
func TestExplainOfScans(t *testing.T) {
	t.Parallel()
	n := startNode(t, t.TempDir())
	conn := n.connect(t)
	script(t, conn, tallies(500), tallySource)
	short := map[string]bool{"barrier": true, "slot_lookup": true, "encode": true} // may take less than 1 µs
	for _, phases := range [][]string{
		{"barrier", "plan", "slot_lookup", "log_read", "fold", "cache_store", "encode"}, // cold
		{"slot_lookup", "encode"}, // from the last scan
	} {
		var text string
		if err := conn.QueryRow(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM tally").Scan(&text); err != nil {
			t.Fatal(err)
		}
		var explained []struct {
			Phases map[string]int64 `json:"Phase Times"`
		}
		if err := json.Unmarshal([]byte(text), &explained); err != nil || len(explained) != 1 {
			t.Fatalf("%v: %s", err, text)
		}
		took, sum := explained[0].Phases, int64(0)
		for phase, us := range took {
			if phase != "total" {
				sum += us
			}
		}
		for _, phase := range phases {
			if us, ok := took[phase]; !ok || us <= 0 && !short[phase] {
				t.Errorf("phase %s took %d µs: %v", phase, us, took)
			}
		}
		if sum > took["total"] {
			t.Errorf("phases take %d of %d µs", sum, took["total"])
		}
	}
	var listing int64
	if err := conn.QueryRow(t.Context(), "SELECT bytes FROM projsql.cache WHERE level = 'listing' AND projection = 'tally'").Scan(&listing); err != nil || listing < 500 {
		t.Errorf("the listing of the scans takes %d bytes, %v", listing, err)
	}
}
