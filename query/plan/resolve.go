package plan

import "github.com/projsql/projsql/query/expr"

type slotSet map[Slot]bool

func wanted(slots []Slot) slotSet {
	s := slotSet{}
	for _, x := range slots {
		s[x] = true
	}
	return s
}

// with returns the set and what some expressions refer to.
func (s slotSet) with(exprs ...expr.Expr) slotSet {
	made := slotSet{}
	for k := range s {
		made[k] = true
	}
	for _, e := range exprs {
		if e == nil {
			continue
		}
		for _, v := range variables(e) {
			made[v.slot] = true
		}
	}
	return made
}

// rows is the layout of a row and of those around it.
type rows struct {
	slots []Slot
	up    *rows
}

func resolveCall(c *expr.AggregateCall, in *rows) *expr.AggregateCall {
	made := *c
	made.Args = append([]expr.Expr(nil), c.Args...)
	resolveAll(made.Args, in)
	made.Direct = append([]expr.Expr(nil), c.Direct...)
	made.Order = append([]SortKey(nil), c.Order...)
	resolveKeys(made.Order, in)
	made.Filter = resolve(c.Filter, in)
	return &made
}

func resolveKeys(keys []SortKey, in *rows) {
	for i := range keys {
		keys[i].Expr = resolve(keys[i].Expr, in)
	}
}

func resolveAll(all []expr.Expr, in *rows) {
	for i, e := range all {
		all[i] = resolve(e, in)
	}
}

// resolve turns references into columns of the row that an expression is
// evaluated for, or of one around it.
func resolve(e expr.Expr, in *rows) expr.Expr {
	if e == nil {
		return nil
	}
	return expr.Transform(e, func(e expr.Expr) expr.Expr {
		switch n := e.(type) {
		case *variable:
			return n.column(in)
		case *SubLink:
			return n.finish(in)
		}
		return e
	})
}

func (v *variable) column(in *rows) expr.Expr {
	for level := 0; in != nil; level, in = level+1, in.up {
		for i, s := range in.slots {
			if s == v.slot {
				return expr.NewColumn(i, v.name, v.typ, v.pos).Outer(level)
			}
		}
	}
	panic("plan: no row has " + v.name)
}

func (s *SubLink) finish(in *rows) expr.Expr {
	made := *s
	made.Plan = simplify(s.Plan)
	made.Probe = made.probeExists(in)
	made.Correlated = made.Each || refersTo(made.Plan, in)
	finish(made.Plan, wanted(made.Plan.Slots()), in)
	made.Test = resolve(s.Test, &rows{made.Plan.Slots(), in})
	if made.Probe == nil {
		made.Probe = made.probeAny()
	}
	return &made
}

// refersTo reports whether a plan's expressions need rows around it.
func refersTo(n Node, in *rows) bool {
	around := slotSet{}
	for r := in; r != nil; r = r.up {
		for _, s := range r.slots {
			around[s] = true
		}
	}
	for _, v := range nodeVariables(n) {
		if around[v.slot] {
			return true
		}
	}
	return readsAround(n)
}

// readsAround reports whether a tree reads a WITH query that needs rows around it.
func readsAround(n Node) bool {
	if s, ok := n.(*CTEScan); ok {
		return s.CTE.around
	}
	for _, s := range subLinks(n) {
		if readsAround(s.Plan) {
			return true
		}
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			if readsAround(c.Plan) || c.Recursive != nil && readsAround(c.Recursive) {
				return true
			}
		}
	}
	for _, in := range n.Inputs() {
		if readsAround(in) {
			return true
		}
	}
	return false
}
