package deparse_test

import (
	"testing"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/deparse"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// one knows one view, which is found without its schema or not.
type one struct {
	view  *plan.Relation
	found bool
}

func (o one) Relation(name string) *plan.Relation {
	if o.found && name == o.view.Name {
		return o.view
	}
	return nil
}

func (one) Schema(*pgdata.Proc, bool) string { return "" }

// relations has it as those do that a query is planned with.
type relations struct{ one }

func (r relations) Relation(string, string) (*plan.Relation, error) { return r.view, nil }
func (relations) Projection(string) (*plan.Relation, error)         { return nil, nil }

// TestQueryIsWrittenAsPostgreSQLDoes: the texts are pg_get_viewdef's of a real PostgreSQL 15.
func TestQueryIsWrittenAsPostgreSQLDoes(t *testing.T) {
	view := &plan.Relation{Schema: "public", Name: "v", OID: 20000, Kind: plan.ViewRelation, View: "SELECT 1 AS a, 'x'::text AS b", Lasting: true, Columns: []plan.RelationColumn{
		{Name: "a", Type: types.Of(types.Int4OID)}, {Name: "b", Type: types.Of(types.TextOID)},
	}}
	for _, c := range []struct {
		sql    string
		hidden bool // no search path has the view's schema
		style  deparse.Style
		want   string // "": it is not written
	}{
		{"select a, b as c from v where a > 1 order by 2", false, deparse.Style{Columns: []string{"a", "c"}}, " SELECT v.a,\n    v.b AS c\n   FROM v\n  WHERE (v.a > 1)\n  ORDER BY v.b"},
		{"select a, b as c from v where a > 1 order by 2", false, deparse.Style{Columns: []string{"a", "c"}, Pretty: true}, " SELECT v.a,\n    v.b AS c\n   FROM v\n  WHERE v.a > 1\n  ORDER BY v.b"},
		{"select * from v w", true, deparse.Style{Columns: []string{"a", "b"}}, " SELECT w.a,\n    w.b\n   FROM public.v w"},
		{"select * from v", false, deparse.Style{Columns: []string{"a", "b"}, Qualified: true}, " SELECT v.a,\n    v.b\n   FROM public.v"},
		{"select a from v", false, deparse.Style{Columns: []string{"a"}, Qualified: true, Renamed: deparse.Renaming{View: "v", To: "w"}}, " SELECT w.a\n   FROM public.w"},
		{"select a from v", false, deparse.Style{Columns: []string{"a"}, Qualified: true, Renamed: deparse.Renaming{View: "v", To: "v", Column: "a", ColumnTo: "z"}}, " SELECT v.z AS a\n   FROM public.v"},
		{"select a from v for update", false, deparse.Style{Columns: []string{"a"}}, ""},
		{"select nothing from v", false, deparse.Style{Columns: []string{"a"}}, ""},
	} {
		known := one{view, !c.hidden}
		c.style.Env = types.NewEnv()
		got, ok := deparse.Query(c.sql, analyze.Options{Relations: relations{known}, Params: expr.FixedParams(nil), Env: c.style.Env}, known, c.style)
		if ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s\n%s, %t\nwant\n%s", c.sql, got, ok, c.want)
		}
	}
}
