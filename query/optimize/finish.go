package optimize

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// Finish settles a whole tree of which some slots are read.
func Finish(n plan.Node, read []plan.Slot) { finish(n, wanted(read), nil) }

// finish settles the tree: need is what the operators above read of its rows, up
// the rows that surround it.
func finish(n plan.Node, need slotSet, up *Rows) {
	switch n := n.(type) {
	case *plan.Scan:
		finishScan(n, need, up)
	case *plan.PointScan:
		finishPointScan(n, need, up)
	case *plan.HistoryScan:
		finishHistoryScan(n, need, up)
	case *plan.FunctionScan:
		finishFunctionScan(n, need, up)
	case *plan.CTEScan:
		n.Columns, n.Out = chosen(n.First, n.Count, need)
	case *plan.Values:
		for _, r := range n.Rows {
			ResolveAll(r, up)
		}
	case *plan.Filter:
		can := up != nil && !n.Once && fixed(n.Input, up)
		own := plan.Produced(n.Input)
		finish(n.Input, need.with(n.Condition), up)
		n.Out = n.Input.Slots()
		in := &Rows{n.Out, up}
		if can {
			n.Lookup = lookup(n.Condition, own, in, up)
		}
		n.Condition = Resolve(n.Condition, in)
	case *plan.Project:
		finishProject(n, need, up)
	case *plan.ProjectSet:
		finishProjectSet(n, need, up)
	case *plan.Join:
		finishJoin(n, need, up)
	case *plan.Window:
		finishWindow(n, need, up)
	case *plan.Aggregate:
		finishAggregate(n, need, up)
	default:
		finishTail(n, need, up)
	}
}

func finishTail(n plan.Node, need slotSet, up *Rows) {
	switch n := n.(type) {
	case *plan.Sort:
		finish(n.Input, need.with(plan.NodeExprs(n)...), up)
		n.Out = n.Input.Slots()
		resolveKeys(n.Keys, &Rows{n.Out, up})
	case *plan.Limit:
		finish(n.Input, need.with(plan.NodeExprs(n)...), up)
		n.Out = n.Input.Slots()
		n.Count, n.Offset = Resolve(n.Count, up), Resolve(n.Offset, up)
		resolveKeys(n.Ties, &Rows{n.Out, up})
	case *plan.Distinct:
		finish(n.Input, need.with(n.Keys...), up)
		n.Out = n.Input.Slots()
		ResolveAll(n.Keys, &Rows{n.Out, up})
	case *plan.SetOp:
		for _, in := range n.Inputs() {
			finish(in, wanted(in.Slots()), up)
		}
	case *plan.With:
		n.CTEs = n.Planned()
		for _, c := range n.CTEs {
			finishCTE(c, up)
		}
		finish(n.Body, need, up)
		n.Out = n.Body.Slots()
	}
}

func finishCTE(c *plan.CTE, up *Rows) {
	c.Correlated = refersTo(c.Plan, up) || c.Recursive != nil && refersTo(c.Recursive, up)
	c.Plan = Simplify(c.Plan)
	finish(c.Plan, wanted(c.Plan.Slots()), up)
	if c.Recursive != nil {
		c.Recursive = Simplify(c.Recursive)
		finish(c.Recursive, wanted(c.Recursive.Slots()), up)
	}
}

// chosen returns the needed ones of a run of slots.
func chosen(first plan.Slot, count int, need slotSet) (columns []int, out []plan.Slot) {
	for i := range count {
		if s := first + plan.Slot(i); need[s] {
			columns, out = append(columns, i), append(out, s)
		}
	}
	return columns, out
}

func finishScan(n *plan.Scan, need slotSet, up *Rows) {
	if n.Count {
		return
	}
	n.Columns, n.Out = chosen(n.First, len(n.Relation.Columns), need.with(n.Filter))
	n.Above = make([]bool, len(n.Out))
	for i, s := range n.Out {
		n.Above[i] = need[s]
	}
	in := &Rows{n.Out, up}
	if up != nil && n.Filter != nil && n.Bounds.None() && !n.Relation.Moves {
		n.Lookup = lookup(n.Filter, plan.Produced(n), in, up)
	}
	n.Filter = Resolve(n.Filter, in)
	b := &n.Bounds
	ResolveAll(b.Entities, up)
	ResolveAll(b.Kinds, up)
	b.EntityArray, b.KindArray, b.ID = Resolve(b.EntityArray, up), Resolve(b.KindArray, up), Resolve(b.ID, up)
	for _, r := range []*plan.Range{&b.Version, &b.Sequence, &b.HLC} {
		ResolveAll(r.Low, up)
		ResolveAll(r.High, up)
	}
}

func finishPointScan(n *plan.PointScan, need slotSet, up *Rows) {
	n.Columns, n.Out = chosen(n.First, len(n.Relation.Columns), need.with(n.Filter))
	if n.Generation != nil {
		for i, c := range n.Columns {
			if c == 0 {
				n.Columns[i] = plan.GenerationColumn
			}
		}
	}
	n.Filter = Resolve(n.Filter, &Rows{n.Out, up})
	n.Entity, n.Generation = Resolve(n.Entity, up), Resolve(n.Generation, up)
}

func finishFunctionScan(n *plan.FunctionScan, need slotSet, up *Rows) {
	n.Columns, n.Out = chosen(n.First, n.FieldCount(), need.with(n.Filter))
	n.Filter = Resolve(n.Filter, &Rows{n.Out, up})
	ResolveAll(n.Calls, up)
}

func finishProject(n *plan.Project, need slotSet, up *Rows) {
	var exprs []expr.Expr
	var out []plan.Slot
	for i, s := range n.Out {
		if need[s] || plan.Volatile(n.Exprs[i]) { // which may be called for what it does
			exprs, out = append(exprs, n.Exprs[i]), append(out, s)
		}
	}
	n.Exprs, n.Out = exprs, out
	finish(n.Input, slotSet{}.with(exprs...), up)
	ResolveAll(n.Exprs, &Rows{n.Input.Slots(), up})
}

func finishProjectSet(n *plan.ProjectSet, need slotSet, up *Rows) {
	finish(n.Input, need.with(plan.NodeExprs(n)...), up)
	in := &Rows{n.Input.Slots(), up}
	for i, c := range n.Calls {
		n.Calls[i] = Resolve(c, in).(*expr.Call)
	}
	for i, s := range in.Slots {
		if need[s] {
			n.Carry, n.Out = append(n.Carry, i), append(n.Out, s)
		}
	}
	n.Out = append(n.Out, n.CallSlots...)
}

func finishJoin(n *plan.Join, need slotSet, up *Rows) {
	left := plan.Produced(n.Left)
	var inner []*plan.Variable
	for _, v := range plan.NodeVariables(n.Right) {
		if left[v.Slot] {
			inner = append(inner, v)
		}
	}
	n.Lateral = len(inner) > 0
	if n.Lateral {
		n.Condition = plan.Conjunction(append(n.Equalities, plan.Conjuncts(n.Condition)...))
		n.LeftKeys, n.RightKeys, n.KeyTypes = nil, nil, nil
	}
	arrange(n, up)
	need = need.with(plan.NodeExprs(n)...)
	for _, v := range inner {
		need[v.Slot] = true
	}
	finish(n.Left, need, up)
	leftRows := &Rows{n.Left.Slots(), up}
	rightUp := up
	if n.Lateral {
		rightUp = leftRows
	}
	finish(n.Right, need, rightUp)
	rightRows := &Rows{n.Right.Slots(), up}
	n.Out = append(append([]plan.Slot(nil), leftRows.Slots...), rightRows.Slots...)
	n.Condition = Resolve(n.Condition, &Rows{n.Out, up})
	ResolveAll(n.LeftKeys, leftRows)
	ResolveAll(n.RightKeys, rightRows)
}

func finishAggregate(n *plan.Aggregate, need slotSet, up *Rows) {
	below := need.with(plan.NodeExprs(n)...)
	finish(n.Input, below, up)
	in := &Rows{n.Input.Slots(), up}
	carried := need
	for _, c := range n.Calls {
		carried = carried.with(c.Direct...)
	}
	for i, s := range in.Slots {
		if !carried[s] {
			continue
		}
		n.Carry, n.CarryKeys, n.Out = append(n.Carry, i), append(n.CarryKeys, keyOf(n.Keys, s)), append(n.Out, s)
	}
	ResolveAll(n.Keys, in)
	for i, c := range n.Calls {
		n.Calls[i] = resolveCall(c, in)
	}
	n.Out = append(append(n.Out, n.CallSlots...), n.GroupSlots...)
	for _, c := range n.Calls {
		ResolveAll(c.Direct, &Rows{n.Out, up})
	}
}

// keyOf returns which key a slot plainly is, -1 if none.
func keyOf(keys []expr.Expr, s plan.Slot) int {
	for i, k := range keys {
		if v, ok := k.(*plan.Variable); ok && v.Slot == s {
			return i
		}
	}
	return -1
}

func finishHistoryScan(n *plan.HistoryScan, need slotSet, up *Rows) {
	n.Columns, n.Out = chosen(n.First, len(n.Relation.Columns), need.with(n.Filter))
	n.Filter = Resolve(n.Filter, &Rows{n.Out, up})
	n.Entity, n.From, n.To = Resolve(n.Entity, up), Resolve(n.From, up), Resolve(n.To, up)
	ResolveAll(n.Version.Low, up)
	ResolveAll(n.Version.High, up)
}

func finishWindow(n *plan.Window, need slotSet, up *Rows) {
	finish(n.Input, need.with(n.Exprs()...), up)
	in := &Rows{n.Input.Slots(), up}
	n.Partition = append([]expr.Expr(nil), n.Partition...)
	ResolveAll(n.Partition, in)
	n.Order = append([]plan.SortKey(nil), n.Order...)
	resolveKeys(n.Order, in)
	n.Frame.Start.Offset, n.Frame.End.Offset = Resolve(n.Frame.Start.Offset, up), Resolve(n.Frame.End.Offset, up)
	for i, c := range n.Calls {
		n.Calls[i] = resolveCall(c, in)
	}
	n.Carry, n.Out = nil, nil
	for i, s := range in.Slots {
		if need[s] {
			n.Carry, n.Out = append(n.Carry, i), append(n.Out, s)
		}
	}
	n.Out = append(n.Out, n.CallSlots...)
}
