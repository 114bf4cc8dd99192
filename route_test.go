package projsql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/projsql/projsql"
)

// TestReadsGoToOwners runs testdata/route against three nodes. An owner that is slow for a
// moment is not asked: what a script expects is what comes in the end.
func TestReadsGoToOwners(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	datadriven.RunTest(t, "testdata/route", func(t *testing.T, d *datadriven.TestData) string {
		switch d.Cmd {
		case "close":
			if err := n.close(d.CmdArgs[0].Key); err != nil {
				return err.Error() + "\n"
			}
			return "ok\n"
		case "n1", "n2", "n3":
		default:
			t.Fatalf("unknown command %s", d.Cmd)
		}
		got := n.run(t.Context(), d.Cmd, d.Input)
		if d.Rewrite || !d.HasArg("wait") {
			return got
		}
		await(t, fmt.Sprintf("%s: %q, now %q", d.Pos, d.Expected, got), func() bool {
			got = n.run(t.Context(), d.Cmd, d.Input)
			return got == d.Expected
		})
		return got
	})
}

// TestRelayedRowsAreTheOwners: the same bytes come from every node, whatever the types, the
// format and the settings that the text depends on.
func TestRelayedRowsAreTheOwners(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	n.do(t, "n1", `CREATE PROJECTION p (t timestamptz, d date, i interval, b bytea, f float8, n numeric, a text[], j jsonb, "order" text, "it's ""x""" int) WHEN ANY
		THEN UPDATE SET t = occurred_at, d = (data->>'d')::date, i = (data->>'i')::interval, b = (data->>'b')::bytea, f = (data->>'f')::float8,
		n = (data->>'n')::numeric, a = ARRAY[data->>'i', NULL, 'x,"y'], j = data, "order" = data->>'o', "it's ""x""" = 7`)
	n.do(t, "n2", `INSERT INTO events (entity, kind, occurred_at, data) SELECT 'e''' || i, 'X', '2026-03-01 12:00:00.123456+00',
		'{"d": "2026-02-03", "i": "1 mon 2 days 03:04:05.6", "b": "\\x00ff41", "f": 0.1, "n": "12345678901234567890.10", "o": "ü"}' FROM generate_series(1, 12) i`)
	statements := []string{
		"SELECT * FROM project('p', $1)",
		`SELECT "it's ""x""", j, entity, t, _generation, _watermark, _hlc FROM public.p WHERE entity = $1`,
		"SELECT * FROM project_if_changed('p', $1, '0')",
		"SELECT FROM project('p', $1)",
	}
	for _, settings := range []string{
		"RESET ALL",
		"SET TimeZone = 'Asia/Kathmandu'; SET DateStyle = 'German'; SET IntervalStyle = 'sql_standard'; SET bytea_output = 'escape'; SET extra_float_digits = 0; SET search_path = projsql",
	} {
		for _, c := range n.conns {
			if _, err := c.PgConn().Exec(t.Context(), settings).ReadAll(); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 12 {
			for _, sql := range statements {
				n.compare(t, sql, fmt.Sprintf("e'%d", i+1))
			}
		}
	}
	for name, want := range map[string]bool{"n1": true, "n2": true, "n3": true} {
		relayed := strings.TrimSpace(n.run(t.Context(), name, "SELECT sum(reads) > 0 FROM projsql.statements WHERE projection = 'p'"))
		if (relayed == "t") != want {
			t.Errorf("%s has answered: %s", name, relayed)
		}
	}
}

// compare has every node answer in text and in binary.
func (n *nodes) compare(t *testing.T, sql, entity string) {
	t.Helper()
	for _, formats := range [][]int16{nil, {1}} {
		var first [][]byte
		for i, name := range []string{"n1", "n2", "n3"} {
			r := n.conns[name].PgConn().ExecParams(t.Context(), sql, [][]byte{[]byte(entity)}, nil, nil, formats).Read()
			if r.Err != nil || len(r.Rows) != 1 {
				t.Fatalf("%s at %s: %d rows, %v", sql, name, len(r.Rows), r.Err)
			}
			if i == 0 {
				first = r.Rows[0]
			} else if !slices.EqualFunc(first, r.Rows[0], slices.Equal) {
				t.Errorf("%s of %s: n1 says %q, %s says %q", sql, entity, first, name, r.Rows[0])
			}
		}
	}
}

// TestViewsAskOwners: a state of a projection in Go comes from the owner, which must have
// registered it too; a node whose owner has not answers itself.
func TestViewsAskOwners(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	appendAll(t, n.dbs["n1"], projsql.Draft{Entity: "a", Kind: "MoneyDeposited", Data: amount{10}})
	first := register(t, n.dbs["n1"], accounts())
	if a, err := first.Get(t.Context(), "a"); err != nil || a.State == nil || a.State.Balance != 10 || a.Outcome.Node != "n1" {
		t.Errorf("before the owner knows the projection: %+v, %v", a, err)
	}
	register(t, n.dbs["n3"], accounts()) // owns a
	last := appendAll(t, n.dbs["n1"], projsql.Draft{Entity: "a", Kind: "MoneyDeposited", Data: amount{5}})[0]
	if a, err := first.Get(t.Context(), "a"); err != nil || a.State == nil || a.State.Balance != 15 || a.Outcome.Node != "n3" || a.Outcome.Generation != 2 {
		t.Errorf("from the owner: %+v, %v", a, err)
	}
	second := register(t, n.dbs["n2"], accounts())
	if a, err := second.Get(t.Context(), "a", projsql.AtLeast(last.HLC)); err != nil || a.State == nil || a.State.Balance != 15 || a.Outcome.Node != "n3" {
		t.Errorf("at another node: %+v, %v", a, err)
	}
}
