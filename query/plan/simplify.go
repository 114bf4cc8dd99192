package plan

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// simplify replaces shapes that have a cheaper plan.
func simplify(n Node) Node {
	switch n := n.(type) {
	case *Aggregate:
		n.Input = simplify(n.Input)
		return n.countAll()
	case *Sort:
		n.Input = simplify(n.Input)
		return n.natural()
	case *Filter:
		n.Input = simplify(n.Input)
	case *Project:
		n.Input = simplify(n.Input)
	case *ProjectSet:
		n.Input = simplify(n.Input)
	case *Window:
		n.Input = simplify(n.Input)
	case *Limit:
		n.Input = simplify(n.Input)
	case *Distinct:
		n.Input = simplify(n.Input)
	case *Join:
		n.Left, n.Right = simplify(n.Left), simplify(n.Right)
		return n.reorder()
	case *SetOp:
		n.Left, n.Right = simplify(n.Left), simplify(n.Right)
	case *With:
		n.Body = simplify(n.Body)
	}
	return n
}

// countAll answers count(*) over the whole log from the store's counter.
func (n *Aggregate) countAll() Node {
	s, ok := n.Input.(*Scan)
	if !ok || !n.Plain || s.Relation.Kind != EventsRelation || s.Filter != nil || len(n.Calls) == 0 {
		return n
	}
	p := &Project{}
	for i, c := range n.Calls {
		if !c.Star || c.Filter != nil || c.Proc.Name() != "count" {
			return n
		}
		p.Exprs = append(p.Exprs, &variable{slot: n.callSlots[i], typ: types.Of(types.Int8OID), pos: c.Pos, name: "count"})
	}
	if len(n.callSlots) != 1 {
		return n
	}
	count := *s
	count.Count = true
	count.out = n.callSlots
	p.Input, p.out = &count, n.callSlots
	return p
}

// natural drops a sort by what a scan is ordered by already.
func (n *Sort) natural() Node {
	s := scanBelow(n.Input)
	if s == nil || len(n.Keys) == 0 {
		return n
	}
	column := s.column(through(n.Input, n.Keys[0].Expr))
	switch s.Relation.Kind {
	case EventsRelation:
		if !s.followsLog(column, &n.Keys[0]) {
			return n
		}
		s.Ordered, s.Descending = true, n.Keys[0].Desc
	case ProjectionRelation: // by entity, each of which has one state
		if column != 0 || n.Keys[0].Desc {
			return n
		}
	default:
		return n
	}
	return n.Input
}

// followsLog reports whether the order of the log, or the reverse, is the order by a key.
func (n *Scan) followsLog(column int, k *SortKey) bool {
	single := len(n.Bounds.Entities) == 1 && n.Bounds.EntityArray == nil
	several := n.Bounds.EntityArray != nil || len(n.Bounds.Entities) > 1
	switch column {
	case EventSequence, EventHLC:
		return !several && k.NullsFirst == k.Desc
	case EventVersion:
		return single
	}
	return false
}

// scanBelow returns the scan that a tree passes on row by row, in order.
func scanBelow(n Node) *Scan {
	switch n := n.(type) {
	case *Scan:
		return n
	case *Project:
		return scanBelow(n.Input)
	case *Filter:
		return scanBelow(n.Input)
	}
	return nil
}

// through follows a reference down the select lists to where it comes from.
func through(n Node, e expr.Expr) expr.Expr {
	v, ok := e.(*variable)
	if !ok {
		return e
	}
	switch n := n.(type) {
	case *Filter:
		return through(n.Input, e)
	case *Project:
		for i, s := range n.out {
			if s == v.slot {
				return through(n.Input, n.Exprs[i])
			}
		}
	}
	return e
}
