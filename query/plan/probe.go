package plan

import "github.com/projsql/projsql/query/expr"

// probeAny finds the look-up that "x IN (SELECT y …)" is: equalities of a side that
// is about the subquery's row and one that is not.
func (s *SubLink) probeAny() *Probe {
	if s.Kind != AnySubLink || s.Correlated || s.Test == nil || volatile(s.Test) || hasSubLink(s.Test) {
		return nil
	}
	p := &Probe{}
	for _, c := range conjuncts(s.Test) {
		l, r, t, ok := equality(c)
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
func (s *SubLink) probeExists(in *rows) *Probe {
	below, guards := unguarded(s.Plan)
	scan, ok := below.(*Scan)
	if s.Kind != ExistsSubLink || !ok || !scan.Bounds.none() {
		return nil
	}
	p := &Probe{}
	own, around := produced(scan), map[Slot]bool{}
	for r := in; r != nil; r = r.up {
		for _, slot := range r.slots {
			around[slot] = true
		}
	}
	var rest []expr.Expr
	for _, c := range conjuncts(scan.Filter) {
		switch {
		case volatile(c) || hasSubLink(c):
			return nil
		case !mentionsAny(c, around):
			rest = append(rest, c)
		case !p.add(c, own, around):
			return nil
		}
	}
	if len(p.Inner) == 0 {
		return nil
	}
	bare := *scan
	bare.Filter = conjunction(rest)
	first := s.newSlots(len(p.Inner))
	keys := &Project{Input: &bare, Exprs: p.Inner}
	for i := range p.Inner {
		keys.out = append(keys.out, first+Slot(i))
	}
	s.Plan, p.Inner = keys, nil
	resolveAll(p.Outer, in)
	p.Guards = guards
	resolveAll(p.Guards, in)
	return p
}

// unguarded is what a select list without sets stands above, and the conditions
// between them that are about no row of it.
func unguarded(n Node) (below Node, guards []expr.Expr) {
	for {
		switch m := n.(type) {
		case *Project:
			n = m.Input
		case *Filter:
			if !m.Once {
				return n, nil
			}
			guards, n = append(guards, conjuncts(m.Condition)...), m.Input
		default:
			return n, guards
		}
	}
}

// add takes an equality between a side of the subquery's own and one around it.
func (p *Probe) add(c expr.Expr, own, around map[Slot]bool) bool {
	l, r, t, ok := equality(c)
	switch {
	case !ok:
		return false
	case mentionsAny(l, own) && !mentionsAny(l, around) && !mentionsAny(r, own):
	case mentionsAny(r, own) && !mentionsAny(r, around) && !mentionsAny(l, own):
		l, r = r, l
	default:
		return false
	}
	p.Inner, p.Outer, p.Types = append(p.Inner, l), append(p.Outer, r), append(p.Types, t)
	return true
}
