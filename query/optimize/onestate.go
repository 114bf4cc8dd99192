package optimize

import "github.com/projsql/projsql/query/plan"

// ReadsOneState reports whether all that a plan reads is one entity's state in one
// projection: such an answer belongs together whatever the position it is of.
func ReadsOneState(n plan.Node) bool {
	for _, e := range plan.NodeExprs(n) {
		if plan.HasSubLink(e) || plan.ReadsLog(e) {
			return false
		}
	}
	switch n := n.(type) {
	case *plan.PointScan:
		_, known := argument(n.Entity)
		return known
	case *plan.Scan:
		return n.Relation.Kind == plan.ProjectionRelation && len(n.Bounds.Entities) == 1
	}
	in := n.Inputs()
	return len(in) == 1 && ReadsOneState(in[0])
}
