package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestVerdicts runs made-up answers through the judge.
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name, script, ours, codes, expected, want string
	}{
		{"the same", "SELECT 1;", "1", "1", "1", "same"},
		{"another value", "SELECT 1;", "2", "2", "1", "different"},
		{"rows in another order", "SELECT f FROM t;", " f\n---\n 2\n 1", "", " f\n---\n 1\n 2", "order"},
		{"an order that was asked for", "SELECT f FROM t ORDER BY f;", " f\n---\n 2\n 1", "", " f\n---\n 1\n 2", "different"},
		{"another heading", "SELECT f FROM t;", " g\n f\n 1", "", " f\n g\n 1", "different"},
		{"a plan", "EXPLAIN SELECT 1;", "a", "a", "b", "plan"},
		{"a refusal", "CREATE RULE r AS ON INSERT TO t DO NOTHING;", "no", "ERROR:  0A000", "", "refused"},
		{"what reads what a refused statement changes", "CREATE RULE r AS ON INSERT TO t DO NOTHING;|SELECT * FROM t;", "no|1", "ERROR:  0A000|1", "|2", "refused follows"},
		{"what reads a view of it", "CREATE RULE r AS ON INSERT TO t DO NOTHING;|CREATE VIEW v AS SELECT * FROM t;|SELECT * FROM v;", "no||1", "ERROR:  0A000||1", "||2", "refused same follows"},
		{"what reads another table", "CREATE RULE r AS ON INSERT TO t DO NOTHING;|SELECT t FROM u AS t;", "no|1", "ERROR:  0A000|1", "|2", "refused different"},
		{"what was undone", "BEGIN;|DELETE FROM t USING u;|ROLLBACK;|SELECT * FROM t;", "|no||1", "|ERROR:  0A000||1", "|||2", "same refused same different"},
		{"a table made anew", "CREATE TABLE t (a x);|DROP TABLE t;|CREATE TABLE t ();|SELECT * FROM t;", "no|no||1", "ERROR:  0A000|ERROR:  42P01||1", "|||2", "refused follows same different"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var statements []statement
			for _, s := range strings.Split(c.script, "|") {
				statements = append(statements, statement{written: []string{s}})
			}
			split := func(s string) []string { return strings.Split(s, "|") }
			j := judge(statements, split(c.ours), split(c.codes), split(c.expected), newLost())
			if got := verdicts(statements, j); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// verdicts reads them from the details; what is not there was the same.
func verdicts(statements []statement, j *judgement) string {
	var all []string
	details := j.details.String()
	for _, s := range statements {
		verdict := "same"
		if head, _, ok := strings.Cut(details, "\n"+s.text()+"\n---- PostgreSQL"); ok {
			_, _ = fmt.Sscanf(head[strings.LastIndex(head, "==== "):], "==== %s", &verdict)
		}
		all = append(all, verdict)
	}
	return strings.Join(all, " ")
}

func TestHiddenTablesFollow(t *testing.T) {
	script := strings.Split("CREATE TABLE t (a int);|CREATE TEMP TABLE u (a int);|DROP TABLE u;|CREATE TABLE u (a int);|CREATE TEMP TABLE t (a int);", "|")
	var statements []statement
	for _, s := range script {
		statements = append(statements, statement{written: []string{s}})
	}
	l := newLost()
	l.hide(statements)
	if !l.depends(useOf("SELECT * FROM t")) || l.depends(useOf("SELECT * FROM u")) {
		t.Errorf("hidden: %v", l.hidden)
	}
}

func TestTheSetUpIsThereAgainWhenItsShadowGoes(t *testing.T) {
	of := func(lines ...string) (all []statement) {
		for _, l := range lines {
			all = append(all, statement{written: []string{l}, lines: []string{l}})
		}
		return all
	}
	setup := of("CREATE TABLE t(f int);", "INSERT INTO t VALUES (1);", "CREATE TABLE tt(f int);")
	got := joinLines(uncover(of("CREATE TEMP TABLE t(g int);", "DROP TABLE t;", "SELECT 1;"), setup))
	want := "CREATE TEMP TABLE t(g int);\nDROP TABLE t;\nCREATE TABLE t(f int);\nINSERT INTO t VALUES (1);\nSELECT 1;\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
