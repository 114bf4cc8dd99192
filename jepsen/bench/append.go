package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const eventsTable = `CREATE TABLE events (
	sequence bigserial PRIMARY KEY, entity text NOT NULL, kind text NOT NULL, data jsonb NOT NULL,
	recorded_at timestamptz NOT NULL DEFAULT now())`

// appendScript appends one event of 200 bytes.
var appendScript = `\set e random(1, 100000)
INSERT INTO events (entity, kind, data) VALUES (:e::text, 'MoneyDeposited', '{"amount": 10, "note": "` + strings.Repeat("x", 150) + `"}');`

// benchAppend measures durable INSERTs of 200-byte events beside PostgreSQL's, and
// COPY.
func benchAppend(ctx context.Context, p *pair, o options) error {
	theirs, err := p.postgres.Connect(ctx)
	if err != nil {
		return err
	}
	defer theirs.Close(ctx)
	if _, err := theirs.Exec(ctx, eventsTable); err != nil {
		return err
	}
	fmt.Println("INSERTs of one 200-byte event, on disk before the answer, a second")
	fmt.Printf("%7s %s\n", "clients", heading)
	for _, clients := range []int{1, 8, 64, 256} {
		l := load{script: appendScript, mode: "prepared", clients: clients, seconds: o.seconds}
		c, err := sides(ctx, p, o.rounds, l, l)
		if err != nil {
			return err
		}
		fmt.Printf("%7d %s\n", clients, c)
	}
	return benchCopy(ctx, p, o)
}

func benchCopy(ctx context.Context, p *pair, o options) error {
	const events = 100_000
	var text strings.Builder
	for i := range events {
		fmt.Fprintf(&text, "acct:%d\tMoneyDeposited\t{\"amount\": %d.%02d, \"note\": \"%s\"}\n", i%5000, i%1000, i%100, strings.Repeat("x", 140))
	}
	ours, theirs, end, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer end()
	var a, b []float64
	for range o.repeats() {
		for _, side := range []struct {
			copy  func(string) error
			rates *[]float64
		}{
			{func(sql string) error {
				_, err := ours.PgConn().CopyFrom(ctx, strings.NewReader(text.String()), sql)
				return err
			}, &a},
			{func(sql string) error {
				_, err := theirs.PgConn().CopyFrom(ctx, strings.NewReader(text.String()), sql)
				return err
			}, &b},
		} {
			start := time.Now()
			if err := side.copy("COPY events (entity, kind, data) FROM STDIN"); err != nil {
				return err
			}
			*side.rates = append(*side.rates, perSecond(events, time.Since(start)))
		}
	}
	fmt.Printf("\nCOPY of %d events of 200 bytes, events a second\n%12s %12s %7s\n", events, "projsql", "PostgreSQL", "ratio")
	fmt.Printf("%12.0f %12.0f %7.2f\n", median(a), median(b), median(a)/median(b))
	return nil
}
