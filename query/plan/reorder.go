package plan

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
)

// reorder joins what equalities connect before what none does: FROM a, b, c WHERE
// a.x = c.x AND c.y = b.y need not pair every a with every b. The first item stays
// the first, and of those that could come next the one written first does.
func (n *Join) reorder() Node {
	var r reordering
	if !r.take(n) || !r.crosses || len(r.leaves) < 3 {
		return n
	}
	return r.build()
}

// reordering is a tree of inner joins taken apart.
type reordering struct {
	leaves  []Node
	on      []expr.Expr
	crosses bool // some pair of sides has no equality
}

// take takes a tree apart; false if it must stay as it is.
func (r *reordering) take(n Node) bool {
	j, ok := n.(*Join)
	if !ok || j.Kind != InnerJoin {
		r.leaves = append(r.leaves, n)
		return true
	}
	r.crosses = r.crosses || len(j.keys) == 0
	r.on = append(append(r.on, j.keys...), conjuncts(j.Condition)...)
	return r.take(j.Left) && r.take(j.Right) && !slices.ContainsFunc(r.on, volatile)
}

func (r *reordering) build() Node {
	all := map[Slot]bool{}
	for _, l := range r.leaves {
		collect(l, all)
	}
	tree, rest := r.leaves[0], r.leaves[1:]
	for len(rest) > 0 {
		i := r.next(tree, rest, all)
		j := &Join{Kind: InnerJoin, Left: tree, Right: rest[i]}
		rest = slices.Delete(slices.Clone(rest), i, i+1)
		have := produced(j)
		r.on = slices.DeleteFunc(r.on, func(c expr.Expr) bool {
			if !within(variables(c), all, have) {
				return false
			}
			if !j.addKey(c) {
				j.Condition = conjunction(append(conjuncts(j.Condition), c))
			}
			return true
		})
		tree = j
	}
	return tree
}

// next chooses what to join with a tree: what an equality connects, else what names
// a value of it, else what comes first.
func (r *reordering) next(tree Node, rest []Node, all map[Slot]bool) int {
	have, possible, named := produced(tree), -1, false
	for i, l := range rest {
		if !within(nodeVariables(l), all, both(have, produced(l))) {
			continue // a lateral item, before what it names
		}
		lateral := mentions(nodeVariables(l), have)
		if possible < 0 || lateral && !named {
			possible, named = i, lateral
		}
		j := Join{Kind: InnerJoin, Left: tree, Right: l}
		if slices.ContainsFunc(r.on, func(c expr.Expr) bool { return j.addKey(c) }) {
			return i
		}
	}
	return max(possible, 0)
}

func mentions(vars []*variable, slots map[Slot]bool) bool {
	return slices.ContainsFunc(vars, func(v *variable) bool { return slots[v.slot] })
}

// within reports whether those of all that variables name are in have.
func within(vars []*variable, all, have map[Slot]bool) bool {
	for _, v := range vars {
		if all[v.slot] && !have[v.slot] {
			return false
		}
	}
	return true
}

func both(a, b map[Slot]bool) map[Slot]bool {
	all := map[Slot]bool{}
	for s := range a {
		all[s] = true
	}
	for s := range b {
		all[s] = true
	}
	return all
}
