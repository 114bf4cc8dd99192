package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// readBeside prints how long a client that asks every two milliseconds waits for the same read,
// beside clients that ask as fast as they are answered.
func readBeside(ctx context.Context, p *pair, o options, ours, theirs load) error {
	fmt.Println("\nwaits of a client that asks every 2 ms, beside quick ones, us")
	fmt.Printf("%7s %30s %30s\n%7s %s\n", "", "projsql", "PostgreSQL", "quick", strings.Repeat("      p50      p90      p99    max", 2))
	for _, quick := range []int{0, 1, 2, 8} {
		ours.clients, theirs.clients = quick, quick
		a, err := waitsBeside(ctx, p.projsql.Connect, projsqlTarget(p.projsql), p.dir, o, ours)
		if err != nil {
			return err
		}
		b, err := waitsBeside(ctx, p.postgres.Connect, postgresTarget(p.postgres), p.dir, o, theirs)
		if err != nil {
			return err
		}
		fmt.Printf("%7d %s%s\n", quick, quantiles(a), quantiles(b))
	}
	return nil
}

// waitsBeside is how long each read waited during the rounds of a load.
func waitsBeside(ctx context.Context, connect func(context.Context) (*pgx.Conn, error), t target, dir string, o options, l load) (waits []time.Duration, err error) {
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	_, query, _ := strings.Cut(strings.TrimSuffix(l.script, ";"), "\n")
	query = strings.Replace(query, ":e", "$1", 1)
	l.seconds *= o.rounds
	done := make(chan error, 1)
	end := time.After(time.Duration(l.seconds) * time.Second)
	if l.clients > 0 {
		end = nil
		go func() {
			_, err := pgbench(ctx, t, dir, l)
			done <- err
		}()
	}
	every := time.NewTicker(2 * time.Millisecond)
	defer every.Stop()
	for i := 0; ; i++ {
		select {
		case err := <-done:
			return waits, err
		case <-end:
			return waits, nil
		case <-every.C:
		}
		began := time.Now()
		if _, err := conn.Exec(ctx, query, fmt.Sprint(1+i%1000)); err != nil {
			return nil, err
		}
		waits = append(waits, time.Since(began))
	}
}

func quantiles(waits []time.Duration) string {
	slices.Sort(waits)
	var b strings.Builder
	for _, part := range []float64{0.5, 0.9, 0.99, 1} {
		fmt.Fprintf(&b, " %8d", waits[int(part*float64(len(waits)-1))].Microseconds())
	}
	return b.String()
}
