package projsql_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/projsql/projsql/cluster"
)

// viewsOf is what a node tells of views, as they are written.
const viewsOf = `SELECT viewname, regexp_replace(definition, '\s+', ' ', 'g') FROM pg_views WHERE schemaname = 'public' ORDER BY 1`

// TestViewsOnEveryNode: a view is every node's once CREATE VIEW is answered, and so are ALTER and DROP; after a
// restart of all, and at a node that was away for so long that it is sent a snapshot.
func TestViewsOnEveryNode(t *testing.T) {
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
	n.do(t, "n1", "CREATE PROJECTION p (n int NOT NULL DEFAULT 0) WHEN ANY THEN UPDATE SET n = n + 1", "INSERT INTO events (entity, kind) VALUES ('x', 'K'), ('y', 'K'), ('y', 'K')")
	n.do(t, "n2", "CREATE VIEW many AS SELECT * FROM p WHERE n > 1")
	expect(all, "SELECT * FROM many", "y|2")
	n.do(t, "n3", "CREATE VIEW most (who) AS SELECT entity FROM many WITH FRESHNESS MAYBE STALE '1h'", "COMMENT ON VIEW most IS 'what n3 says'")
	expect(all, "SELECT * FROM most", "y")
	expect(all, "SELECT obj_description('most'::regclass)", "what n3 says")
	expect(all, "SELECT n FROM many WHERE entity = 'y'", "2")
	expect(all, "SELECT n FROM (SELECT n + 1, n, entity FROM many) q WHERE entity = 'y'", "2")
	expect(all, "DROP PROJECTION p", "2BP01: cannot drop projection p because other objects depend on it\n  view many depends on projection p\nview most depends on view many\n  Use DROP ... CASCADE to drop the dependent objects too.")
	n.do(t, "n1", "ALTER VIEW many RENAME TO several", "CREATE OR REPLACE VIEW several AS SELECT entity, n FROM p WHERE n > 0")
	const written = "most| SELECT several.entity AS who FROM several /*+ freshness(maybe stale '1h0m0s') */;\nseveral| SELECT p.entity, p.n FROM p WHERE (p.n > 0);"
	expect(all, viewsOf, written)

	two := slices.Delete(slices.Clone(all), 2, 3)
	if err := n.close("n3"); err != nil {
		t.Fatal(err)
	}
	n.do(t, "n1", "CREATE VIEW away AS SELECT count(*) FROM several", "DROP VIEW most")
	for range 30 {
		n.do(t, "n1", "INSERT INTO events (entity, kind) VALUES ('x', 'K')")
	}
	applied, _ := n.rooms["n3"].Store.Applied()
	await(t, "the log that n3 has not is cut", func() bool {
		return n.rooms["n2"].Cluster.Status().LogFirst > applied+1 && n.rooms["n1"].Cluster.Status().LogFirst > applied+1
	})
	expect(two, "SELECT * FROM away", "2")
	n.reopen(t, "n3")
	n.awaitOwners(t, "n3")
	expect(all, "SELECT * FROM away", "2")
	expect(all, "SELECT * FROM most", `42P01: relation "most" does not exist`)
	n.do(t, "n3", "DROP PROJECTION p CASCADE")
	expect(all, viewsOf, "")
}

// TestViewsHoldWhatTheyRead: whatever nodes do at once with views and with what these read, no view is left that reads
// nothing, or something else, and no name is two relations'.
func TestViewsHoldWhatTheyRead(t *testing.T) {
	t.Parallel()
	n := openNodes(t, func(*nodes) {})
	const p, narrow = "PROJECTION p (n int, m int) WHEN ANY THEN UPDATE SET n = 1", "PROJECTION p (n int) WHEN ANY THEN UPDATE SET n = 1"
	plays := [][3]string{
		{"CREATE VIEW v AS SELECT m FROM p", "DROP PROJECTION p", "CREATE VIEW w AS SELECT n FROM p"},
		{"CREATE VIEW v AS SELECT m FROM p", "CREATE OR REPLACE " + narrow, "CREATE VIEW w AS SELECT v.m FROM v"},
		{"CREATE VIEW v AS SELECT m FROM p", "CREATE PROJECTION v (a int) WHEN ANY THEN UPDATE SET a = 1", "CREATE VIEW v AS SELECT 1 AS a WHERE false"},
		{"CREATE VIEW v AS SELECT m FROM p;\nDROP VIEW v", "CREATE VIEW w AS SELECT m FROM v", "DROP PROJECTION p CASCADE"},
		{"CREATE VIEW v AS SELECT m FROM p;\nALTER VIEW v RENAME TO x", "CREATE VIEW w AS SELECT m FROM v", "CREATE PROJECTION x (a int) WHEN ANY THEN UPDATE SET a = 1"},
		{"CREATE VIEW v AS SELECT m FROM p;\nCREATE VIEW w AS SELECT m FROM v", "CREATE OR REPLACE VIEW v AS SELECT m FROM w", "CREATE OR REPLACE " + narrow},
		{"CREATE VIEW v AS SELECT m FROM p", "DROP PROJECTION p;\nCREATE " + narrow, "CREATE VIEW w AS SELECT m FROM p"},
	}
	names := []string{"n1", "n2", "n3"}
	for round := range 56 {
		play := plays[round%len(plays)]
		n.do(t, "n1", "CREATE "+p)
		if round%2 == 1 { // after the first rounds there was a view, and is none
			n.do(t, "n2", "CREATE VIEW u AS SELECT n FROM p", "DROP VIEW u")
		}
		var wait sync.WaitGroup
		answers := make([]string, len(names))
		for i, script := range play {
			if round/len(plays)%4 > i { // from none to all of them in transactions
				script = "BEGIN;\n" + script + ";\nCOMMIT"
			}
			wait.Go(func() { answers[i] = n.run(t.Context(), names[(i+round)%3], script) })
		}
		wait.Wait()
		for _, view := range strings.Fields(n.run(t.Context(), "n1", "SELECT viewname FROM pg_views WHERE schemaname = 'public'")) {
			for _, name := range names {
				if out := n.run(t.Context(), name, "SELECT * FROM "+view); out != "" {
					t.Fatalf("round %d, %q:\n%s\n%s of %s at %s", round, play, strings.Join(answers, "--\n"), out, view, name)
				}
			}
		}
		if out := n.run(t.Context(), "n2", "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') GROUP BY 1 HAVING count(*) > 1"); out != "" {
			t.Fatalf("round %d, %q: two relations are %s", round, play, out)
		}
		for _, relation := range strings.Fields(n.run(t.Context(), "n3", "SELECT viewname FROM pg_views WHERE schemaname = 'public'")) {
			n.run(t.Context(), "n3", fmt.Sprintf("DROP VIEW %s CASCADE", relation))
		}
		n.run(t.Context(), "n1", "DROP PROJECTION IF EXISTS p, v, x CASCADE")
	}
}
