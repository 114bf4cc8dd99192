package optimize

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

type slotSet map[plan.Slot]bool

func wanted(slots []plan.Slot) slotSet {
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
		for _, v := range plan.Variables(e) {
			made[v.Slot] = true
		}
	}
	return made
}

// Rows is the layout of a row and of those around it.
type Rows struct {
	Slots []plan.Slot
	up    *Rows
}

func resolveCall(c *expr.AggregateCall, in *Rows) *expr.AggregateCall {
	made := *c
	made.Args = append([]expr.Expr(nil), c.Args...)
	ResolveAll(made.Args, in)
	made.Direct = append([]expr.Expr(nil), c.Direct...)
	made.Order = append([]plan.SortKey(nil), c.Order...)
	resolveKeys(made.Order, in)
	made.Filter = Resolve(c.Filter, in)
	return &made
}

func resolveKeys(keys []plan.SortKey, in *Rows) {
	for i := range keys {
		keys[i].Expr = Resolve(keys[i].Expr, in)
	}
}

// ResolveAll resolves each in its place.
func ResolveAll(all []expr.Expr, in *Rows) {
	for i, e := range all {
		all[i] = Resolve(e, in)
	}
}

// Resolve turns references into columns of the row that an expression is
// evaluated for, or of one around it.
func Resolve(e expr.Expr, in *Rows) expr.Expr {
	if e == nil {
		return nil
	}
	return expr.Transform(e, func(e expr.Expr) expr.Expr {
		switch n := e.(type) {
		case *plan.Variable:
			return columnOf(n, in)
		case *plan.SubLink:
			return finishSubLink(n, in)
		}
		return e
	})
}

func columnOf(v *plan.Variable, in *Rows) expr.Expr {
	for level := 0; in != nil; level, in = level+1, in.up {
		for i, s := range in.Slots {
			if s == v.Slot {
				return expr.NewColumn(i, v.Name, v.ValueType, v.Location).Outer(level)
			}
		}
	}
	panic("plan: no row has " + v.Name)
}

func finishSubLink(s *plan.SubLink, in *Rows) expr.Expr {
	made := *s
	made.Plan = Simplify(s.Plan)
	made.Probe = probeExists(&made, in)
	made.Correlated = made.Each || refersTo(made.Plan, in)
	finish(made.Plan, wanted(made.Plan.Slots()), in)
	made.Test = Resolve(s.Test, &Rows{made.Plan.Slots(), in})
	if made.Probe == nil {
		made.Probe = probeAny(&made)
	}
	return &made
}

// refersTo reports whether a plan's expressions need rows around it.
func refersTo(n plan.Node, in *Rows) bool {
	around := slotSet{}
	for r := in; r != nil; r = r.up {
		for _, s := range r.Slots {
			around[s] = true
		}
	}
	for _, v := range plan.NodeVariables(n) {
		if around[v.Slot] {
			return true
		}
	}
	return readsAround(n)
}

// readsAround reports whether a tree reads a WITH query that needs rows around it.
func readsAround(n plan.Node) bool {
	if s, ok := n.(*plan.CTEScan); ok {
		return s.CTE.Correlated
	}
	for _, s := range plan.SubLinks(n) {
		if readsAround(s.Plan) {
			return true
		}
	}
	if w, ok := n.(*plan.With); ok {
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
