package plan

// Produced returns the slots that a tree's rows have.
func Produced(n Node) map[Slot]bool {
	all := map[Slot]bool{}
	runs(n, func(first Slot, count int) bool {
		for i := range count {
			all[first+Slot(i)] = true
		}
		return true
	})
	return all
}

// Produces reports whether a tree's rows have a slot.
func Produces(n Node, s Slot) bool {
	return !runs(n, func(first Slot, count int) bool { return s < first || s >= first+Slot(count) })
}

// runs shows runs of the slots that a tree's rows have, up to the first that visit returns false for; it returns whether there was none.
func runs(n Node, visit func(first Slot, count int) bool) bool {
	each := func(slots []Slot) bool {
		for _, s := range slots {
			if !visit(s, 1) {
				return false
			}
		}
		return true
	}
	switch n := n.(type) {
	case *Scan:
		return visit(n.First, len(n.Relation.Columns))
	case *PointScan:
		return visit(n.First, len(n.Relation.Columns))
	case *HistoryScan:
		return visit(n.First, len(n.Relation.Columns))
	case *FunctionScan:
		return visit(n.First, n.FieldCount())
	case *CTEScan:
		return visit(n.First, n.Count)
	case *Values, *Project, *SetOp, *Changed:
		return each(n.Slots())
	case *ProjectSet:
		return each(n.CallSlots) && runs(n.Input, visit)
	case *Window:
		return each(n.CallSlots) && runs(n.Input, visit)
	case *Aggregate:
		return each(n.CallSlots) && each(n.GroupSlots) && runs(n.Input, visit)
	}
	for _, in := range n.Inputs() {
		if !runs(in, visit) {
			return false
		}
	}
	return true
}

// FieldCount is how many columns the functions have together, WITH ORDINALITY's among them.
func (n *FunctionScan) FieldCount() int {
	count := 0
	for _, f := range n.Fields {
		count += f
	}
	if n.Ordinality {
		count++
	}
	return count
}
