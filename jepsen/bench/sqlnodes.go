package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql/jepsen"
)

// shared has a cluster of three nodes on this machine, a session at each, and the first's
// clients ask.
type shared struct {
	options
	jepsen.Nodes
	conns []*pgx.Conn
}

// sharedQuery is one query's figures: alone, then shared.
type sharedQuery struct {
	answers [2][][]string
	took    [2]float64   // ms, medians
	read    [2][]float64 // states, by node, in one run
	used    [2][]float64 // CPU ms, by node, in one run
}

// benchSQLNodes measures the queries of benchSQL at one node of three, which reads everything
// itself, and then with all three reading what they own. It checks that the answers are the same and
// prints how much of the work ran at each.
func benchSQLNodes(ctx context.Context, binary, dir string, o options) error {
	s := &shared{options: o}
	defer s.stop()
	if err := s.start(ctx, binary, dir); err != nil {
		return err
	}
	if err := s.load(ctx); err != nil {
		return err
	}
	figures := make([]sharedQuery, len(sqlQueries))
	for way, mode := range []string{"off", "auto"} {
		if _, err := s.conns[0].Exec(ctx, "SET projsql.distribute = "+mode); err != nil {
			return err
		}
		for i, q := range sqlQueries {
			if err := s.measure(ctx, &figures[i], way, q.sql); err != nil {
				return fmt.Errorf("%s, %s: %w", q.name, mode, err)
			}
		}
	}
	return s.print(figures)
}

func (s *shared) start(ctx context.Context, binary, dir string) error {
	for i := range 3 {
		p, err := newProcess(binary, dir, fmt.Sprint("n", i+1))
		if err != nil {
			return err
		}
		p.Flags = []string{"--scan-memory", "1024"}
		if err := s.Add(ctx, p); err != nil {
			return err
		}
		conn, err := p.Connect(ctx)
		if err != nil {
			return err
		}
		s.conns = append(s.conns, conn)
	}
	return s.AwaitVoters(ctx, len(s.All))
}

func (s *shared) stop() {
	for _, p := range s.All {
		_ = p.Kill() // measured already
	}
}

// load appends the sales, and returns when all nodes have them and own a part of them.
func (s *shared) load(ctx context.Context) error {
	const chunk = 100_000 // a COPY is one transaction, whose bytes are limited
	rows, write := s.storeEventsMax, newSales(s.storeEventsMax)
	for from := 0; from < rows; from += chunk {
		err := copyTo(ctx, s.conns[0], "COPY events (entity, kind, data, occurred_at) FROM STDIN", func(w io.Writer) error { return write(w, from, min(rows, from+chunk)) })
		if err != nil {
			return err
		}
	}
	for _, sql := range []string{saleProjection, customerProjection} {
		if _, err := s.conns[0].Exec(ctx, sql); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Minute, errors.New("the nodes are behind"))
	defer cancel()
	for ready := 0; ready < len(s.All); time.Sleep(100 * time.Millisecond) {
		const caughtUp = "SELECT count(*) FROM projsql.nodes WHERE lag_events = 0 AND partitions > 0"
		if err := s.conns[0].QueryRow(ctx, caughtUp).Scan(&ready); err != nil {
			return errors.Join(context.Cause(ctx), err)
		}
	}
	return nil
}

// measure runs a query once to warm what it reads, and then some times.
func (s *shared) measure(ctx context.Context, f *sharedQuery, way int, sql string) (err error) {
	if f.answers[way], err = texts(ctx, s.conns[0], sql); err != nil {
		return err
	}
	read, used, err := s.work(ctx)
	if err != nil {
		return err
	}
	var times []float64
	for range s.rounds {
		began := time.Now()
		if _, err := texts(ctx, s.conns[0], sql); err != nil {
			return err
		}
		times = append(times, float64(time.Since(began).Microseconds())/1000)
	}
	f.took[way] = median(times)
	readNow, usedNow, err := s.work(ctx)
	for i := range s.All {
		f.read[way] = append(f.read[way], (readNow[i]-read[i])/float64(s.rounds))
		f.used[way] = append(f.used[way], (usedNow[i]-used[i])/float64(s.rounds))
	}
	return err
}

// work is what each node has read and used since it started: states, and CPU milliseconds.
func (s *shared) work(ctx context.Context) (read, used []float64, err error) {
	read, used = make([]float64, len(s.All)), make([]float64, len(s.All))
	for i, p := range s.All {
		if err := s.conns[i].QueryRow(ctx, "SELECT coalesce(sum(reads), 0)::float8 FROM projsql.statements").Scan(&read[i]); err != nil {
			return nil, nil, err
		}
		d, err := cpuTime(p.PID())
		if err != nil {
			return nil, nil, err
		}
		used[i] = float64(d.Microseconds()) / 1000
	}
	return read, used, nil
}

func (s *shared) print(figures []sharedQuery) error {
	fmt.Printf("%d sales on three nodes of this machine: n1 reads all itself, then each what it owns\n", s.storeEventsMax)
	fmt.Printf("%-22s %9s %9s %6s   %-24s %-20s %s\n", "", "alone ms", "shared ms", "ratio", "states read, n1/n2/n3", "CPU ms, n1/n2/n3", "CPU ms alone")
	logs := 0.0
	for i, q := range sqlQueries {
		f := &figures[i]
		if !slices.EqualFunc(f.answers[0], f.answers[1], slices.Equal) {
			return fmt.Errorf("%s: the answers differ", q.name)
		}
		ratio := f.took[0] / f.took[1]
		logs += math.Log(ratio)
		fmt.Printf("%-22s %9.2f %9.2f %6.2f   %-24s %-20s %s\n", q.name, f.took[0], f.took[1], ratio, slashed(f.read[1]), slashed(f.used[1]), slashed(f.used[0]))
	}
	fmt.Printf("%-22s %26.2f\n\n", "geometric mean", math.Exp(logs/float64(len(figures))))
	return nil
}

func slashed(figures []float64) string {
	var all []string
	for _, x := range figures {
		all = append(all, fmt.Sprintf("%.0f", x))
	}
	return strings.Join(all, "/")
}
