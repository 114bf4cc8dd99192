package plan

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// finish decides what each operator's rows hold, turns references into columns,
// and recognises statements that read one entity.
func (p *planner) finish(r *result) (*Query, error) {
	root := exact(r)
	root = simplify(root)
	finish(root, wanted(root.core().out), nil)
	if p.Scatter {
		p.scatter(root, nil)
	}
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
		if equalSlots(n.core().out, out) {
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

type slotSet map[Slot]bool

func wanted(slots []Slot) slotSet {
	s := slotSet{}
	for _, x := range slots {
		s[x] = true
	}
	return s
}

// with returns the set and what some expressions refer to.
func (s slotSet) with(exprs ...expr.Expr) slotSet {
	made := slotSet{}
	for k := range s {
		made[k] = true
	}
	for _, e := range exprs {
		if e == nil {
			continue
		}
		for _, v := range variables(e) {
			made[v.slot] = true
		}
	}
	return made
}

// rows is the layout of a row and of those around it.
type rows struct {
	slots []Slot
	up    *rows
}

// finish settles the tree: need is what the operators above read of its rows, up
// the rows that surround it.
func finish(n Node, need slotSet, up *rows) {
	switch n := n.(type) {
	case *Scan:
		n.finish(need, up)
	case *PointScan:
		n.finish(need, up)
	case *HistoryScan:
		n.finish(need, up)
	case *FunctionScan:
		n.finish(need, up)
	case *CTEScan:
		n.Columns, n.out = chosen(n.first, n.width, need)
	case *Values:
		for _, r := range n.Rows {
			resolveAll(r, up)
		}
	case *Filter:
		can := up != nil && !n.Once && fixed(n.Input, up)
		own := produced(n.Input)
		finish(n.Input, need.with(n.Condition), up)
		n.out = n.Input.core().out
		in := &rows{n.out, up}
		if can {
			n.Lookup = lookup(n.Condition, own, in, up)
		}
		n.Condition = resolve(n.Condition, in)
	case *Project:
		n.finish(need, up)
	case *ProjectSet:
		n.finish(need, up)
	case *Join:
		n.finish(need, up)
	case *Window:
		n.finish(need, up)
	case *Aggregate:
		n.finish(need, up)
	default:
		finishTail(n, need, up)
	}
}

func finishTail(n Node, need slotSet, up *rows) {
	switch n := n.(type) {
	case *Sort:
		finish(n.Input, need.with(nodeExprs(n)...), up)
		n.out = n.Input.core().out
		resolveKeys(n.Keys, &rows{n.out, up})
	case *Limit:
		finish(n.Input, need.with(nodeExprs(n)...), up)
		n.out = n.Input.core().out
		n.Count, n.Offset = resolve(n.Count, up), resolve(n.Offset, up)
		resolveKeys(n.Ties, &rows{n.out, up})
	case *Distinct:
		finish(n.Input, need.with(n.Keys...), up)
		n.out = n.Input.core().out
		resolveAll(n.Keys, &rows{n.out, up})
	case *SetOp:
		for _, in := range n.Inputs() {
			finish(in, wanted(in.core().out), up)
		}
	case *With:
		n.CTEs = n.planned()
		for _, c := range n.CTEs {
			c.finish(up)
		}
		finish(n.Body, need, up)
		n.out = n.Body.core().out
	}
}

func (c *CTE) finish(up *rows) {
	c.around = refersTo(c.Plan, up) || c.Recursive != nil && refersTo(c.Recursive, up)
	c.Plan = simplify(c.Plan)
	finish(c.Plan, wanted(c.Plan.core().out), up)
	if c.Recursive != nil {
		c.Recursive = simplify(c.Recursive)
		finish(c.Recursive, wanted(c.Recursive.core().out), up)
	}
}

// chosen returns the needed ones of a run of slots.
func chosen(first Slot, count int, need slotSet) (columns []int, out []Slot) {
	for i := range count {
		if s := first + Slot(i); need[s] {
			columns, out = append(columns, i), append(out, s)
		}
	}
	return columns, out
}

func (n *Scan) finish(need slotSet, up *rows) {
	if n.Count {
		return
	}
	n.Columns, n.out = chosen(n.first, len(n.Relation.Columns), need.with(n.Filter))
	n.above = make([]bool, len(n.out))
	for i, s := range n.out {
		n.above[i] = need[s]
	}
	in := &rows{n.out, up}
	if up != nil && n.Filter != nil && n.Bounds.none() && !n.Relation.Moves {
		n.Lookup = lookup(n.Filter, produced(n), in, up)
	}
	n.Filter = resolve(n.Filter, in)
	b := &n.Bounds
	resolveAll(b.Entities, up)
	resolveAll(b.Kinds, up)
	b.EntityArray, b.KindArray, b.ID = resolve(b.EntityArray, up), resolve(b.KindArray, up), resolve(b.ID, up)
	for _, r := range []*Range{&b.Version, &b.Sequence, &b.HLC} {
		resolveAll(r.Low, up)
		resolveAll(r.High, up)
	}
}

func (n *PointScan) finish(need slotSet, up *rows) {
	n.Columns, n.out = chosen(n.first, len(n.Relation.Columns), need.with(n.Filter))
	if n.Generation != nil {
		for i, c := range n.Columns {
			if c == 0 {
				n.Columns[i] = GenerationColumn
			}
		}
	}
	n.Filter = resolve(n.Filter, &rows{n.out, up})
	n.Entity, n.Generation = resolve(n.Entity, up), resolve(n.Generation, up)
}

func (n *FunctionScan) finish(need slotSet, up *rows) {
	n.Columns, n.out = chosen(n.first, n.fieldCount(), need.with(n.Filter))
	n.Filter = resolve(n.Filter, &rows{n.out, up})
	resolveAll(n.Calls, up)
}

func (n *Project) finish(need slotSet, up *rows) {
	var exprs []expr.Expr
	var out []Slot
	for i, s := range n.out {
		if need[s] {
			exprs, out = append(exprs, n.Exprs[i]), append(out, s)
		}
	}
	n.Exprs, n.out = exprs, out
	finish(n.Input, slotSet{}.with(exprs...), up)
	resolveAll(n.Exprs, &rows{n.Input.core().out, up})
}

func (n *ProjectSet) finish(need slotSet, up *rows) {
	finish(n.Input, need.with(nodeExprs(n)...), up)
	in := &rows{n.Input.core().out, up}
	for i, c := range n.Calls {
		n.Calls[i] = resolve(c, in).(*expr.Call)
	}
	for i, s := range in.slots {
		if need[s] {
			n.Carry, n.out = append(n.Carry, i), append(n.out, s)
		}
	}
	n.out = append(n.out, n.callSlots...)
}

func (n *Join) finish(need slotSet, up *rows) {
	left := produced(n.Left)
	var inner []*variable
	for _, v := range nodeVariables(n.Right) {
		if left[v.slot] {
			inner = append(inner, v)
		}
	}
	n.Lateral = len(inner) > 0
	if n.Lateral {
		n.Condition = conjunction(append(n.keys, conjuncts(n.Condition)...))
		n.LeftKeys, n.RightKeys, n.KeyTypes = nil, nil, nil
	}
	n.arrange(up)
	need = need.with(nodeExprs(n)...)
	for _, v := range inner {
		need[v.slot] = true
	}
	finish(n.Left, need, up)
	leftRows := &rows{n.Left.core().out, up}
	rightUp := up
	if n.Lateral {
		rightUp = leftRows
	}
	finish(n.Right, need, rightUp)
	rightRows := &rows{n.Right.core().out, up}
	n.out = append(append([]Slot(nil), leftRows.slots...), rightRows.slots...)
	n.Condition = resolve(n.Condition, &rows{n.out, up})
	resolveAll(n.LeftKeys, leftRows)
	resolveAll(n.RightKeys, rightRows)
}

func (n *Aggregate) finish(need slotSet, up *rows) {
	below := need.with(nodeExprs(n)...)
	finish(n.Input, below, up)
	in := &rows{n.Input.core().out, up}
	carried := need
	for _, c := range n.Calls {
		carried = carried.with(c.Direct...)
	}
	for i, s := range in.slots {
		if !carried[s] {
			continue
		}
		n.Carry, n.CarryKeys, n.out = append(n.Carry, i), append(n.CarryKeys, keyOf(n.Keys, s)), append(n.out, s)
	}
	resolveAll(n.Keys, in)
	for i, c := range n.Calls {
		n.Calls[i] = resolveCall(c, in)
	}
	n.out = append(append(n.out, n.callSlots...), n.groupSlots...)
	for _, c := range n.Calls {
		resolveAll(c.Direct, &rows{n.out, up})
	}
}

// keyOf returns which key a slot plainly is, -1 if none.
func keyOf(keys []expr.Expr, s Slot) int {
	for i, k := range keys {
		if v, ok := k.(*variable); ok && v.slot == s {
			return i
		}
	}
	return -1
}

func resolveCall(c *expr.AggregateCall, in *rows) *expr.AggregateCall {
	made := *c
	made.Args = append([]expr.Expr(nil), c.Args...)
	resolveAll(made.Args, in)
	made.Direct = append([]expr.Expr(nil), c.Direct...)
	made.Order = append([]SortKey(nil), c.Order...)
	resolveKeys(made.Order, in)
	made.Filter = resolve(c.Filter, in)
	return &made
}

func resolveKeys(keys []SortKey, in *rows) {
	for i := range keys {
		keys[i].Expr = resolve(keys[i].Expr, in)
	}
}

func resolveAll(all []expr.Expr, in *rows) {
	for i, e := range all {
		all[i] = resolve(e, in)
	}
}

// resolve turns references into columns of the row that an expression is
// evaluated for, or of one around it.
func resolve(e expr.Expr, in *rows) expr.Expr {
	if e == nil {
		return nil
	}
	return expr.Transform(e, func(e expr.Expr) expr.Expr {
		switch n := e.(type) {
		case *variable:
			return n.column(in)
		case *SubLink:
			return n.finish(in)
		}
		return e
	})
}

func (v *variable) column(in *rows) expr.Expr {
	for level := 0; in != nil; level, in = level+1, in.up {
		for i, s := range in.slots {
			if s == v.slot {
				return expr.NewColumn(i, v.name, v.typ, v.pos).Outer(level)
			}
		}
	}
	panic("plan: no row has " + v.name)
}

func (s *SubLink) finish(in *rows) expr.Expr {
	made := *s
	made.Plan = simplify(s.Plan)
	made.Probe = made.probeExists(in)
	made.Correlated = made.Each || refersTo(made.Plan, in)
	finish(made.Plan, wanted(made.Plan.core().out), in)
	made.Test = resolve(s.Test, &rows{made.Plan.core().out, in})
	if made.Probe == nil {
		made.Probe = made.probeAny()
	}
	return &made
}

// refersTo reports whether a plan's expressions need rows around it.
func refersTo(n Node, in *rows) bool {
	around := slotSet{}
	for r := in; r != nil; r = r.up {
		for _, s := range r.slots {
			around[s] = true
		}
	}
	for _, v := range nodeVariables(n) {
		if around[v.slot] {
			return true
		}
	}
	return readsAround(n)
}

// readsAround reports whether a tree reads a WITH query that needs rows around it.
func readsAround(n Node) bool {
	if s, ok := n.(*CTEScan); ok {
		return s.CTE.around
	}
	for _, s := range subLinks(n) {
		if readsAround(s.Plan) {
			return true
		}
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			if readsAround(c.Plan) || c.Recursive != nil && readsAround(c.Recursive) {
				return true
			}
		}
	}
	for _, in := range n.Inputs() {
		if readsAround(in) {
			return true
		}
	}
	return false
}

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
