package analyze

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// checkGrouping refuses columns that are neither grouped nor aggregated.
func (q *query) checkGrouping(c *parts) error {
	if !q.grouped {
		return nil
	}
	for _, g := range q.groupings {
		for _, arg := range g.args {
			if len(groupingKeys(groupingOf{args: []expr.Expr{arg}}, c.group)) == 0 {
				return q.planner.errorAt(arg.Pos(), sqlstate.GroupingError, "arguments to GROUPING must be grouping expressions of the associated query level")
			}
		}
	}
	check := &groupCheck{q: q, keys: c.group, sets: c.sets, below: q.setsOf(c.group)}
	if err := check.direct(); err != nil {
		return err
	}
	for _, t := range q.targets {
		if err := check.expr(t.value, false); err != nil {
			return err
		}
	}
	if c.having != nil {
		if err := check.expr(c.having, false); err != nil {
			return err
		}
	}
	for i := range q.windows {
		for _, e := range q.windows[i].exprs() {
			if err := check.expr(e, false); err != nil {
				return err
			}
		}
	}
	for _, s := range q.sets {
		if check.below[s.slot] {
			continue
		}
		if err := check.expr(s.call, false); err != nil {
			return err
		}
	}
	return nil
}

// groupCheck is the state of checkGrouping.
type groupCheck struct {
	q    *query
	keys []expr.Expr
	sets [][]int
	// below are the set-returning calls that run before the grouping.
	below map[plan.Slot]bool
}

// direct checks the direct arguments of ordered-set aggregates.
func (g *groupCheck) direct() error {
	for _, call := range g.q.calls {
		for _, e := range call.call.Direct {
			if err := g.expr(e, false); err != nil {
				made := *sqlstate.Of(err)
				return made.WithDetail("Direct arguments of an ordered-set aggregate must use only grouped columns.")
			}
		}
	}
	return nil
}

func (g *groupCheck) expr(e expr.Expr, nested bool) error {
	for _, k := range g.keys {
		if plan.Same(e, k) {
			return nil
		}
	}
	switch n := e.(type) {
	case *plan.Variable:
		if g.below[n.Slot] {
			return g.argsOf(n.Slot)
		}
		return g.variable(n, nested)
	case *plan.SubLink:
		return g.subLink(n)
	case *expr.Row:
		if n.Relation != "" && g.ungrouped(n) {
			return g.q.planner.errorAt(n.Pos(), sqlstate.GroupingError, "column %q must appear in the GROUP BY clause or be used in an aggregate function", n.Relation+".*")
		}
	}
	children := e.Children()
	if row, ok := e.(*expr.Row); ok {
		children = row.Args
	}
	for _, c := range children {
		if err := g.expr(c, nested); err != nil {
			return err
		}
	}
	return nil
}

// ungrouped reports whether the row of a relation of this query is not determined by a key:
// that its columns are grouped, each for itself, is not enough.
func (g *groupCheck) ungrouped(row *expr.Row) bool {
	return slices.ContainsFunc(row.Args, func(e expr.Expr) bool {
		v, ok := e.(*plan.Variable)
		return ok && g.q.planner.owners[v.Slot] == g.q && !g.q.computes(v.Slot) && !g.determined(v)
	})
}

// argsOf checks a call that runs before the grouping but is no key by itself.
func (g *groupCheck) argsOf(slot plan.Slot) error {
	for _, s := range g.q.sets {
		if s.slot != slot {
			continue
		}
		if err := g.expr(s.call, false); err != nil {
			return err
		}
		return g.q.planner.unsupported(s.call.Pos(), "a set-returning function below and above the grouping")
	}
	return nil
}

func (g *groupCheck) subLink(s *plan.SubLink) error {
	for _, v := range plan.Mentioned(s) {
		if err := g.variable(v, true); err != nil {
			return err
		}
	}
	return nil
}

func (g *groupCheck) variable(v *plan.Variable, nested bool) error {
	if g.q.planner.owners[v.Slot] != g.q || g.q.computes(v.Slot) || g.determined(v) {
		return nil
	}
	for _, k := range g.keys {
		if plan.Same(v, k) {
			return nil
		}
	}
	if nested {
		return g.q.planner.errorAt(v.Location, sqlstate.GroupingError, "subquery uses ungrouped column %q from outer query", v.Name)
	}
	return g.q.planner.errorAt(v.Location, sqlstate.GroupingError, "column %q must appear in the GROUP BY clause or be used in an aggregate function", v.Name)
}

// computes reports whether the slot is made above the grouping.
func (q *query) computes(s plan.Slot) bool {
	return slices.ContainsFunc(q.calls, func(c boundCall) bool { return c.slot == s }) ||
		slices.ContainsFunc(q.groupings, func(g groupingOf) bool { return g.slot == s }) ||
		slices.ContainsFunc(q.sets, func(b boundSet) bool { return b.slot == s }) ||
		q.isWindow(s)
}

// determined reports whether the primary key of the variable's table is grouped.
func (g *groupCheck) determined(v *plan.Variable) bool {
	for _, it := range g.q.scope.tables {
		if !it.hasSlot(v.Slot) {
			continue
		}
		keys, grouped := 0, 0
		for i := range it.fields {
			if it.fields[i].key {
				keys++
				if g.isKey(it.fields[i].value) {
					grouped++
				}
			}
		}
		if keys > 0 && grouped == keys {
			if tell := g.q.planner.Determined; tell != nil && it.of != nil && g.q.planner.viewed == 0 {
				tell(it.of)
			}
			return true
		}
	}
	return false
}

// isKey reports whether every grouping set has an expression as a key.
func (g *groupCheck) isKey(e expr.Expr) bool {
	for i, k := range g.keys {
		if plan.Same(e, k) && !slices.ContainsFunc(g.sets, func(set []int) bool { return !has(set, i) }) {
			return true
		}
	}
	return false
}

func (it *item) hasSlot(s plan.Slot) bool {
	for i := range it.fields {
		if v, ok := it.fields[i].value.(*plan.Variable); ok && v.Slot == s {
			return true
		}
	}
	return false
}
