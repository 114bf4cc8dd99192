package plan

// Backward reports whether a cursor over the query may go backward without having
// been declared SCROLL. As in PostgreSQL, that is where every operator gives the
// same rows in either direction.
func (q *Query) Backward() bool { return !q.Locks && backward(q.Root) }

func backward(n Node) bool {
	switch n := n.(type) {
	case *Scan, *PointScan, *HistoryScan, *FunctionScan, *CTEScan:
		return true
	case *Values:
		return len(n.Out) > 0
	case *Filter, *Project, *Sort, *Limit, *With:
		return backward(n.Inputs()[0])
	case *SetOp:
		return n.Kind == Union && n.All && backward(n.Left) && backward(n.Right)
	}
	return false
}
