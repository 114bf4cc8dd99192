// Command sqlfuzz asks projsql and PostgreSQL 15 the same random queries over the same
// random rows, and tells where they answer differently.
//
// Every query comes from the seed that is printed with it. What projsql refuses (0A000, or
// a function that it does not have) counts as refused. A query that one of the two fails is
// counted apart: PostgreSQL computes constants early, and conditions in the order of their
// cost. Where nothing can fail, as in the deep queries over tables and projections, that is
// a difference, and so is an internal error. A query of several columns that is answered
// differently is asked again column by column, so that what is printed is short.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql/jepsen"
)

func main() {
	binary := flag.String("projsql", "bin/projsql", "the `binary` to test")
	length := flag.Duration("time", time.Minute, "how long to ask")
	seed := flag.Uint64("seed", uint64(time.Now().Unix()), "of the first round; each further round adds 1")
	nodes := flag.Int("nodes", 1, "of projsql; several share every scan that they can, and are asked in turn")
	failures := flag.Bool("failures", false, "show queries that only one of the two fails")
	calls := flag.Bool("calls", false, "ask only for calls of one function")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	found, err := run(ctx, *binary, *nodes, *length, *seed, *calls, tally{errors: *failures, shown: map[string]bool{}, lacking: map[string]int{}})
	if err != nil {
		fmt.Fprintln(os.Stderr, "sqlfuzz:", err)
	}
	if err != nil || found > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, binary string, nodes int, length time.Duration, seed uint64, calls bool, t tally) (found int, err error) {
	dir, err := os.MkdirTemp("", "projsql-sqlfuzz-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // the postgres user works in it too
		return 0, err
	}
	p, err := startPair(ctx, binary, nodes, dir)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	c, err := readCatalog(ctx, p.postgres)
	if err != nil {
		return 0, err
	}
	fmt.Printf("%d functions, operators and aggregates, from seed %d\n", c.size(), seed)
	for end, tell := time.Now().Add(length), time.Now(); time.Now().Before(end) && ctx.Err() == nil; seed++ {
		g := newGenerator(c, seed)
		g.callsOnly = calls
		if err := p.round(ctx, g, &t); err != nil {
			return t.different, fmt.Errorf("seed %d: %w", seed, err)
		}
		if time.Since(tell) > 10*time.Second {
			tell = time.Now()
			fmt.Println(&t)
		}
	}
	fmt.Printf("%s\n%v\n", t.mostLacking(30), &t)
	return t.different, nil
}

// pair is the two servers; projsql's may have several nodes.
type pair struct {
	jepsen.Nodes
	postgres *jepsen.Postgres
}

func startPair(ctx context.Context, binary string, nodes int, dir string) (*pair, error) {
	pg, err := jepsen.StartPostgres(ctx, filepath.Join(dir, "postgres"), "timezone=UTC", "fsync=off", "jit=off")
	if err != nil {
		return nil, err
	}
	p := &pair{postgres: pg}
	for i := range nodes {
		if err = p.add(ctx, binary, filepath.Join(dir, fmt.Sprint("n", i+1))); err != nil {
			break
		}
	}
	if err = errors.Join(err, p.AwaitVoters(ctx, nodes)); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

func (p *pair) add(ctx context.Context, binary, dir string) error {
	log, err := os.Create(dir + ".log")
	if err != nil {
		return err
	}
	addr, err := jepsen.FreeAddr()
	if err != nil {
		return err
	}
	return p.Add(ctx, &jepsen.Process{Binary: binary, Dir: dir, Addr: addr, Log: log})
}

// connect opens a session at one of projsql's nodes.
func (p *pair) connect(ctx context.Context, round uint64) (*pgx.Conn, error) {
	conn, err := p.All[round%uint64(len(p.All))].Connect(ctx)
	if err == nil && len(p.All) > 1 {
		_, err = conn.Exec(ctx, "SET projsql.distribute = on")
	}
	return conn, err
}

func (p *pair) stop() {
	for _, n := range p.All {
		_ = n.Stop() // the comparison is over
	}
	p.postgres.Stop()
}
