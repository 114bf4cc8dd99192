package plan

import "github.com/projsql/projsql/query/expr"

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

// ownFunctions is where the OIDs of functions begin that PostgreSQL does not have.
const ownFunctions = 16_384

// readsLog reports whether an expression calls a function that may read the log: one of
// projsql's own that is not immutable.
func readsLog(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(n expr.Expr) bool {
		if c, ok := n.(*expr.Call); ok && c.Proc.Row.OID >= ownFunctions && c.Proc.Row.Volatile != 'i' {
			found = true
		}
		return !found
	})
	return found
}
