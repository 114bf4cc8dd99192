package plan

import (
	"regexp"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/wire/sqlstate"
)

// from binds the FROM clause and makes its names the query's.
func (q *query) from(list []*pg.Node) (Node, error) {
	var tree Node
	for _, n := range list {
		node, items, err := q.fromItem(n)
		if err != nil {
			return nil, err
		}
		if err := q.conflicts(q.scope.items, items); err != nil {
			return nil, err
		}
		setLateral(items, true, false)
		q.scope.items = append(q.scope.items, items...)
		if tree == nil {
			tree = node
		} else {
			tree = &Join{Kind: InnerJoin, Left: tree, Right: node}
		}
	}
	setLateral(q.scope.items, false, false)
	if tree == nil {
		tree = &Values{Rows: [][]expr.Expr{{}}}
	}
	return tree, nil
}

func setLateral(items []*item, only, refused bool) {
	for _, it := range items {
		it.lateralOnly, it.refused = only, refused
	}
}

func (q *query) conflicts(old, more []*item) error {
	for _, a := range more {
		for _, b := range old {
			if a.byName && b.byName && a.name == b.name && (a.schema == b.schema || a.real == "" || b.real == "" || a.real != a.name || b.real != b.name) {
				return sqlstate.New(sqlstate.DuplicateAlias, "table name %q specified more than once", a.name)
			}
		}
	}
	return nil
}

func (q *query) fromItem(n *pg.Node) (Node, []*item, error) {
	switch n := n.Node.(type) {
	case *pg.Node_RangeVar:
		return q.rangeVar(n.RangeVar)
	case *pg.Node_RangeSubselect:
		return q.rangeSubselect(n.RangeSubselect)
	case *pg.Node_RangeFunction:
		return q.rangeFunction(n.RangeFunction)
	case *pg.Node_JoinExpr:
		return q.join(n.JoinExpr)
	case *pg.Node_RangeTableSample:
		return nil, nil, q.planner.unsupported(int(n.RangeTableSample.Location), "TABLESAMPLE")
	case *pg.Node_RangeTableFunc:
		return nil, nil, q.planner.unsupported(int(n.RangeTableFunc.Location), "XMLTABLE")
	}
	return nil, nil, q.planner.unsupported(-1, "this kind of FROM item")
}

func (q *query) rangeVar(v *pg.RangeVar) (Node, []*item, error) {
	pos := int(v.Location)
	if v.Catalogname != "" {
		return nil, nil, q.planner.errorAt(pos, sqlstate.FeatureNotSupported, "cross-database references are not implemented: \"%s.%s.%s\"", v.Catalogname, v.Schemaname, v.Relname)
	}
	if v.Schemaname == "" {
		c, err := q.with.find(q.planner, v.Relname, pos)
		if err != nil {
			return nil, nil, err
		}
		if c != nil {
			return q.cteScan(c, v)
		}
	}
	r, err := q.planner.Relations.Relation(v.Schemaname, v.Relname)
	if err != nil {
		return nil, nil, q.planner.at(err, pos)
	}
	if r == nil {
		return nil, nil, q.planner.errorAt(pos, sqlstate.UndefinedTable, "relation %q does not exist", qualified(v.Schemaname, v.Relname))
	}
	if q.planner.Qualify && q.planner.viewed == 0 {
		v.Schemaname = r.Schema
	}
	scan := q.scanRelation
	if r.Kind == ViewRelation {
		scan = q.scanView
	}
	node, items, err := scan(r, r.Name, v.Alias, pos)
	if err == nil && v.Alias == nil && v.Schemaname != "" && !q.planner.Qualify {
		items[0].schema = v.Schemaname // a schema may go by several names: pg_temp
	}
	return node, items, err
}

func qualified(schema, name string) string {
	if schema == "" {
		return name
	}
	return schema + "." + name
}

func (q *query) scanRelation(r *Relation, name string, alias *pg.Alias, pos int) (Node, []*item, error) {
	schema, real := r.Schema, name
	if alias != nil {
		name, schema = alias.Aliasname, ""
	}
	it, first := q.planner.newItem(q, name, r.Columns, r.OID)
	it.schema, it.real, it.of = schema, real, r
	if err := it.rename(q.planner, aliasColumns(alias)); err != nil {
		return nil, nil, err
	}
	q.scope.tables = append(q.scope.tables, it)
	return &Scan{Relation: r, Alias: name, first: first}, []*item{it}, nil
}

// scanView puts the SELECT of a view in the place of its name.
func (q *query) scanView(r *Relation, name string, alias *pg.Alias, _ int) (Node, []*item, error) {
	tree, err := pg.Parse(r.View)
	if err != nil {
		return nil, nil, err
	}
	q.planner.viewed++
	made, err := q.planner.selectStmt(tree.Stmts[0].Stmt.GetSelectStmt(), q.inner(false), nil, true)
	q.planner.viewed--
	if err != nil {
		return nil, nil, err
	}
	schema, real := r.Schema, name
	if alias != nil {
		name, schema = alias.Aliasname, ""
	}
	it := made.item(name)
	it.schema, it.real, it.of = schema, real, r
	for i := range it.fields {
		f, c := &it.fields[i], &r.Columns[i]
		if f.value, err = q.binder.Coerce(f.value, c.Type, expr.Explicit); err != nil {
			return nil, nil, err
		}
		f.name, f.table, f.number = c.Name, r.OID, uint16(i+1)
	}
	if err := it.rename(q.planner, aliasColumns(alias)); err != nil {
		return nil, nil, err
	}
	q.scope.tables = append(q.scope.tables, it)
	return made.node, []*item{it}, nil
}

func aliasColumns(a *pg.Alias) []string {
	if a == nil {
		return nil
	}
	return names(a.Colnames)
}

// names returns the strings of a list of String nodes.
func names(list []*pg.Node) []string {
	var all []string
	for _, n := range list {
		all = append(all, n.GetString_().GetSval())
	}
	return all
}

func (q *query) rangeSubselect(s *pg.RangeSubselect) (Node, []*item, error) {
	sub := s.Subquery.GetSelectStmt()
	if sub == nil {
		return nil, nil, q.planner.unsupported(-1, "this kind of FROM item")
	}
	if s.Alias == nil {
		return nil, nil, q.planner.noAlias(sub)
	}
	r, err := q.planner.selectStmt(sub, q.inner(s.Lateral), q.with, true)
	if err != nil {
		return nil, nil, err
	}
	it := r.item(s.Alias.Aliasname)
	if err := it.rename(q.planner, names(s.Alias.Colnames)); err != nil {
		return nil, nil, err
	}
	q.scope.tables = append(q.scope.tables, it)
	return r.node, []*item{it}, nil
}

// opening matches the parenthesis of a subquery up to its first expression.
var opening = regexp.MustCompile(`(?i)\(\s*(select(\s+(all|distinct))?|values\s*\()\s*$`)

// noAlias is PostgreSQL 15's error; the grammar in use is a newer one's, which has
// no place for the parenthesis: it is looked for before the first expression.
func (p *planner) noAlias(s *pg.SelectStmt) error {
	what, example := "subquery", "(SELECT ...)"
	at := -1
	switch {
	case s.ValuesLists != nil:
		what, example = "VALUES", "(VALUES ...)"
		if items := s.ValuesLists[0].GetList().GetItems(); len(items) > 0 {
			at = nodePos(items[0])
		}
	case len(s.TargetList) > 0:
		at = int(s.TargetList[0].GetResTarget().GetLocation())
	}
	if at < 0 || at > len(p.text) {
		at = 0
	}
	place := -1
	if m := opening.FindStringIndex(p.text[:at]); m != nil {
		place = m[0]
	}
	return p.errorAt(place, sqlstate.SyntaxError, "%s in FROM must have an alias", what).WithHint("For example, FROM %s [AS] foo.", example)
}

// inner returns the scope that a FROM item is bound in: its siblings to the left
// are seen only by a lateral one.
func (q *query) inner(lateral bool) *scope {
	s := *q.scope
	s.lateral = lateral
	return &s
}

func (r *result) item(name string) *item {
	it := &item{name: name, byName: true, byColumn: true}
	for i := range r.columns {
		c := &r.columns[i]
		it.fields = append(it.fields, field{
			name: c.Name, table: c.TableOID, number: c.ColumnNumber,
			value: &variable{slot: c.slot, typ: c.Type, pos: -1, name: name + "." + c.Name, record: c.record},
		})
	}
	return it
}

var joinKinds = map[pg.JoinType]JoinKind{
	pg.JoinType_JOIN_INNER: InnerJoin, pg.JoinType_JOIN_LEFT: LeftJoin,
	pg.JoinType_JOIN_RIGHT: RightJoin, pg.JoinType_JOIN_FULL: FullJoin,
}

func (q *query) join(j *pg.JoinExpr) (Node, []*item, error) {
	kind, ok := joinKinds[j.Jointype]
	if !ok {
		return nil, nil, q.planner.unsupported(-1, "this kind of join")
	}
	left, leftItems, err := q.fromItem(j.Larg)
	if err != nil {
		return nil, nil, err
	}
	q.outerJoins = q.outerJoins || kind != InnerJoin
	outer := q.scope.items
	setLateral(leftItems, true, kind == RightJoin || kind == FullJoin)
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
	b := &joinBuilder{q: q, kind: kind, items: append(leftItems, rightItems...), left: columnsOf(leftItems), right: columnsOf(rightItems)}
	condition, err := b.condition(j)
	if err != nil {
		return nil, nil, err
	}
	node := joinOn(kind, left, right, q.planner.simplified(condition))
	if j, ok := node.(*Join); ok && kind == FullJoin && j.LeftKeys == nil && j.Condition != nil && len(variables(j.Condition)) > 0 {
		return nil, nil, sqlstate.New(sqlstate.FeatureNotSupported, "FULL JOIN is only supported with merge-joinable or hash-joinable join conditions")
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
	kind        JoinKind
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
	return conjunction(conjuncts), nil
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
	e, err := b.q.binder.Operator("=", l.value, r.value, -1)
	if err != nil {
		return nil, err
	}
	t, err := b.q.binder.CommonType([]expr.Expr{l.value, r.value}, "JOIN/USING")
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
	case RightJoin:
		m.value, m.table, m.number = rv, r.table, r.number
	case FullJoin:
		if m.value, err = b.q.coalesce(lv, rv); err != nil {
			return nil, err
		}
	default:
		m.table, m.number = l.table, l.number
		if lv != l.value && rv == r.value && b.kind == InnerJoin {
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
		if err := it.rename(b.q.planner, names(j.Alias.Colnames)); err != nil {
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
		if v, ok := made[i].value.(*variable); ok {
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

func conjunction(all []expr.Expr) expr.Expr {
	if len(all) == 0 {
		return nil
	}
	return expr.NewAnd(all...)
}
