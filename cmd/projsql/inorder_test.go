package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestReadsInOrder: a session that goes through a list finds most states made ahead, one by one or
// pipelined, of two projections by turns, and every state is right.
func TestReadsInOrder(t *testing.T) {
	n := startNode(t, t.TempDir())
	conn := n.connect(t)
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	const entities = 600
	exec(fmt.Sprintf(`INSERT INTO events (entity, kind, data) SELECT 'acct:' || lpad(i::text, 4, '0'), 'Deposited', jsonb_build_object('amount', i)
		FROM generate_series(1, %d) AS i, generate_series(1, 3)`, entities))
	define := func() {
		exec(`CREATE OR REPLACE PROJECTION account (balance int NOT NULL DEFAULT 0)
			WHEN 'Deposited' THEN UPDATE SET balance = balance + (data->>'amount')::int`)
		exec(`CREATE OR REPLACE PROJECTION times (n int NOT NULL DEFAULT 0) WHEN 'Deposited' THEN UPDATE SET n = n + 1`)
	}
	name := func(i int) string { return fmt.Sprintf("acct:%04d", i) }
	folded := func() map[string]float64 { return strategies(t, n, "account") }
	expectAhead := func(how string, before map[string]float64) {
		t.Helper()
		after := folded()
		cold := after["external_cache_then_replay"] - before["external_cache_then_replay"]
		hits := after["group_local_hit"] - before["group_local_hit"]
		if cold+hits != entities || hits < entities/2 {
			t.Errorf("%s: %v hits, %v cold reads", how, hits, cold)
		}
	}
	define()
	before := folded()
	for i := 1; i <= entities; i++ {
		var balance, times int
		err := conn.QueryRow(t.Context(), `SELECT balance FROM project('account', $1)`, name(i)).Scan(&balance)
		if err == nil {
			err = conn.QueryRow(t.Context(), `SELECT n FROM project('times', $1)`, name(i)).Scan(&times)
		}
		if err != nil || balance != 3*i || times != 3 {
			t.Fatal(i, balance, times, err)
		}
	}
	expectAhead("one by one", before)
	define()
	before = folded()
	batch := &pgx.Batch{}
	for i := 1; i <= entities; i++ {
		batch.Queue(`SELECT balance FROM project('account', $1)`, name(i)).QueryRow(func(row pgx.Row) error {
			var balance int
			if err := row.Scan(&balance); err != nil || balance != 3*i {
				return fmt.Errorf("entity %d: %d, %w", i, balance, err)
			}
			return nil
		})
	}
	if err := conn.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
	expectAhead("pipelined", before)
	define()
	exec("SET projsql.read_ahead = off")
	before = folded()
	for i := 1; i <= entities; i++ {
		exec(fmt.Sprintf("SELECT balance FROM project('account', '%s')", name(i)))
	}
	if hits := folded()["group_local_hit"] - before["group_local_hit"]; hits > 0 {
		t.Errorf("%v hits with the setting off", hits)
	}
}

// strategies are how reads of a projection were answered, by /metrics.
func strategies(t *testing.T, n *runningNode, projection string) map[string]float64 {
	t.Helper()
	all := map[string]float64{}
	for line := range strings.Lines(scrape(t, n)) {
		m := regexp.MustCompile(`^projsql_engine_answers_total{.*projection="` + projection + `".*strategy="(\w+)"} (\S+)\n$`).FindStringSubmatch(line)
		if m == nil {
			continue
		}
		count, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		all[m[1]] += count
	}
	return all
}
