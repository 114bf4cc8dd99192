package projsql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/projsql/projsql"
)

type tallied struct{ N int64 }

// tallyOf counts events, each so many times: what its folds do is not what its version says.
func tallyOf(version uint64, each int64) projsql.Projection[tallied] {
	return projsql.Projection[tallied]{
		Name: "tally", Version: version,
		When: map[string]projsql.Fold[tallied]{"Added": func(s *tallied, _ *projsql.Event) error { s.N += each; return nil }},
	}
}

// TestGoOnSeveralNodes: a projection in Go is each node's own. A node answers by what was
// registered on it alone: an owner that has another version, or none, answers for nobody
// else, and no state of one version is met by another.
func TestGoOnSeveralNodes(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	const entities = 12 // some of each node's
	n.do(t, "n1", "INSERT INTO events (entity, kind) SELECT 'e' || i, 'Added' FROM generate_series(1, 12) i")
	view, err := projsql.Register(n.dbs["n1"], tallyOf(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	const all = "SELECT count(*), sum(n) FROM (SELECT (SELECT n FROM project('tally', 'e' || i)) FROM generate_series(1, 12) i) x"
	expect := func(name, sql, want string) {
		t.Helper()
		if got := strings.TrimSpace(n.run(t.Context(), name, sql)); got != want {
			t.Errorf("%s, %s: %q, want %q", name, sql, got, want)
		}
	}
	eachOf := func(name, want string) {
		t.Helper()
		for i := range entities {
			expect(name, fmt.Sprintf("SELECT n FROM project('tally', 'e%d')", i+1), want)
		}
	}
	eachOf("n1", "1")
	expect("n1", all, "12|12")
	expect("n2", "SELECT 1 FROM project('tally', 'e1')", `42P01: projection "tally" does not exist`)

	if _, err := projsql.Register(n.dbs["n2"], tallyOf(2, 10)); err != nil { // n1 is to be upgraded next
		t.Fatal(err)
	}
	for range 2 { // cold, then warm
		eachOf("n1", "1")
		eachOf("n2", "10")
		expect("n1", all, "12|12")
		expect("n2", all, "12|120")
		expect("n1", "SELECT sum(n) FROM tally", "12")
		expect("n2", "SELECT sum(n) FROM tally", "120")
	}
	expect("n3", "SELECT 1 FROM tally", `42P01: relation "tally" does not exist`)
	expect("n1", "SELECT language FROM projsql.projections", "go")
	expect("n3", "SELECT count(*) FROM projsql.projections", "0")

	// The same version on the third: owners answer for each other again.
	if _, err := projsql.Register(n.dbs["n3"], tallyOf(2, 10)); err != nil {
		t.Fatal(err)
	}
	await(t, "n3 is answered by the owner n2", func() bool {
		nodes := ""
		for i := range entities {
			nodes += n.run(t.Context(), "n3", fmt.Sprintf("SELECT _node FROM project('tally', 'e%d')", i+1))
		}
		return strings.Contains(nodes, "n2")
	})
	eachOf("n3", "10")

	// CREATE PROJECTION is every node's. Where the name is taken by Go it is refused; from
	// elsewhere it takes the name on all nodes, and the program keeps its own view.
	expect("n1", "CREATE PROJECTION tally (n int) WHEN 'Added' THEN UPDATE SET n = 7",
		`42P07: relation "tally" already exists`+"\n  It is written in Go, and registered by the program that runs this node.")
	if _, err := projsql.Register(n.dbs["n1"], named("other", tallyOf(1, 1))); err != nil {
		t.Fatal(err)
	}
	other, err := projsql.Register(n.dbs["n2"], named("other", tallyOf(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	n.do(t, "n3", "CREATE PROJECTION other (n int) WHEN 'Added' THEN UPDATE SET n = 7")
	for _, name := range []string{"n1", "n2", "n3"} {
		expect(name, "SELECT language, (SELECT n FROM project('other', 'e1')) FROM projsql.projections WHERE name = 'other'", "sql|7")
	}
	for _, v := range []*projsql.View[tallied]{view, other} {
		if a, err := v.Get(t.Context(), "e1"); err != nil || a.State == nil || a.State.N != 1 {
			t.Errorf("a program's own view: %+v, %v", a, err)
		}
	}
}

func named[S any](name string, p projsql.Projection[S]) projsql.Projection[S] {
	p.Name = name
	return p
}
