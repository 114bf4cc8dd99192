package optimize

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// probeAny finds the look-up that "x IN (SELECT y …)" is: equalities of a side that
// is about the subquery's row and one that is not.
func probeAny(s *plan.SubLink) *plan.Probe {
	if s.Kind != plan.AnySubLink || s.Correlated || s.Test == nil || plan.CallsVolatile(s.Test) || plan.HasSubLink(s.Test) {
		return nil
	}
	p := &plan.Probe{}
	for _, c := range plan.Conjuncts(s.Test) {
		l, r, t, ok := plan.Equality(c)
		switch {
		case !ok:
			return nil
		case ownRow(r) && !touchesRow(l):
		case ownRow(l) && !touchesRow(r):
			l, r = r, l
		default:
			return nil
		}
		p.Inner, p.Outer, p.Types = append(p.Inner, r), append(p.Outer, l), append(p.Types, t)
	}
	return p
}

// ownRow reports whether an expression is about its row, and no other.
func ownRow(e expr.Expr) bool {
	own := touchesRow(e)
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok && c.Level > 0 {
			own = false
		}
		return true
	})
	return own
}

// touchesRow reports whether an expression needs its row.
func touchesRow(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok && c.Level == 0 {
			found = true
		}
		return true
	})
	return found
}

// probeExists turns EXISTS over a relation whose only link to the rows around it are
// equalities into a look-up: the subquery then gives its sides of them.
func probeExists(s *plan.SubLink, in *Rows) *plan.Probe {
	below, guards := unguarded(s.Plan)
	scan, ok := below.(*plan.Scan)
	if s.Kind != plan.ExistsSubLink || !ok || !scan.Bounds.None() {
		return nil
	}
	p := &plan.Probe{}
	own, around := plan.Produced(scan), map[plan.Slot]bool{}
	for r := in; r != nil; r = r.up {
		for _, slot := range r.Slots {
			around[slot] = true
		}
	}
	var rest []expr.Expr
	for _, c := range plan.Conjuncts(scan.Filter) {
		switch {
		case plan.CallsVolatile(c) || plan.HasSubLink(c):
			return nil
		case !plan.MentionsAny(c, around):
			rest = append(rest, c)
		case !addPair(p, c, own, around):
			return nil
		}
	}
	if len(p.Inner) == 0 {
		return nil
	}
	bare := *scan
	bare.Filter = plan.Conjunction(rest)
	first := s.NewSlots(len(p.Inner))
	keys := &plan.Project{Input: &bare, Exprs: p.Inner}
	for i := range p.Inner {
		keys.Out = append(keys.Out, first+plan.Slot(i))
	}
	s.Plan, p.Inner = keys, nil
	ResolveAll(p.Outer, in)
	p.Guards = guards
	ResolveAll(p.Guards, in)
	return p
}

// unguarded is what a select list without sets stands above, and the conditions
// between them that are about no row of it.
func unguarded(n plan.Node) (below plan.Node, guards []expr.Expr) {
	for {
		switch m := n.(type) {
		case *plan.Project:
			n = m.Input
		case *plan.Filter:
			if !m.Once {
				return n, nil
			}
			guards, n = append(guards, plan.Conjuncts(m.Condition)...), m.Input
		default:
			return n, guards
		}
	}
}

// addPair takes an equality between a side of the subquery's own and one around it.
func addPair(p *plan.Probe, c expr.Expr, own, around map[plan.Slot]bool) bool {
	l, r, t, ok := plan.Equality(c)
	switch {
	case !ok:
		return false
	case plan.MentionsAny(l, own) && !plan.MentionsAny(l, around) && !plan.MentionsAny(r, own):
	case plan.MentionsAny(r, own) && !plan.MentionsAny(r, around) && !plan.MentionsAny(l, own):
		l, r = r, l
	default:
		return false
	}
	p.Inner, p.Outer, p.Types = append(p.Inner, l), append(p.Outer, r), append(p.Types, t)
	return true
}
