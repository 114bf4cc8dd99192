package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// benchFold measures cold replays: the first read of entities under a new
// definition, beside PostgreSQL computing the same state from the same rows.
func benchFold(ctx context.Context, p *pair, o options) error {
	lengths := []struct{ events, entities int }{{10, 2000}, {1_000, 100}, {100_000, 3}}
	ours, err := p.projsql.Connect(ctx)
	if err != nil {
		return err
	}
	defer ours.Close(ctx)
	theirs, err := p.postgres.connect(ctx)
	if err != nil {
		return err
	}
	defer theirs.Close(ctx)
	if err := prepareFold(ctx, ours, theirs); err != nil {
		return err
	}
	fmt.Println("cold replays, events a second")
	fmt.Printf("%10s %12s %12s %7s\n", "events", "projsql", "PostgreSQL", "ratio")
	for _, l := range lengths {
		names := make([]string, l.entities)
		for i := range names {
			names[i] = fmt.Sprintf("fold:%d:%d", l.events, i)
			if err := copyEvents(ctx, ours, names[i], l.events); err != nil {
				return err
			}
			if err := copyRows(ctx, theirs, names[i], l.events); err != nil {
				return err
			}
		}
		if _, err := theirs.Exec(ctx, "VACUUM ANALYZE events"); err != nil {
			return err
		}
		var a, b []float64
		for range o.rounds {
			// a new definition has no cached state: every read of it is cold
			if _, err := ours.Exec(ctx, accountProjection); err != nil {
				return err
			}
			x, states, err := timeReads(ctx, ours, "SELECT owner, balance::text FROM project('account', $1)", names, l.events)
			if err != nil {
				return err
			}
			y, same, err := timeReads(ctx, theirs, aggregate, names, l.events)
			if err != nil {
				return err
			}
			if !slices.Equal(states, same) {
				return fmt.Errorf("the states of entities with %d events differ", l.events)
			}
			a, b = append(a, x), append(b, y)
		}
		fmt.Printf("%10d %12.0f %12.0f %7.2f\n", l.events, median(a), median(b), median(a)/median(b))
	}
	return nil
}

const aggregate = `SELECT max(data->>'owner') FILTER (WHERE kind = 'AccountOpened'),
	sum((data->>'amount')::numeric) FILTER (WHERE kind = 'MoneyDeposited')::text
FROM events WHERE entity = $1`

func prepareFold(ctx context.Context, ours, theirs *pgx.Conn) error {
	if _, err := ours.Exec(ctx, accountProjection); err != nil {
		return err
	}
	_, err := theirs.Exec(ctx, `CREATE TABLE events (entity text, version bigint, kind text, data jsonb,
		occurred_at timestamptz DEFAULT now(), PRIMARY KEY (entity, version))`)
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

// timeReads reads each entity once and returns events folded a second, and the states.
func timeReads(ctx context.Context, conn *pgx.Conn, sql string, entities []string, events int) (float64, []string, error) {
	if _, err := conn.Prepare(ctx, sql, sql); err != nil {
		return 0, nil, err
	}
	states := make([]string, 0, len(entities))
	start := time.Now()
	for _, entity := range entities {
		var owner, balance string
		if err := conn.QueryRow(ctx, sql, entity).Scan(&owner, &balance); err != nil {
			return 0, nil, err
		}
		states = append(states, owner+" "+balance)
	}
	return perSecond(len(entities)*events, time.Since(start)), states, nil
}
