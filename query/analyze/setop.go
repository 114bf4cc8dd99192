package analyze

import (
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

var setOps = map[pg.SetOperation]plan.SetOpKind{
	pg.SetOperation_SETOP_UNION: plan.Union, pg.SetOperation_SETOP_INTERSECT: plan.Intersect, pg.SetOperation_SETOP_EXCEPT: plan.Except,
}

// setOperation plans UNION, INTERSECT and EXCEPT with what follows them.
func (q *query) setOperation(st *pg.SelectStmt) (*result, error) {
	r, err := q.setTree(st)
	if err != nil {
		return nil, err
	}
	it := r.item("*SELECT*")
	q.scope.items = []*item{it}
	return q.overSet(r.node, it, st)
}

func (q *query) overSet(node plan.Node, it *item, st *pg.SelectStmt) (*result, error) {
	for _, n := range st.SortClause {
		if !isOutput(n.GetSortBy().GetNode(), it) {
			return nil, q.badSetOrder(n.GetSortBy().GetNode())
		}
	}
	return q.over(node, it, st)
}

func isOutput(n *pg.Node, it *item) bool {
	if n.GetAConst() != nil {
		return true
	}
	ref := n.GetColumnRef()
	if ref == nil || len(ref.Fields) != 1 {
		return false
	}
	name, _ := lastName(ref.Fields)
	for i := range it.fields {
		if it.fields[i].name == name {
			return true
		}
	}
	return false
}

// badSetOrder is what PostgreSQL says of ORDER BY an expression over a set
// operation: the expression's own error if it has one.
func (q *query) badSetOrder(n *pg.Node) error {
	e, err := q.in(inOrder).Bind(n)
	if err != nil {
		return err
	}
	return q.planner.errorAt(e.Pos(), sqlstate.FeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
		WithDetail("Only result column names can be used, not expressions or functions.").
		WithHint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.")
}

// setTree plans one node of the tree of operations, its leaves as queries of
// their own.
func (q *query) setTree(st *pg.SelectStmt) (*result, error) {
	kind := setOps[st.Op]
	left, err := q.setArm(st.Larg)
	if err != nil {
		return nil, err
	}
	right, err := q.setArm(st.Rarg)
	if err != nil {
		return nil, err
	}
	if len(left.columns) != len(right.columns) {
		return nil, q.planner.errorAt(firstPos(right), sqlstate.SyntaxError, "each %s query must have the same number of columns", kind)
	}
	return q.combine(kind, st.All, left, right)
}

func firstPos(r *result) int {
	if len(r.columns) == 0 {
		return -1
	}
	return r.columns[0].pos
}

func (q *query) setArm(st *pg.SelectStmt) (*result, error) {
	if into := st.GetIntoClause(); into != nil {
		return nil, q.planner.errorAt(int(into.GetRel().GetLocation()), sqlstate.SyntaxError, "INTO is only allowed on first SELECT of UNION/INTERSECT/EXCEPT")
	}
	leaf := st.Op == pg.SetOperation_SETOP_NONE || st.WithClause != nil || st.SortClause != nil || st.LimitCount != nil || st.LimitOffset != nil || st.LockingClause != nil
	if !leaf {
		return q.setTree(st)
	}
	r, err := q.planner.selectStmt(st, q.scope.parent, q.with, false)
	if err == nil { // for hints
		q.scope.tables = append(q.scope.tables, r.item("*SELECT* "+strconv.Itoa(len(q.scope.tables)+1)))
	}
	return r, err
}

func (q *query) combine(kind plan.SetOpKind, all bool, left, right *result) (*result, error) {
	n := &plan.SetOp{Kind: kind, All: all}
	out := &result{node: n}
	first := q.planner.slots(q, len(left.columns))
	lefts, rights := make([]expr.Expr, len(left.columns)), make([]expr.Expr, len(left.columns))
	for i := range left.columns {
		l, r := literal(left, i), literal(right, i)
		made, t, err := q.binder.CoerceCommon([]expr.Expr{l, r}, kind.String())
		if err != nil {
			return nil, err
		}
		lefts[i], rights[i] = made[0], made[1]
		collation, err := q.binder.CommonCollation(made, !all || kind != plan.Union)
		if err != nil {
			return nil, err
		}
		if !all || kind != plan.Union {
			if err := q.planner.groupable(made[0], made[0].Pos()); err != nil {
				return nil, err
			}
		}
		c := left.columns[i]
		if !slices.Equal(c.record, right.columns[i].record) {
			c.record = nil
		}
		c.Type, c.slot, c.TableOID, c.ColumnNumber, c.Collation = t, first+plan.Slot(i), 0, 0, collation
		out.columns = append(out.columns, c)
		n.Out = append(n.Out, c.slot)
		n.Types = append(n.Types, t.OID)
	}
	n.Left, n.Right = q.coerceArm(left, lefts), q.coerceArm(right, rights)
	return out, nil
}

// literal returns column i of an arm as an expression: the literal itself while
// its type is unknown, so that it is read as the type of the whole.
func literal(r *result, i int) expr.Expr {
	c := &r.columns[i]
	if c.Type.OID == types.UnknownOID {
		if e := literalIn(r.node, c.slot); e != nil {
			return e
		}
	}
	return c.ref(c.pos)
}

func literalIn(n plan.Node, slot plan.Slot) expr.Expr {
	p, ok := n.(*plan.Project)
	if !ok {
		return nil
	}
	for i, s := range p.Out {
		if s == slot {
			switch e := p.Exprs[i].(type) {
			case *expr.Const, *expr.Param:
				return e
			}
		}
	}
	return nil
}

func (q *query) coerceArm(r *result, exprs []expr.Expr) plan.Node {
	p := &plan.Project{Input: r.node, Exprs: exprs}
	first := q.planner.slots(q, len(exprs))
	for i := range exprs {
		p.Out = append(p.Out, first+plan.Slot(i))
	}
	return p
}
