package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// foldWays are how cold states are asked for. Each folds every event of every entity
// once and returns "owner balance" by entity.
var foldWays = []struct {
	name string
	read reader
}{
	{"one by one", readOneByOne}, // the round trip of each read included
	{"pipelined", readPipelined}, // many reads under way on one connection
	{"one statement", readAll},
}

// reader reads the states of the named entities.
type reader func(context.Context, *foldSide, []string) ([]string, error)

// foldSide is one of the two servers and how it is asked.
type foldSide struct {
	conn *pgx.Conn
	one  string // state of entity $1
	all  string // entity and state of all, by entity
	pids []int  // of the processes that work for it
}

// cpu is what the side's processes have used, and those of their children that ended.
func (s *foldSide) cpu() (sum time.Duration, err error) {
	for _, pid := range s.pids {
		d, err := cpuTime(pid)
		if err != nil {
			return 0, err
		}
		sum += d
	}
	return sum, nil
}

const stateByAggregate = `max(data->>'owner') FILTER (WHERE kind = 'AccountOpened'),
	sum((data->>'amount')::numeric) FILTER (WHERE kind = 'MoneyDeposited')::text`

// foldLoad is the events of a store: so many entities with so many each.
type foldLoad struct{ entities, events int }

// foldLoads are those that are measured. Rates compare over as many events; the first has fewer, so
// that what a statement costs besides its events shows.
var foldLoads = []foldLoad{{2_000, 10}, {30_000, 10}, {300, 1_000}, {3, 100_000}}

// benchFold measures cold replays: the first read of entities under a new
// definition, beside PostgreSQL computing the same state from the same rows.
func benchFold(ctx context.Context, p *pair, o options) error {
	fmt.Printf("cold replays, events a second\n%10s %10s %-14s %12s %12s %7s %20s %12s\n", "entities", "events", "asked", "projsql", "PostgreSQL", "ratio", "CPU ns: projsql", "PostgreSQL")
	for _, l := range foldLoads {
		if err := l.measure(ctx, p, o); err != nil {
			return err
		}
	}
	return nil
}

func (l foldLoad) measure(ctx context.Context, p *pair, o options) error {
	if err := startEmpty(ctx, p); err != nil {
		return err
	}
	names, err := loadFold(ctx, p, l)
	if err != nil {
		return err
	}
	// What is cold lies in files.
	if err := p.projsql.Stop(); err != nil {
		return err
	}
	if err := p.projsql.Start(ctx); err != nil {
		return err
	}
	ours, theirs, err := foldSides(ctx, p)
	if err != nil {
		return err
	}
	defer ours.conn.Close(ctx)
	defer theirs.conn.Close(ctx)
	for _, way := range foldWays {
		if err := l.way(ctx, o, ours, theirs, names, way.name, way.read); err != nil {
			return err
		}
	}
	return nil
}

// way compares one way of asking, in rounds on both servers: the ratio is the median
// of theirs.
func (l foldLoad) way(ctx context.Context, o options, ours, theirs *foldSide, names []string, way string, read reader) error {
	var rates [2][]float64
	var cpu [2]time.Duration
	var ratios []float64
	for range o.rounds {
		// a new definition has no cached state: every read of it is cold
		if _, err := ours.conn.Exec(ctx, accountProjection); err != nil {
			return err
		}
		var states [2][]string
		for i, side := range []*foldSide{ours, theirs} {
			took, used, got, err := timed(ctx, side, names, read)
			if err != nil {
				return err
			}
			states[i], cpu[i] = got, cpu[i]+used
			rates[i] = append(rates[i], perSecond(l.events*l.entities, took))
		}
		if !slices.Equal(states[0], states[1]) {
			return fmt.Errorf("the states of entities with %d events differ", l.events)
		}
		last := len(ratios)
		ratios = append(ratios, rates[0][last]/rates[1][last])
	}
	all := float64(l.events * l.entities * o.rounds)
	fmt.Printf("%10d %10d %-14s %12.0f %12.0f %7.2f %20.0f %12.0f\n", l.entities, l.events, way, median(rates[0]), median(rates[1]), median(ratios),
		float64(cpu[0])/all, float64(cpu[1])/all)
	return nil
}

// startEmpty gives both servers a log without events.
func startEmpty(ctx context.Context, p *pair) error {
	if err := p.projsql.Stop(); err != nil {
		return err
	}
	if err := os.RemoveAll(p.projsql.Dir); err != nil {
		return err
	}
	if err := p.projsql.Start(ctx); err != nil {
		return err
	}
	conn, err := p.postgres.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, `DROP TABLE IF EXISTS events; CREATE TABLE events (entity text, version bigint, kind text, data jsonb,
		occurred_at timestamptz DEFAULT now(), PRIMARY KEY (entity, version))`)
	return err
}

// foldSides connects to both servers.
func foldSides(ctx context.Context, p *pair) (ours, theirs *foldSide, err error) {
	conn, err := p.projsql.Connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	ours = &foldSide{pids: []int{p.projsql.PID()}, conn: conn, one: "SELECT owner, balance::text FROM project('account', $1)", all: "SELECT entity, owner, balance::text FROM account ORDER BY entity"}
	if conn, err = p.postgres.Connect(ctx); err != nil {
		return nil, nil, err
	}
	// the session's own process, and the server's, which reaps parallel workers
	pids := append(postgresTarget(p.postgres).pids, int(conn.PgConn().PID()))
	theirs = &foldSide{pids: pids, conn: conn, one: "SELECT " + stateByAggregate + " FROM events WHERE entity = $1", all: "SELECT entity, " + stateByAggregate + " FROM events GROUP BY entity ORDER BY entity"}
	if _, err := ours.conn.Exec(ctx, accountProjection); err != nil {
		return nil, nil, err
	}
	for _, side := range []*foldSide{ours, theirs} {
		if _, err := side.conn.Prepare(ctx, side.one, side.one); err != nil {
			return nil, nil, err
		}
	}
	return ours, theirs, nil
}

// loadFold appends the same events on both sides and returns the entities, in order.
func loadFold(ctx context.Context, p *pair, l foldLoad) ([]string, error) {
	ours, err := p.projsql.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer ours.Close(ctx)
	theirs, err := p.postgres.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer theirs.Close(ctx)
	names := make([]string, l.entities)
	for i := range names {
		names[i] = fmt.Sprintf("fold:%05d", i)
		if err := copyEvents(ctx, ours, names[i], l.events); err != nil {
			return nil, err
		}
		if err := copyRows(ctx, theirs, names[i], l.events); err != nil {
			return nil, err
		}
	}
	_, err = theirs.Exec(ctx, "VACUUM ANALYZE events")
	return names, err
}

// copyRows gives PostgreSQL the same events as copyEvents.
func copyRows(ctx context.Context, conn *pgx.Conn, entity string, n int) error {
	var text strings.Builder
	for i := range n {
		if i == 0 {
			fmt.Fprintf(&text, "%s\t1\tAccountOpened\t{\"owner\": \"owner %s\"}\n", entity, entity)
		} else {
			fmt.Fprintf(&text, "%s\t%d\tMoneyDeposited\t{\"amount\": %d.%02d, \"note\": \"payment number %d\"}\n", entity, i+1, i%1000, i%100, i)
		}
	}
	_, err := conn.PgConn().CopyFrom(ctx, strings.NewReader(text.String()), "COPY events (entity, version, kind, data) FROM STDIN")
	return err
}

// timed returns the clock's time, the servers' processors', and the states.
func timed(ctx context.Context, side *foldSide, names []string, read reader) (took, used time.Duration, states []string, err error) {
	before, err := side.cpu()
	if err != nil {
		return 0, 0, nil, err
	}
	start := time.Now()
	states, err = read(ctx, side, names)
	took = time.Since(start)
	if err != nil {
		return 0, 0, nil, err
	}
	after, err := side.cpu()
	return took, after - before, states, err
}

func readOneByOne(ctx context.Context, side *foldSide, names []string) ([]string, error) {
	states := make([]string, len(names))
	for i, name := range names {
		if err := scanState(side.conn.QueryRow(ctx, side.one, name), &states[i]); err != nil {
			return nil, err
		}
	}
	return states, nil
}

func scanState(row pgx.Row, into *string) error {
	var owner, balance string
	err := row.Scan(&owner, &balance)
	*into = owner + " " + balance
	return err
}

func readPipelined(ctx context.Context, side *foldSide, names []string) ([]string, error) {
	const inFlight = 200
	var states []string
	for chunk := range slices.Chunk(names, inFlight) {
		batch := &pgx.Batch{}
		for _, name := range chunk {
			batch.Queue(side.one, name)
		}
		results := side.conn.SendBatch(ctx, batch)
		for range chunk {
			var state string
			if err := scanState(results.QueryRow(), &state); err != nil {
				return nil, err
			}
			states = append(states, state)
		}
		if err := results.Close(); err != nil {
			return nil, err
		}
	}
	return states, nil
}

func readAll(ctx context.Context, side *foldSide, _ []string) ([]string, error) {
	rows, err := side.conn.Query(ctx, side.all)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var entity, owner, balance string
		err := row.Scan(&entity, &owner, &balance)
		return owner + " " + balance, err
	})
}
