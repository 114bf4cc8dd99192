package optimize

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// reorder joins what equalities connect before what none does: FROM a, b, c WHERE
// a.x = c.x AND c.y = b.y need not pair every a with every b. The first item stays
// the first, and of those that could come next the one written first does.
func reorder(n *plan.Join) plan.Node {
	var r reordering
	if !r.take(n) || !r.crosses || len(r.leaves) < 3 {
		return n
	}
	return r.build()
}

// reordering is a tree of inner joins taken apart.
type reordering struct {
	leaves  []plan.Node
	on      []expr.Expr
	crosses bool // some pair of sides has no equality
}

// take takes a tree apart; false if it must stay as it is.
func (r *reordering) take(n plan.Node) bool {
	j, ok := n.(*plan.Join)
	if !ok || j.Kind != plan.InnerJoin {
		r.leaves = append(r.leaves, n)
		return true
	}
	r.crosses = r.crosses || len(j.Equalities) == 0
	r.on = append(append(r.on, j.Equalities...), plan.Conjuncts(j.Condition)...)
	return r.take(j.Left) && r.take(j.Right) && !slices.ContainsFunc(r.on, plan.CallsVolatile)
}

func (r *reordering) build() plan.Node {
	all := map[plan.Slot]bool{}
	for _, l := range r.leaves {
		plan.Collect(l, all)
	}
	tree, rest := r.leaves[0], r.leaves[1:]
	for len(rest) > 0 {
		i := r.next(tree, rest, all)
		j := &plan.Join{Kind: plan.InnerJoin, Left: tree, Right: rest[i]}
		rest = slices.Delete(slices.Clone(rest), i, i+1)
		have := plan.Produced(j)
		r.on = slices.DeleteFunc(r.on, func(c expr.Expr) bool {
			if !within(plan.Variables(c), all, have) {
				return false
			}
			if !addKey(j, c) {
				j.Condition = plan.Conjunction(append(plan.Conjuncts(j.Condition), c))
			}
			return true
		})
		tree = j
	}
	return tree
}

// next chooses what to join with a tree: what an equality connects, else what names
// a value of it, else what comes first.
func (r *reordering) next(tree plan.Node, rest []plan.Node, all map[plan.Slot]bool) int {
	have, possible, named := plan.Produced(tree), -1, false
	for i, l := range rest {
		if !within(plan.NodeVariables(l), all, both(have, plan.Produced(l))) {
			continue // a lateral item, before what it names
		}
		lateral := mentions(plan.NodeVariables(l), have)
		if possible < 0 || lateral && !named {
			possible, named = i, lateral
		}
		j := plan.Join{Kind: plan.InnerJoin, Left: tree, Right: l}
		if slices.ContainsFunc(r.on, func(c expr.Expr) bool { return addKey(&j, c) }) {
			return i
		}
	}
	return max(possible, 0)
}

func mentions(vars []*plan.Variable, slots map[plan.Slot]bool) bool {
	return slices.ContainsFunc(vars, func(v *plan.Variable) bool { return slots[v.Slot] })
}

// within reports whether those of all that variables name are in have.
func within(vars []*plan.Variable, all, have map[plan.Slot]bool) bool {
	for _, v := range vars {
		if all[v.Slot] && !have[v.Slot] {
			return false
		}
	}
	return true
}

func both(a, b map[plan.Slot]bool) map[plan.Slot]bool {
	all := map[plan.Slot]bool{}
	for s := range a {
		all[s] = true
	}
	for s := range b {
		all[s] = true
	}
	return all
}
