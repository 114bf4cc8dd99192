package analyze

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/optimize"
	"github.com/projsql/projsql/query/plan"
)

// finish decides what each operator's rows hold, turns references into columns,
// and recognises statements that read one entity.
func (p *planner) finish(r *result) (*plan.Query, error) {
	root := exact(r)
	root = optimize.Simplify(root)
	optimize.Finish(root, root.Slots())
	return p.planned(root, r), nil
}

// planned is a query whose tree is finished.
func (p *planner) planned(root plan.Node, r *result) *plan.Query {
	q := &plan.Query{Root: root, Freshness: p.freshness, IfChanged: p.changed, Contracts: p.contracts, Beside: p.beside, Uses: p.uses, Called: p.called}
	for _, c := range r.columns {
		q.Columns = append(q.Columns, c.Column)
	}
	q.Changes, q.Appends, q.Locks = p.changes, p.appends, p.locks
	q.Routines, q.Changes = p.routines, q.Changes || slices.ContainsFunc(p.routines, plan.Routine.Changes)
	q.Runs = slices.ContainsFunc(p.routines, plan.Routine.Appends)
	if p.appends {
		plan.Told(root)
	} else if !q.Runs && !slices.ContainsFunc(p.routines, plan.Routine.Reads) {
		q.Point, q.OneState = optimize.Point(root), optimize.ReadsOneState(root)
	}
	return q
}

// exact returns the query's plan with rows of just its columns, in order.
func exact(r *result) plan.Node {
	out := make([]plan.Slot, len(r.columns))
	for i, c := range r.columns {
		out[i] = c.slot
	}
	switch n := r.node.(type) {
	case *plan.Project, *plan.SetOp:
		if equalSlots(n.Slots(), out) {
			return n
		}
	}
	p := &plan.Project{Input: r.node}
	p.Out = out
	for i := range r.columns {
		p.Exprs = append(p.Exprs, r.columns[i].ref(-1))
	}
	return p
}

func equalSlots(a, b []plan.Slot) bool {
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
	node    plan.Node
	columns []resultColumn
}

type resultColumn struct {
	plan.Column
	slot   plan.Slot
	record []expr.RecordColumn // as a variable has it
	// literal is the column's expression while its type is unknown, in a plain SELECT.
	pos int
}

func (c *resultColumn) ref(pos int) *plan.Variable {
	return &plan.Variable{Slot: c.slot, ValueType: c.Type, Location: pos, Name: c.Name, Record: c.record, Collation: c.Collation}
}
