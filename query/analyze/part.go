package analyze

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// isPart reports whether a target is an element, a slice or a key of a column.
func isPart(t *pg.ResTarget) bool { return len(t.GetIndirection()) > 0 }

// part binds what a part of a column is set to. old is the column's value so far, nil
// where there is none.
func (m *modifier) part(t *pg.ResTarget, column int, old expr.Expr, n *pg.Node, c clause) (expr.Expr, error) {
	col := &m.relation.Columns[m.relation.Visible()[column]]
	if err := m.settable(col, c); err != nil {
		return nil, err
	}
	if old == nil {
		old = expr.NewConst(col.Type, types.Null, -1)
	}
	if n.GetSetToDefault() != nil {
		what := "an array element"
		if t.Indirection[0].GetString_() != nil {
			what = "a subfield"
		}
		return nil, m.planner.errorAt(int(t.Location), sqlstate.FeatureNotSupported, "cannot set %s to DEFAULT", what)
	}
	if n.GetMultiAssignRef() != nil {
		return nil, m.planner.unsupported(int(t.Location), "assignment of a row to parts of columns")
	}
	binder := m.query.in(c)
	return binder.BindPart(old, col.Name, t.Indirection, func() (expr.Expr, error) { return binder.Bind(n) }, int(t.Location))
}

// partOf is part for a column of a query.
func (i *inserter) partOf(r *result, k int, old expr.Expr) (expr.Expr, error) {
	t, from := i.parts[k], &r.columns[k]
	col := &i.relation.Columns[i.relation.Visible()[i.targets[k]]]
	value := expr.Expr(from.ref(from.pos))
	if from.Type.OID == types.UnknownOID {
		if value = bare(r, k); value == nil {
			return nil, i.planner.unsupported(int(t.Location), "assignment of a literal from a query to a part of a column")
		}
	}
	if old == nil {
		old = expr.NewConst(col.Type, types.Null, -1)
	}
	return i.query.binder.BindPart(old, col.Name, t.Indirection, func() (expr.Expr, error) { return value, nil }, int(t.Location))
}

// targetsSeen remembers which columns are assigned, and whether in parts only: these may
// come again.
type targetsSeen map[int]bool

// again notes a target and reports whether it must not come.
func (s targetsSeen) again(column int, part bool) bool {
	before, seen := s[column]
	s[column] = part
	return seen && !(before && part)
}
