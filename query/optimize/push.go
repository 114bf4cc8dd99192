package optimize

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// Where puts a condition above a tree, each of its conjuncts as deep as it goes.
// Those about no row at all are judged first.
func Where(tree plan.Node, condition expr.Expr) plan.Node {
	var once, rest []expr.Expr
	for _, c := range plan.Conjuncts(condition) {
		switch {
		case !plan.Volatile(c) && !plan.MentionsAny(c, plan.Produced(tree)):
			once = append(once, c)
		case !push(tree, c):
			rest = append(rest, c)
		}
	}
	if len(rest) > 0 {
		tree = &plan.Filter{Input: tree, Condition: plan.Conjunction(rest)}
	}
	if len(once) > 0 {
		tree = &plan.Filter{Input: tree, Condition: plan.Conjunction(once), Once: true}
	}
	return tree
}

// SimplifyCondition is a condition without its constant parts, nil if it always holds. What is
// wrong with them is told when the query is run: it may not be.
func SimplifyCondition(condition expr.Expr, env *types.Env) expr.Expr {
	e, err := expr.Simplify(condition, nil, &expr.Env{Env: env})
	if err != nil {
		return condition
	}
	if c, ok := e.(*expr.Const); ok && !c.Value.IsNull() && c.Value.Bool() {
		return nil
	}
	return e
}

// JoinOn makes a join, its condition taken apart.
func JoinOn(kind plan.JoinKind, left, right plan.Node, on expr.Expr) plan.Node {
	j := &plan.Join{Kind: kind, Left: left, Right: right}
	var rest []expr.Expr
	for _, c := range plan.Conjuncts(on) {
		if !pushOn(j, c) {
			rest = append(rest, c)
		}
	}
	j.Condition = plan.Conjunction(rest)
	return j
}

// pushOn takes a conjunct of ON to the side that it is about, where the kind of
// the join allows.
func pushOn(j *plan.Join, c expr.Expr) bool {
	if plan.HasSubLink(c) || plan.CallsVolatile(c) {
		return false
	}
	about := sidesOf(j, c)
	switch {
	case about == leftSide && (j.Kind == plan.InnerJoin || j.Kind == plan.RightJoin):
		return push(j.Left, c)
	case about == rightSide && (j.Kind == plan.InnerJoin || j.Kind == plan.LeftJoin):
		return push(j.Right, c)
	case about == leftSide|rightSide:
		return addKey(j, c)
	}
	return false
}

const (
	leftSide = 1 << iota
	rightSide
)

// sidesOf tells which inputs an expression refers to.
func sidesOf(j *plan.Join, e expr.Expr) int {
	about := 0
	for _, v := range plan.Variables(e) {
		if plan.Produces(j.Left, v.Slot) {
			about |= leftSide
		}
		if plan.Produces(j.Right, v.Slot) {
			about |= rightSide
		}
	}
	return about
}

// addKey takes an equality between the sides as a key to hash by.
func addKey(j *plan.Join, c expr.Expr) bool {
	l, r, t, ok := plan.Equality(c)
	if !ok {
		return false
	}
	switch {
	case sidesOf(j, l) == leftSide && sidesOf(j, r) == rightSide:
	case sidesOf(j, l) == rightSide && sidesOf(j, r) == leftSide:
		l, r = r, l
	default:
		return false
	}
	j.LeftKeys, j.RightKeys, j.KeyTypes = append(j.LeftKeys, l), append(j.RightKeys, r), append(j.KeyTypes, t)
	j.Equalities = append(j.Equalities, c)
	return true
}

// Joinable reports whether PostgreSQL makes a FULL JOIN of a condition: it hashes by one of its equalities,
// or merges by all that it asks of the rows.
func Joinable(j *plan.Join) bool {
	return len(j.LeftKeys) > 0 || !slices.ContainsFunc(plan.Conjuncts(j.Condition), func(c expr.Expr) bool {
		return len(plan.Variables(c)) > 0 && !merges(j, c)
	})
}

// merges is for equalities between the sides that have an order but no hash: of a date, a timestamp and a
// timestamptz with another of them.
func merges(j *plan.Join, e expr.Expr) bool {
	c, is := e.(*expr.Call)
	if !is || c.Op == nil || c.Op.Name != "=" || plan.HasSubLink(c) || plan.CallsVolatile(c) {
		return false
	}
	l, r := c.Args[0], c.Args[1]
	return isMoment(l.Type().OID) && isMoment(r.Type().OID) && sidesOf(j, l)|sidesOf(j, r) == leftSide|rightSide && sidesOf(j, l)&sidesOf(j, r) == 0
}

func isMoment(t types.OID) bool {
	return t == types.DateOID || t == types.TimestampOID || t == types.TimestamptzOID
}

// push takes a conjunct into a tree if it can stand there; false if not.
func push(n plan.Node, c expr.Expr) bool {
	if plan.HasSubLink(c) || plan.CallsVolatile(c) {
		return false
	}
	switch n := n.(type) {
	case *plan.Scan:
		return takeScan(n, c)
	case *plan.PointScan:
		return takeFilter(&n.Filter, c, plan.Produced(n))
	case *plan.HistoryScan:
		return takeHistoryScan(n, c)
	case *plan.FunctionScan:
		return takeFilter(&n.Filter, c, plan.Produced(n))
	case *plan.Join:
		return pushJoin(n, c)
	case *plan.Filter:
		return push(n.Input, c)
	case *plan.Project:
		return pushProject(n, c)
	}
	return false
}

func takeFilter(filter *expr.Expr, c expr.Expr, own map[plan.Slot]bool) bool {
	if !plan.MentionsAny(c, own) {
		return false
	}
	*filter = plan.Conjunction(append(plan.Conjuncts(*filter), c))
	return true
}

// pushJoin takes a conjunct of WHERE to one side, or makes it the condition of an
// inner join. Rows that an outer join fills with NULLs stay above.
func pushJoin(j *plan.Join, c expr.Expr) bool {
	about := sidesOf(j, c)
	switch {
	case about == leftSide && (j.Kind == plan.InnerJoin || j.Kind == plan.LeftJoin):
		return push(j.Left, c)
	case about == rightSide && (j.Kind == plan.InnerJoin || j.Kind == plan.RightJoin):
		return push(j.Right, c)
	case about == leftSide|rightSide && j.Kind == plan.InnerJoin:
		if !addKey(j, c) {
			j.Condition = plan.Conjunction(append(plan.Conjuncts(j.Condition), c))
		}
		return true
	}
	return false
}

// pushProject takes a conjunct through a subquery's select list.
func pushProject(n *plan.Project, c expr.Expr) bool {
	if n.Barrier && !plan.Leakproof(c) {
		return false
	}
	values := map[plan.Slot]expr.Expr{}
	for i, s := range n.Out {
		values[s] = n.Exprs[i]
	}
	for _, v := range plan.Variables(c) {
		if e, own := values[v.Slot]; own {
			if _, plain := e.(*plan.Variable); !plain {
				return false
			}
		}
	}
	return push(n.Input, expr.Transform(c, func(e expr.Expr) expr.Expr {
		if v, ok := e.(*plan.Variable); ok && values[v.Slot] != nil {
			return values[v.Slot]
		}
		return e
	}))
}

// takeScan makes a conjunct part of the scan's filter and, where it bounds an index
// of the log, one of its bounds.
func takeScan(n *plan.Scan, c expr.Expr) bool {
	if !takeFilter(&n.Filter, c, plan.Produced(n)) {
		return false
	}
	if n.Relation.Kind == plan.VirtualRelation {
		return true
	}
	addBound(n, c)
	return true
}
