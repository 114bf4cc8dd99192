package analyze

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/optimize"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

var joinKinds = map[pg.JoinType]plan.JoinKind{
	pg.JoinType_JOIN_INNER: plan.InnerJoin, pg.JoinType_JOIN_LEFT: plan.LeftJoin,
	pg.JoinType_JOIN_RIGHT: plan.RightJoin, pg.JoinType_JOIN_FULL: plan.FullJoin,
}

func (q *query) join(n *pg.Node) (plan.Node, []*item, error) {
	j := n.GetJoinExpr()
	kind, ok := joinKinds[j.Jointype]
	if !ok {
		return nil, nil, q.planner.unsupported(-1, "this kind of join")
	}
	left, leftItems, err := q.fromItem(j.Larg)
	if err != nil {
		return nil, nil, err
	}
	q.outerJoins = q.outerJoins || kind != plan.InnerJoin
	outer := q.scope.items
	setLateral(leftItems, true, kind == plan.RightJoin || kind == plan.FullJoin)
	q.scope.items = append(append([]*item(nil), outer...), leftItems...)
	right, rightItems, err := q.fromItem(j.Rarg)
	q.scope.items = outer
	if err != nil {
		return nil, nil, err
	}
	if err := q.conflicts(leftItems, rightItems); err != nil {
		return nil, nil, err
	}
	setLateral(leftItems, false, false)
	if kind == plan.LeftJoin || kind == plan.FullJoin {
		right = q.found(right, rightItems)
	}
	if kind == plan.RightJoin || kind == plan.FullJoin {
		left = q.found(left, leftItems)
	}
	b := &joinBuilder{q: q, kind: kind, items: append(leftItems, rightItems...), left: columnsOf(leftItems), right: columnsOf(rightItems)}
	condition, err := b.condition(j)
	if err != nil {
		return nil, nil, err
	}
	node := optimize.JoinOn(kind, left, right, optimize.SimplifyCondition(condition, q.planner.Env))
	if j, ok := node.(*plan.Join); ok && kind == plan.FullJoin && !optimize.Joinable(j) {
		return nil, nil, sqlstate.New(sqlstate.FeatureNotSupported, "FULL JOIN is only supported with merge-joinable or hash-joinable join conditions")
	}
	if t := q.planner.traces(); t != nil {
		t.From[n] = &TracedItem{Using: traced(b.merged)}
	}
	items, err := b.names(j)
	return node, items, err
}

// columnsOf returns what * means over some items: a join's own columns stand for
// those of its sides.
func columnsOf(items []*item) []*field {
	var all []*field
	for _, it := range items {
		if !it.byColumn {
			continue
		}
		for i := range it.fields {
			all = append(all, &it.fields[i])
		}
	}
	return all
}

// joinBuilder binds the condition and the names of one join.
type joinBuilder struct {
	q           *query
	kind        plan.JoinKind
	items       []*item
	left, right []*field
	merged      []field
	used        map[*field]bool
}

func (b *joinBuilder) condition(j *pg.JoinExpr) (expr.Expr, error) {
	using := names(j.UsingClause)
	if j.IsNatural {
		using = b.common()
	}
	b.used = map[*field]bool{}
	switch {
	case using != nil:
		return b.using(using)
	case j.Quals != nil:
		return b.on(j.Quals)
	}
	return nil, nil
}

func (b *joinBuilder) on(n *pg.Node) (expr.Expr, error) {
	outer := b.q.scope.items
	b.q.scope.items = b.items
	e, err := b.q.in(inOn).BindBool(n, "JOIN/ON")
	b.q.scope.items, b.q.clause = outer, inFrom
	return e, err
}

// common is the names that both sides of a natural join have.
func (b *joinBuilder) common() []string {
	var all []string
	for _, l := range b.left {
		if l.hidden {
			continue
		}
		for _, r := range b.right {
			if !r.hidden && l.name == r.name {
				all = append(all, l.name)
				break
			}
		}
	}
	return all
}

func (b *joinBuilder) using(using []string) (expr.Expr, error) {
	var conjuncts []expr.Expr
	for i, name := range using {
		for _, other := range using[:i] {
			if other == name {
				return nil, sqlstate.New(sqlstate.DuplicateColumn, "column name %q appears more than once in USING clause", name)
			}
		}
		l, err := pick(b.left, name, "left")
		if err != nil {
			return nil, err
		}
		r, err := pick(b.right, name, "right")
		if err != nil {
			return nil, err
		}
		e, err := b.merge(l, r)
		if err != nil {
			return nil, err
		}
		conjuncts = append(conjuncts, e)
	}
	return plan.Conjunction(conjuncts), nil
}

func pick(side []*field, name, which string) (*field, error) {
	var found *field
	for _, f := range side {
		if f.name != name {
			continue
		}
		if found != nil {
			return nil, sqlstate.New(sqlstate.AmbiguousColumn, "common column name %q appears more than once in %s table", name, which)
		}
		found = f
	}
	if found == nil {
		return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q specified in USING clause does not exist in %s table", name, which)
	}
	return found, nil
}

// merge makes the join's column of a USING pair and returns their equality.
func (b *joinBuilder) merge(l, r *field) (expr.Expr, error) {
	b.used[l], b.used[r] = true, true
	named(l.value)
	named(r.value)
	t, err := b.q.binder.CommonType([]expr.Expr{l.value, r.value}, "JOIN/USING")
	if err != nil {
		return nil, err
	}
	e, err := b.q.binder.Operator("=", l.value, r.value, -1)
	if err != nil {
		return nil, err
	}
	lv, err := b.q.binder.Coerce(l.value, t, expr.Implicit)
	if err != nil {
		return nil, err
	}
	rv, err := b.q.binder.Coerce(r.value, t, expr.Implicit)
	if err != nil {
		return nil, err
	}
	m := field{name: l.name, value: lv}
	switch b.kind {
	case plan.RightJoin:
		m.value, m.table, m.number = rv, r.table, r.number
	case plan.FullJoin:
		if m.value, err = b.q.coalesce(lv, rv); err != nil {
			return nil, err
		}
	default:
		m.table, m.number = l.table, l.number
		if lv != l.value && rv == r.value && b.kind == plan.InnerJoin {
			m.value, m.table, m.number = rv, r.table, r.number
		}
	}
	b.merged = append(b.merged, m)
	return e, nil
}

// names returns the items that the join leaves: its own columns, and its sides by
// their names unless an alias hides them.
func (b *joinBuilder) names(j *pg.JoinExpr) ([]*item, error) {
	it := &item{byColumn: true}
	it.fields = append(it.fields, b.merged...)
	for _, side := range [][]*field{b.left, b.right} {
		for _, f := range side {
			if !b.used[f] {
				it.fields = append(it.fields, *f)
			}
		}
	}
	using, err := b.usingAlias(j)
	if err != nil {
		return nil, err
	}
	if j.Alias != nil {
		it.name, it.byName, it.joined = j.Alias.Aliasname, true, true
		it.fields = cloneFields(it.fields)
		if err := it.rename(names(j.Alias.Colnames)); err != nil {
			return nil, err
		}
		b.q.scope.tables = append(b.q.scope.tables, it)
		return []*item{it}, nil
	}
	for _, side := range b.items {
		side.byColumn = false
	}
	kept := b.items[:0]
	for _, side := range b.items {
		if side.byName {
			kept = append(kept, side)
		}
	}
	if using != nil {
		kept = append(kept, using)
	}
	return append(kept, it), nil
}

// usingAlias is the item that USING (…) AS name makes of the merged columns; nil: none.
func (b *joinBuilder) usingAlias(j *pg.JoinExpr) (*item, error) {
	if j.JoinUsingAlias == nil {
		return nil, nil
	}
	it := &item{name: j.JoinUsingAlias.Aliasname, byName: true, fields: cloneFields(b.merged)}
	if err := b.q.conflicts(b.items, []*item{it}); err != nil {
		return nil, err
	}
	if j.Alias == nil { // which would hide it
		b.q.scope.tables = append(b.q.scope.tables, it)
	}
	return it, nil
}

func cloneFields(all []field) []field {
	made := append([]field(nil), all...)
	for i := range made {
		if v, ok := made[i].value.(*plan.Variable); ok {
			n := *v
			made[i].value = &n
		}
	}
	return made
}

// pair resolves the two operands of an expression that the planner makes itself.
type pair [2]expr.Expr

// Column implements expr.Scope.
func (p pair) Column(parts []string, _ int) (expr.Expr, error) {
	return p[parts[0][0]-'0'], nil
}

// coalesce binds COALESCE(l, r).
func (q *query) coalesce(l, r expr.Expr) (expr.Expr, error) {
	b := *q.binder
	b.Scope = pair{l, r}
	return b.Bind(&pg.Node{Node: &pg.Node_CoalesceExpr{CoalesceExpr: &pg.CoalesceExpr{
		Args: []*pg.Node{operand("0", l), operand("1", r)}, Location: -1,
	}}})
}

func operand(name string, e expr.Expr) *pg.Node {
	return &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: &pg.ColumnRef{Fields: []*pg.Node{pg.MakeStrNode(name)}, Location: int32(e.Pos())}}}
}
