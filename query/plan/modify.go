package plan

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Modify is a planned INSERT, UPDATE or DELETE of a relation with a place column.
// It is immutable.
type Modify struct {
	Relation *Relation
	// Query gives the rows to work on. An INSERT's are whole rows of the relation; an
	// UPDATE's and a DELETE's begin with the row's place, then the new or the old row,
	// then what RETURNING needs of other tables.
	Query *Query
	// Returning computes the statement's result from rows that it is Given: those of
	// Query without the place. nil: no RETURNING.
	Returning *Query
}

// PlaceColumn is the name of the hidden bigint column that tells where a row of a
// relation stands. No SQL can spell it.
const PlaceColumn = ""

// Given gives the rows that whoever runs the plan hands in.
type Given struct{ nodeCore }

// Inputs implements Node.
func (*Given) Inputs() []Node { return nil }

// modifier plans one Modify.
type modifier struct {
	planner  *planner
	query    *query
	relation *Relation
	target   *item
	returns  []*pg.Node
}

func newModifier(text string, r *Relation, returning []*pg.Node, with *pg.WithClause, o Options) (*modifier, error) {
	m := &modifier{planner: &planner{Options: o, text: text}, relation: r, returns: returning}
	var scope *withScope
	var err error
	if with != nil {
		if scope, err = m.planner.bindWith(with, nil, nil); err != nil {
			return nil, err
		}
	}
	m.query, err = m.planner.newQuery(nil, scope)
	return m, err
}

// scan begins a statement over rows that the relation has: the target first, then
// the other FROM items.
func (m *modifier) scan(v *pg.RangeVar, from []*pg.Node) (Node, error) {
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
	return &Join{Kind: InnerJoin, Left: tree, Right: right}, nil
}

// visible are the indexes of the columns that a row of the relation has.
func (r *Relation) visible() []int {
	var all []int
	for i := range r.Columns {
		if !r.Columns[i].Hidden {
			all = append(all, i)
		}
	}
	return all
}

// Delete plans a DELETE from r, which n names.
func Delete(text string, n *pg.DeleteStmt, r *Relation, o Options) (*Modify, error) {
	m, err := newModifier(text, r, n.ReturningList, n.WithClause, o)
	if err != nil {
		return nil, err
	}
	tree, err := m.scan(n.Relation, n.UsingClause)
	if err != nil {
		return nil, err
	}
	return m.rows(tree, n.WhereClause, m.old())
}

// Update plans an UPDATE of r, which n names.
func Update(text string, n *pg.UpdateStmt, r *Relation, o Options) (*Modify, error) {
	m, err := newModifier(text, r, n.ReturningList, n.WithClause, o)
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
	for _, i := range m.relation.visible() {
		row = append(row, m.target.fields[i].value)
	}
	return row
}

// set puts the assignments of UPDATE into a row.
func (m *modifier) set(list []*pg.Node, row []expr.Expr) error {
	assigned := map[int]bool{}
	for _, n := range list {
		t := n.GetResTarget()
		i, err := m.column(t)
		if err != nil {
			return err
		}
		if assigned[i] {
			return sqlstate.New(sqlstate.SyntaxError, "multiple assignments to same column %q", t.Name)
		}
		assigned[i] = true
		val, err := m.assignment(t)
		if err != nil {
			return err
		}
		if row[i], err = m.value(val, i, inUpdate); err != nil {
			return err
		}
	}
	return nil
}

// assignment is the expression of one column, also where several are set by a row.
func (m *modifier) assignment(t *pg.ResTarget) (*pg.Node, error) {
	multi := t.Val.GetMultiAssignRef()
	if multi == nil {
		return t.Val, nil
	}
	row := multi.Source.GetRowExpr()
	if row == nil {
		return nil, m.planner.unsupported(int(t.Location), "assignment of several columns from this source")
	}
	if len(row.Args) != int(multi.Ncolumns) {
		return nil, m.planner.errorAt(int(row.Location), sqlstate.SyntaxError, "number of columns does not match number of values")
	}
	return row.Args[multi.Colno-1], nil
}

// column finds a target column among those of a row.
func (m *modifier) column(t *pg.ResTarget) (int, error) {
	for i, c := range m.relation.visible() {
		if m.relation.Columns[c].Name != t.Name {
			continue
		}
		if len(t.Indirection) > 0 {
			return 0, m.planner.unsupported(int(t.Location), "assignment to a part of a column")
		}
		return i, nil
	}
	return 0, m.planner.errorAt(int(t.Location), sqlstate.UndefinedColumn, "column %q of relation %q does not exist", t.Name, m.relation.Name)
}

// value binds what a column is set to.
func (m *modifier) value(n *pg.Node, column int, c clause) (expr.Expr, error) {
	col := &m.relation.Columns[m.relation.visible()[column]]
	if n.GetSetToDefault() != nil {
		return m.byDefault(col)
	}
	e, err := m.query.in(c).Bind(n)
	if err != nil {
		return nil, err
	}
	return m.query.binder.CoerceColumn(e, col.Name, col.Type)
}

// byDefault is a column's default, NULL if it has none.
func (m *modifier) byDefault(c *RelationColumn) (expr.Expr, error) {
	if c.Default == "" {
		return expr.NewConst(c.Type, types.Null, -1), nil
	}
	return Default(c, m.planner.Options)
}

// Default binds a column's default. Errors carry no position.
func Default(c *RelationColumn, o Options) (expr.Expr, error) {
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
func (m *modifier) rows(tree Node, condition *pg.Node, row []expr.Expr) (*Modify, error) {
	if condition.GetCurrentOfExpr() != nil {
		return nil, m.planner.unsupported(-1, "WHERE CURRENT OF")
	}
	q := m.query
	if condition != nil {
		e, err := q.in(inWhere).BindBool(condition, "WHERE")
		if err != nil {
			return nil, err
		}
		tree = where(tree, e)
	}
	for i := range m.relation.Columns {
		if m.relation.Columns[i].Name == PlaceColumn {
			q.addTarget(PlaceColumn, m.target.fields[i].value)
		}
	}
	return m.plan(tree, row)
}

// plan makes a row's expressions the query's columns, what RETURNING may name
// beside them too.
func (m *modifier) plan(tree Node, row []expr.Expr) (*Modify, error) {
	q := m.query
	places := len(q.targets)
	for _, e := range row {
		q.addTarget("", e)
	}
	given, err := m.given()
	if err != nil {
		return nil, err
	}
	p := &Project{Input: tree}
	for _, t := range q.targets {
		p.Exprs, p.out = append(p.Exprs, t.value), append(p.out, t.slot)
	}
	made := &Modify{Relation: m.relation}
	if made.Returning, err = m.returning(given, places); err != nil {
		return nil, err
	}
	r := &result{node: p, columns: q.resultColumns()}
	if q.with != nil {
		r.node = &With{CTEs: q.with.plans, Body: p}
	}
	made.Query, err = m.planner.finish(r)
	return made, err
}

// given are the items that RETURNING sees, with their values in the query's
// columns.
func (m *modifier) given() ([]*item, error) {
	q := m.query
	if m.returns == nil {
		return nil, nil
	}
	first := len(q.targets) - len(m.relation.visible())
	made := *m.target
	made.fields, made.lateralOnly, made.refused = nil, false, false
	for i, c := range m.relation.visible() {
		f := m.target.fields[c]
		f.value = q.targets[first+i].ref()
		made.fields = append(made.fields, f)
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
		items = append(items, &other)
	}
	return items, nil
}

// returning plans RETURNING over the query's columns without the places.
func (m *modifier) returning(items []*item, places int) (*Query, error) {
	if m.returns == nil {
		return nil, nil
	}
	over, err := m.planner.newQuery(nil, nil)
	if err != nil {
		return nil, err
	}
	over.scope.items, over.scope.tables = items, items
	over.returning = true
	node := &Given{}
	for _, t := range m.query.targets[places:] {
		node.out = append(node.out, t.slot)
	}
	if err := over.bindTargets(m.returns, true); err != nil {
		return nil, err
	}
	p := &Project{Input: node}
	for _, t := range over.targets {
		p.Exprs, p.out = append(p.Exprs, t.value), append(p.out, t.slot)
	}
	return m.planner.finish(&result{node: p, columns: over.resultColumns()})
}
