package plan

import "github.com/projsql/projsql/query/expr"

// finish decides what each operator's rows hold, turns references into columns,
// and recognises statements that read one entity.
func (p *planner) finish(r *result) (*Query, error) {
	root := exact(r)
	root = simplify(root)
	finishTree(root, root.Slots())
	return p.planned(root, r), nil
}

// planned is a query whose tree is finished.
func (p *planner) planned(root Node, r *result) *Query {
	q := &Query{Root: root, Freshness: p.freshness, IfChanged: p.changed}
	for _, c := range r.columns {
		q.Columns = append(q.Columns, c.Column)
	}
	q.Point, q.OneState, q.Changes, q.Locks = point(root), readsOneState(root), p.changes, p.locks
	return q
}

// exact returns the query's plan with rows of just its columns, in order.
func exact(r *result) Node {
	out := make([]Slot, len(r.columns))
	for i, c := range r.columns {
		out[i] = c.slot
	}
	switch n := r.node.(type) {
	case *Project, *SetOp:
		if equalSlots(n.Slots(), out) {
			return n
		}
	}
	p := &Project{Input: r.node}
	p.out = out
	for i := range r.columns {
		p.Exprs = append(p.Exprs, r.columns[i].ref(-1))
	}
	return p
}

func equalSlots(a, b []Slot) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// result is a bound query: a plan and what its columns are.
type result struct {
	node    Node
	columns []resultColumn
}

type resultColumn struct {
	Column
	slot   Slot
	record []expr.RecordColumn // as a variable has it
	// literal is the column's expression while its type is unknown, in a plain SELECT.
	pos int
}

func (c *resultColumn) ref(pos int) *variable {
	return &variable{slot: c.slot, typ: c.Type, pos: pos, name: c.Name, record: c.record}
}
