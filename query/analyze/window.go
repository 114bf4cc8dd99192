package analyze

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// boundWindow is a call with its OVER.
type boundWindow struct {
	slot plan.Slot
	call *expr.AggregateCall
	windowDefinition
}

func (w *boundWindow) exprs() []expr.Expr {
	return append(append(plan.CallExprs(w.call), w.keys()...), w.frame.Offsets()...)
}

// keys are what a window's rows are told apart and sorted by.
func (w *boundWindow) keys() []expr.Expr {
	all := slices.Clone(w.partition)
	for _, k := range w.order {
		all = append(all, k.Expr)
	}
	return all
}

const windowOutsideSelectList = "window functions are not allowed in %s"

// bindWindow makes a window call of the select list or ORDER BY a value of its
// query.
func (q *query) bindWindow(b *expr.Binder, c *expr.WindowCall) (expr.Expr, error) {
	phrase := clausePhrases[q.clause]
	if q.clause == inHaving {
		phrase = "HAVING"
	}
	if isFrameClause(q.clause) {
		phrase = "window definitions"
	}
	if phrase != "" {
		return nil, q.planner.errorAt(c.Pos, sqlstate.WindowingError, windowOutsideSelectList, phrase)
	}
	w := boundWindow{call: &c.AggregateCall}
	if err := q.nestedWindow(plan.CallExprs(w.call), "window function calls cannot be nested"); err != nil {
		return nil, err
	}
	if err := q.setsWithin(plan.CallExprs(w.call), "window function"); err != nil {
		return nil, err
	}
	d, err := q.overWindow(b, c.Over)
	if err != nil {
		return nil, err
	}
	w.windowDefinition = d.copy()
	w.slot = q.planner.slots(q, 1)
	q.windows = append(q.windows, w)
	if t := q.planner.traces(); t != nil {
		t.Calls[w.slot], t.Over[w.slot] = w.call, c.Over
	}
	return q.callRef(b, w.slot, w.call), nil
}

func (q *query) nestedWindow(exprs []expr.Expr, message string) error {
	for _, e := range exprs {
		for _, v := range plan.Variables(e) {
			if q.isWindow(v.Slot) {
				return q.planner.errorAt(v.Location, sqlstate.WindowingError, "%s", message)
			}
		}
	}
	return nil
}

// setsWithin refuses set-returning calls in the arguments of another.
func (q *query) setsWithin(exprs []expr.Expr, what string) error {
	for _, e := range exprs {
		for _, v := range plan.Variables(e) {
			if slices.ContainsFunc(q.sets, func(s boundSet) bool { return s.slot == v.Slot }) {
				return q.planner.errorAt(v.Location, sqlstate.FeatureNotSupported, "%s calls cannot contain set-returning function calls", what).
					WithHint("You might be able to move the set-returning function into a LATERAL FROM item.")
			}
		}
	}
	return nil
}

func (q *query) isWindow(s plan.Slot) bool {
	for _, w := range q.windows {
		if w.slot == s {
			return true
		}
	}
	return false
}

// addWindows puts the window calls above a tree, those of one window together, and below them the set-returning calls
// that their keys are made of.
func (q *query) addWindows(tree plan.Node, c *parts) plan.Node {
	var keys []expr.Expr
	for i := range q.windows {
		keys = append(keys, q.windows[i].keys()...)
	}
	tree = q.liftSets(tree, keys)
	var all []*plan.Window
	for rest := q.windows; len(rest) > 0; {
		first := rest[0]
		n := &plan.Window{Partition: first.partition, Order: first.order, Frame: first.frame}
		var others []boundWindow
		for _, w := range rest {
			if !sameWindow(&w, &first) {
				others = append(others, w)
				continue
			}
			n.Calls, n.CallSlots = append(n.Calls, w.call), append(n.CallSlots, w.slot)
		}
		all, rest = append(all, n), others
	}
	stackWindows(all, c)
	for _, n := range all {
		n.Input = tree
		tree = n
	}
	return tree
}

// stackWindows sorts windows as PostgreSQL runs them, the first one lowest: the last
// one's order is the order of the rows. A key that the query has written later goes
// first, as do more keys before fewer.
func stackWindows(all []*plan.Window, c *parts) {
	n := numbering{}
	for _, k := range c.order {
		n.of(k.target.value)
	}
	for _, e := range c.group {
		n.of(e)
	}
	for _, t := range c.distinct {
		n.of(t.value)
	}
	for _, w := range all {
		for _, k := range append(slices.Clone(w.Order), partitionKeys(w)...) {
			n.of(k.Expr)
		}
	}
	slices.SortStableFunc(all, func(a, b *plan.Window) int {
		x, y := append(partitionKeys(a), a.Order...), append(partitionKeys(b), b.Order...)
		for i := range min(len(x), len(y)) {
			if d := n.of(y[i].Expr) - n.of(x[i].Expr); d != 0 {
				return d
			}
			if x[i].Desc != y[i].Desc {
				if x[i].Desc {
					return -1
				}
				return 1
			}
		}
		return len(y) - len(x)
	})
}

func partitionKeys(w *plan.Window) []plan.SortKey {
	all := make([]plan.SortKey, len(w.Partition))
	for i, e := range w.Partition {
		all[i].Expr = e
	}
	return all
}

// numbering numbers expressions in the order of their first appearance.
type numbering struct{ all []expr.Expr }

func (n *numbering) of(e expr.Expr) int {
	i := slices.IndexFunc(n.all, func(o expr.Expr) bool { return plan.Same(o, e) })
	if i < 0 {
		i = len(n.all)
		n.all = append(n.all, e)
	}
	return i
}

func sameWindow(a, b *boundWindow) bool {
	if len(a.partition) != len(b.partition) || len(a.order) != len(b.order) || !a.frame.Same(&b.frame) {
		return false
	}
	for i, e := range a.partition {
		if !plan.Same(e, b.partition[i]) {
			return false
		}
	}
	for i, k := range a.order {
		o := b.order[i]
		if k.Desc != o.Desc || k.NullsFirst != o.NullsFirst || !plan.Same(k.Expr, o.Expr) {
			return false
		}
	}
	return true
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
