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
	r.take(n)
	if !r.crosses || len(r.leaves) < 3 || slices.ContainsFunc(r.on, plan.CallsVolatile) {
		n.Left, n.Right = Simplify(n.Left), Simplify(n.Right)
		return n
	}
	for i, l := range r.leaves {
		r.leaves[i] = Simplify(l)
	}
	return r.build()
}

// reordering is a tree of inner joins taken apart.
type reordering struct {
	leaves  []plan.Node
	on      []expr.Expr
	crosses bool // some pair of sides has no equality

	of     map[plan.Slot]int // the leaf that each is of
	needs  [][]int           // of each leaf, those that it names: it is a lateral item
	joined []bool            // the leaves that are in the tree
}

// take takes a tree apart.
func (r *reordering) take(n plan.Node) {
	j, ok := n.(*plan.Join)
	if !ok || j.Kind != plan.InnerJoin {
		r.leaves = append(r.leaves, n)
		return
	}
	r.crosses = r.crosses || len(j.Equalities) == 0
	r.on = append(append(r.on, j.Equalities...), plan.Conjuncts(j.Condition)...)
	r.take(j.Left)
	r.take(j.Right)
}

// condition is one of the tree, with the leaves that it names, and those on the sides of an equality.
type condition struct {
	on               expr.Expr
	all, left, right []int
}

func (r *reordering) build() plan.Node {
	r.of, r.joined = map[plan.Slot]int{}, make([]bool, len(r.leaves))
	for i, l := range r.leaves {
		for s := range plan.Produced(l) {
			r.of[s] = i
		}
	}
	for _, l := range r.leaves {
		r.needs = append(r.needs, r.named(plan.NodeVariables(l)))
	}
	var conditions []condition
	for _, e := range r.on {
		c := condition{on: e, all: r.named(plan.Variables(e))}
		if a, b, _, ok := plan.Equality(e); ok {
			c.left, c.right = r.named(plan.Variables(a)), r.named(plan.Variables(b))
		}
		conditions = append(conditions, c)
	}
	tree := r.leaves[0]
	r.joined[0] = true
	for range r.leaves[1:] {
		i := r.next(conditions)
		j := &plan.Join{Kind: plan.InnerJoin, Left: tree, Right: r.leaves[i]}
		r.joined[i] = true
		conditions = slices.DeleteFunc(conditions, func(c condition) bool {
			if !r.has(c.all) {
				return false
			}
			if !addKey(j, c.on) {
				j.Condition = plan.Conjunction(append(plan.Conjuncts(j.Condition), c.on))
			}
			return true
		})
		tree = j
	}
	return tree
}

// next chooses what to join with the tree: what an equality connects, else what names
// a value of it, else what comes first.
func (r *reordering) next(conditions []condition) int {
	best := len(r.leaves)
	connects := func(tree, leaf []int) {
		if len(tree) > 0 && len(leaf) == 1 && leaf[0] < best && r.has(tree) && r.possible(leaf[0]) {
			best = leaf[0]
		}
	}
	for _, c := range conditions {
		connects(c.left, c.right)
		connects(c.right, c.left)
	}
	if best < len(r.leaves) {
		return best
	}
	first := -1
	for i := range r.leaves {
		switch {
		case !r.possible(i):
		case slices.ContainsFunc(r.needs[i], func(n int) bool { return n != i }):
			return i
		case first < 0:
			first = i
		}
	}
	return max(first, slices.Index(r.joined, false))
}

// possible reports whether a leaf may be joined now: all that it names is in the tree.
func (r *reordering) possible(i int) bool {
	return !r.joined[i] && !slices.ContainsFunc(r.needs[i], func(n int) bool { return n != i && !r.joined[n] })
}

// has reports whether leaves are in the tree.
func (r *reordering) has(leaves []int) bool {
	return !slices.ContainsFunc(leaves, func(i int) bool { return !r.joined[i] })
}

// named are the leaves that variables are of.
func (r *reordering) named(vars []*plan.Variable) (all []int) {
	for _, v := range vars {
		if i, ok := r.of[v.Slot]; ok && !slices.Contains(all, i) {
			all = append(all, i)
		}
	}
	return all
}
