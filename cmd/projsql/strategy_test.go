package main

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestStrategies follows one entity through every way of answering, a restart
// included, and looks at the proof.
func TestStrategies(t *testing.T) {
	dir := t.TempDir()
	n := startNode(t, dir)
	conn := n.connect(t)
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE PROJECTION account (balance numeric NOT NULL DEFAULT 0)
		WHEN 'Deposited' THEN UPDATE SET balance = balance + (data->>'amount')::numeric`)
	for range 10 {
		exec(`INSERT INTO events (entity, kind, data) VALUES ('a', 'Deposited', '{"amount": 0.0001}')`)
	}
	expectProof(t, conn, "0.0010", "external_cache_then_replay", "miss", 10)
	expectProof(t, conn, "0.0010", "group_local_hit", "hit", 10)
	exec(`INSERT INTO events (entity, kind) VALUES ('a', 'Noted')`)
	expectProof(t, conn, "0.0010", "group_local_hit", "hit", 11)
	exec(`INSERT INTO events (entity, kind, data) VALUES ('a', 'Deposited', '{"amount": 1}')`)
	expectProof(t, conn, "1.0010", "group_local_incremental", "hit", 12)
	expectProof(t, conn, "1.0010", "group_local_hit", "hit", 12)
	if err := n.stop(); err != nil {
		t.Fatal(err)
	}
	conn = startNode(t, dir).connect(t)
	expectProof(t, conn, "1.0010", "external_cache_then_replay", "hit", 12)
	expectProof(t, conn, "1.0010", "group_local_hit", "hit", 12)
}

func expectProof(t *testing.T, conn *pgx.Conn, balance, strategy, status string, generation int64) {
	t.Helper()
	type proof struct {
		Balance, Strategy, Status, Freshness string
		Generation                           int64
		Age                                  float64
	}
	rows, err := conn.Query(t.Context(), `SELECT balance::text, _strategy, _cache_status, _freshness, _generation, _age_ms FROM project('Account', 'a')`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[proof])
	if want := (proof{balance, strategy, status, "fresh", generation, 0}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}
