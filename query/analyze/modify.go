package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/optimize"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// modifier plans one Modify.
type modifier struct {
	planner  *planner
	kind     plan.ModifyKind
	query    *query
	relation *plan.Relation
	target   *item
	returns  []*pg.Node
	conflict *plan.Conflict
	excluded *item       // of DO UPDATE; RETURNING does not see it
	with     []*plan.CTE // its own
	stored   []plan.Slot // of ctid, xmin and xmax, as RETURNING sees them
	events   plan.Slot   // of the first column of the events that RETURNING sees
}

// Insert plans an INSERT into r, which n names.
func Insert(text string, n *pg.InsertStmt, r *plan.Relation, o Options) (*plan.Query, error) {
	p := &planner{Options: o, text: text, top: n.WithClause}
	return p.change(p.insert(n, r, nil))
}

// Update plans an UPDATE of r, which n names.
func Update(text string, n *pg.UpdateStmt, r *plan.Relation, o Options) (*plan.Query, error) {
	p := &planner{Options: o, text: text, top: n.WithClause}
	return p.change(p.update(n, r, nil))
}

// Delete plans a DELETE from r, which n names.
func Delete(text string, n *pg.DeleteStmt, r *plan.Relation, o Options) (*plan.Query, error) {
	p := &planner{Options: o, text: text, top: n.WithClause}
	return p.change(p.delete(n, r, nil))
}

// change finishes a statement that is a change.
func (p *planner) change(r *result, err error) (*plan.Query, error) {
	if err != nil {
		return nil, err
	}
	optimize.Finish(r.node, r.node.Slots())
	return p.planned(r.node, r), nil
}

func (p *planner) newModifier(kind plan.ModifyKind, r *plan.Relation, returning []*pg.Node, with *pg.WithClause, outer *withScope) (*modifier, error) {
	m := &modifier{planner: p, kind: kind, relation: r, returns: returning}
	p.appends = p.appends || r.Kind == plan.EventsRelation
	if kind != plan.InsertRows {
		p.changing = append(p.changing, r)
	}
	scope := outer
	if with != nil {
		own, err := p.bindWith(with, nil, outer)
		if err != nil {
			return nil, err
		}
		scope, m.with = own, own.plans
	}
	var err error
	m.query, err = p.newQuery(nil, scope)
	return m, err
}

// scan begins a statement over rows that the relation has: the target first, then
// the other FROM items.
func (m *modifier) scan(v *pg.RangeVar, from []*pg.Node) (plan.Node, error) {
	q := m.query
	tree, items, err := q.scanRelation(m.relation, m.relation.Name, v.Alias, int(v.Location))
	if err != nil {
		return nil, err
	}
	m.target = items[0]
	if len(from) == 0 {
		q.scope.items = items
		return tree, nil
	}
	right, err := q.from(from)
	if err != nil {
		return nil, err
	}
	if err := q.conflicts(items, q.scope.items); err != nil {
		return nil, err
	}
	q.scope.items = append(items, q.scope.items...)
	return &plan.Join{Kind: plan.InnerJoin, Left: tree, Right: right}, nil
}

func (p *planner) delete(n *pg.DeleteStmt, r *plan.Relation, with *withScope) (*result, error) {
	m, err := p.newModifier(plan.DeleteRows, r, n.ReturningList, n.WithClause, with)
	if err != nil {
		return nil, err
	}
	tree, err := m.scan(n.Relation, n.UsingClause)
	if err != nil {
		return nil, err
	}
	return m.rows(tree, n.WhereClause, m.old())
}

func (p *planner) update(n *pg.UpdateStmt, r *plan.Relation, with *withScope) (*result, error) {
	m, err := p.newModifier(plan.UpdateRows, r, n.ReturningList, n.WithClause, with)
	if err != nil {
		return nil, err
	}
	tree, err := m.scan(n.Relation, n.FromClause)
	if err != nil {
		return nil, err
	}
	row := m.old()
	if err := m.set(n.TargetList, row); err != nil {
		return nil, err
	}
	return m.rows(tree, n.WhereClause, row)
}

// old are the values of the target's row.
func (m *modifier) old() []expr.Expr {
	var row []expr.Expr
	for _, i := range m.relation.Visible() {
		row = append(row, m.target.fields[i].value)
	}
	return row
}

// byDefault is a column's default, NULL if it has none.
func (m *modifier) byDefault(c *plan.RelationColumn) (expr.Expr, error) {
	if c.Default == "" && types.BaseOf(c.Type.OID) != c.Type.OID { // which may say NOT NULL
		null := expr.NewConst(types.Of(types.UnknownOID), types.Null, -1)
		return (&expr.Binder{Env: m.planner.Options.Env}).Coerce(null, c.Type, expr.Assignment)
	}
	if c.Default == "" {
		return expr.NewConst(c.Type, types.Null, -1), nil
	}
	return Default(c, m.planner.Options)
}

// Default binds a column's default. Errors carry no position.
func Default(c *plan.RelationColumn, o Options) (expr.Expr, error) {
	tree, err := pg.Parse("SELECT " + c.Default)
	if err != nil {
		return nil, err
	}
	b := &expr.Binder{Params: expr.FixedParams(nil), Env: o.Env, Extensions: o.Extensions}
	e, err := b.Bind(tree.Stmts[0].Stmt.GetSelectStmt().TargetList[0].GetResTarget().Val)
	if err != nil {
		return nil, err
	}
	return b.CoerceColumn(e, c.Name, c.Type)
}

// rows plans an UPDATE or a DELETE that gives row.
func (m *modifier) rows(tree plan.Node, condition *pg.Node, row []expr.Expr) (*result, error) {
	q := m.query
	if c := condition.GetCurrentOfExpr(); c != nil {
		e, err := m.current(c)
		if err != nil {
			return nil, err
		}
		tree = optimize.Where(tree, e)
	} else if condition != nil {
		e, err := q.in(inWhere).BindBool(condition, "WHERE")
		if err != nil {
			return nil, err
		}
		tree = optimize.Where(tree, e)
	}
	for i := range m.relation.Columns {
		if m.relation.Columns[i].Name == plan.PlaceColumn {
			q.addTarget(plan.PlaceColumn, m.target.fields[i].value)
		}
	}
	return m.plan(tree, row)
}

// plan makes a row's expressions the query's columns, what RETURNING may name
// beside them too.
func (m *modifier) plan(tree plan.Node, row []expr.Expr) (*result, error) {
	q := m.query
	places := len(q.targets)
	for _, e := range row {
		q.addTarget("", e)
	}
	items := m.given()
	p := &plan.Project{Input: tree}
	for _, t := range q.targets {
		p.Exprs, p.Out = append(p.Exprs, t.value), append(p.Out, t.slot)
	}
	made := &plan.Modify{Kind: m.kind, Relation: m.relation, Root: optimize.Simplify(p), Conflict: m.conflict}
	changed := &plan.Changed{Modify: made}
	r := &result{node: changed}
	if m.returns != nil {
		if err := m.returning(made, r, items, places); err != nil {
			return nil, err
		}
		for i := range r.columns {
			changed.Out = append(changed.Out, r.columns[i].slot)
		}
	}
	optimize.Finish(made.Root, p.Out)
	if m.with != nil {
		r.node = &plan.With{CTEs: m.with, Body: changed}
	}
	return r, nil
}

// given are the items that RETURNING sees, with their values in the query's
// columns.
func (m *modifier) given() []*item {
	q := m.query
	if m.returns == nil {
		return nil
	}
	if m.kind == plan.InsertRows && m.relation.Kind == plan.EventsRelation {
		return m.told()
	}
	first := len(q.targets) - len(m.relation.Visible())
	made := *m.target
	made.fields, made.lateralOnly, made.refused = nil, false, false
	for i, c := range m.relation.Visible() {
		f := m.target.fields[c]
		f.value = q.targets[first+i].ref()
		made.fields = append(made.fields, f)
	}
	for c := range m.relation.Columns {
		if f := m.target.fields[c]; f.hidden && f.name != plan.PlaceColumn {
			f.value = m.system(f)
			made.fields = append(made.fields, f)
		}
	}
	items := []*item{&made}
	for _, it := range q.scope.items {
		if it == m.target {
			continue
		}
		other := *it
		other.fields = append([]field(nil), it.fields...)
		for i := range other.fields {
			other.fields[i].value = q.addTarget(other.fields[i].name, other.fields[i].value).ref()
		}
		if f := it.found; f != nil {
			other.found = &field{value: q.addTarget("found", f.value).ref()}
		}
		items = append(items, &other)
	}
	return items
}

// told are the columns of the events that an INSERT has appended.
func (m *modifier) told() []*item {
	made := *m.target
	made.fields, made.lateralOnly, made.refused = nil, false, false
	m.events = m.planner.slots(m.query, plan.EventSequence+1)
	u := m.planner.use(m.relation, role.Select)
	u.Beside = true // RETURNING of nothing of the events reads none
	for k, f := range m.target.fields[:plan.EventSequence+1] {
		v := *f.value.(*plan.Variable)
		v.Slot = m.events + plan.Slot(k)
		v.Named = &u.Named[k]
		f.value = &v
		made.fields = append(made.fields, f)
	}
	return []*item{&made}
}

// system is a system column as RETURNING sees it: that of the row that goes, or of the one that
// was written.
func (m *modifier) system(f field) expr.Expr {
	t := f.value.Type()
	switch {
	case f.name == "tableoid":
		return expr.NewConst(t, types.Int(int64(m.relation.OID)), -1)
	case m.kind == plan.DeleteRows:
		return m.query.addTarget(f.name, f.value).ref()
	case f.name == "cmin", f.name == "cmax":
		return expr.NewConst(t, types.Int(0), -1)
	}
	v := &plan.Variable{Slot: m.planner.slots(m.query, 1), ValueType: t, Location: -1, Name: f.name}
	m.stored = append(m.stored, v.Slot)
	return v
}

// mentions are the columns of the events that an expression of RETURNING reads.
func (m *modifier) mentions(e expr.Expr) (all []int) {
	for _, v := range plan.Variables(e) {
		if k := v.Slot - m.events; k >= 0 && k <= plan.EventSequence {
			all = append(all, int(k))
		}
	}
	return all
}

// returning plans RETURNING over the query's columns without the places.
func (m *modifier) returning(made *plan.Modify, r *result, items []*item, places int) error {
	over, err := m.planner.newQuery(nil, m.query.with)
	if err != nil {
		return err
	}
	over.scope.items, over.scope.tables = items, items
	if m.excluded != nil {
		over.scope.tables = append(slices.Clone(items), m.excluded)
	}
	over.returning, over.outerJoins = true, m.query.outerJoins
	m.planner.changing = append(m.planner.changing, m.relation)
	made.Given = &plan.Given{}
	if made.Appends() {
		for k := range plan.Slot(plan.EventSequence + 1) {
			made.Given.Out = append(made.Given.Out, m.events+k)
		}
	} else {
		for _, t := range m.query.targets[places:] {
			made.Given.Out = append(made.Given.Out, t.slot)
		}
	}
	made.Given.Out = append(made.Given.Out, m.stored...)
	if err := over.bindTargets(m.returns, true); err != nil {
		return err
	}
	stored := map[plan.Slot]bool{}
	for _, s := range m.stored {
		stored[s] = true
	}
	p := &plan.Project{Input: made.Given}
	for _, t := range over.targets {
		p.Exprs, p.Out = append(p.Exprs, t.value), append(p.Out, t.slot)
		made.Stored = made.Stored || plan.MentionsAny(t.value, stored)
		if made.Appends() {
			made.Mentions = append(made.Mentions, m.mentions(t.value))
		}
	}
	if !made.Stored {
		made.Given.Out = made.Given.Out[:len(made.Given.Out)-len(m.stored)]
	}
	r.columns, made.Returning = over.resultColumns(), optimize.Simplify(p)
	optimize.Finish(made.Returning, p.Out)
	return nil
}
