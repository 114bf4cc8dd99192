package plan

// produced returns the slots that a tree's rows have.
func produced(n Node) map[Slot]bool {
	all := map[Slot]bool{}
	collect(n, all)
	return all
}

func collect(n Node, all map[Slot]bool) {
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
		span(n.first, len(n.Relation.Columns))
	case *PointScan:
		span(n.first, len(n.Relation.Columns))
	case *HistoryScan:
		span(n.first, len(n.Relation.Columns))
	case *FunctionScan:
		span(n.first, n.fieldCount())
	case *CTEScan:
		span(n.first, n.width)
	case *Values, *Project, *SetOp, *Changed:
		add(n.Slots())
	case *ProjectSet:
		add(n.callSlots)
		collect(n.Input, all)
	case *Window:
		add(n.callSlots)
		collect(n.Input, all)
	case *Aggregate:
		add(n.callSlots)
		add(n.groupSlots)
		collect(n.Input, all)
	default:
		for _, in := range n.Inputs() {
			collect(in, all)
		}
	}
}

func (n *FunctionScan) fieldCount() int {
	count := 0
	for _, f := range n.Fields {
		count += f
	}
	if n.Ordinality {
		count++
	}
	return count
}
