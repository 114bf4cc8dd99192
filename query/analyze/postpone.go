package analyze

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// postponed are the columns that are computed after ORDER BY, as PostgreSQL does: those
// with volatile functions, so that LIMIT spares calls and these come in order, and those
// with set-returning functions, unless such a one is sorted by. DISTINCT ON compares rows
// before that, too.
func (q *query) postponed(c *parts) []*target {
	if len(c.order) == 0 || q.planner.locks {
		return nil
	}
	sets := map[plan.Slot]bool{}
	for _, s := range q.sets {
		sets[s.slot] = true
	}
	sorted := map[*target]bool{}
	setSorted := false
	keep := func(t *target) {
		sorted[t] = true
		setSorted = setSorted || plan.MentionsAny(t.value, sets)
	}
	for _, k := range c.order {
		keep(k.target)
	}
	for _, t := range c.distinct {
		keep(t)
	}
	var late []*target
	for _, t := range q.targets {
		set := plan.MentionsAny(t.value, sets)
		switch {
		case sorted[t], set && setSorted:
		case set, plan.Volatile(t.value):
			late = append(late, t)
		}
	}
	return late
}

// computeLate sorts what the other columns are, and whatever the late ones are made of.
func (q *query) computeLate(node plan.Node, c *parts, late []*target) plan.Node {
	keys := sortKeys(c.order)
	early := slices.DeleteFunc(slices.Clone(q.targets), func(t *target) bool { return slices.Contains(late, t) })
	lateSets, earlySets := q.splitSets(late)
	p := q.project(projectSets(node, earlySets), early)
	for _, v := range q.neededBy(late, lateSets, plan.Produced(p.Input)) {
		p.Exprs, p.Out = append(p.Exprs, v), append(p.Out, v.Slot)
	}
	s := &plan.Sort{Input: p, Keys: keys}
	node = s
	switch {
	case c.distinct != nil:
		node = sortedDistinct(s, c)
	case c.limit != nil && c.limit.Count != nil && c.limit.Ties == nil && len(lateSets) == 0:
		s.Top = c.limit
	}
	all := &plan.Project{Input: projectSets(node, lateSets)}
	for _, t := range q.targets {
		e := t.value
		if slices.Contains(early, t) {
			e = t.ref()
		}
		all.Exprs, all.Out = append(all.Exprs, e), append(all.Out, t.slot)
	}
	if c.limit == nil {
		return all
	}
	c.limit.Input = all
	return c.limit
}

// splitSets tells the sets that late columns take from the others.
func (q *query) splitSets(late []*target) (lateSets, earlySets []boundSet) {
	values := make([]expr.Expr, len(late))
	for i, t := range late {
		values[i] = t.value
	}
	for {
		taken := len(lateSets)
		lateSets, earlySets = nil, nil
		for _, s := range q.sets {
			if slices.ContainsFunc(values, func(e expr.Expr) bool { return plan.MentionsAny(e, map[plan.Slot]bool{s.slot: true}) }) {
				lateSets = append(lateSets, s)
			} else {
				earlySets = append(earlySets, s)
			}
		}
		if len(lateSets) == taken {
			return lateSets, earlySets
		}
		for _, s := range lateSets {
			values = append(values, s.call)
		}
	}
}

// neededBy are the values of the query's own rows, of those slots, that late columns and sets
// are made of.
func (q *query) neededBy(late []*target, sets []boundSet, own map[plan.Slot]bool) []*plan.Variable {
	made := map[plan.Slot]bool{}
	for _, s := range sets {
		made[s.slot] = true
	}
	for _, t := range q.targets {
		made[t.slot] = true
	}
	var all []*plan.Variable
	add := func(e expr.Expr) {
		for _, v := range plan.Variables(e) {
			if !made[v.Slot] && own[v.Slot] {
				made[v.Slot] = true
				all = append(all, v)
			}
		}
	}
	for _, t := range late {
		add(t.value)
	}
	for _, s := range sets {
		add(s.call)
	}
	return all
}
