package analyze

import (
	"regexp"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// from binds the FROM clause and makes its names the query's.
func (q *query) from(list []*pg.Node) (plan.Node, error) {
	var tree plan.Node
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
			tree = &plan.Join{Kind: plan.InnerJoin, Left: tree, Right: node}
		}
	}
	setLateral(q.scope.items, false, false)
	if tree == nil {
		tree = &plan.Values{Rows: [][]expr.Expr{{}}}
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

func (q *query) fromItem(n *pg.Node) (plan.Node, []*item, error) {
	node, items, err := q.boundItem(n)
	if err == nil {
		q.traceFrom(n, node, items)
	}
	return node, items, err
}

func (q *query) boundItem(from *pg.Node) (plan.Node, []*item, error) {
	switch n := from.Node.(type) {
	case *pg.Node_RangeVar:
		return q.rangeVar(n.RangeVar)
	case *pg.Node_RangeSubselect:
		return q.rangeSubselect(n.RangeSubselect)
	case *pg.Node_RangeFunction:
		return q.rangeFunction(n.RangeFunction)
	case *pg.Node_JoinExpr:
		return q.join(from)
	case *pg.Node_RangeTableSample:
		return q.sample(n.RangeTableSample)
	case *pg.Node_RangeTableFunc:
		return nil, nil, q.planner.unsupported(int(n.RangeTableFunc.Location), "XMLTABLE")
	}
	return nil, nil, q.planner.unsupported(-1, "this kind of FROM item")
}

func (q *query) rangeVar(v *pg.RangeVar) (plan.Node, []*item, error) {
	pos := int(v.Location)
	if !q.planner.thisDatabase(v.Catalogname) {
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
	if q.planner.Qualify != nil && q.planner.viewed == 0 {
		v.Catalogname, v.Schemaname = "", r.Schema
	}
	q.planner.met(r)
	scan := q.scanRelation
	if r.Kind == plan.ViewRelation {
		scan = q.scanView
	}
	node, items, err := scan(r, r.Name, v.Alias, pos)
	if err == nil && v.Alias == nil && v.Schemaname != "" && q.planner.Qualify == nil {
		items[0].schema = v.Schemaname // a schema may go by several names: pg_temp
	}
	return node, items, err
}

// met takes note of a relation that is read.
func (p *planner) met(r *plan.Relation) {
	if p.Qualify != nil && p.viewed == 0 {
		p.Qualify(r)
	}
	p.beside = p.beside || !p.held && (r.Kind == plan.EventsRelation || r.Kind == plan.ProjectionRelation)
}

// thisDatabase reports whether name, if there is one, is that of the database that is connected to.
func (p *planner) thisDatabase(name string) bool {
	return name == "" || name == p.Database
}

func qualified(schema, name string) string {
	if schema == "" {
		return name
	}
	return schema + "." + name
}

func (q *query) scanRelation(r *plan.Relation, name string, alias *pg.Alias, pos int) (plan.Node, []*item, error) {
	schema, real := r.Schema, name
	if alias != nil {
		name, schema = alias.Aliasname, ""
	}
	it, first := q.planner.newItem(q, name, r.Columns, r.OID)
	it.schema, it.real, it.of = schema, real, r
	q.planner.reads(r, it)
	if err := it.rename(aliasColumns(alias)); err != nil {
		return nil, nil, err
	}
	q.scope.tables = append(q.scope.tables, it)
	return &plan.Scan{Relation: r, Alias: name, First: first}, []*item{it}, nil
}

// viewsMax limits how many views a statement reads, those in views too: some that each name another twice would otherwise take all
// memory.
const viewsMax = 10_000

// enter goes into the text of a view, and returns what leaves it.
func (p *planner) enter(r *plan.Relation) func() {
	extensions, env, held, by := p.Extensions, p.Env, p.held, p.by
	p.viewed++
	switch {
	case r.Invoker:
		p.by = ""
	case r.Lasting:
		p.by = r.Name
	case r.Schema == "pg_catalog" || r.Schema == "information_schema":
		p.by = plan.OfTheSystem
	}
	if r.Lasting && p.Lasting != nil {
		p.Extensions, p.Env = p.Lasting.Extensions, p.Lasting.Env
	}
	if r.Freshness != "" && !p.held {
		p.contracts, p.held = append(p.contracts, plan.Contract{View: r.Name, Freshness: r.Freshness}), true
	}
	return func() {
		p.viewed--
		p.Extensions, p.Env, p.held, p.by = extensions, env, held, by
	}
}

// outside is an error in the text of a view, whose positions are not the statement's.
func outside(err error, r *plan.Relation) error {
	e := *sqlstate.Of(err)
	e.Position = 0
	if e.Where == "" {
		e.Where = "view " + expr.QuoteIdent(r.Name)
	}
	return &e
}

// scanView puts the SELECT of a view in the place of its name.
func (q *query) scanView(r *plan.Relation, name string, alias *pg.Alias, _ int) (plan.Node, []*item, error) {
	statements, err := q.planner.parsed(r.View)
	if err != nil {
		return nil, nil, err
	}
	if q.planner.views++; q.planner.views > viewsMax {
		return nil, nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "a statement reads more than %d views", viewsMax)
	}
	var used *plan.Use
	if r.Lasting || r.Schema == "pg_catalog" { // asked for before what it reads, as in PostgreSQL
		used = q.planner.use(r, role.Select)
	}
	leave := q.planner.enter(r)
	made, err := q.planner.selectStmt(statements[0].Stmt.GetSelectStmt(), q.inner(false), nil, true)
	leave()
	if err != nil {
		return nil, nil, outside(err, r)
	}
	if len(made.columns) != len(r.Columns) {
		return nil, nil, outside(sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "what view %q reads has other columns by now", r.Name), r)
	}
	if p, ok := made.node.(*plan.Project); ok && r.Barrier {
		p.Barrier = true
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
	if used != nil {
		asks(used, it)
	}
	if err := it.rename(aliasColumns(alias)); err != nil {
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

func (q *query) rangeSubselect(s *pg.RangeSubselect) (plan.Node, []*item, error) {
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
	if err := it.rename(names(s.Alias.Colnames)); err != nil {
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
			value: &plan.Variable{Slot: c.slot, ValueType: c.Type, Location: -1, Name: name + "." + c.Name, Record: c.record, Collation: c.Collation},
		})
	}
	return it
}
