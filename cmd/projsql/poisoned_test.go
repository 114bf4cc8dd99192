package main

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql/engine"
)

// answersOf returns the rows of a query as text.
func answersOf(t *testing.T, conn *pgx.Conn, sql string, args ...any) (all []string) {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(values...))
	}
	if rows.Err() != nil {
		t.Fatalf("%s: %v", sql, rows.Err())
	}
	return all
}

func expectRows(t *testing.T, conn *pgx.Conn, sql string, want ...string) {
	t.Helper()
	if got := answersOf(t, conn, sql); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s\ngot  %q\nwant %q", sql, got, want)
	}
}

func expectFailure(t *testing.T, conn *pgx.Conn, sql, code string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); sqlState(err) != code {
		t.Errorf("%s: %v, want %s", sql, err, code)
	}
}

// TestPoisonedEntitiesAreTold follows entities that cannot be folded through reads,
// scans, restarts and new definitions.
func TestPoisonedEntitiesAreTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := startNode(t, dir)
	conn := n.connect(t)
	script(t, conn, tallySource, add("good", 1), add("ill", 1),
		`INSERT INTO events (entity, kind, data) VALUES ('ill', 'Added', '{"n":"many"}'), ('worse', 'Added', '{"n":[]}')`)
	const poisoned = `SELECT projection, entity, version, kind, sqlstate, message, since <= now() FROM projsql.poisoned ORDER BY entity`
	const count = `SELECT poisoned FROM projsql.projections`
	ill := `tallyill2Added22P02invalid input syntax for type integer: "many"true`
	worse := `tallyworse1Added22P02invalid input syntax for type integer: "[]"true`
	expectRows(t, conn, poisoned)
	expectRows(t, conn, count, "0")
	expectFailure(t, conn, "SELECT * FROM tally WHERE entity = 'ill'", "22P02")
	expectFailure(t, conn, "SELECT * FROM tally", "22P02")
	expectFailure(t, conn, "SELECT * FROM project_history('Tally', 'worse')", "22P02")
	expectRows(t, conn, poisoned, ill, worse)
	expectRows(t, conn, count, "2")
	expectRows(t, conn, "SELECT n FROM tally WHERE entity = 'good'", "1")
	if err := n.stop(); err != nil {
		t.Fatal(err)
	}

	conn = startNode(t, dir).connect(t)
	expectRows(t, conn, count, "0") // nothing was met yet
	expectFailure(t, conn, "SELECT * FROM tally WHERE entity = 'ill'", "22P02")
	expectRows(t, conn, poisoned, ill)
	script(t, conn, `CREATE OR REPLACE PROJECTION tally (n int NOT NULL DEFAULT 0)
		WHEN 'Added' AND jsonb_typeof(data->'n') = 'number' THEN UPDATE SET n = n + (data->>'n')::int`)
	expectRows(t, conn, count, "0")
	expectRows(t, conn, "SELECT entity, n FROM tally ORDER BY entity", "good1", "ill1")
	expectRows(t, conn, poisoned)
}

// TestPoisonedIsBounded meets more poisoned entities than are kept.
func TestPoisonedIsBounded(t *testing.T) {
	t.Parallel()
	conn := testNode(t).connect(t)
	script(t, conn, tallySource, fmt.Sprintf(
		`INSERT INTO events (entity, kind, data) SELECT 'e' || i, 'Added', '{"n":"x"}' FROM generate_series(1, %d) i`, engine.PoisonedMax+5))
	for i := range engine.PoisonedMax + 5 {
		if _, err := conn.Exec(t.Context(), "SELECT * FROM project('Tally', $1)", fmt.Sprintf("e%d", i+1)); sqlState(err) != "22P02" {
			t.Fatal(err)
		}
	}
	expectRows(t, conn, "SELECT poisoned FROM projsql.projections", fmt.Sprint(engine.PoisonedMax))
}

// TestUpcastsPoisonAndHeal gives events a shape that one of them cannot have, then one
// that all can: a warm projection, what is poisoned, histories and verification follow.
func TestUpcastsPoisonAndHeal(t *testing.T) {
	t.Parallel()
	conn := startNodeWith(t, t.TempDir(), func(c *testConfig) { c.db.Warm = "on" }).connect(t)
	script(t, conn, tallySource, tallies(40), `INSERT INTO events (entity, kind, data) VALUES ('t0007', 'Added', '{"n": 1, "dozens": "many"}')`)
	const poisoned = `SELECT entity, version, kind, sqlstate, message FROM projsql.poisoned`
	const copies = `SELECT copy, entities::text, unusable::text FROM projsql_verify('Tally')`
	const made = `SELECT concat_ws(' ', count(*), sum(n)) FROM tally WHERE _strategy = 'external_cache_then_replay' AND _cache_status = 'hit'`
	const rows = `SELECT entities::text FROM projsql_verify('Tally') WHERE copy = 'external'`
	await(t, conn, rows, "40")
	await(t, conn, made, "40 781")
	expectRows(t, conn, copies, "log400", "slot400", "external400") // what that scan left in memory

	// Nobody reads: the warmer meets the entity by itself.
	script(t, conn, `ALTER EVENT KIND 'Added' ADD UPCAST FROM VERSION 1 AS
		(jsonb_build_object('n', (data->>'n')::int + 12 * coalesce((data->>'dozens')::int, 0)))`)
	await(t, conn, `SELECT concat((SELECT count(*) FROM projsql.poisoned), (SELECT poisoned FROM projsql.projections))`, "11")
	ill := `t00072Added22P02invalid input syntax for type integer: "many"`
	expectRows(t, conn, poisoned, ill)
	await(t, conn, rows, "39")
	expectFailure(t, conn, "SELECT * FROM tally", "22P02")
	expectFailure(t, conn, "SELECT * FROM project('Tally', 't0007')", "22P02")
	expectFailure(t, conn, "SELECT * FROM project_history('Tally', 't0007')", "22P02")
	expectRows(t, conn, "SELECT n FROM project_history('Tally', 't0007', 1, 1)", "7")
	expectRows(t, conn, copies, "log401", "slot00", "external390")
	expectRows(t, conn, "SELECT _cache_status, n FROM tally WHERE entity = 't0008'", "hit8")

	script(t, conn, `ALTER EVENT KIND 'Added' ALTER UPCAST FROM VERSION 1 AS
		(jsonb_build_object('n', (data->>'n')::int + CASE WHEN data->>'dozens' = 'many' THEN 1000 ELSE 0 END))`)
	await(t, conn, rows, "40")
	expectRows(t, conn, poisoned)
	await(t, conn, made, "40 1781")
	expectRows(t, conn, copies, "log400", "slot400", "external400") // what that scan left in memory
	expectRows(t, conn, "SELECT n FROM project_history('Tally', 't0007')", "7", "1008")
	expectRows(t, conn, "SELECT poisoned FROM projsql.projections", "0")
}
