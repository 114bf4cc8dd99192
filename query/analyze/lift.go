package analyze

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// liftKeys computes the grouping keys below the grouping, so that above it they
// are columns like any other: a key that is no column gets a slot, which takes its
// place wherever the query repeats the key.
func (q *query) liftKeys(tree plan.Node, c *parts) plan.Node {
	tree = q.liftSets(tree, c.group)
	if !slices.ContainsFunc(c.group, computedKey) && len(c.twins) == 0 {
		return tree
	}
	p := &plan.Project{Input: tree}
	q.keep(p, c)
	lifted := map[expr.Expr]*plan.Variable{}
	keys := slices.Clone(c.group)
	twin := map[int]*plan.Variable{}
	for i, k := range keys {
		at := slices.IndexFunc(c.twins, func(t twinKey) bool { return t.key == i })
		if !computedKey(k) && at < 0 {
			continue
		}
		v := &plan.Variable{Slot: q.planner.slots(q, 1), ValueType: k.Type(), Location: k.Pos(), Name: columnless}
		p.Exprs, p.Out = append(p.Exprs, k), append(p.Out, v.Slot)
		if c.group[i] = v; at < 0 {
			lifted[k] = v
		} else {
			twin[at] = v
		}
	}
	q.replaceKeys(c, keys, lifted)
	for at, v := range twin {
		c.twins[at].target.value = v
	}
	return p
}

// columnless names a value that stands in no column.
const columnless = "?column?"

func computedKey(k expr.Expr) bool {
	_, plain := k.(*plan.Variable)
	return !plain
}

// keep lets p pass on what the operators above it read of its input.
func (q *query) keep(p *plan.Project, c *parts) {
	from := plan.Produced(p.Input)
	kept := map[plan.Slot]bool{}
	for _, v := range variablesAbove(q, c) {
		if from[v.Slot] && !kept[v.Slot] {
			kept[v.Slot] = true
			p.Exprs, p.Out = append(p.Exprs, v), append(p.Out, v.Slot)
		}
	}
}

func variablesAbove(q *query, c *parts) []*plan.Variable {
	all := []expr.Expr{}
	for _, t := range q.targets {
		all = append(all, t.value)
	}
	for _, call := range q.calls {
		all = append(all, plan.CallExprs(call.call)...)
	}
	for _, s := range q.sets {
		all = append(all, s.call)
	}
	for i := range q.windows {
		all = append(all, q.windows[i].exprs()...)
	}
	all = append(all, c.group...)
	if c.having != nil {
		all = append(all, c.having)
	}
	var found []*plan.Variable
	for _, e := range all {
		found = append(found, plan.Variables(e)...)
	}
	return found
}

func (q *query) replaceKeys(c *parts, keys []expr.Expr, lifted map[expr.Expr]*plan.Variable) {
	replace := func(e expr.Expr) expr.Expr {
		return expr.Transform(e, func(e expr.Expr) expr.Expr {
			for _, k := range keys {
				if v := lifted[k]; v != nil && plan.Same(e, k) {
					return v
				}
			}
			return e
		})
	}
	for _, t := range q.targets {
		t.value = replace(t.value)
	}
	if c.having != nil {
		c.having = replace(c.having)
	}
	for _, call := range q.calls {
		for i, e := range call.call.Direct {
			call.call.Direct[i] = replace(e)
		}
	}
	for i := range q.sets {
		q.sets[i].call = replace(q.sets[i].call).(*expr.Call)
	}
	for i := range q.windows {
		q.windows[i].replaceIn(replace)
	}
	for _, g := range q.groupings {
		for i, a := range g.args {
			g.args[i] = replace(a)
		}
	}
}

// liftSets runs the set-returning calls that keys are made of below the grouping, or below windows.
func (q *query) liftSets(tree plan.Node, keys []expr.Expr) plan.Node {
	below := q.setsOf(keys)
	var lower, upper []boundSet
	for _, s := range q.sets {
		if below[s.slot] {
			lower = append(lower, s)
		} else {
			upper = append(upper, s)
		}
	}
	q.sets = upper
	return projectSets(tree, lower)
}

// setsOf returns the slots of the set-returning calls that expressions are made
// of, directly or as arguments of others.
func (q *query) setsOf(exprs []expr.Expr) map[plan.Slot]bool {
	found := map[plan.Slot]bool{}
	pending := slices.Clone(exprs)
	for len(pending) > 0 {
		e := pending[0]
		pending = pending[1:]
		for _, s := range q.sets {
			if !found[s.slot] && plan.MentionsAny(e, map[plan.Slot]bool{s.slot: true}) {
				found[s.slot] = true
				pending = append(pending, s.call)
			}
		}
	}
	return found
}
