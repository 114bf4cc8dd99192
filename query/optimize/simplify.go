package optimize

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// Simplify replaces shapes that have a cheaper plan.
func Simplify(n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Aggregate:
		n.Input = Simplify(n.Input)
		return countAll(n)
	case *plan.Sort:
		n.Input = Simplify(n.Input)
		return natural(n)
	case *plan.Filter:
		n.Input = Simplify(n.Input)
	case *plan.Project:
		n.Input = Simplify(n.Input)
	case *plan.ProjectSet:
		n.Input = Simplify(n.Input)
	case *plan.Window:
		n.Input = Simplify(n.Input)
	case *plan.Limit:
		n.Input = Simplify(n.Input)
	case *plan.Distinct:
		n.Input = Simplify(n.Input)
	case *plan.Join:
		return reorder(n)
	case *plan.SetOp:
		n.Left, n.Right = Simplify(n.Left), Simplify(n.Right)
	case *plan.With:
		n.Body = Simplify(n.Body)
	}
	return n
}

// countAll answers count(*) over the whole log from the store's counter.
func countAll(n *plan.Aggregate) plan.Node {
	s, ok := n.Input.(*plan.Scan)
	if !ok || !n.Plain || s.Relation.Kind != plan.EventsRelation || s.Filter != nil || len(n.Calls) == 0 {
		return n
	}
	p := &plan.Project{}
	for i, c := range n.Calls {
		if !c.Star || c.Filter != nil || c.Proc.Name() != "count" {
			return n
		}
		p.Exprs = append(p.Exprs, &plan.Variable{Slot: n.CallSlots[i], ValueType: types.Of(types.Int8OID), Location: c.Pos, Name: "count"})
	}
	if len(n.CallSlots) != 1 {
		return n
	}
	count := *s
	count.Count = true
	count.Out = n.CallSlots
	p.Input, p.Out = &count, n.CallSlots
	return p
}

// natural drops a sort by what a scan is ordered by already.
func natural(n *plan.Sort) plan.Node {
	s := scanBelow(n.Input)
	if s == nil || len(n.Keys) == 0 {
		return n
	}
	column := columnOfScan(s, through(n.Input, n.Keys[0].Expr))
	switch s.Relation.Kind {
	case plan.EventsRelation:
		if !followsLog(s, column, &n.Keys[0]) {
			return n
		}
		s.Descending, s.InOrder = n.Keys[0].Desc, true
	case plan.ProjectionRelation: // by entity, each of which has one state
		if column != 0 || n.Keys[0].Desc {
			return n
		}
	default:
		return n
	}
	return n.Input
}

// followsLog reports whether the order of the log, or the reverse, is the order by a key.
func followsLog(n *plan.Scan, column int, k *plan.SortKey) bool {
	single := len(n.Bounds.Entities) == 1 && n.Bounds.EntityArray == nil
	several := n.Bounds.EntityArray != nil || len(n.Bounds.Entities) > 1
	switch column {
	case plan.EventSequence, plan.EventHLC:
		return !several && k.NullsFirst == k.Desc
	case plan.EventVersion:
		return single
	}
	return false
}

// scanBelow returns the scan that a tree passes on row by row, in order.
func scanBelow(n plan.Node) *plan.Scan {
	switch n := n.(type) {
	case *plan.Scan:
		return n
	case *plan.Project:
		return scanBelow(n.Input)
	case *plan.Filter:
		return scanBelow(n.Input)
	}
	return nil
}

// through follows a reference down the select lists to where it comes from.
func through(n plan.Node, e expr.Expr) expr.Expr {
	v, ok := e.(*plan.Variable)
	if !ok {
		return e
	}
	switch n := n.(type) {
	case *plan.Filter:
		return through(n.Input, e)
	case *plan.Project:
		for i, s := range n.Out {
			if s == v.Slot {
				return through(n.Input, n.Exprs[i])
			}
		}
	}
	return e
}
