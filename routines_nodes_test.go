package projsql_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/projsql/projsql/cluster"
)

// TestRoutinesOnEveryNode: a function is every node's once CREATE FUNCTION is answered, and appends from each; so are ALTER
// and DROP; after a restart of all, and at a node that was away for so long that it is sent a snapshot.
func TestRoutinesOnEveryNode(t *testing.T) {
	t.Parallel()
	n := openNodes(t, func(n *nodes) {
		n.cluster = func(o *cluster.Options) { o.SnapshotEntries, o.TrailingEntries = 20, 5 }
	})
	all := []string{"n1", "n2", "n3"}
	expect := func(at []string, sql, want string) {
		t.Helper()
		for _, name := range at {
			if got := strings.TrimSpace(n.run(t.Context(), name, sql)); got != want {
				t.Errorf("%s, %s:\n%s\nwant\n%s", name, sql, got, want)
			}
		}
	}
	n.do(t, "n1", "CREATE PROJECTION p (n int NOT NULL DEFAULT 0) WHEN ANY THEN UPDATE SET n = n + 1")
	n.do(t, "n2", "CREATE FUNCTION put(e text) RETURNS bigint LANGUAGE sql AS $$ INSERT INTO events (entity, kind) VALUES (e, 'K') RETURNING version $$")
	for i, name := range all {
		expect([]string{name}, "SELECT put('x')", string(rune('1'+i)))
	}
	n.do(t, "n3", "CREATE FUNCTION counted(e text) RETURNS SETOF p STABLE LANGUAGE sql AS 'SELECT * FROM p WHERE entity = e'", "CREATE VIEW all_counted AS SELECT c.n FROM p, counted(p.entity) c", "COMMENT ON FUNCTION counted IS 'what n3 says'")
	expect(all, "SELECT * FROM counted('x')", "x|3")
	expect(all, "SELECT * FROM all_counted", "3")
	expect(all, "SELECT obj_description('counted'::regproc, 'pg_proc'), 'counted'::regproc::oid = (SELECT oid FROM pg_proc WHERE proname = 'counted')", "what n3 says|t")
	expect(all, "DROP PROJECTION p", "2BP01: cannot drop projection p because other objects depend on it\n  function counted(text) depends on type p\nview all_counted depends on function counted(text)\n  Use DROP ... CASCADE to drop the dependent objects too.")
	n.do(t, "n1", "ALTER FUNCTION put RENAME TO append", "CREATE OR REPLACE PROJECTION p (n int NOT NULL DEFAULT 0, more text) WHEN ANY THEN UPDATE SET n = n + 1")
	expect(all, "SELECT append('y') > 0, to_regproc('put')", "t|")

	two := slices.Delete(slices.Clone(all), 2, 3)
	if err := n.close("n3"); err != nil {
		t.Fatal(err)
	}
	n.do(t, "n1", "CREATE FUNCTION away() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM p)", "DROP FUNCTION append")
	for range 30 {
		n.do(t, "n1", "INSERT INTO events (entity, kind) VALUES ('x', 'K')")
	}
	applied, _ := n.rooms["n3"].Store.Applied()
	await(t, "the log that n3 has not is cut", func() bool {
		return n.rooms["n2"].Cluster.Status().LogFirst > applied+1 && n.rooms["n1"].Cluster.Status().LogFirst > applied+1
	})
	expect(two, "SELECT away()", "2")
	n.reopen(t, "n3")
	n.awaitOwners(t, "n3")
	expect(all, "SELECT away()", "2")
	expect(all, "SELECT to_regproc('append')", "")
	n.do(t, "n3", "DROP PROJECTION p CASCADE")
	expect(all, "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace", "")
}

// TestRoutinesHoldWhatTheyName: whatever nodes do at once with functions whose bodies are no strings, with what these
// name and with views that call them, none is left that names nothing.
func TestRoutinesHoldWhatTheyName(t *testing.T) {
	t.Parallel()
	n := openNodes(t, func(*nodes) {})
	const p, narrow = "PROJECTION p (n int, m int) WHEN ANY THEN UPDATE SET n = 1", "PROJECTION p (n int) WHEN ANY THEN UPDATE SET n = 1"
	plays := [][3]string{
		{"CREATE FUNCTION f() RETURNS int RETURN (SELECT max(m) FROM p)", "DROP PROJECTION p", "CREATE VIEW w AS SELECT f() AS f"},
		{"CREATE FUNCTION f() RETURNS int RETURN (SELECT max(m) FROM p)", "CREATE OR REPLACE " + narrow, "CREATE FUNCTION g() RETURNS int RETURN f()"},
		{"CREATE FUNCTION f() RETURNS int RETURN (SELECT max(m) FROM p);\nDROP FUNCTION f", "CREATE VIEW w AS SELECT f() AS f", "CREATE FUNCTION g() RETURNS int RETURN f()"},
		{"CREATE FUNCTION f() RETURNS int RETURN 1;\nALTER FUNCTION f RENAME TO h", "CREATE VIEW w AS SELECT f() AS f", "DROP FUNCTION f CASCADE"},
		{"CREATE FUNCTION f() RETURNS int RETURN 1;\nCREATE FUNCTION g() RETURNS int RETURN f()", "CREATE OR REPLACE FUNCTION f() RETURNS int RETURN g()", "DROP PROJECTION p"},
	}
	names := []string{"n1", "n2", "n3"}
	for round := range 40 {
		play := plays[round%len(plays)]
		n.do(t, "n1", "CREATE "+p)
		var wait sync.WaitGroup
		answers := make([]string, len(names))
		for i, script := range play {
			if round/len(plays)%4 > i { // from none to all of them in transactions
				script = "BEGIN;\n" + script + ";\nCOMMIT"
			}
			wait.Go(func() { answers[i] = n.run(t.Context(), names[(i+round)%3], script) })
		}
		wait.Wait()
		for _, f := range strings.Fields(n.run(t.Context(), "n1", "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")) {
			for _, name := range names {
				if out := n.run(t.Context(), name, "SELECT "+f+"() IS DISTINCT FROM 7"); strings.TrimSpace(out) != "t" {
					t.Fatalf("round %d, %q:\n%s\n%s of %s at %s", round, play, strings.Join(answers, "--\n"), out, f, name)
				}
			}
		}
		for _, view := range strings.Fields(n.run(t.Context(), "n1", "SELECT viewname FROM pg_views WHERE schemaname = 'public'")) {
			if out := n.run(t.Context(), "n2", "SELECT f IS DISTINCT FROM 7 FROM "+view); strings.TrimSpace(out) != "t" {
				t.Fatalf("round %d, %q:\n%s\n%s of %s", round, play, strings.Join(answers, "--\n"), out, view)
			}
		}
		n.run(t.Context(), "n3", "DROP FUNCTION IF EXISTS f, g, h CASCADE")
		n.run(t.Context(), "n1", "DROP PROJECTION IF EXISTS p CASCADE")
	}
}

// TestFunctionsThatCallOneAnotherTwice: what they are planned for is not every call that there will be.
func TestFunctionsThatCallOneAnotherTwice(t *testing.T) {
	t.Parallel()
	conn := connect(t, open(t, t.TempDir()))
	body := "SELECT a + 1"
	for i := range 24 {
		sql := fmt.Sprintf("CREATE FUNCTION f%d(a bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS '%s'", i, body)
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		body = fmt.Sprintf("SELECT f%d(a) + f%d(a + 1)", i, i)
	}
	expectText(t, conn, "SELECT f10(1)::text", "7168")
	if _, err := conn.Exec(t.Context(), "SET statement_timeout = '100ms'"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "SELECT f23(1)"); stateOf(t, err) != "57014" {
		t.Errorf("2^23 calls: %v", err)
	}
}
