// Command bench runs projsql beside its peers, on the same machine in the same run,
// and prints both and their ratio.
//
//	bench -projsql bin/projsql read | append | fold | sql | engine | cluster
//
// The peer is PostgreSQL 15, of the cluster etcd too. The engine's benchmark has none:
// it prints what reads cost in process and over SQL.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql/jepsen"
)

// options are what every benchmark needs.
type options struct {
	rounds         int // of pgbench on both sides
	seconds        int // of each
	storeEventsMax int
	etcd           string // its binary
	readLease      bool   // of the cluster's nodes
}

// repeats is how often what takes longer than a round is done.
func (o options) repeats() int { return (o.rounds + 2) / 3 }

func main() {
	binary := flag.String("projsql", "bin/projsql", "the binary to measure")
	rounds := flag.Int("rounds", 9, "rounds, each on both servers; medians are printed")
	seconds := flag.Int("seconds", 1, "length of each measurement")
	storeEventsMax := flag.Int("store-events-max", 1_000_000, "events of the largest store of engine and sql")
	etcdBinary := flag.String("etcd", ".cache/etcd/usr/bin/etcd", "the cluster benchmark's peer")
	readLease := flag.Bool("read-lease", false, "the cluster's nodes answer CONSISTENT by leases")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if flag.Arg(0) == bareName {
		if err := serveBare(ctx, flag.Arg(1), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(ctx, *binary, flag.Arg(0), options{rounds: *rounds, seconds: *seconds, storeEventsMax: *storeEventsMax, etcd: *etcdBinary, readLease: *readLease}); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, binary, name string, o options) (err error) {
	benchmarks := map[string]func(context.Context, *pair, options) error{
		"read": benchRead, "append": benchAppend, "fold": benchFold, "sql": benchSQL,
	}
	others := map[string]func(ctx context.Context, binary, dir string, o options) error{
		"engine": benchEngine, "cluster": benchCluster, "sql-nodes": benchSQLNodes,
	}
	bench, paired := benchmarks[name]
	other, ok := others[name]
	if !ok && !paired {
		return fmt.Errorf("unknown benchmark %q; there are read, append, fold, sql, sql-nodes, engine, cluster", name)
	}
	dir, err := os.MkdirTemp("", "projsql-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if !paired {
		return other(ctx, binary, dir, o)
	}
	p, err := startPair(ctx, binary, dir)
	if err != nil {
		return err
	}
	defer p.stop()
	return bench(ctx, p, o)
}

// pair is the two servers under test, both on loopback with fsync on.
type pair struct {
	projsql  *jepsen.Process
	postgres *jepsen.Postgres
	dir      string
}

// connect opens a session of each, which end closes.
func (p *pair) connect(ctx context.Context) (ours, theirs *pgx.Conn, end func(), err error) {
	if ours, err = p.projsql.Connect(ctx); err != nil {
		return nil, nil, nil, err
	}
	if theirs, err = p.postgres.Connect(ctx); err != nil {
		ours.Close(ctx)
		return nil, nil, nil, err
	}
	return ours, theirs, func() { ours.Close(ctx); theirs.Close(ctx) }, nil
}

func startPair(ctx context.Context, binary, dir string) (*pair, error) {
	if err := os.Chmod(dir, 0o755); err != nil { // the postgres user works in it too
		return nil, err
	}
	pg, err := startPostgres(ctx, filepath.Join(dir, "postgres"))
	if err != nil {
		return nil, err
	}
	addr, err := jepsen.FreeAddr()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "projsql.log"))
	if err != nil {
		return nil, err
	}
	process := &jepsen.Process{
		Binary: binary, Dir: filepath.Join(dir, "projsql"), Addr: addr, Log: log,
	}
	socketDir := process.Dir + socketSuffix
	if err := os.Mkdir(socketDir, 0o755); err != nil {
		return nil, err
	}
	process.Flags = []string{"--socket-dir", socketDir, "--scan-memory", "1024"} // as PostgreSQL has shared buffers
	if err := process.Start(ctx); err != nil {
		pg.Stop()
		return nil, err
	}
	return &pair{projsql: process, postgres: pg, dir: dir}, nil
}

func (p *pair) stop() {
	_ = p.projsql.Stop() // measured already
	p.postgres.Stop()
}

// median of some figures; it sorts them.
func median(figures []float64) float64 {
	slices.Sort(figures)
	return figures[len(figures)/2]
}

func perSecond(n int, d time.Duration) float64 { return float64(n) / d.Seconds() }
