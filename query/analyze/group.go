package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

type groupingOf struct {
	slot plan.Slot
	args []expr.Expr
	pos  int
}

// groupSetsMax bounds the grouping sets of a query, as PostgreSQL's 4096.
const groupSetsMax = 4096

// bindGroup binds GROUP BY: the keys, and the sets of keys where there are
// GROUPING SETS.
func (q *query) bindGroup(st *pg.SelectStmt, c *parts) error {
	q.grouped = len(q.calls) > 0 || len(q.groupings) > 0 || st.HavingClause != nil || len(st.GroupClause) > 0
	g := &grouper{q: q, c: c, several: slices.ContainsFunc(st.GroupClause, func(n *pg.Node) bool { return n.GetGroupingSet() != nil })}
	sets := [][]int{{}}
	for _, n := range st.GroupClause {
		more, err := g.element(n)
		if err != nil {
			return err
		}
		if len(sets)*len(more) > groupSetsMax {
			return sqlstate.New(sqlstate.StatementTooComplex, "too many grouping sets present (maximum %d)", groupSetsMax)
		}
		sets = cross(sets, more)
	}
	if st.GroupDistinct {
		sets = distinctSets(sets)
	}
	if g.sets {
		c.sets = sets
	}
	return nil
}

// askBeforeGrouping makes conditions of HAVING those of WHERE that are the same for all rows of a
// group, as PostgreSQL does.
func (q *query) askBeforeGrouping(c *parts) {
	if len(c.group) == 0 || c.sets != nil {
		return
	}
	ofGroups := map[plan.Slot]bool{}
	for _, call := range q.calls {
		ofGroups[call.slot] = true
	}
	for _, g := range q.groupings {
		ofGroups[g.slot] = true
	}
	where, having := plan.Conjuncts(c.where), []expr.Expr(nil)
	for _, e := range plan.Conjuncts(c.having) {
		if plan.MentionsAny(e, ofGroups) || plan.HasSubLink(e) || plan.CallsVolatile(e) {
			having = append(having, e)
		} else {
			where = append(where, e)
		}
	}
	c.where, c.having = plan.Conjunction(where), plan.Conjunction(having)
}

// grouper collects the keys of one GROUP BY.
type grouper struct {
	q    *query
	c    *parts
	sets bool
	// several says that there are grouping sets: columns of the select list that are the
	// same are keys of their own then, since a set may have one of them alone.
	several bool
	of      []*target // the column of each key; nil: an expression
}

// element returns the grouping sets of one element of GROUP BY.
func (g *grouper) element(n *pg.Node) ([][]int, error) {
	if s := n.GetGroupingSet(); s != nil {
		g.sets = true
		return g.groupingSet(s)
	}
	if r := n.GetRowExpr(); r != nil && r.RowFormat == pg.CoercionForm_COERCE_IMPLICIT_CAST {
		set, err := g.keys(r.Args)
		return [][]int{set}, err
	}
	k, err := g.key(n)
	return [][]int{{k}}, err
}

func (g *grouper) keys(list []*pg.Node) ([]int, error) {
	set := []int{}
	for _, n := range list {
		k, err := g.key(n)
		if err != nil {
			return nil, err
		}
		set = append(set, k)
	}
	return set, nil
}

func (g *grouper) key(n *pg.Node) (int, error) {
	t, err := g.q.findTarget(n, inGroup)
	if err != nil {
		return 0, err
	}
	if err := g.q.groupable(t.value, placeOf(n, t.value)); err != nil {
		return 0, err
	}
	if err := g.refuse(t.value); err != nil {
		return 0, err
	}
	if t.hidden && t == g.q.targets[len(g.q.targets)-1] && !g.isOrdered(t) {
		g.q.targets = g.q.targets[:len(g.q.targets)-1]
	}
	twin := false
	for i, k := range g.c.group {
		if !plan.Same(k, t.value) {
			continue
		}
		if !g.several || t.hidden || g.of[i] == nil || g.of[i] == t {
			return i, nil
		}
		twin = true
	}
	if twin {
		g.c.twins = append(g.c.twins, twinKey{target: t, key: len(g.c.group)})
	}
	g.c.group, g.of = append(g.c.group, t.value), append(g.of, nil)
	if !t.hidden {
		g.of[len(g.of)-1] = t
	}
	return len(g.c.group) - 1, nil
}

// twinKey is a key whose expression is another's too: its column takes its value.
type twinKey struct {
	target *target
	key    int
}

func (g *grouper) isOrdered(t *target) bool { return ordered(g.c.order, t) }

// refuse tells what a key may not be.
func (g *grouper) refuse(e expr.Expr) error {
	for _, v := range plan.Variables(e) {
		for _, c := range g.q.calls {
			if c.slot == v.Slot {
				return g.q.planner.errorAt(v.Location, sqlstate.GroupingError, "aggregate functions are not allowed in GROUP BY")
			}
		}
		if g.q.isWindow(v.Slot) {
			return g.q.planner.errorAt(v.Location, sqlstate.WindowingError, windowOutsideSelectList, "GROUP BY")
		}
	}
	return nil
}

func (g *grouper) groupingSet(s *pg.GroupingSet) ([][]int, error) {
	switch s.Kind {
	case pg.GroupingSetKind_GROUPING_SET_EMPTY:
		return [][]int{{}}, nil
	case pg.GroupingSetKind_GROUPING_SET_ROLLUP:
		return g.rollup(s.Content)
	case pg.GroupingSetKind_GROUPING_SET_CUBE:
		return g.cube(s)
	case pg.GroupingSetKind_GROUPING_SET_SETS:
		var all [][]int
		for _, n := range s.Content {
			more, err := g.element(n)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
		return all, nil
	}
	return nil, g.q.planner.unsupported(int(s.Location), "this kind of grouping set")
}

func (g *grouper) parts(content []*pg.Node) ([][]int, error) {
	var all [][]int
	for _, n := range content {
		sets, err := g.element(n)
		if err != nil {
			return nil, err
		}
		all = append(all, sets[0])
	}
	return all, nil
}

func (g *grouper) rollup(content []*pg.Node) ([][]int, error) {
	parts, err := g.parts(content)
	if err != nil {
		return nil, err
	}
	var sets [][]int
	for n := len(parts); n >= 0; n-- {
		sets = append(sets, concat(parts[:n]))
	}
	return sets, nil
}

// cubeMax is PostgreSQL's limit of a CUBE's elements.
const cubeMax = 12

func (g *grouper) cube(s *pg.GroupingSet) ([][]int, error) {
	if len(s.Content) > cubeMax {
		return nil, g.q.planner.errorAt(int(s.Location), sqlstate.TooManyColumns, "CUBE is limited to %d elements", cubeMax)
	}
	parts, err := g.parts(s.Content)
	if err != nil {
		return nil, err
	}
	var sets [][]int
	for mask := 1<<len(parts) - 1; mask >= 0; mask-- {
		var chosen [][]int
		for i := range parts {
			if mask&(1<<i) != 0 {
				chosen = append(chosen, parts[i])
			}
		}
		sets = append(sets, concat(chosen))
	}
	return sets, nil
}

func concat(parts [][]int) []int {
	set := []int{}
	for _, p := range parts {
		set = union(set, p)
	}
	return set
}

func union(a, b []int) []int {
	out := append([]int{}, a...)
	for _, k := range b {
		if !has(out, k) {
			out = append(out, k)
		}
	}
	return out
}

func has(all []int, k int) bool { return slices.Contains(all, k) }

func cross(a, b [][]int) [][]int {
	var all [][]int
	for _, x := range a {
		for _, y := range b {
			all = append(all, union(x, y))
		}
	}
	return all
}

func distinctSets(sets [][]int) [][]int {
	var all [][]int
	for _, s := range sets {
		double := false
		for _, o := range all {
			double = double || len(o) == len(s) && len(union(o, s)) == len(s)
		}
		if !double {
			all = append(all, s)
		}
	}
	return all
}

// aggregate puts the grouping above FROM and WHERE. One row that nothing is computed for
// needs neither.
func (q *query) aggregate(input plan.Node, c *parts) plan.Node {
	if len(q.calls) == 0 && len(q.groupings) == 0 && len(c.group) == 0 && c.sets == nil {
		return &plan.Values{Rows: [][]expr.Expr{{}}}
	}
	n := &plan.Aggregate{Input: input, Keys: c.group, Sets: c.sets, Plain: len(c.group) == 0 && c.sets == nil}
	for _, call := range q.calls {
		n.Calls = append(n.Calls, call.call)
		n.CallSlots = append(n.CallSlots, call.slot)
	}
	for _, g := range q.groupings {
		n.Grouping = append(n.Grouping, groupingKeys(g, c.group))
		n.GroupSlots = append(n.GroupSlots, g.slot)
	}
	return n
}

func groupingKeys(g groupingOf, keys []expr.Expr) []int {
	var all []int
	for _, a := range g.args {
		for i, k := range keys {
			if plan.Same(a, k) {
				all = append(all, i)
				break
			}
		}
	}
	return all
}

// groupingMax is the number of bits of GROUPING().
const groupingMax = 31

// bindGrouping binds GROUPING(...).
func (q *query) bindGrouping(b *expr.Binder, n *pg.GroupingFunc) (expr.Expr, error) {
	g := groupingOf{pos: int(n.Location)}
	var owner *query // the innermost that an argument is of
	if phrase, refused := clausePhrases[q.clause]; refused {
		return nil, q.planner.errorAt(g.pos, sqlstate.GroupingError, "grouping operations are not allowed in %s", phrase)
	}
	if len(n.Args) > groupingMax {
		return nil, q.planner.errorAt(g.pos, sqlstate.TooManyColumns, "GROUPING must have fewer than 32 arguments")
	}
	for _, a := range n.Args {
		e, err := b.Bind(a)
		if err != nil {
			return nil, err
		}
		for _, v := range plan.Variables(e) {
			if o := q.planner.owners[v.Slot]; o != nil && (owner == nil || o.depth > owner.depth) {
				owner = o
			}
		}
		g.args = append(g.args, e)
	}
	if owner == nil {
		owner = q
	}
	g.slot = q.planner.slots(owner, 1)
	owner.groupings = append(owner.groupings, g)
	if t := q.planner.traces(); t != nil {
		t.Groupings[g.slot] = slices.Clone(g.args)
	}
	return &plan.Variable{Slot: g.slot, ValueType: types.Of(types.Int4OID), Location: g.pos, Name: "grouping"}, nil
}
