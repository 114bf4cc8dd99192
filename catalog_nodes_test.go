package projsql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/projsql/projsql/cluster"
)

// catalogOf is what a node tells of projections and of what was said of them, of events too.
const catalogOf = `SELECT c.relname, coalesce(obj_description(c.oid), '-'), a.attname, coalesce(col_description(c.oid, a.attnum), '-')
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
	WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND (c.relname <> 'events' OR a.attname IN ('entity', 'kind')) ORDER BY 1, a.attnum`

// TestTheCatalogOnEveryNode: whoever is asked for it, a definition and a comment is every node's once it is
// answered: after a change of the leader, and at a node that was away for so long that it is sent a snapshot.
func TestTheCatalogOnEveryNode(t *testing.T) {
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
	// rounds has each of some nodes define, the next comment, and the one after it replace and drop.
	rounds := func(at []string, round string) {
		t.Helper()
		for i, name := range at {
			next, other := at[(i+1)%len(at)], at[(i+2)%len(at)]
			said := round + " by " + next
			n.do(t, name, "CREATE PROJECTION p (n int NOT NULL DEFAULT 0, gone int) WHEN ANY THEN UPDATE SET n = n + 1", "CREATE PROJECTION q (n int) WHEN ANY THEN UPDATE SET n = 1")
			n.do(t, next, "COMMENT ON TABLE p IS '"+said+"'", "COMMENT ON COLUMN p.n IS 'a number'", "COMMENT ON COLUMN p.gone IS 'none'", "COMMENT ON TABLE q IS 'q'", "COMMENT ON COLUMN events.kind IS '"+said+"'")
			expect(at, catalogOf, fmt.Sprintf("events|-|entity|-\nevents|-|kind|%[1]s\np|%[1]s|entity|-\np|%[1]s|n|a number\np|%[1]s|gone|none\nq|q|entity|-\nq|q|n|-", said))
			n.do(t, other, "CREATE OR REPLACE PROJECTION p (n int NOT NULL DEFAULT 0, e text) WHEN ANY THEN UPDATE SET n = n + 10", "COMMENT ON TABLE q IS NULL", "DROP PROJECTION q", "COMMENT ON TABLE events IS 'the log'")
			expect(at, catalogOf, fmt.Sprintf("events|the log|entity|-\nevents|the log|kind|%[1]s\np|%[1]s|entity|-\np|%[1]s|n|a number\np|%[1]s|e|-", said))
			n.do(t, name, "INSERT INTO events (entity, kind) VALUES ('x', 'K')")
			expect(at, "SELECT n = 10 * (SELECT count(*) FROM events) FROM project('p', 'x')", "t")
			expect(at, "COMMENT ON TABLE q IS 'q'", `42P01: relation "q" does not exist`)
			expect(at, "COMMENT ON COLUMN p.gone IS 'q'", `42703: column "gone" of relation "p" does not exist`)
			n.do(t, next, "DROP PROJECTION p", "COMMENT ON TABLE events IS NULL")
		}
	}
	rounds(all, "first")
	for _, leader := range []string{"n2", "n3"} {
		if err := n.rooms["n1"].Cluster.TransferLeader(t.Context(), leader); err != nil {
			t.Fatal(err)
		}
		await(t, leader+" leads", func() bool {
			return strings.TrimSpace(n.run(t.Context(), leader, "SELECT name FROM projsql.nodes WHERE role = 'leader'")) == leader
		})
		rounds(all, leader+" leads")
	}

	n.do(t, "n1", "CREATE PROJECTION p (n int) WHEN ANY THEN UPDATE SET n = 1", "COMMENT ON TABLE p IS 'what n3 knows'", "CREATE PROJECTION q (n int) WHEN ANY THEN UPDATE SET n = 1")
	if err := n.close("n3"); err != nil {
		t.Fatal(err)
	}
	two := slices.Delete(slices.Clone(all), 2, 3)
	n.do(t, "n1", "DROP PROJECTION q, p", "COMMENT ON COLUMN events.kind IS NULL")
	rounds(two, "without n3")
	n.do(t, "n2", "CREATE PROJECTION r (n int) WHEN ANY THEN UPDATE SET n = 1", "COMMENT ON COLUMN r.n IS 'made while n3 was away'", "COMMENT ON COLUMN events.entity IS 'new'")
	for range 30 {
		n.do(t, "n1", "INSERT INTO events (entity, kind) VALUES ('x', 'K')")
	}
	applied, _ := n.rooms["n3"].Store.Applied()
	await(t, "the log that n3 has not is cut", func() bool {
		return n.rooms["n2"].Cluster.Status().LogFirst > applied+1 && n.rooms["n1"].Cluster.Status().LogFirst > applied+1
	})
	n.reopen(t, "n3")
	n.awaitOwners(t, "n3")
	expect(all, catalogOf, "events|-|entity|new\nevents|-|kind|without n3 by n1\nr|-|entity|-\nr|-|n|made while n3 was away")
	expect(all, "SELECT name FROM projsql.projections", "r")
	n.do(t, "n3", "COMMENT ON COLUMN r.n IS 'by n3'")
	expect(all, "SELECT col_description('r'::regclass, 2)", "by n3")
}
