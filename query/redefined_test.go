package query_test

import (
	"context"
	"strings"
	"testing"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query"
)

// TestRedefinedBesideTheCut: a definition that is replaced after a statement was planned,
// and before the position that it reads at, is the one that it reads by: a node that
// was cut off when the definition changed has planned with the old one. Columns that the
// client was told do not change under it.
func TestRedefinedBesideTheCut(t *testing.T) {
	counting := func(step, column string) string {
		return "CREATE OR REPLACE PROJECTION tally (" + column + " int NOT NULL DEFAULT 0) WHEN ANY THEN UPDATE SET " + column + " = " + column + " + " + step
	}
	for name, sql := range map[string]string{
		"point":     "SELECT n FROM project('tally', 'a')",
		"operators": "SELECT sum(n) FROM tally",
		"execute":   "EXECUTE prepared",
		"insert":    "INSERT INTO events (entity, kind, data) SELECT 'b' || n, 'K', '{}' FROM tally WHERE entity = 'a' RETURNING entity",
		"cursor":    "BEGIN; DECLARE c CURSOR FOR SELECT n FROM tally; FETCH c",
	} {
		t.Run(name, func(t *testing.T) {
			n := startNode(t)
			session, other := n.session(t, nil), n.session(t, nil)
			run := func(s *query.Session, sql string) string { return said(t, s, sql) }
			run(session, "INSERT INTO events (entity, kind, data) VALUES ('a', 'K', '{}'), ('a', 'K', '{}')")
			run(session, counting("1", "n"))
			run(session, "PREPARE prepared AS SELECT n FROM project('tally', 'a')")
			if name != "insert" {
				run(session, sql) // its plan is kept
				run(session, sql)
				run(session, "COMMIT")
			}
			n.besideCut(func() { run(other, counting("10", "n")) })
			if got := run(session, sql); !strings.Contains(got, "20") {
				t.Errorf("by the definition before:\n%s", got)
			}
			run(session, "COMMIT")
			n.besideCut(func() { run(other, counting("10", "m")) })
			if got := run(session, sql); !strings.Contains(got, "0A000") && !strings.Contains(got, "42703") && !strings.Contains(got, "40001") {
				t.Errorf("columns that are gone:\n%s", got)
			}
		})
	}
}

// TestAlterBesideDrop: settings are not put for a projection that was dropped since the
// statement looked at it: not even for a moment, in which the client or the node might end.
func TestAlterBesideDrop(t *testing.T) {
	const create = "CREATE PROJECTION tally (n int) WHEN ANY THEN UPDATE SET n = 1"
	n := startNode(t)
	session, other := n.session(t, nil), n.session(t, nil)
	run := func(ctx context.Context, s *query.Session, sql string) string {
		out := &recorder{}
		out.tell(s.Simple(ctx, sql, out))
		return out.String()
	}
	run(t.Context(), other, create)
	ctx, leave := context.WithCancel(t.Context())
	n.beforeAppend(func() {
		run(t.Context(), other, "DROP PROJECTION tally")
		n.afterChange(leave)
	})
	if got := run(ctx, session, "ALTER PROJECTION tally SET (warm = 'on')"); !strings.HasPrefix(got, "ERROR 42P01") {
		t.Errorf("altered what was dropped:\n%s", got)
	}
	run(t.Context(), other, create)
	if got := n.registry.Current().Settings("tally"); got != (projection.Settings{}) {
		t.Errorf("the next projection of the name has the settings %v", got)
	}
	n.beforeAppend(func() { run(t.Context(), other, "DROP PROJECTION tally; "+create) })
	if got := run(t.Context(), session, "ALTER PROJECTION tally SET (warm = 'on')"); got != "ALTER PROJECTION\n" {
		t.Errorf("altered what was dropped and made again:\n%s", got)
	}
}

// TestRedefinedBesideChanges: a statement that changes something, and is planned again beside a new definition,
// appends once, and makes its table once.
func TestRedefinedBesideChanges(t *testing.T) {
	const create = "CREATE OR REPLACE PROJECTION tally (n int NOT NULL DEFAULT 0) WHEN ANY THEN UPDATE SET n = n + "
	n := startNode(t)
	session, other := n.session(t, nil), n.session(t, nil)
	run := func(s *query.Session, sql string) string { return said(t, s, sql) }
	run(session, "INSERT INTO events (entity, kind) VALUES ('a', 'K'), ('a', 'K')")
	run(session, create+"1")
	const with = "WITH x AS (INSERT INTO events (entity, kind) VALUES ('b', 'K') RETURNING *) SELECT x.version, n FROM x, project('tally', 'a')"
	for i, c := range []struct{ sql, want string }{
		{with, "1 | 20\nSELECT 1\n"},
		{"CREATE TEMP TABLE made AS " + with, "SELECT 1\n"},
		{"WITH y AS (SELECT n FROM tally WHERE entity = 'a') INSERT INTO events (entity, kind) SELECT 'b', 'K' FROM y RETURNING version", "3\nINSERT 0 1\n"},
	} {
		run(session, create+"1")
		n.besideCut(func() { run(other, create+"10") })
		if got := run(session, c.sql); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s:\n%s", c.sql, got)
		}
		if got := run(session, "SELECT count(*) = "+string(rune('1'+i))+" FROM events WHERE entity = 'b'"); !strings.Contains(got, "\nt\n") {
			t.Errorf("after %s another number of events", c.sql)
		}
	}
	if got := run(session, "TABLE made"); !strings.Contains(got, "2 | 20\n") {
		t.Errorf("the table has\n%s", got)
	}
}
