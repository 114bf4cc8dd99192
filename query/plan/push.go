package plan

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// where puts a condition above a tree, each of its conjuncts as deep as it goes.
// Those about no row at all are judged first.
func where(tree Node, condition expr.Expr) Node {
	var once, rest []expr.Expr
	for _, c := range conjuncts(condition) {
		switch {
		case !Volatile(c) && !mentionsAny(c, produced(tree)):
			once = append(once, c)
		case !push(tree, c):
			rest = append(rest, c)
		}
	}
	if len(rest) > 0 {
		tree = &Filter{Input: tree, Condition: conjunction(rest)}
	}
	if len(once) > 0 {
		tree = &Filter{Input: tree, Condition: conjunction(once), Once: true}
	}
	return tree
}

// simplified is a condition without its constant parts, nil if it always holds. What is
// wrong with them is told when the query is run: it may not be.
func simplified(condition expr.Expr, env *types.Env) expr.Expr {
	e, err := expr.Simplify(condition, nil, &expr.Env{Env: env})
	if err != nil {
		return condition
	}
	if c, ok := e.(*expr.Const); ok && !c.Value.IsNull() && c.Value.Bool() {
		return nil
	}
	return e
}

// joinOn makes a join, its condition taken apart.
func joinOn(kind JoinKind, left, right Node, on expr.Expr) Node {
	j := &Join{Kind: kind, Left: left, Right: right}
	var rest []expr.Expr
	for _, c := range conjuncts(on) {
		if !j.pushOn(c) {
			rest = append(rest, c)
		}
	}
	j.Condition = conjunction(rest)
	return j
}

// pushOn takes a conjunct of ON to the side that it is about, where the kind of
// the join allows.
func (j *Join) pushOn(c expr.Expr) bool {
	if hasSubLink(c) || volatile(c) {
		return false
	}
	about := j.sides(c)
	switch {
	case about == leftSide && (j.Kind == InnerJoin || j.Kind == RightJoin):
		return push(j.Left, c)
	case about == rightSide && (j.Kind == InnerJoin || j.Kind == LeftJoin):
		return push(j.Right, c)
	case about == leftSide|rightSide:
		return j.addKey(c)
	}
	return false
}

const (
	leftSide = 1 << iota
	rightSide
)

// sides tells which inputs an expression refers to.
func (j *Join) sides(e expr.Expr) int {
	left, right := produced(j.Left), produced(j.Right)
	about := 0
	for _, v := range variables(e) {
		if left[v.slot] {
			about |= leftSide
		}
		if right[v.slot] {
			about |= rightSide
		}
	}
	return about
}

// addKey takes an equality between the sides as a key to hash by.
func (j *Join) addKey(c expr.Expr) bool {
	l, r, t, ok := equality(c)
	if !ok {
		return false
	}
	switch {
	case j.sides(l) == leftSide && j.sides(r) == rightSide:
	case j.sides(l) == rightSide && j.sides(r) == leftSide:
		l, r = r, l
	default:
		return false
	}
	j.LeftKeys, j.RightKeys, j.KeyTypes = append(j.LeftKeys, l), append(j.RightKeys, r), append(j.KeyTypes, t)
	j.keys = append(j.keys, c)
	return true
}

// push takes a conjunct into a tree if it can stand there; false if not.
func push(n Node, c expr.Expr) bool {
	if hasSubLink(c) || volatile(c) {
		return false
	}
	switch n := n.(type) {
	case *Scan:
		return n.take(c)
	case *PointScan:
		return takeFilter(&n.Filter, c, produced(n))
	case *HistoryScan:
		return n.take(c)
	case *FunctionScan:
		return takeFilter(&n.Filter, c, produced(n))
	case *Join:
		return n.push(c)
	case *Filter:
		return push(n.Input, c)
	case *Project:
		return n.push(c)
	}
	return false
}

func takeFilter(filter *expr.Expr, c expr.Expr, own map[Slot]bool) bool {
	if !mentionsAny(c, own) {
		return false
	}
	*filter = conjunction(append(conjuncts(*filter), c))
	return true
}

// push takes a conjunct of WHERE to one side, or makes it the condition of an
// inner join. Rows that an outer join fills with NULLs stay above.
func (j *Join) push(c expr.Expr) bool {
	about := j.sides(c)
	switch {
	case about == leftSide && (j.Kind == InnerJoin || j.Kind == LeftJoin):
		return push(j.Left, c)
	case about == rightSide && (j.Kind == InnerJoin || j.Kind == RightJoin):
		return push(j.Right, c)
	case about == leftSide|rightSide && j.Kind == InnerJoin:
		if !j.addKey(c) {
			j.Condition = conjunction(append(conjuncts(j.Condition), c))
		}
		return true
	}
	return false
}

// push takes a conjunct through a subquery's select list.
func (n *Project) push(c expr.Expr) bool {
	values := map[Slot]expr.Expr{}
	for i, s := range n.out {
		values[s] = n.Exprs[i]
	}
	for _, v := range variables(c) {
		if e, own := values[v.slot]; own {
			if _, plain := e.(*variable); !plain {
				return false
			}
		}
	}
	return push(n.Input, expr.Transform(c, func(e expr.Expr) expr.Expr {
		if v, ok := e.(*variable); ok && values[v.slot] != nil {
			return values[v.slot]
		}
		return e
	}))
}

// take makes a conjunct part of the scan's filter and, where it bounds an index
// of the log, one of its bounds.
func (n *Scan) take(c expr.Expr) bool {
	if !takeFilter(&n.Filter, c, produced(n)) {
		return false
	}
	if n.Relation.Kind == VirtualRelation {
		return true
	}
	n.bound(c)
	return true
}
