package main

import (
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5"
)

// explained is what EXPLAIN (ANALYZE, FORMAT JSON) tells of a statement's reads.
type explained struct {
	Strategy string           `json:"Strategy"`
	Phases   map[string]int64 `json:"Phase Times"`
}

func explain(t *testing.T, conn *pgx.Conn, sql string) explained {
	t.Helper()
	var text string
	if err := conn.QueryRow(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) "+sql).Scan(&text); err != nil {
		t.Fatal(err)
	}
	var plans []explained
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		t.Fatal(err)
	}
	return plans[0]
}

// TestPhaseTimesAreDisjoint reads in every way over SQL: the phases of a statement never
// add up to more than the whole, and those that were not run are 0.
func TestPhaseTimesAreDisjoint(t *testing.T) {
	t.Parallel()
	conn := testNode(t).connect(t)
	script(t, conn, tallySource, `INSERT INTO events (entity, kind, data) SELECT 'a', 'Added', '{"n":1}' FROM generate_series(1, 3000)`)
	for _, read := range []struct{ sql, strategy, ran, idle string }{
		{"SELECT * FROM project('Tally', 'nobody')", "empty", "", "log_read"},
		{"SELECT * FROM project('Tally', 'a')", "external_cache_then_replay", "fold", "route"},
		{"SELECT * FROM project('Tally', 'a')", "group_local_hit", "", "fold"},
		{"SELECT * FROM project_history('Tally', 'a')", "direct_replay", "fold", "cache_store"},
		{"SELECT * FROM project_history('Tally', 'a') LIMIT 2500", "direct_replay", "log_read", "cache_store"},
		{"SELECT sum(m) FROM tally a, project_history('Tally', a.entity, 2900) h(version, hlc, kind, m) WHERE version % 2 = 0", "external_cache_then_replay", "fold", ""},
		{"SELECT a.n + b.n FROM project('Tally', 'a') a, project('Tally', 'a') b", "group_local_hit", "", "fold"},
	} {
		got := explain(t, conn, read.sql)
		sum := int64(0)
		for phase, us := range got.Phases {
			if phase != "total" {
				sum += us
			}
		}
		if sum > got.Phases["total"] || len(got.Phases) != 10 || got.Strategy != read.strategy {
			t.Errorf("%s: %+v", read.sql, got)
		}
		if read.ran != "" && got.Phases[read.ran] == 0 || read.idle != "" && got.Phases[read.idle] != 0 {
			t.Errorf("%s: %s ran, %s did not: %+v", read.sql, read.ran, read.idle, got)
		}
	}
	script(t, conn, `INSERT INTO events (entity, kind, data) VALUES ('a', 'Added', '{"n":1}')`)
	if got := explain(t, conn, "SELECT * FROM project('Tally', 'a')"); got.Strategy != "group_local_incremental" {
		t.Errorf("%+v", got)
	}
}
