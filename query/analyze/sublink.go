package analyze

import (
	"fmt"
	"sync"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// bindSubLink binds a subquery expression.
func (q *query) bindSubLink(b *expr.Binder, n *pg.SubLink) (expr.Expr, error) {
	st := n.Subselect.GetSelectStmt()
	pos := int(n.Location)
	if st == nil {
		return nil, q.planner.unsupported(pos, "this kind of subquery")
	}
	left, err := q.subLinkOperands(b, n)
	if err != nil {
		return nil, err
	}
	around := q.planner.exists
	if n.SubLinkType == pg.SubLinkType_EXISTS_SUBLINK {
		q.planner.exists = st
	}
	r, err := q.subquery(st, q.scope, q.with)
	q.planner.exists = around
	if err != nil {
		return nil, err
	}
	if len(r.columns) > 0 {
		if q.planner.names == nil {
			q.planner.names = naming{}
		}
		q.planner.names[n] = r.columns[0].Name
	}
	s := &plan.SubLink{Plan: exact(r), NewSlots: q.planner.ownSlots, Location: pos, Text: textOf(n), Within: q}
	if t := q.planner.traces(); t != nil {
		defer func() { t.SubLinks[s] = TracedSubLink{n, s.Test} }()
	}
	switch n.SubLinkType {
	case pg.SubLinkType_EXISTS_SUBLINK:
		s.Kind, s.ValueType = plan.ExistsSubLink, types.Of(types.BoolOID)
		return s, nil
	case pg.SubLinkType_EXPR_SUBLINK, pg.SubLinkType_ARRAY_SUBLINK:
		return q.scalar(s, n, r)
	case pg.SubLinkType_ANY_SUBLINK, pg.SubLinkType_ALL_SUBLINK, pg.SubLinkType_ROWCOMPARE_SUBLINK:
		return q.quantified(s, n, left, r)
	}
	return nil, q.planner.unsupported(pos, "this kind of subquery")
}

// subquery plans one that is part of an expression of q: its columns are not columns of q's
// rows, as they would be if it stood in FROM. Aggregates of q in it stay q's.
func (q *query) subquery(st *pg.SelectStmt, parent *scope, with *withScope) (*result, error) {
	owners := len(q.planner.owners)
	r, err := q.planner.selectStmt(st, parent, with, true)
	for s := owners; s < len(q.planner.owners); s++ {
		if q.planner.owners[s] == q && !q.computes(plan.Slot(s)) {
			q.planner.owners[s] = nil
		}
	}
	return r, err
}

// textOf is how a subquery is written, whatever its layout.
func textOf(n *pg.SubLink) func() string {
	return sync.OnceValue(func() string {
		text, err := parse.ExpressionText(&pg.Node{Node: &pg.Node_SubLink{SubLink: n}})
		if err != nil { // it is not written like any other, then
			return fmt.Sprintf("%p", n)
		}
		return text
	})
}

// subLinkOperands binds the left side, which may be a row.
func (q *query) subLinkOperands(b *expr.Binder, n *pg.SubLink) ([]expr.Expr, error) {
	if n.Testexpr == nil {
		return nil, nil
	}
	list := []*pg.Node{n.Testexpr}
	if row := n.Testexpr.GetRowExpr(); row != nil {
		list = row.Args
	}
	var all []expr.Expr
	for _, o := range list {
		e, err := b.Bind(o)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func (q *query) scalar(s *plan.SubLink, n *pg.SubLink, r *result) (expr.Expr, error) {
	if len(r.columns) != 1 {
		return nil, q.planner.errorAt(s.Location, sqlstate.SyntaxError, "subquery must return only one column")
	}
	s.Kind, s.ValueType, s.Collation = plan.ScalarSubLink, r.columns[0].Type, r.columns[0].Collation
	if n.SubLinkType == pg.SubLinkType_EXPR_SUBLINK {
		return s, nil
	}
	array := types.ArrayOf(s.ValueType.OID)
	if types.ElemOf(s.ValueType.OID) != 0 && !types.IsVector(s.ValueType.OID) {
		array, s.Nested = s.ValueType.OID, true
	}
	if array == 0 {
		return nil, q.planner.errorAt(s.Location, sqlstate.UndefinedObject, "could not find array type for data type %s", types.TypeName(s.ValueType.OID))
	}
	s.Kind, s.ValueType = plan.ArraySubLink, types.Of(array)
	return s, nil
}

// comparisonKinds are those of subqueries whose rows are compared with what stands left.
var comparisonKinds = map[pg.SubLinkType]plan.SubLinkKind{
	pg.SubLinkType_ANY_SUBLINK: plan.AnySubLink, pg.SubLinkType_ALL_SUBLINK: plan.AllSubLink, pg.SubLinkType_ROWCOMPARE_SUBLINK: plan.RowSubLink,
}

// quantified binds the comparison of IN, ANY, ALL and of a row.
func (q *query) quantified(s *plan.SubLink, n *pg.SubLink, left []expr.Expr, r *result) (expr.Expr, error) {
	if len(left) < len(r.columns) {
		return nil, q.planner.errorAt(s.Location, sqlstate.SyntaxError, "subquery has too many columns")
	}
	if len(left) > len(r.columns) {
		return nil, q.planner.errorAt(s.Location, sqlstate.SyntaxError, "subquery has too few columns")
	}
	s.Kind, s.ValueType = comparisonKinds[n.SubLinkType], types.Of(types.BoolOID)
	op := "="
	if n.OperName != nil {
		op, _ = lastName(n.OperName)
	}
	right := make([]expr.Expr, len(left))
	for i := range left {
		right[i] = r.columns[i].ref(s.Location)
	}
	test, err := q.binder.RowComparison(op, left, right, s.Location)
	if err != nil {
		return nil, err
	}
	if s.Test, err = q.binder.Collate(test); err != nil {
		return nil, err
	}
	return s, nil
}
