package query_test

import (
	"strings"
	"testing"
)

// TestStatementsAreWhole: of a statement that changes several records all is done or nothing, whatever others have changed since it
// was decided on.
func TestStatementsAreWhole(t *testing.T) {
	const p = " PROJECTION p (n int) WHEN 'add' THEN DELETE"
	there := func(r *races, want string) {
		t.Helper()
		r.expect("SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class WHERE relname IN ('p', 'q', 'v')", want)
	}
	t.Run("of two that are dropped another has dropped one", func(t *testing.T) {
		r := startRaces(t, "CREATE"+p, strings.Replace("CREATE"+p, "p", "q", 1))
		other := r.node.sessionOf(t, "root", nil)
		r.node.beforeAppend(func() { r.must(other, "DROP PROJECTION q") })
		if got := stateOf(r.root.Simple(t.Context(), "DROP PROJECTION p, q", &recorder{})); got != "42P01" {
			t.Errorf("DROP PROJECTION: %q", got)
		}
		there(r, "p")
	})
	t.Run("a definition and the comments that it leaves", func(t *testing.T) {
		r := startRaces(t, "CREATE"+p, "COMMENT ON COLUMN p.n IS 'x'")
		other := r.node.sessionOf(t, "root", nil)
		r.node.beforeAppend(func() {
			r.must(other, "COMMENT ON TABLE p IS 'y'")
			r.node.afterChange(func() { // what was refused has changed nothing: a server may be killed here
				if d, _ := r.node.registry.Lookup("p"); len(d.Columns) != 1 || d.Columns[0].Name != "n" {
					t.Errorf("replaced by half: %v", d.Columns)
				}
			})
		})
		r.must(r.root, strings.Replace("CREATE OR REPLACE"+p, "n int", "m int", 1))
		r.expect("SELECT string_agg(description, ' ') FROM pg_description WHERE objoid = 'p'::regclass", "y")
	})
	t.Run("a projection and its owner before the first view", func(t *testing.T) {
		r := startRaces(t)
		other := r.node.sessionOf(t, "root", nil)
		r.node.beforeAppend(func() {
			r.must(other, "CREATE ROLE late")
			r.node.afterChange(func() { there(r, "") })
		})
		r.must(r.node.sessionOf(t, "ann", nil), "CREATE"+p)
		r.expect(ownerOfP, "ann | f")
	})
	t.Run("a projection that the first view reads meanwhile", func(t *testing.T) {
		r := startRaces(t, "CREATE"+p)
		other := r.node.sessionOf(t, "root", nil)
		r.node.beforeAppend(func() { r.must(other, "CREATE VIEW v AS SELECT n FROM p") })
		if got := stateOf(r.root.Simple(t.Context(), "DROP PROJECTION p", &recorder{})); got != "2BP01" {
			t.Errorf("DROP PROJECTION: %q", got)
		}
		there(r, "p v")
	})
	t.Run("what functions and procedures define", func(t *testing.T) {
		r := startRaces(t)
		r.must(r.root, "CREATE FUNCTION whole() RETURNS bigint LANGUAGE sql AS 'CREATE VIEW p AS SELECT 1 AS a; CREATE VIEW q AS SELECT 1 AS a; INSERT INTO events (entity, kind) VALUES (''e'', ''Made''); SELECT 1::bigint'")
		r.must(r.root, "CREATE PROCEDURE wholly() LANGUAGE sql AS 'CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW q AS SELECT 1 AS a'")
		for _, half := range []string{"SELECT whole() / 0", "SELECT count(*) FROM (SELECT whole() / 0) x", "CREATE TEMP TABLE tt AS SELECT whole() / 0 AS a"} {
			if got := stateOf(r.root.Simple(t.Context(), half, &recorder{})); got != "22012" {
				t.Errorf("%s: %q", half, got)
			}
			there(r, "")
		}
		r.must(r.root, "SELECT whole()")
		there(r, "p q")
		r.expect("SELECT count(*) FROM events", "1")
		if got := stateOf(r.root.Simple(t.Context(), "CALL wholly()", &recorder{})); got != "42P07" {
			t.Errorf("CALL: %q", got)
		}
		there(r, "p q")
		r.must(r.root, "DROP VIEW q")
		r.must(r.root, "CALL wholly()")
		there(r, "p q v")
	})
	t.Run("what is refused for its size", func(t *testing.T) {
		r := startRaces(t, "ALTER ROLE ALL SET application_name = 'x'")
		large := "ALTER ROLE ann SET my.setting = '" + strings.Repeat("x", 1<<20) + "'"
		for _, name := range []string{"a", "b", "c"} {
			r.must(r.root, strings.Replace(large, "setting", name, 1))
		}
		r.must(r.root, "ALTER ROLE ann SET my.d = '"+strings.Repeat("x", 1<<20-1000)+"'")
		ann := r.node.sessionOf(t, "ann", nil)
		var got string
		for i := 0; got == "" && i < 40; i++ {
			got = stateOf(ann.Simple(t.Context(), strings.Replace("CREATE"+p, " p ", " p"+strings.Repeat("x", i+1)+" ", 1), &recorder{}))
		}
		if got != "54000" {
			t.Errorf("CREATE PROJECTION: %q", got)
		}
		r.expect("SELECT count(*) FROM pg_class WHERE relname ~ '^px*$' AND relowner <> 'ann'::regrole", "0")
	})
}
