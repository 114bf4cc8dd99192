package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

const accountProjection = `CREATE OR REPLACE PROJECTION account (
	owner text, balance numeric NOT NULL DEFAULT 0, opened timestamptz)
WHEN 'AccountOpened'  THEN UPDATE SET owner = data->>'owner', opened = occurred_at
WHEN 'MoneyDeposited' THEN UPDATE SET balance = balance + (data->>'amount')::numeric`

// benchRead measures hits on one entity's state beside PostgreSQL's reads of the
// same row by primary key, how a hit's cost grows with store and entity, and what one waits beside
// others.
func benchRead(ctx context.Context, p *pair, o options) error {
	const accounts = 1000
	if err := loadAccounts(ctx, p, accounts, 10); err != nil {
		return err
	}
	wire, err := startBare(p.dir, projsqlTarget(p.projsql), "SELECT * FROM project('Account', '1') WITH FRESHNESS CONSISTENT")
	if err != nil {
		return err
	}
	defer wire.stop()
	fmt.Println("hits of project('Account', $1) WITH FRESHNESS CONSISTENT | reads of the row by primary key | a hit's bytes from a server that does nothing else, a second")
	fmt.Printf("%-9s %6s %7s %s%s\n", "mode", "over", "clients", heading, wireHeading)
	set := fmt.Sprintf("\\set e random(1, %d)\n", accounts)
	asks := func(l load, quote string) (ours, theirs load) {
		ours, theirs = l, l
		ours.script = set + "SELECT * FROM project('Account', " + quote + ":e" + quote + ") WITH FRESHNESS CONSISTENT;"
		theirs.script = set + "SELECT * FROM account WHERE entity = " + quote + ":e" + quote + ";"
		return ours, theirs
	}
	for _, way := range []struct {
		mode, over, quote string
	}{{"prepared", "TCP", ""}, {"prepared", "Unix", ""}, {"simple", "TCP", "'"}} {
		for _, clients := range []int{1, 8, 32} {
			ours, theirs := asks(load{mode: way.mode, clients: clients, seconds: o.seconds, within: way.over == "Unix"}, way.quote)
			c, bare, err := overTheWire(ctx, p, wire, o.rounds, ours, theirs)
			if err != nil {
				return err
			}
			fmt.Printf("%-9s %6s %7d %s%s\n", way.mode, way.over, clients, c, bare.wire())
		}
	}
	if err := readGrowth(ctx, p, o); err != nil {
		return err
	}
	ours, theirs := asks(load{mode: "prepared"}, "")
	return readBeside(ctx, p, o, ours, theirs)
}

// loadAccounts puts n accounts with some events each into projsql, and their states
// as rows into PostgreSQL. Entities are numbers, since pgbench knows no texts.
func loadAccounts(ctx context.Context, p *pair, n, events int) error {
	ours, theirs, end, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer end()
	if _, err := ours.Exec(ctx, accountProjection); err != nil {
		return err
	}
	for e := 1; e <= n; e++ {
		if err := copyEvents(ctx, ours, fmt.Sprint(e), events); err != nil {
			return err
		}
	}
	if _, err := theirs.Exec(ctx, "CREATE TABLE account (entity text PRIMARY KEY, owner text, balance numeric, opened timestamptz)"); err != nil {
		return err
	}
	rows, err := ours.Query(ctx, "SELECT entity, owner, balance::text, opened FROM account")
	if err != nil {
		return err
	}
	states, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
	if err != nil {
		return err
	}
	if len(states) != n {
		return fmt.Errorf("the projection has %d accounts instead of %d", len(states), n)
	}
	for _, state := range states {
		if _, err := theirs.Exec(ctx, "INSERT INTO account VALUES ($1, $2, $3::text::numeric, $4)", state...); err != nil {
			return err
		}
	}
	_, err = theirs.Exec(ctx, "VACUUM ANALYZE account")
	return err
}

// copyEvents appends an opening and n-1 deposits to an entity.
func copyEvents(ctx context.Context, conn *pgx.Conn, entity string, n int) error {
	const chunk = 20_000
	for from := 0; from < n; from += chunk {
		var text strings.Builder
		for i := from; i < min(n, from+chunk); i++ {
			if i == 0 {
				fmt.Fprintf(&text, "%s\tAccountOpened\t{\"owner\": \"owner %s\"}\n", entity, entity)
			} else {
				fmt.Fprintf(&text, "%s\tMoneyDeposited\t{\"amount\": %d.%02d, \"note\": \"payment number %d\"}\n", entity, i%1000, i%100, i)
			}
		}
		if _, err := conn.PgConn().CopyFrom(ctx, strings.NewReader(text.String()),
			"COPY events (entity, kind, data) FROM STDIN"); err != nil {
			return err
		}
	}
	return nil
}

// readGrowth prints the rate of hits while the store grows, and for entities of
// different lengths.
func readGrowth(ctx context.Context, p *pair, o options) error {
	conn, err := p.projsql.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	fmt.Println("\nhits a second at 8 clients, prepared, as the store and the entity grow")
	fmt.Printf("%12s %12s %12s\n", "events", "in entity", "hits/s")
	total := 10_000
	hit := func(entity string, length int) error {
		var rates []float64
		for range o.rounds {
			f, err := pgbench(ctx, projsqlTarget(p.projsql), p.dir, load{
				script: fmt.Sprintf("\\set e %s\nSELECT * FROM project('Account', :e) WITH FRESHNESS CONSISTENT;", entity), mode: "prepared", clients: 8, seconds: o.seconds,
			})
			if err != nil {
				return err
			}
			rates = append(rates, f.rate)
		}
		fmt.Printf("%12d %12d %12.0f\n", total, length, median(rates))
		return nil
	}
	for i, length := range []int{10, 1_000, 100_000} {
		entity := fmt.Sprint(1_000_001 + i)
		if err := copyEvents(ctx, conn, entity, length); err != nil {
			return err
		}
		total += length
		if err := hit(entity, length); err != nil {
			return err
		}
	}
	for filler := 2_000_000; total < 1_000_000; filler++ {
		if err := copyEvents(ctx, conn, fmt.Sprint(filler), 20_000); err != nil {
			return err
		}
		total += 20_000
	}
	for i, length := range []int{10, 1_000, 100_000} {
		if err := hit(fmt.Sprint(1_000_001+i), length); err != nil {
			return err
		}
	}
	return nil
}
