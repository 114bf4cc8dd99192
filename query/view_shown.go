package query

import (
	"slices"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/deparse"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
)

// viewText is the query of a session's view as PostgreSQL shows it; false: it cannot be shown.
func (s *Session) viewText(v *temptable.View, pretty bool) (string, bool) {
	return s.shownView(s.planOptions(&compiled{catalog: s.catalog()}, expr.FixedParams(nil)), v, pretty)
}

// shownView is the query of a view, with its freshness.
func (s *Session) shownView(o analyze.Options, v *temptable.View, pretty bool) (string, bool) {
	text, ok := s.writeView(o, v, deparse.Style{Pretty: pretty})
	return text + contractComment(v.Freshness) + ";", ok
}

// contractComment is the hint that says the freshness of a view, which PostgreSQL reads over.
func contractComment(freshness string) string {
	if freshness == "" {
		return ""
	}
	return "\n  /*+ freshness(" + freshness + ") */"
}

// writeView writes the query of a view.
func (s *Session) writeView(o analyze.Options, v *temptable.View, style deparse.Style) (string, bool) {
	style.Env = s.env
	for _, c := range v.Columns {
		style.Columns = append(style.Columns, c.Name)
	}
	return deparse.Query(v.SQL, o, shownNames{s}, style)
}

// shownNames implements deparse.Names for a session.
type shownNames struct{ session *Session }

// Relation implements deparse.Names.
func (n shownNames) Relation(name string) *plan.Relation {
	found, err := n.session.relations(n.session.catalog()).Relation("", name)
	if err != nil {
		return nil
	}
	return found
}

// Schema implements deparse.Names.
func (n shownNames) Schema(row *pgdata.Proc, qualified bool) string {
	s := n.session
	f := s.functionOf(s.catalog(), func(f *lastingFunction) bool { return f.OID == row.OID })
	switch {
	case f == nil && s.hides(row.OID):
		return "pg_temp"
	case f == nil:
		return ""
	case qualified, !slices.Contains(s.schemas, "public"), s.shadow(f.Function) != nil:
		return "public"
	}
	return ""
}

// hides reports whether a function is the session's own and found with its schema only.
func (s *Session) hides(oid uint32) bool {
	return slices.ContainsFunc(s.tables.Functions(), func(f *temptable.Function) bool { return f.OID == oid && f.Hidden })
}
