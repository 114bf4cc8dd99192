package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// set puts the assignments of UPDATE into a row.
func (m *modifier) set(list []*pg.Node, row []expr.Expr) error {
	assigned := targetsSeen{}
	for _, n := range list {
		t := n.GetResTarget()
		i, err := m.column(t)
		if err != nil {
			return err
		}
		if assigned.again(i, isPart(t)) {
			return sqlstate.New(sqlstate.SyntaxError, "multiple assignments to same column %q", t.Name)
		}
		if isPart(t) {
			if row[i], err = m.part(t, i, row[i], t.Val, inUpdate); err != nil {
				return err
			}
			continue
		}
		if row[i], err = m.assigned(t, i); err != nil {
			return err
		}
	}
	return nil
}

// assigned binds what UPDATE sets a column to.
func (m *modifier) assigned(t *pg.ResTarget, column int) (expr.Expr, error) {
	multi := t.Val.GetMultiAssignRef()
	if multi == nil {
		return m.value(t.Val, column, inUpdate)
	}
	if row := multi.Source.GetRowExpr(); row != nil {
		if slices.ContainsFunc(row.Args, expr.Several) {
			return m.spread(row, multi, column)
		}
		if len(row.Args) != int(multi.Ncolumns) {
			return nil, m.planner.errorAt(int(row.Location), sqlstate.SyntaxError, "number of columns does not match number of values")
		}
		return m.value(row.Args[multi.Colno-1], column, inUpdate)
	}
	sub := multi.Source.GetSubLink()
	if sub == nil || sub.SubLinkType != pg.SubLinkType_EXPR_SUBLINK {
		return nil, m.planner.errorAt(nodePos(multi.Source), sqlstate.FeatureNotSupported, "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression")
	}
	return m.selected(sub, multi, column)
}

// spread is one column of "(a, b) = ROW(t.*)".
func (m *modifier) spread(n *pg.RowExpr, multi *pg.MultiAssignRef, column int) (expr.Expr, error) {
	col := &m.relation.Columns[m.relation.Visible()[column]]
	if err := m.settable(col, inUpdate); err != nil {
		return nil, err
	}
	all, err := m.query.in(inUpdate).BindList(n.Args)
	if err != nil {
		return nil, err
	}
	if len(all) != int(multi.Ncolumns) {
		return nil, m.planner.errorAt(int(n.Location), sqlstate.SyntaxError, "number of columns does not match number of values")
	}
	return m.query.binder.CoerceColumn(all[multi.Colno-1], col.Name, col.Type)
}

// selected is one column of "(a, b) = (SELECT …)": each is a subquery of its own.
func (m *modifier) selected(n *pg.SubLink, multi *pg.MultiAssignRef, column int) (expr.Expr, error) {
	q := m.query
	q.clause = inUpdate
	r, err := q.subquery(n.Subselect.GetSelectStmt(), q.scope, q.with)
	if err != nil {
		return nil, err
	}
	if len(r.columns) != int(multi.Ncolumns) {
		return nil, m.planner.errorAt(int(n.Location), sqlstate.SyntaxError, "number of columns does not match number of values")
	}
	for _, e := range plan.AllExprs(r.node) {
		if plan.CallsVolatile(e) {
			return nil, m.planner.unsupported(int(n.Location), "assignment of several columns from a query with a volatile function")
		}
	}
	all := exact(r)
	r.node, r.columns = all, r.columns[multi.Colno-1:multi.Colno]
	s := &plan.SubLink{Kind: plan.ScalarSubLink, Plan: exact(r), NewSlots: m.planner.ownSlots, ValueType: r.columns[0].Type, Location: int(n.Location)}
	col := &m.relation.Columns[m.relation.Visible()[column]]
	return q.binder.CoerceColumn(s, col.Name, col.Type)
}

// current is the condition WHERE CURRENT OF: the row's place is the one that the
// cursor stands on.
func (m *modifier) current(c *pg.CurrentOfExpr) (expr.Expr, error) {
	if m.planner.CurrentOf == nil || c.CursorName == "" {
		return nil, m.planner.unsupported(-1, "WHERE CURRENT OF")
	}
	at := m.planner.CurrentOf(c.CursorName, m.relation)
	return m.query.binder.Operator("=", m.place(), at, -1)
}

// place is the target's place column.
func (m *modifier) place() expr.Expr {
	for i := range m.relation.Columns {
		if m.relation.Columns[i].Name == plan.PlaceColumn {
			return m.target.fields[i].value
		}
	}
	return expr.NewConst(types.Of(types.Int8OID), types.Null, -1)
}

// column finds a target column among those of a row.
func (m *modifier) column(t *pg.ResTarget) (int, error) {
	for i, c := range m.relation.Visible() {
		if m.relation.Columns[c].Name != t.Name {
			continue
		}
		return i, nil
	}
	for _, c := range m.relation.Columns {
		if c.Hidden && c.Name == t.Name && m.kind == plan.UpdateRows {
			return 0, m.planner.errorAt(int(t.Location), sqlstate.FeatureNotSupported, "cannot assign to system column %q", t.Name)
		}
	}
	return 0, m.planner.errorAt(int(t.Location), sqlstate.UndefinedColumn, "column %q of relation %q does not exist", t.Name, m.relation.Name)
}

// value binds what a column is set to.
func (m *modifier) value(n *pg.Node, column int, c clause) (expr.Expr, error) {
	col := &m.relation.Columns[m.relation.Visible()[column]]
	if n.GetSetToDefault() != nil {
		return m.byDefault(col)
	}
	if err := m.settable(col, c); err != nil {
		return nil, err
	}
	e, err := m.query.in(c).Bind(n)
	if err != nil {
		return nil, err
	}
	return m.query.binder.CoerceColumn(e, col.Name, col.Type)
}

// settable refuses values for columns that are always computed.
func (m *modifier) settable(col *plan.RelationColumn, c clause) error {
	switch {
	case col.Generated && c == inUpdate:
		return sqlstate.New(sqlstate.GeneratedAlways, "column %q can only be updated to DEFAULT", col.Name).WithDetail("Column %q is a generated column.", col.Name)
	case col.Generated:
		return sqlstate.New(sqlstate.GeneratedAlways, "cannot insert a non-DEFAULT value into column %q", col.Name).WithDetail("Column %q is a generated column.", col.Name)
	case col.Always && c == inUpdate:
		return sqlstate.New(sqlstate.GeneratedAlways, "column %q can only be updated to DEFAULT", col.Name).
			WithDetail("Column %q is an identity column defined as GENERATED ALWAYS.", col.Name)
	}
	return nil
}
