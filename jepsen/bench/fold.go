package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// foldWays are how cold states are asked for. Each folds every event of every entity once.
var foldWays = []struct {
	name   string
	single bool // a statement reads one entity
	read   func(context.Context, *pair, *foldSide, foldLoad) (figures, error)
}{
	{"one statement", false, readAll},
	{"pipelined", true, readPipelined}, // by pgbench, in order, many under way
	// by pgbench, one after the other, the round trip of each read included:
	{"in order", true, readInOrder},
	{"shuffled", true, readShuffled},
}

// foldSide is one of the two servers and how it is asked.
type foldSide struct {
	target target
	conn   *pgx.Conn
	one    string // state of entity :n
	all    string // entity and state of all, by entity
}

const stateByAggregate = `max(data->>'owner') FILTER (WHERE kind = 'AccountOpened'),
	sum((data->>'amount')::numeric) FILTER (WHERE kind = 'MoneyDeposited')::text`

// foldNames are numbers from behind this one on: pgbench counts.
const foldNames = 1_000_000

func readInOrder(ctx context.Context, p *pair, s *foldSide, l foldLoad) (figures, error) {
	return s.pgbench(ctx, p, l, s.next(), l.entities)
}

func readShuffled(ctx context.Context, p *pair, s *foldSide, l foldLoad) (figures, error) {
	shuffle := fmt.Sprintf("\\set i :i + 1\n\\set n %d + permute(:i - 1, %d)\n", foldNames+1, l.entities)
	return s.pgbench(ctx, p, l, shuffle+s.one+";\n", l.entities)
}

func readPipelined(ctx context.Context, p *pair, s *foldSide, l foldLoad) (figures, error) {
	underWay := min(100, l.entities)
	script := "\\startpipeline\n" + strings.Repeat(s.next(), underWay) + "\\endpipeline\n"
	return s.pgbench(ctx, p, l, script, l.entities/underWay)
}

// next reads the next entity's state.
func (s *foldSide) next() string { return "\\set n :n + 1\n" + s.one + ";\n" }

// pgbench gives events a second, and the server's time for one.
func (s *foldSide) pgbench(ctx context.Context, p *pair, l foldLoad, script string, transactions int) (figures, error) {
	f, err := pgbench(ctx, s.target, p.dir, load{
		script: script, mode: "prepared", clients: 1, transactions: transactions,
		variables: map[string]string{"n": strconv.Itoa(foldNames), "i": "0"},
	})
	events := float64(l.all()) / float64(transactions)
	return figures{rate: f.rate * events, cpuUS: f.cpuUS / events}, err
}

// readAll asks on a connection that has asked before, and does nothing with the rows: the client takes
// next to nothing beside the servers.
func readAll(ctx context.Context, _ *pair, s *foldSide, l foldLoad) (figures, error) {
	before, err := cpuTime(s.target.pids...)
	if err != nil {
		return figures{}, err
	}
	start := time.Now()
	r := s.conn.PgConn().ExecParams(ctx, s.all, nil, nil, nil, nil)
	rows := 0
	for r.NextRow() {
		rows++
	}
	_, err = r.Close()
	took := time.Since(start)
	if err == nil && rows != l.entities {
		err = fmt.Errorf("%d rows of %d entities", rows, l.entities)
	}
	if err != nil {
		return figures{}, err
	}
	after, err := cpuTime(s.target.pids...)
	return figures{rate: float64(l.all()) / took.Seconds(), cpuUS: float64((after - before).Microseconds()) / float64(l.all())}, err
}

// foldLoad is the events of a store: so many entities with so many each.
type foldLoad struct{ entities, events int }

func (l foldLoad) all() int { return l.entities * l.events }

// rounds are more where one is short.
func (l foldLoad) rounds(o options) int { return o.rounds * max(1, 60_000/l.all()) }

// foldLoads are those that are measured. Rates compare over as many events; the first has fewer, so
// that what a statement costs besides its events shows.
var foldLoads = []foldLoad{{2_000, 10}, {30_000, 10}, {300, 1_000}, {3, 100_000}}

// benchFold measures cold replays: the first read of entities under a new
// definition, beside PostgreSQL computing the same state from the same rows.
func benchFold(ctx context.Context, p *pair, o options) error {
	fmt.Printf("cold replays, events a second; the bare wire has the state's bytes and folds nothing\n%10s %10s %-14s %s%s\n",
		"entities", "events", "asked", strings.Replace(heading, " us", " ns", 1), strings.Replace(wireHeading, " us", " ns", 1))
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
	if err := loadFold(ctx, p, l); err != nil {
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
	if _, err := ours.conn.Exec(ctx, accountProjection); err != nil {
		return err
	}
	wire, err := startBare(p.dir, ours.target, strings.Replace(ours.one, ":n", fmt.Sprintf("'%d'", foldNames+1), 1))
	if err != nil {
		return err
	}
	defer wire.stop()
	bare := &foldSide{target: wire.target, one: ours.one}
	for _, way := range foldWays {
		cold := func() (figures, error) {
			// a new definition has no cached state: every read of it is cold
			if _, err := ours.conn.Exec(ctx, accountProjection); err != nil {
				return figures{}, err
			}
			return way.read(ctx, p, ours, l)
		}
		sides := []func() (figures, error){cold, func() (figures, error) { return way.read(ctx, p, theirs, l) }}
		if way.single {
			sides = append(sides, func() (figures, error) { return way.read(ctx, p, bare, l) })
		}
		all, err := alternate(l.rounds(o), sides...)
		if err != nil {
			return err
		}
		c := compare(all[0], all[1])
		fmt.Printf("%10d %10d %-14s %12.0f %12.0f %7.2f  (%.2f-%.2f) %16.0f %11.0f", l.entities, l.events, way.name,
			c.ours.rate, c.theirs.rate, c.ratio, c.low, c.high, cpuNS(all[0]), cpuNS(all[1]))
		if way.single {
			b := compare(all[2], all[1])
			fmt.Printf(" %11.0f %7.2f %7.0f", b.ours.rate, b.ratio, cpuNS(all[2]))
		}
		fmt.Println()
	}
	return sameStates(ctx, ours, theirs)
}

// cpuNS is the mean of the rounds': a round may take less than the clock of processes tells.
func cpuNS(all []figures) (mean float64) {
	for _, f := range all {
		mean += 1000 * f.cpuUS / float64(len(all))
	}
	return mean
}

// sameStates compares what both sides say of all entities.
func sameStates(ctx context.Context, ours, theirs *foldSide) error {
	var states [2][]string
	for i, side := range []*foldSide{ours, theirs} {
		rows, err := side.conn.Query(ctx, side.all)
		if err != nil {
			return err
		}
		states[i], err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
			var entity, owner, balance string
			err := row.Scan(&entity, &owner, &balance)
			return entity + " " + owner + " " + balance, err
		})
		if err != nil {
			return err
		}
	}
	if !slices.Equal(states[0], states[1]) {
		return errors.New("the states of the two sides differ")
	}
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
	ours = &foldSide{
		target: projsqlTarget(p.projsql),
		one:    "SELECT owner, balance::text FROM project('account', :n)",
		all:    "SELECT entity, owner, balance::text FROM account ORDER BY entity",
	}
	theirs = &foldSide{
		target: postgresTarget(p.postgres),
		one:    "SELECT " + stateByAggregate + " FROM events WHERE entity = :n",
		all:    "SELECT entity, " + stateByAggregate + " FROM events GROUP BY entity ORDER BY entity",
	}
	if ours.conn, err = p.projsql.Connect(ctx); err != nil {
		return nil, nil, err
	}
	if theirs.conn, err = p.postgres.Connect(ctx); err != nil {
		return nil, nil, err
	}
	// what the session's own process uses is the server's only once it has ended
	theirs.target.pids = append(theirs.target.pids, int(theirs.conn.PgConn().PID()))
	return ours, theirs, nil
}

// loadFold appends the same events on both sides.
func loadFold(ctx context.Context, p *pair, l foldLoad) error {
	ours, theirs, end, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer end()
	for i := range l.entities {
		name := strconv.Itoa(foldNames + 1 + i)
		if err := copyEvents(ctx, ours, name, l.events); err != nil {
			return err
		}
		if err := copyRows(ctx, theirs, name, l.events); err != nil {
			return err
		}
	}
	_, err = theirs.Exec(ctx, "VACUUM ANALYZE events")
	return err
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
