package query_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/storage/event"
)

// definer is a session of a random run, and what it has done in its transaction.
type definer struct {
	*query.Session
	user       string
	inside     bool
	done       []string
	savepoints []int // how much was done at each
}

// serialRun is one random run: sessions that define, interleaved statement by statement, and what of it was committed, in the
// order of the commits.
type serialRun struct {
	t         *testing.T
	r         *rand.Rand
	node      *node
	committed []transactionOf
	log       []string
}

type transactionOf struct {
	user string
	done []string
}

// TestTransactionsAreSerial: what sessions define at the same time is what they would have defined one after another, and all that
// there is can be read and called.
func TestTransactionsAreSerial(t *testing.T) {
	runs := 25
	if testing.Short() {
		runs = 3
	}
	for seed := range runs {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { serial(t, uint64(seed)) })
	}
}

var definers = []string{"adm", "adm", "al"}

func newSerialNode(t *testing.T) *node {
	n := startNode(t)
	s := n.session(t, nil)
	for _, sql := range []string{
		"INSERT INTO events (entity, kind, data) VALUES ('e', 'K', '{}')",
		"CREATE ROLE adm SUPERUSER LOGIN PASSWORD 'x'",
		"CREATE ROLE al LOGIN PASSWORD 'x'", "CREATE ROLE bo LOGIN PASSWORD 'x'",
		"GRANT CREATE ON SCHEMA public TO al, bo", "GRANT SELECT ON events TO al, bo",
		"CREATE PROJECTION r0 (a int, b int) WHEN 'K' THEN UPDATE SET a = 1", "CREATE VIEW v0 AS SELECT a, b FROM r0",
	} {
		if got := said(t, s, sql); strings.Contains(got, "ERROR") {
			t.Fatal(sql, got)
		}
	}
	return n
}

func serial(t *testing.T, seed uint64) {
	run := &serialRun{t: t, r: rand.New(rand.NewPCG(seed, 1)), node: newSerialNode(t)}
	var all []*definer
	for _, user := range definers {
		all = append(all, &definer{Session: run.node.sessionOf(t, user, nil), user: user})
	}
	for range 150 {
		run.step(all[run.r.IntN(len(all))])
	}
	for _, d := range all {
		run.end(d, "COMMIT")
	}
	run.whole()
	again := newSerialNode(t)
	sessions := map[string]*query.Session{"adm": again.sessionOf(t, "adm", nil), "al": again.sessionOf(t, "al", nil)}
	for _, s := range sessions {
		said(t, s, "SET check_function_bodies = off") // strings may name what is no more
	}
	for _, tx := range run.committed {
		for _, sql := range tx.done {
			if got := said(t, sessions[tx.user], sql); strings.Contains(got, "ERROR") {
				run.fail("one after another it is refused: %s: %s: %s", tx.user, sql, got)
			}
		}
	}
	if got, want := run.shown(run.node.sessionOf(t, "adm", nil)), run.shown(again.sessionOf(t, "adm", nil)); got != want {
		run.fail("there is\n%s\none after another there would be\n%s", got, want)
	}
}

func (run *serialRun) fail(format string, args ...any) {
	run.t.Helper()
	run.t.Fatalf(format+"\n%s", append(args, strings.Join(run.log, "\n"))...)
}

func (run *serialRun) say(d *definer, sql string) string {
	got := said(run.t, d.Session, sql)
	run.log = append(run.log, fmt.Sprintf("%p %s: %s -- %s", d, d.user, sql, strings.TrimSpace(strings.SplitN(got, "\n", 2)[0])))
	return got
}

func (run *serialRun) step(d *definer) {
	switch n := run.r.IntN(20); {
	case !d.inside && n < 8:
		run.say(d, "BEGIN")
		d.inside = true
	case d.inside && n < 2:
		run.end(d, "COMMIT")
	case d.inside && n == 2:
		run.end(d, "ROLLBACK")
	case d.inside && n == 3:
		run.say(d, "SAVEPOINT s")
		d.savepoints = append(d.savepoints, len(d.done))
	case d.inside && n == 4 && len(d.savepoints) > 0:
		run.back(d)
	default:
		run.define(d, run.statement())
	}
}

// back goes back to the last savepoint, or to the start where there is none.
func (run *serialRun) back(d *definer) {
	if len(d.savepoints) == 0 {
		run.end(d, "ROLLBACK")
		return
	}
	run.say(d, "ROLLBACK TO s")
	d.done = d.done[:d.savepoints[len(d.savepoints)-1]]
}

func (run *serialRun) end(d *definer, sql string) {
	got := run.say(d, sql)
	if strings.HasPrefix(got, "COMMIT") && d.inside && len(d.done) > 0 {
		run.committed = append(run.committed, transactionOf{d.user, append([]string{}, d.done...)})
	}
	d.inside, d.done, d.savepoints = false, nil, nil
}

// define runs a statement, and takes note of it where it has changed something.
func (run *serialRun) define(d *definer, sql string) {
	was := run.shown(d.Session)
	if strings.Contains(was, "ERROR") {
		if !strings.Contains(was, "ERROR 40001") && !strings.Contains(was, "ERROR 25P02") {
			run.fail("%s", was)
		}
		run.back(d)
		return
	}
	if d.inside {
		said(run.t, d.Session, "SAVEPOINT statement")
	}
	if got := run.say(d, sql); strings.Contains(got, "ERROR") {
		if strings.Contains(got, "ERROR XX") {
			run.fail("%s", got)
		}
		if d.inside {
			said(run.t, d.Session, "ROLLBACK TO statement")
		}
		return
	}
	switch {
	case run.shown(d.Session) == was:
	case d.inside:
		d.done = append(d.done, sql)
	default:
		run.committed = append(run.committed, transactionOf{d.user, []string{sql}})
	}
}

func (run *serialRun) of(all ...string) string { return all[run.r.IntN(len(all))] }

func (run *serialRun) statement() string {
	r, v := run.of("r0", "r1", "v0", "r0", "r1"), run.of("v0", "v1", "v2", "r1", "v0", "v1", "v2")
	of, f := run.of("r0", "r1", "v0", "v1", "v2"), run.of("f0()", "f1()")
	replace := run.of("", " OR REPLACE", " OR REPLACE")
	role := run.of("al", "bo", "al", "bo", "q")
	switch run.r.IntN(24) {
	case 0, 1, 2:
		return "CREATE" + replace + " PROJECTION " + r + " " + run.of("(a int)", "(a int, b int)", "(b int, a int)") + " WHEN 'K' THEN UPDATE SET a = " + run.of("1", "2")
	case 3, 4, 5:
		return "CREATE" + replace + " VIEW " + v + " AS SELECT " + run.of("a", "a, b") + " FROM " + of
	case 6:
		return "CREATE" + replace + " VIEW " + v + " AS SELECT a FROM " + f
	case 7:
		return "CREATE" + replace + " VIEW " + v + " AS SELECT 1 AS a, " + f + " IS NULL AS b"
	case 8:
		return run.of("DROP VIEW "+v, "DROP PROJECTION "+r, "DROP FUNCTION "+f) + run.of("", " CASCADE")
	case 9:
		return "ALTER VIEW " + v + " RENAME TO " + run.of("v0", "v1", "v2", "r1")
	case 10:
		return "ALTER VIEW " + v + " RENAME COLUMN " + run.of("a TO b", "b TO a", "b TO c", "c TO b")
	case 11, 12:
		return "CREATE" + replace + " FUNCTION " + f + " RETURNS bigint LANGUAGE sql " +
			run.of("AS 'SELECT count(*) FROM "+of+"'", "RETURN (SELECT count(a) FROM "+of+")", "BEGIN ATOMIC SELECT max(b) FROM "+of+"; END", "RETURN "+run.of("f0()", "f1()"))
	case 13:
		return "CREATE" + replace + " FUNCTION " + f + " RETURNS SETOF " + of + " LANGUAGE sql AS 'SELECT * FROM " + of + "'"
	case 14:
		return "ALTER FUNCTION " + f + " RENAME TO " + run.of("f0", "f1")
	case 15:
		return "COMMENT ON " + run.of("VIEW "+v, "TABLE "+r, "COLUMN "+of+".a", "FUNCTION "+f) + " IS '" + run.of("x", "y") + "'"
	case 16, 17:
		return "GRANT " + run.of("SELECT ON "+of, "SELECT (a) ON "+of, "EXECUTE ON FUNCTION "+f) + " TO " + role
	case 18:
		return "REVOKE " + run.of("SELECT ON "+of, "SELECT (a) ON "+of, "ALL ON FUNCTION "+f) + " FROM " + role
	case 19:
		return "ALTER " + run.of("TABLE "+of, "FUNCTION "+f) + " OWNER TO " + role
	case 20, 21, 22:
		return run.ofRoles(run.of("q", "q", "p"))
	}
	return "ALTER EVENT KIND 'K' " + run.of(`ADD UPCAST FROM VERSION 1 AS (data || '{"x": 1}')`, "DROP UPCAST FROM VERSION 1")
}

// ofRoles is a statement about a role and others.
func (run *serialRun) ofRoles(role string) string {
	return run.of("CREATE ROLE "+role, "CREATE ROLE "+role+" IN ROLE bo", "DROP ROLE "+role, "ALTER ROLE "+role+" RENAME TO "+run.of("q", "p"), "ALTER ROLE "+role+run.of(" LOGIN", " NOLOGIN", " SUPERUSER", " NOSUPERUSER"),
		"ALTER ROLE "+run.of(role, "bo", "ALL")+run.of(" SET application_name = 'x'", " RESET ALL"),
		"GRANT "+run.of("bo", role)+" TO "+run.of("al", role, "bo"), "REVOKE "+run.of("bo", role)+" FROM "+run.of("al", role, "bo"),
		"ALTER DEFAULT PRIVILEGES"+run.of("", " FOR ROLE "+role, " FOR ROLE al")+run.of(" GRANT SELECT ON TABLES TO ", " REVOKE SELECT ON TABLES FROM ")+run.of("bo", role),
		run.of("GRANT CREATE ON SCHEMA public TO ", "REVOKE CREATE ON SCHEMA public FROM ")+run.of("bo", role))
}

// shown is all that is defined, as the session sees it.
func (run *serialRun) shown(s *query.Session) string {
	return said(run.t, s, `SELECT relname, relkind, relacl, pg_get_userbyid(relowner), CASE relkind WHEN 'v' THEN pg_get_viewdef(oid) END, obj_description(oid, 'pg_class') FROM pg_class WHERE relname ~ '^[rv][0-2]$' ORDER BY 1;
SELECT relname, attnum, attname, format_type(atttypid, atttypmod), attacl, col_description(c.oid, attnum) FROM pg_class c JOIN pg_attribute ON attrelid = c.oid WHERE relname ~ '^[rv][0-2]$' AND attnum > 0 ORDER BY 1, 2;
SELECT proname, pg_get_functiondef(oid), proacl, pg_get_userbyid(proowner), obj_description(oid, 'pg_proc') FROM pg_proc WHERE proname ~ '^f[01]$' ORDER BY 1, 2;
SELECT name, definition FROM projsql.projections ORDER BY 1;
SELECT data FROM events;
SELECT rolname, rolsuper, rolcanlogin FROM pg_roles WHERE rolname IN ('p', 'q') ORDER BY 1;
SELECT setrole::regrole, setconfig FROM pg_db_role_setting ORDER BY 1;
SELECT nspacl FROM pg_namespace WHERE nspname = 'public';
SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members ORDER BY 1, 2;
SELECT defaclrole::regrole::text, defaclobjtype, defaclacl FROM pg_default_acl ORDER BY 1, 2`)
}

// whole: what there is can be read, but for what its owner may not read, and for what the strings say that bodies are.
func (run *serialRun) whole() {
	s := run.node.sessionOf(run.t, "adm", nil)
	if got := said(run.t, s, "SELECT count(*) - count(DISTINCT oid) FROM (SELECT oid FROM pg_class UNION ALL SELECT oid FROM pg_proc WHERE oid > 16384) x"); !strings.Contains(got, "\n0\n") {
		run.fail("OIDs: %s", got)
	}
	for _, c := range run.node.registry.Current().AllViews() {
		if got := said(run.t, s, `SELECT * FROM "`+c.Name+`"`); strings.Contains(got, "ERROR") && !strings.Contains(got, "ERROR 42501") && !strings.Contains(got, "CONTEXT") {
			run.fail("view %s: %s", c.Name, got)
		}
	}
}

// TestManyDefinitions: a transaction holds what all of its statements were made over.
func TestManyDefinitions(t *testing.T) {
	n := newSerialNode(t)
	s := n.sessionOf(t, "al", nil)
	var sql strings.Builder
	sql.WriteString("BEGIN; CREATE VIEW kept AS SELECT 1 AS a;")
	for i := range event.HoldsMax + 1 {
		fmt.Fprintf(&sql, "CREATE VIEW gone%d AS SELECT 1 AS a; DROP VIEW gone%d;", i, i)
	}
	if got := said(t, s, sql.String()+"COMMIT"); strings.Contains(got, "ERROR") || !strings.HasSuffix(got, "COMMIT\n") {
		t.Error(got[max(0, len(got)-200):])
	}
}
