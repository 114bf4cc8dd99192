package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// companies are whom a client asks beside.
var companies = []struct {
	name  string
	quick int // clients that ask as fast as they are answered, by pgbench
	busy  int // clients that do something long, one after the other
	do    func(context.Context, *pgx.Conn, *besideSide) error
}{
	{name: "nobody"},
	{name: "1 quick", quick: 1},
	{name: "2 quick", quick: 2},
	{name: "8 quick", quick: 8},
	{name: "3 sums", busy: 3, do: func(ctx context.Context, c *pgx.Conn, _ *besideSide) error {
		_, err := c.Exec(ctx, "SELECT sum(i::bigint * i % 7) FROM generate_series(1, 300000) i")
		return err
	}},
	{name: "3 COPYs", busy: 3, do: func(ctx context.Context, c *pgx.Conn, s *besideSide) error {
		_, err := c.PgConn().CopyFrom(ctx, strings.NewReader(s.lines), "COPY "+s.into+" (entity, kind, data) FROM STDIN")
		return err
	}},
}

// besideSide is one of the two servers.
type besideSide struct {
	connect func(context.Context) (*pgx.Conn, error)
	target  target
	load    load // what is asked, quickly and now and then
	into    string
	lines   string
}

// readBeside prints how long a client that asks every two milliseconds waits for its read.
func readBeside(ctx context.Context, p *pair, o options, ours, theirs load) error {
	conn, err := p.postgres.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE TABLE copied (id bigserial PRIMARY KEY, entity text, kind text, data jsonb)"); err != nil {
		return err
	}
	lines := strings.Repeat("beside\tNoted\t{\"owner\": \"somebody\", \"amount\": 12.5, \"note\": \"a note of some length\"}\n", 100_000)
	sides := []*besideSide{
		{p.projsql.Connect, projsqlTarget(p.projsql), ours, "events", lines},
		{p.postgres.Connect, postgresTarget(p.postgres), theirs, "copied", lines},
	}
	fmt.Printf("\nwaits of a client that asks every 2 ms, us\n%-8s %35s %35s\n%-8s%s\n", "", "projsql", "PostgreSQL", "beside", strings.Repeat("      p50      p90      p99      max", 2))
	for i := range companies {
		fmt.Printf("%-8s", companies[i].name)
		for _, s := range sides {
			waits, err := s.waits(ctx, p.dir, o, i)
			if err != nil {
				return err
			}
			fmt.Print(quantiles(waits))
		}
		fmt.Println()
	}
	return nil
}

// waits is how long each read waited in a company, for as long as the rounds take.
func (s *besideSide) waits(ctx context.Context, dir string, o options, company int) (waits []time.Duration, err error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	seconds := o.rounds * o.seconds
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	g, ctx := errgroup.WithContext(ctx)
	c := companies[company]
	if c.quick > 0 {
		g.Go(func() error {
			l := s.load
			l.clients, l.seconds = c.quick, seconds
			_, err := pgbench(ctx, s.target, dir, l)
			return err
		})
	}
	for range c.busy {
		g.Go(func() error { return s.keepBusy(ctx, end, company) })
	}
	g.Go(func() error {
		waits, err = s.ask(ctx, conn, end)
		return err
	})
	return waits, g.Wait()
}

func (s *besideSide) keepBusy(ctx context.Context, end time.Time, company int) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for err == nil && time.Now().Before(end) {
		err = companies[company].do(ctx, conn, s)
	}
	return err
}

// ask reads every 2 ms, from when the others have begun.
func (s *besideSide) ask(ctx context.Context, conn *pgx.Conn, end time.Time) (waits []time.Duration, err error) {
	_, query, _ := strings.Cut(strings.TrimSuffix(s.load.script, ";"), "\n")
	query = strings.Replace(query, ":e", "$1", 1)
	time.Sleep(200 * time.Millisecond)
	every := time.NewTicker(2 * time.Millisecond)
	defer every.Stop()
	for i := 0; time.Now().Before(end); i++ {
		<-every.C
		began := time.Now()
		if _, err := conn.Exec(ctx, query, fmt.Sprint(1+i%1000)); err != nil {
			return nil, err
		}
		waits = append(waits, time.Since(began))
	}
	if len(waits) == 0 {
		return nil, errors.New("nothing was asked")
	}
	return waits, nil
}

func quantiles(waits []time.Duration) string {
	slices.Sort(waits)
	var b strings.Builder
	for _, part := range []float64{0.5, 0.9, 0.99, 1} {
		fmt.Fprintf(&b, " %8d", waits[int(part*float64(len(waits)-1))].Microseconds())
	}
	return b.String()
}
