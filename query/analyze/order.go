package analyze

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// orderKey is an element of ORDER BY: a target, maybe one that is not shown.
type orderKey struct {
	target           *target
	desc, nullsFirst bool
}

func sortKeys(keys []orderKey) []plan.SortKey {
	var all []plan.SortKey
	for _, k := range keys {
		all = append(all, plan.SortKey{Expr: k.target.ref(), Desc: k.desc, NullsFirst: k.nullsFirst})
	}
	return all
}

func (q *query) bindOrder(list []*pg.Node) ([]orderKey, error) {
	var all []orderKey
	for _, n := range list {
		k, err := q.orderKey(n.GetSortBy())
		if err != nil {
			return nil, err
		}
		if !ordered(all, k.target) {
			all = append(all, k)
		}
	}
	return all, nil
}

// ordered reports whether rows are sorted by t already; a second key of it
// changes nothing.
func ordered(keys []orderKey, t *target) bool {
	for _, k := range keys {
		if k.target == t {
			return true
		}
	}
	return false
}

// allOrdered reports whether rows are sorted by all of some targets that lead the keys.
func allOrdered(keys []orderKey, all []*target) bool {
	for _, t := range all {
		if !ordered(keys, t) {
			return false
		}
	}
	return true
}

func (q *query) orderKey(s *pg.SortBy) (orderKey, error) {
	t, err := q.findTarget(s.Node, inOrder)
	if err != nil {
		return orderKey{}, err
	}
	key, err := q.binder.SortKey(s, t.value)
	if err != nil {
		return orderKey{}, err
	}
	k := orderKey{target: t, desc: key.Desc, nullsFirst: key.NullsFirst}
	return k, q.sortable(t.value, placeOf(s.Node, t.value))
}

// placeOf is where a clause names an expression, if that can be told.
func placeOf(n *pg.Node, e expr.Expr) int {
	if pos := nodePos(n); pos >= 0 {
		return pos
	}
	return e.Pos()
}

// sortable refuses what has no order, or no collation that its operands agree on.
func (q *query) sortable(e expr.Expr, pos int) error {
	if err := q.planner.sortable(e, pos); err != nil {
		return err
	}
	return q.binder.Agreed(e)
}

// groupable refuses what has no equality, or no collation that its operands agree on.
func (q *query) groupable(e expr.Expr, pos int) error {
	if err := q.planner.groupable(e, pos); err != nil {
		return err
	}
	return q.binder.Agreed(e)
}

// sortable refuses types without an order.
func (p *planner) sortable(e expr.Expr, pos int) error {
	if plan.HasOrder(e.Type().OID) {
		return nil
	}
	return p.errorAt(pos, sqlstate.UndefinedFunction, "could not identify an ordering operator for type %s", types.TypeName(e.Type().OID)).
		WithHint("Use an explicit ordering operator or modify the query.")
}

// groupable refuses types without equality.
func (p *planner) groupable(e expr.Expr, pos int) error {
	if plan.HasEquality(e.Type().OID) {
		return nil
	}
	return p.errorAt(pos, sqlstate.UndefinedFunction, "could not identify an equality operator for type %s", types.TypeName(e.Type().OID))
}

// findTarget resolves an element of ORDER BY, GROUP BY or DISTINCT ON by the rules
// of SQL92: an output's name or position, else an expression.
func (q *query) findTarget(n *pg.Node, c clause) (*target, error) {
	if ref := n.GetColumnRef(); ref != nil && len(ref.Fields) == 1 && ref.Fields[0].GetString_() != nil {
		t, err := q.targetByName(ref.Fields[0].GetString_().Sval, int(ref.Location), c)
		if t != nil || err != nil {
			return t, err
		}
	}
	if k := n.GetAConst(); k != nil {
		return q.targetByPosition(k, c)
	}
	return q.targetByExpr(n, c)
}

func (q *query) targetByName(name string, pos int, c clause) (*target, error) {
	if c == inGroup {
		if f, err := q.scope.columnHere(name, pos); f != nil || err != nil {
			return nil, err
		}
	}
	var found *target
	for _, t := range q.targets {
		if t.hidden || t.name != name {
			continue
		}
		if found != nil && !plan.Same(found.value, t.value) {
			return nil, q.planner.errorAt(pos, sqlstate.AmbiguousColumn, "%s %q is ambiguous", c, name)
		}
		if found == nil {
			found = t
		}
	}
	return found, nil
}

func (q *query) targetByPosition(k *pg.A_Const, c clause) (*target, error) {
	i, ok := k.Val.(*pg.A_Const_Ival)
	if !ok {
		return nil, q.planner.errorAt(int(k.Location), sqlstate.SyntaxError, "non-integer constant in %s", c)
	}
	at := 0
	for _, t := range q.targets {
		if t.hidden {
			continue
		}
		if at++; at == int(i.Ival.GetIval()) {
			return t, nil
		}
	}
	return nil, q.planner.errorAt(int(k.Location), sqlstate.InvalidColumnReference, "%s position %d is not in select list", c, i.Ival.GetIval())
}

func (q *query) targetByExpr(n *pg.Node, c clause) (*target, error) {
	e, err := q.in(c).Bind(n)
	if err != nil {
		return nil, err
	}
	for _, t := range q.targets {
		if plan.Same(t.value, e) {
			return t, nil
		}
	}
	if e, err = q.binder.Settle(e); err != nil {
		return nil, err
	}
	if err := q.checkSets(e); err != nil {
		return nil, err
	}
	t := q.addTarget("", e)
	t.hidden = true
	return t, nil
}

// bindDistinct returns the targets that DISTINCT compares; nil without DISTINCT.
func (q *query) bindDistinct(list []*pg.Node, order []orderKey) ([]*target, error) {
	if list == nil {
		return nil, nil
	}
	if list[0].GetNode() == nil {
		return q.distinctAll(order)
	}
	return q.bindDistinctOn(list, order)
}

func (q *query) distinctAll(order []orderKey) ([]*target, error) {
	for _, k := range order {
		if k.target.hidden {
			return nil, q.planner.errorAt(k.target.value.Pos(), sqlstate.InvalidColumnReference, "for SELECT DISTINCT, ORDER BY expressions must appear in select list")
		}
	}
	all := []*target{}
	for _, t := range q.targets {
		if t.hidden {
			continue
		}
		if err := q.groupable(t.value, t.value.Pos()); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

func (q *query) bindDistinctOn(list []*pg.Node, order []orderKey) ([]*target, error) {
	all := []*target{}
	for _, n := range list {
		t, err := q.findTarget(n, inDistinctOn)
		if err != nil {
			return nil, err
		}
		if err := q.groupable(t.value, placeOf(n, t.value)); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, q.matchesOrder(all, list, order)
}

// matchesOrder demands that the keys of DISTINCT ON lead ORDER BY.
func (q *query) matchesOrder(all []*target, list []*pg.Node, order []orderKey) error {
	skipped := false
	mismatch := func(t *target) error {
		for i, o := range all {
			if o == t {
				return q.planner.errorAt(nodePos(list[i]), sqlstate.InvalidColumnReference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions")
			}
		}
		return nil
	}
	for _, k := range order {
		if !contains(all, k.target) {
			skipped = true
		} else if skipped {
			return mismatch(k.target)
		}
	}
	for _, t := range all {
		if skipped && !ordered(order, t) {
			return mismatch(t)
		}
	}
	return nil
}

func contains(all []*target, t *target) bool {
	for _, o := range all {
		if o == t {
			return true
		}
	}
	return false
}

// bindLimit binds OFFSET, LIMIT and FETCH FIRST.
func (q *query) bindLimit(st *pg.SelectStmt, order []orderKey) (*plan.Limit, error) {
	if st.LimitOffset == nil && st.LimitCount == nil {
		return nil, nil
	}
	l := &plan.Limit{}
	var err error
	if l.Offset, err = q.bindCount(st.LimitOffset, inOffset); err != nil {
		return nil, err
	}
	if l.Count, err = q.bindCount(st.LimitCount, inLimit); err != nil {
		return nil, err
	}
	if st.LimitOption == pg.LimitOption_LIMIT_OPTION_WITH_TIES {
		if len(order) == 0 {
			return nil, sqlstate.New(sqlstate.SyntaxError, "WITH TIES cannot be specified without ORDER BY clause")
		}
		if st.LimitCount.GetAConst().GetIsnull() {
			return nil, sqlstate.New(sqlstate.InvalidRowCountInLimit, "row count cannot be null in FETCH FIRST ... WITH TIES clause")
		}
		l.Ties = sortKeys(order)
	}
	return l, nil
}

func (q *query) bindCount(n *pg.Node, c clause) (expr.Expr, error) {
	if n == nil || n.GetAConst().GetIsnull() {
		return nil, nil
	}
	e, err := q.in(c).BindCount(n, string(c))
	if err != nil {
		return nil, err
	}
	return e, q.withoutVariables(e, string(c))
}

// withoutVariables refuses columns of the query itself.
func (q *query) withoutVariables(e expr.Expr, clause string) error {
	own := map[plan.Slot]bool{}
	for _, it := range q.scope.tables {
		for i := range it.fields {
			for _, v := range plan.Variables(it.fields[i].value) {
				own[v.Slot] = true
			}
		}
	}
	for _, v := range plan.Variables(e) {
		if own[v.Slot] {
			return q.planner.errorAt(v.Location, sqlstate.InvalidColumnReference, "argument of %s must not contain variables", clause)
		}
	}
	return nil
}
