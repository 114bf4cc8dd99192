package query_test

import (
	"strings"
	"testing"

	"github.com/projsql/projsql/query"
)

// races are sessions of a node, one of which is faster than another.
type races struct {
	*testing.T
	node *node
	root *query.Session
}

func startRaces(t *testing.T, before ...string) *races {
	n := startNode(t)
	r := &races{t, n, n.sessionOf(t, "root", nil)}
	for _, sql := range append(before, "CREATE ROLE root SUPERUSER LOGIN PASSWORD 'x'", "CREATE ROLE ann LOGIN", "CREATE ROLE bob", "GRANT CREATE ON SCHEMA public TO ann", "GRANT SELECT ON events TO ann") {
		r.must(r.root, sql)
	}
	return r
}

func (r *races) must(s *query.Session, sql string) string {
	r.Helper()
	out := &recorder{}
	if err := s.Simple(r.Context(), sql, out); err != nil {
		r.Fatalf("%s: %v", sql, err)
	}
	return out.String()
}

// first has root say something between what the next change was decided on and its entry in the log.
func (r *races) first(sql string) { r.node.beforeAppend(func() { r.must(r.root, sql) }) }

func (r *races) expect(sql, want string) {
	r.Helper()
	if got := r.must(r.root, sql); !strings.Contains(got, "\n"+want+"\n") {
		r.Errorf("%s: %s, want %s", sql, got, want)
	}
}

// nothingSaid: of what is not there nothing is said.
func (r *races) nothingSaid(names ...string) {
	r.Helper()
	for _, name := range names {
		if r.node.registry.Current().Roles.Relation(name) != nil {
			r.Errorf("something is said of %s", name)
		}
	}
}

const ownerOfP = "SELECT relowner::regrole, has_table_privilege('bob', 'p', 'SELECT') FROM pg_class WHERE relname = 'p'"

// TestWhoMakesAProjectionOwnsIt: also where roles are changed at that moment, and before there was ever a view.
func TestWhoMakesAProjectionOwnsIt(t *testing.T) {
	r := startRaces(t)
	ann := r.node.sessionOf(t, "ann", nil)
	r.first("CREATE ROLE late")
	r.must(ann, "CREATE PROJECTION p (n int) WHEN 'add' THEN DELETE")
	r.expect(ownerOfP, "ann | f")
	r.first("GRANT SELECT ON p TO bob")
	r.must(ann, "CREATE OR REPLACE PROJECTION p (n int, m int) WHEN 'add' THEN DELETE")
	r.expect(ownerOfP, "ann | t")
	r.must(ann, "CREATE OR REPLACE PROJECTION p (n int) WHEN 'add' THEN DELETE")
	r.expect(ownerOfP, "ann | t")
	r.must(ann, "DROP PROJECTION p")
	r.nothingSaid("p")
}

// TestGrantsGoWithWhatTheyAreSaidOf: what is dropped or gets another name while something is granted on it.
func TestGrantsGoWithWhatTheyAreSaidOf(t *testing.T) {
	grant := func(r *races, on, want string) {
		t.Helper()
		if got := stateOf(r.root.Simple(t.Context(), "GRANT SELECT ON "+on+" TO bob", &recorder{})); got != want {
			t.Errorf("GRANT ON %s: %q, want %q", on, got, want)
		}
	}
	t.Run("before the first view", func(t *testing.T) {
		r := startRaces(t, "CREATE PROJECTION p (n int) WHEN 'add' THEN DELETE")
		other := r.node.sessionOf(t, "root", nil)
		r.node.beforeAppend(func() { r.must(other, "DROP PROJECTION p") })
		grant(r, "p", "42P01")
		r.nothingSaid("p")
	})
	t.Run("with views", func(t *testing.T) {
		r := startRaces(t, "CREATE PROJECTION p (n int) WHEN 'add' THEN DELETE", "CREATE VIEW v AS SELECT n FROM p", "CREATE VIEW gone AS SELECT n FROM p")
		other := r.node.sessionOf(t, "root", nil)
		r.first("GRANT SELECT ON v TO bob")
		r.must(other, "ALTER VIEW v RENAME TO w")
		r.expect("SELECT has_table_privilege('bob', 'w', 'SELECT')", "t")
		r.must(r.root, "REVOKE SELECT ON w FROM bob")
		r.node.beforeAppend(func() { r.must(other, "ALTER VIEW w RENAME TO v") })
		grant(r, "w", "42P01")
		r.first("GRANT SELECT ON gone TO bob")
		r.must(other, "DROP VIEW gone")
		r.node.beforeAppend(func() { r.must(other, "DROP PROJECTION p CASCADE") })
		grant(r, "p", "42P01")
		r.nothingSaid("gone", "w", "v", "p")
	})
}
