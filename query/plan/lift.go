package plan

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
)

// liftKeys computes the grouping keys below the grouping, so that above it they
// are columns like any other: a key that is no column gets a slot, which takes its
// place wherever the query repeats the key.
func (q *query) liftKeys(tree Node, c *parts) Node {
	tree = q.liftSets(tree, c.group)
	if !slices.ContainsFunc(c.group, computedKey) && len(c.twins) == 0 {
		return tree
	}
	p := &Project{Input: tree}
	q.keep(p, c)
	lifted := map[expr.Expr]*variable{}
	keys := slices.Clone(c.group)
	twin := map[int]*variable{}
	for i, k := range keys {
		at := slices.IndexFunc(c.twins, func(t twinKey) bool { return t.key == i })
		if !computedKey(k) && at < 0 {
			continue
		}
		v := &variable{slot: q.planner.slots(q, 1), typ: k.Type(), pos: k.Pos(), name: columnless}
		p.Exprs, p.out = append(p.Exprs, k), append(p.out, v.slot)
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
	_, plain := k.(*variable)
	return !plain
}

// keep lets p pass on what the operators above it read of its input.
func (q *query) keep(p *Project, c *parts) {
	from := produced(p.Input)
	kept := map[Slot]bool{}
	for _, v := range variablesAbove(q, c) {
		if from[v.slot] && !kept[v.slot] {
			kept[v.slot] = true
			p.Exprs, p.out = append(p.Exprs, v), append(p.out, v.slot)
		}
	}
}

func variablesAbove(q *query, c *parts) []*variable {
	all := []expr.Expr{}
	for _, t := range q.targets {
		all = append(all, t.value)
	}
	for _, call := range q.calls {
		all = append(all, callExprs(call.call)...)
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
	var found []*variable
	for _, e := range all {
		found = append(found, variables(e)...)
	}
	return found
}

func (q *query) replaceKeys(c *parts, keys []expr.Expr, lifted map[expr.Expr]*variable) {
	replace := func(e expr.Expr) expr.Expr {
		return expr.Transform(e, func(e expr.Expr) expr.Expr {
			for _, k := range keys {
				if v := lifted[k]; v != nil && same(e, k) {
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

// liftSets runs the set-returning calls that keys are made of below the grouping.
func (q *query) liftSets(tree Node, keys []expr.Expr) Node {
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
func (q *query) setsOf(exprs []expr.Expr) map[Slot]bool {
	found := map[Slot]bool{}
	pending := slices.Clone(exprs)
	for len(pending) > 0 {
		e := pending[0]
		pending = pending[1:]
		for _, s := range q.sets {
			if !found[s.slot] && mentionsAny(e, map[Slot]bool{s.slot: true}) {
				found[s.slot] = true
				pending = append(pending, s.call)
			}
		}
	}
	return found
}
