package plan

// readsOneState reports whether all that a plan reads is one entity's state in one
// projection: such an answer belongs together whatever the position it is of.
func readsOneState(n Node) bool {
	for _, e := range nodeExprs(n) {
		if hasSubLink(e) || readsLog(e) {
			return false
		}
	}
	switch n := n.(type) {
	case *PointScan:
		_, known := argument(n.Entity)
		return known
	case *Scan:
		return n.Relation.Kind == ProjectionRelation && len(n.Bounds.Entities) == 1
	}
	in := n.Inputs()
	return len(in) == 1 && readsOneState(in[0])
}
