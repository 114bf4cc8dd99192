package plan

import "github.com/projsql/projsql/query/expr"

// finishTree settles a whole tree of which some slots are read.
func finishTree(n Node, read []Slot) { finish(n, wanted(read), nil) }

// finish settles the tree: need is what the operators above read of its rows, up
// the rows that surround it.
func finish(n Node, need slotSet, up *rows) {
	switch n := n.(type) {
	case *Scan:
		n.finish(need, up)
	case *PointScan:
		n.finish(need, up)
	case *HistoryScan:
		n.finish(need, up)
	case *FunctionScan:
		n.finish(need, up)
	case *CTEScan:
		n.Columns, n.out = chosen(n.first, n.width, need)
	case *Values:
		for _, r := range n.Rows {
			resolveAll(r, up)
		}
	case *Filter:
		can := up != nil && !n.Once && fixed(n.Input, up)
		own := produced(n.Input)
		finish(n.Input, need.with(n.Condition), up)
		n.out = n.Input.Slots()
		in := &rows{n.out, up}
		if can {
			n.Lookup = lookup(n.Condition, own, in, up)
		}
		n.Condition = resolve(n.Condition, in)
	case *Project:
		n.finish(need, up)
	case *ProjectSet:
		n.finish(need, up)
	case *Join:
		n.finish(need, up)
	case *Window:
		n.finish(need, up)
	case *Aggregate:
		n.finish(need, up)
	default:
		finishTail(n, need, up)
	}
}

func finishTail(n Node, need slotSet, up *rows) {
	switch n := n.(type) {
	case *Sort:
		finish(n.Input, need.with(nodeExprs(n)...), up)
		n.out = n.Input.Slots()
		resolveKeys(n.Keys, &rows{n.out, up})
	case *Limit:
		finish(n.Input, need.with(nodeExprs(n)...), up)
		n.out = n.Input.Slots()
		n.Count, n.Offset = resolve(n.Count, up), resolve(n.Offset, up)
		resolveKeys(n.Ties, &rows{n.out, up})
	case *Distinct:
		finish(n.Input, need.with(n.Keys...), up)
		n.out = n.Input.Slots()
		resolveAll(n.Keys, &rows{n.out, up})
	case *SetOp:
		for _, in := range n.Inputs() {
			finish(in, wanted(in.Slots()), up)
		}
	case *With:
		n.CTEs = n.planned()
		for _, c := range n.CTEs {
			c.finish(up)
		}
		finish(n.Body, need, up)
		n.out = n.Body.Slots()
	}
}

func (c *CTE) finish(up *rows) {
	c.around = refersTo(c.Plan, up) || c.Recursive != nil && refersTo(c.Recursive, up)
	c.Plan = simplify(c.Plan)
	finish(c.Plan, wanted(c.Plan.Slots()), up)
	if c.Recursive != nil {
		c.Recursive = simplify(c.Recursive)
		finish(c.Recursive, wanted(c.Recursive.Slots()), up)
	}
}

// chosen returns the needed ones of a run of slots.
func chosen(first Slot, count int, need slotSet) (columns []int, out []Slot) {
	for i := range count {
		if s := first + Slot(i); need[s] {
			columns, out = append(columns, i), append(out, s)
		}
	}
	return columns, out
}

func (n *Scan) finish(need slotSet, up *rows) {
	if n.Count {
		return
	}
	n.Columns, n.out = chosen(n.first, len(n.Relation.Columns), need.with(n.Filter))
	n.above = make([]bool, len(n.out))
	for i, s := range n.out {
		n.above[i] = need[s]
	}
	in := &rows{n.out, up}
	if up != nil && n.Filter != nil && n.Bounds.none() && !n.Relation.Moves {
		n.Lookup = lookup(n.Filter, produced(n), in, up)
	}
	n.Filter = resolve(n.Filter, in)
	b := &n.Bounds
	resolveAll(b.Entities, up)
	resolveAll(b.Kinds, up)
	b.EntityArray, b.KindArray, b.ID = resolve(b.EntityArray, up), resolve(b.KindArray, up), resolve(b.ID, up)
	for _, r := range []*Range{&b.Version, &b.Sequence, &b.HLC} {
		resolveAll(r.Low, up)
		resolveAll(r.High, up)
	}
}

func (n *PointScan) finish(need slotSet, up *rows) {
	n.Columns, n.out = chosen(n.first, len(n.Relation.Columns), need.with(n.Filter))
	if n.Generation != nil {
		for i, c := range n.Columns {
			if c == 0 {
				n.Columns[i] = GenerationColumn
			}
		}
	}
	n.Filter = resolve(n.Filter, &rows{n.out, up})
	n.Entity, n.Generation = resolve(n.Entity, up), resolve(n.Generation, up)
}

func (n *FunctionScan) finish(need slotSet, up *rows) {
	n.Columns, n.out = chosen(n.first, n.fieldCount(), need.with(n.Filter))
	n.Filter = resolve(n.Filter, &rows{n.out, up})
	resolveAll(n.Calls, up)
}

func (n *Project) finish(need slotSet, up *rows) {
	var exprs []expr.Expr
	var out []Slot
	for i, s := range n.out {
		if need[s] {
			exprs, out = append(exprs, n.Exprs[i]), append(out, s)
		}
	}
	n.Exprs, n.out = exprs, out
	finish(n.Input, slotSet{}.with(exprs...), up)
	resolveAll(n.Exprs, &rows{n.Input.Slots(), up})
}

func (n *ProjectSet) finish(need slotSet, up *rows) {
	finish(n.Input, need.with(nodeExprs(n)...), up)
	in := &rows{n.Input.Slots(), up}
	for i, c := range n.Calls {
		n.Calls[i] = resolve(c, in).(*expr.Call)
	}
	for i, s := range in.slots {
		if need[s] {
			n.Carry, n.out = append(n.Carry, i), append(n.out, s)
		}
	}
	n.out = append(n.out, n.callSlots...)
}

func (n *Join) finish(need slotSet, up *rows) {
	left := produced(n.Left)
	var inner []*variable
	for _, v := range nodeVariables(n.Right) {
		if left[v.slot] {
			inner = append(inner, v)
		}
	}
	n.Lateral = len(inner) > 0
	if n.Lateral {
		n.Condition = conjunction(append(n.keys, conjuncts(n.Condition)...))
		n.LeftKeys, n.RightKeys, n.KeyTypes = nil, nil, nil
	}
	n.arrange(up)
	need = need.with(nodeExprs(n)...)
	for _, v := range inner {
		need[v.slot] = true
	}
	finish(n.Left, need, up)
	leftRows := &rows{n.Left.Slots(), up}
	rightUp := up
	if n.Lateral {
		rightUp = leftRows
	}
	finish(n.Right, need, rightUp)
	rightRows := &rows{n.Right.Slots(), up}
	n.out = append(append([]Slot(nil), leftRows.slots...), rightRows.slots...)
	n.Condition = resolve(n.Condition, &rows{n.out, up})
	resolveAll(n.LeftKeys, leftRows)
	resolveAll(n.RightKeys, rightRows)
}

func (n *Aggregate) finish(need slotSet, up *rows) {
	below := need.with(nodeExprs(n)...)
	finish(n.Input, below, up)
	in := &rows{n.Input.Slots(), up}
	carried := need
	for _, c := range n.Calls {
		carried = carried.with(c.Direct...)
	}
	for i, s := range in.slots {
		if !carried[s] {
			continue
		}
		n.Carry, n.CarryKeys, n.out = append(n.Carry, i), append(n.CarryKeys, keyOf(n.Keys, s)), append(n.out, s)
	}
	resolveAll(n.Keys, in)
	for i, c := range n.Calls {
		n.Calls[i] = resolveCall(c, in)
	}
	n.out = append(append(n.out, n.callSlots...), n.groupSlots...)
	for _, c := range n.Calls {
		resolveAll(c.Direct, &rows{n.out, up})
	}
}

// keyOf returns which key a slot plainly is, -1 if none.
func keyOf(keys []expr.Expr, s Slot) int {
	for i, k := range keys {
		if v, ok := k.(*variable); ok && v.slot == s {
			return i
		}
	}
	return -1
}

func (n *HistoryScan) finish(need slotSet, up *rows) {
	n.Columns, n.out = chosen(n.first, len(n.Relation.Columns), need.with(n.Filter))
	n.Filter = resolve(n.Filter, &rows{n.out, up})
	n.Entity, n.From, n.To = resolve(n.Entity, up), resolve(n.From, up), resolve(n.To, up)
	resolveAll(n.Version.Low, up)
	resolveAll(n.Version.High, up)
}

func (n *Window) finish(need slotSet, up *rows) {
	finish(n.Input, need.with(n.exprs()...), up)
	in := &rows{n.Input.Slots(), up}
	n.Partition = append([]expr.Expr(nil), n.Partition...)
	resolveAll(n.Partition, in)
	n.Order = append([]SortKey(nil), n.Order...)
	resolveKeys(n.Order, in)
	n.Frame.Start.Offset, n.Frame.End.Offset = resolve(n.Frame.Start.Offset, up), resolve(n.Frame.End.Offset, up)
	for i, c := range n.Calls {
		n.Calls[i] = resolveCall(c, in)
	}
	n.out = append(append([]Slot(nil), in.slots...), n.callSlots...)
}
