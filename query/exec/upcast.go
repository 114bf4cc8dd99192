package exec

import (
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// shapes are how a scan shows events of kinds that have upcasts.
type shapes struct {
	kinds projection.EventKinds
	// early is the part of the scan's filter that no upcast can change. It is judged
	// before: an event that nobody asks for cannot fail a statement.
	early []expr.Eval
}

// shapes returns nil where every event is shown as it is stored.
func (r *run) shapes(n *plan.Scan) (*shapes, error) {
	upcast := false
	for _, c := range n.Columns {
		upcast = upcast || isShaped(c)
	}
	if !upcast || !n.Relation.Kinds.Upcast() {
		return nil, nil
	}
	var early []expr.Expr
	for _, c := range conjuncts(n.Filter) {
		if !readsShaped(n, c) {
			early = append(early, c)
		}
	}
	evals, err := r.compileAll(early)
	return &shapes{kinds: n.Relation.Kinds, early: evals}, err
}

// isShaped reports whether upcasts change a column.
func isShaped(column int) bool { return column == plan.EventData || column == plan.EventMetadata }

func readsShaped(n *plan.Scan, e expr.Expr) bool {
	reads := false
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok && c.Level == 0 {
			reads = reads || isShaped(n.Columns[c.Index])
		}
		return !reads
	})
	return reads
}

func conjuncts(e expr.Expr) []expr.Expr {
	if and, ok := e.(*expr.And); ok {
		return and.Args
	}
	if e == nil {
		return nil
	}
	return []expr.Expr{e}
}

// show returns an event in its newest shape; nil if the filter passes over it. row is
// scratch.
func (e *eventFeed) show(ev *event.Event, row []types.Datum) (*event.Event, error) {
	u := e.shapes.kinds.Upcaster(ev.Kind)
	if u == nil {
		return ev, nil
	}
	if len(e.shapes.early) > 0 {
		e.fill(row, ev, ev)
		e.frame.Row = row
	}
	for _, condition := range e.shapes.early {
		if ok, err := isTrue(condition, &e.frame); err != nil || !ok {
			return nil, err
		}
	}
	return u.Upcast(ev, &e.shown)
}
