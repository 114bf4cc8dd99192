package plan

// Produced returns the slots that a tree's rows have.
func Produced(n Node) map[Slot]bool {
	all := map[Slot]bool{}
	Collect(n, all)
	return all
}

// Collect adds the slots that a tree's rows have to all.
func Collect(n Node, all map[Slot]bool) {
	span := func(first Slot, count int) {
		for i := range count {
			all[first+Slot(i)] = true
		}
	}
	add := func(slots []Slot) {
		for _, s := range slots {
			all[s] = true
		}
	}
	switch n := n.(type) {
	case *Scan:
		span(n.First, len(n.Relation.Columns))
	case *PointScan:
		span(n.First, len(n.Relation.Columns))
	case *HistoryScan:
		span(n.First, len(n.Relation.Columns))
	case *FunctionScan:
		span(n.First, n.FieldCount())
	case *CTEScan:
		span(n.First, n.Count)
	case *Values, *Project, *SetOp, *Changed:
		add(n.Slots())
	case *ProjectSet:
		add(n.CallSlots)
		Collect(n.Input, all)
	case *Window:
		add(n.CallSlots)
		Collect(n.Input, all)
	case *Aggregate:
		add(n.CallSlots)
		add(n.GroupSlots)
		Collect(n.Input, all)
	default:
		for _, in := range n.Inputs() {
			Collect(in, all)
		}
	}
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
