package projsql_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestTransactionsDefineOnEveryNode: what a transaction has defined and appended at one node it alone sees, whichever nodes own
// what it reads; all see it once COMMIT is answered, and nobody any of it where COMMIT is refused.
func TestTransactionsDefineOnEveryNode(t *testing.T) {
	t.Parallel()
	n := openNodes(t, func(*nodes) {})
	all := []string{"n1", "n2", "n3"}
	const p = "CREATE PROJECTION p (n int NOT NULL DEFAULT 0) WHEN 'K' THEN UPDATE SET n = n + 1"
	for i := range 40 { // of all owners
		n.do(t, "n1", fmt.Sprintf("INSERT INTO events (entity, kind) VALUES ('e%d', 'K')", i))
	}
	for _, at := range all {
		n.do(t, at, "SET projsql.distribute = on", "BEGIN", p, "CREATE VIEW v AS SELECT entity, n FROM p WHERE n > 0")
		for what, want := range map[string]string{
			"SELECT count(*), sum(n) FROM p":                                   "40|40\n",
			"SELECT count(*), sum(n) FROM v":                                   "40|40\n",
			"SELECT entity FROM v WHERE entity = 'e7'":                         "e7\n",
			"SELECT sum((SELECT n FROM p WHERE p.entity = o.entity)) FROM v o": "40\n",
		} {
			if got := n.run(t.Context(), at, what); got != want {
				t.Errorf("%s, %s: %s", at, what, got)
			}
		}
		for i := range 40 {
			if got := n.run(t.Context(), at, fmt.Sprintf("SELECT n FROM project('p', 'e%d')", i)); got != "1\n" {
				t.Errorf("%s, e%d: %s", at, i, got)
			}
		}
		n.do(t, at, fmt.Sprintf("INSERT INTO events (entity, kind) VALUES ('of %s', 'L')", at))
		for _, other := range all {
			if got := n.run(t.Context(), other, "SELECT 1 FROM pg_class WHERE relname = 'v'"); other != at && got != "" {
				t.Errorf("%s sees what %s has not committed", other, at)
			}
		}
		n.do(t, at, "COMMIT")
		for _, other := range all {
			if got := n.run(t.Context(), other, "SELECT count(*), sum(n) FROM v"); got != "40|40\n" {
				t.Errorf("%s after COMMIT at %s: %s", other, at, got)
			}
		}
		n.do(t, at, "BEGIN", "DROP VIEW v", "DROP PROJECTION p", "COMMIT")
	}

	n.do(t, "n2", "BEGIN", "CREATE VIEW v AS SELECT 2 AS a", "INSERT INTO events (entity, kind) VALUES ('of n2', 'L')")
	n.do(t, "n3", "CREATE VIEW v AS SELECT 3 AS a")
	if got := n.run(t.Context(), "n2", "COMMIT"); !strings.HasPrefix(got, "40001: could not serialize access due to concurrent changes of definitions") {
		t.Errorf("COMMIT: %s", got)
	}
	for _, at := range all {
		if got := n.run(t.Context(), at, "SELECT a, (SELECT count(*) FROM events WHERE kind = 'L') FROM v"); got != "3|3\n" {
			t.Errorf("%s: %s", at, got)
		}
	}
}
