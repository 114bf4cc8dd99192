package plan

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/wire/sqlstate"
)

const windowingError sqlstate.Code = "42P20"

// FrameEnd is where the frame of a window ends. Every frame that is supported
// begins with its partition.
type FrameEnd uint8

// Ends of frames. The zero value is not valid.
const (
	FrameToPeers     FrameEnd = iota + 1 // the last row that sorts as the current one
	FrameToRow                           // the current row
	FramePartitioned                     // the last row of the partition
)

// Window adds, to each row of its input, values of functions over its partition.
type Window struct {
	nodeCore
	Input     Node
	Partition []expr.Expr
	Order     []SortKey
	Frame     FrameEnd
	Calls     []*expr.AggregateCall

	callSlots []Slot
}

// Inputs implements Node.
func (n *Window) Inputs() []Node { return []Node{n.Input} }

// boundWindow is a call with its OVER.
type boundWindow struct {
	slot      Slot
	call      *expr.AggregateCall
	partition []expr.Expr
	order     []SortKey
	frame     FrameEnd
}

func (w *boundWindow) exprs() []expr.Expr {
	all := append(callExprs(w.call), w.partition...)
	for _, k := range w.order {
		all = append(all, k.Expr)
	}
	return all
}

// The bits of WindowDef.FrameOptions that matter here.
const (
	frameRows               = 0x00004
	frameGroups             = 0x00008
	frameFromPartition      = 0x00020
	frameToPartition        = 0x00100
	frameToCurrent          = 0x00400
	frameExclusion          = 0x08000 | 0x10000 | 0x20000
	frameOfOffsets          = 0x00800 | 0x01000 | 0x02000 | 0x04000
	frameBeyondWhatIsMade   = frameGroups | frameExclusion | frameOfOffsets
	windowOutsideSelectList = "window functions are not allowed in %s"
)

// bindWindow makes a window call of the select list or ORDER BY a value of its
// query.
func (q *query) bindWindow(b *expr.Binder, c *expr.WindowCall) (expr.Expr, error) {
	phrase := clausePhrases[q.clause]
	if q.clause == inHaving {
		phrase = "HAVING"
	}
	if phrase != "" {
		return nil, q.planner.errorAt(c.Pos, windowingError, windowOutsideSelectList, phrase)
	}
	if c.Over.Name != "" || c.Over.Refname != "" {
		return nil, q.planner.unsupported(c.Pos, "a named window")
	}
	w := boundWindow{call: &c.AggregateCall}
	if err := q.nestedWindow(callExprs(w.call), "window function calls cannot be nested"); err != nil {
		return nil, err
	}
	if err := q.bindOver(b, c, &w); err != nil {
		return nil, err
	}
	if err := q.supportedWindow(&w); err != nil {
		return nil, err
	}
	w.slot = q.planner.slots(q, 1)
	q.windows = append(q.windows, w)
	return q.callRef(w.slot, w.call), nil
}

func (q *query) bindOver(b *expr.Binder, c *expr.WindowCall, w *boundWindow) error {
	for _, n := range c.Over.PartitionClause {
		e, err := q.bindWindowKey(b, n)
		if err != nil {
			return err
		}
		if err := q.planner.groupable(e); err != nil {
			return err
		}
		w.partition = append(w.partition, e)
	}
	for _, n := range c.Over.OrderClause {
		e, err := q.bindWindowKey(b, n.GetSortBy().Node)
		if err != nil {
			return err
		}
		if err := q.planner.sortable(e); err != nil {
			return err
		}
		k, err := b.SortKey(n.GetSortBy(), e)
		if err != nil {
			return err
		}
		w.order = append(w.order, k)
	}
	if err := q.nestedWindow(w.exprs(), "window functions are not allowed in window definitions"); err != nil {
		return err
	}
	return q.bindFrame(c, w)
}

func (q *query) bindWindowKey(b *expr.Binder, n *pg.Node) (expr.Expr, error) {
	e, err := b.Bind(n)
	if err != nil {
		return nil, err
	}
	return b.Settle(e)
}

func (q *query) bindFrame(c *expr.WindowCall, w *boundWindow) error {
	o := c.Over.FrameOptions
	switch {
	case o&frameBeyondWhatIsMade != 0 || o&frameFromPartition == 0:
		return q.planner.unsupported(c.Pos, "this window frame")
	case o&frameToPartition != 0:
		w.frame = FramePartitioned
	case o&frameToCurrent == 0:
		return q.planner.unsupported(c.Pos, "this window frame")
	case o&frameRows != 0:
		w.frame = FrameToRow
	default:
		w.frame = FrameToPeers
	}
	return nil
}

func (q *query) nestedWindow(exprs []expr.Expr, message string) error {
	for _, e := range exprs {
		for _, v := range variables(e) {
			if q.isWindow(v.slot) {
				return q.planner.errorAt(v.pos, windowingError, "%s", message)
			}
		}
		if len(q.setsOf([]expr.Expr{e})) > 0 {
			return q.planner.unsupported(e.Pos(), "a set-returning function in a window function call")
		}
	}
	return nil
}

func (q *query) isWindow(s Slot) bool {
	for _, w := range q.windows {
		if w.slot == s {
			return true
		}
	}
	return false
}

// supportedWindow refuses aggregates whose value cannot be taken again after each
// row.
func (q *query) supportedWindow(w *boundWindow) error {
	name := w.call.Proc.Name()
	switch name {
	case "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "first_value", "last_value", "nth_value",
		"count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every":
		return nil
	}
	whole := w.frame == FramePartitioned || w.frame == FrameToPeers && len(w.order) == 0
	if w.call.Proc.Row.Kind == 'a' && whole {
		return nil
	}
	return q.planner.unsupported(w.call.Pos, "window function "+name)
}

// addWindows puts the window calls above a tree, those of one window together.
func (q *query) addWindows(tree Node) Node {
	rest := q.windows
	for len(rest) > 0 {
		first := rest[0]
		n := &Window{Input: tree, Partition: first.partition, Order: first.order, Frame: first.frame}
		var others []boundWindow
		for _, w := range rest {
			if !sameWindow(&w, &first) {
				others = append(others, w)
				continue
			}
			n.Calls, n.callSlots = append(n.Calls, w.call), append(n.callSlots, w.slot)
		}
		tree, rest = n, others
	}
	return tree
}

func sameWindow(a, b *boundWindow) bool {
	if len(a.partition) != len(b.partition) || len(a.order) != len(b.order) || a.frame != b.frame {
		return false
	}
	for i, e := range a.partition {
		if !same(e, b.partition[i]) {
			return false
		}
	}
	for i, k := range a.order {
		o := b.order[i]
		if k.Desc != o.Desc || k.NullsFirst != o.NullsFirst || !same(k.Expr, o.Expr) {
			return false
		}
	}
	return true
}

func (n *Window) exprs() []expr.Expr {
	all := append([]expr.Expr(nil), n.Partition...)
	for _, k := range n.Order {
		all = append(all, k.Expr)
	}
	for _, c := range n.Calls {
		all = append(all, callExprs(c)...)
	}
	return all
}

func (n *Window) finish(need slotSet, up *rows) {
	finish(n.Input, need.with(n.exprs()...), up)
	in := &rows{n.Input.core().out, up}
	n.Partition = append([]expr.Expr(nil), n.Partition...)
	resolveAll(n.Partition, in)
	n.Order = append([]SortKey(nil), n.Order...)
	resolveKeys(n.Order, in)
	for i, c := range n.Calls {
		n.Calls[i] = resolveCall(c, in)
	}
	n.out = append(append([]Slot(nil), in.slots...), n.callSlots...)
}

// replaceIn applies replace to everything that a bound window computes.
func (w *boundWindow) replaceIn(replace func(expr.Expr) expr.Expr) {
	each := func(all []expr.Expr) {
		for i, e := range all {
			all[i] = replace(e)
		}
	}
	each(w.partition)
	for i := range w.order {
		w.order[i].Expr = replace(w.order[i].Expr)
	}
	each(w.call.Args)
	if w.call.Filter != nil {
		w.call.Filter = replace(w.call.Filter)
	}
}
