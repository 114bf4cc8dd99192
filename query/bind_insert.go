package query

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/appends"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

const (
	appendOnly     = "events are append-only"
	appendOnlyHint = "Append another event that tells what is different now."
)

func (s *Session) bindInsert(c *compiled, params *expr.Params, n *pg.InsertStmt) error {
	if t := s.tableOf(n.GetRelation()); t != nil {
		rel, o := s.readOptions(c, params)
		q, err := analyze.Insert(c.sql, n, s.tableRelation(t), o)
		return s.modifies(c, rel, q, err)
	}
	if err := s.writableRelation(c, n.GetRelation(), "insert into"); err != nil {
		return err
	}
	if n.GetWithClause() != nil || !returnsColumns(n) || c.arguments != nil || s.callsRoutine(c, n) {
		return s.bindPlannedInsert(c, params, n)
	}
	i := &inserter{session: s, c: c, params: params, command: &insertCommand{}}
	if err := i.conflict(n.GetOnConflictClause()); err != nil {
		return err
	}
	if err := i.targets(n.GetCols()); err != nil {
		return err
	}
	if err := i.source(n.GetSelectStmt()); err != nil {
		return err
	}
	c.command, c.shared = i.command, true
	c.uses = append(c.uses, s.server.appending(i.command.targets))
	if len(n.GetOnConflictClause().GetInfer().GetIndexElems()) > 0 { // to look for it is to read it
		u := plan.NewUse(s.server.events, role.Select)
		u.Named[plan.EventID] = true
		c.uses = append(c.uses, u)
	}
	return i.returning(n)
}

// callsRoutine reports whether an INSERT may call a function in SQL, which takes a plan.
func (s *Session) callsRoutine(c *compiled, n *pg.InsertStmt) bool {
	own, lasting := s.tables.Functions(), c.catalog.AllRoutines()
	if len(own)+len(lasting) == 0 {
		return false
	}
	if len(n.GetSelectStmt().GetSelectStmt().GetValuesLists()) == 0 { // a column of a row may be a call, too
		return true
	}
	names := make(map[string]bool, len(own)+len(lasting))
	for _, f := range own {
		names[f.Name] = true
	}
	for _, r := range lasting {
		names[r.Name] = true
	}
	return parse.Calls(n, names)
}

// bindPlannedInsert binds an INSERT INTO events that only a plan can run. The others have a shorter way: most
// appends are among them.
func (s *Session) bindPlannedInsert(c *compiled, params *expr.Params, n *pg.InsertStmt) error {
	rel, o := s.readOptions(c, params)
	rel.used = true
	q, err := analyze.Insert(c.sql, n, plan.WritableEvents(s.server.eventsIn(c.catalog)), o)
	return s.modifies(c, rel, q, err)
}

// returnsColumns reports whether RETURNING tells columns as they are, if anything: that cannot fail, as it must
// not once the events are appended.
func returnsColumns(n *pg.InsertStmt) bool {
	return !slices.ContainsFunc(n.GetReturningList(), func(item *pg.Node) bool {
		v := item.GetResTarget().GetVal()
		fields := v.GetColumnRef().GetFields()
		row := len(fields) == 1 && fields[0].GetString_().GetSval() == aliasOf(n.GetRelation())
		return v.GetAConst() == nil && (len(fields) == 0 || row)
	})
}

// appending is the use of events that gives its columns values.
func (v *Server) appending(targets []appends.Target) *plan.Use {
	u := plan.NewUse(v.events, role.Insert)
	for _, t := range targets {
		if t.Column < len(u.Named) { // expected_version is none of them
			u.Named[t.Column] = true
		}
	}
	return u
}

// inserter binds an INSERT.
type inserter struct {
	session *Session
	c       *compiled
	params  *expr.Params
	command *insertCommand
	places  []int32 // of the names of the targets
}

func (i *inserter) conflict(n *pg.OnConflictClause) error {
	if n == nil {
		return nil
	}
	if !analyze.ConflictOfEvents(n) {
		return unsupported(i.c.sql, n.GetLocation(), analyze.OnlyDoNothing)
	}
	i.command.skip = true
	return nil
}

// targets finds the named columns, or all in their order.
func (i *inserter) targets(cols []*pg.Node) error {
	v := i.session.server
	if len(cols) == 0 {
		for n := range v.events.Columns {
			t, _ := appends.TargetOf(v.events, v.events.Columns[n].Name)
			i.command.targets = append(i.command.targets, t)
			i.places = append(i.places, -1)
		}
		return nil
	}
	for _, n := range cols {
		col := n.GetResTarget()
		t, err := i.session.target(i.c, col.GetName(), col.GetLocation(), i.command.targets)
		if err != nil {
			return err
		}
		i.command.targets = append(i.command.targets, t)
		i.places = append(i.places, col.GetLocation())
	}
	return nil
}

// target finds one column that is not among those before it.
func (s *Session) target(c *compiled, name string, location int32, before []appends.Target) (appends.Target, error) {
	t, ok := appends.TargetOf(s.server.events, name)
	if !ok {
		return t, at(c.sql, location, sqlstate.UndefinedColumn, "column %q of relation \"events\" does not exist", name)
	}
	for _, other := range before {
		if other.Column == t.Column {
			return t, at(c.sql, location, sqlstate.DuplicateColumn, "column %q specified more than once", name)
		}
	}
	return t, nil
}

func (i *inserter) source(n *pg.Node) error {
	sel := n.GetSelectStmt()
	if n == nil || n.GetNode() == nil { // DEFAULT VALUES
		i.command.targets = nil
		i.command.rows = [][]expr.Eval{{}}
		return nil
	}
	if len(sel.GetValuesLists()) > 0 && sel.GetWithClause() == nil && len(sel.GetSortClause()) == 0 && sel.GetLimitCount() == nil && !hasSubquery(n) {
		return i.values(sel.GetValuesLists())
	}
	return i.query(n)
}

// locationOf is the byte offset of an expression, -1 if it has none of its own.
func locationOf(n *pg.Node) int32 {
	m := n.ProtoReflect()
	fd := m.WhichOneof(m.Descriptor().Oneofs().Get(0))
	if fd == nil {
		return -1
	}
	inner := m.Get(fd).Message()
	at := inner.Descriptor().Fields().ByName("location")
	if at == nil {
		return -1
	}
	return int32(inner.Get(at).Int())
}

// hasSubquery reports a subquery in VALUES, which only a plan can run.
func hasSubquery(n *pg.Node) bool {
	return strings.Contains(n.String(), "sub_link:")
}

func (i *inserter) binder() *expr.Binder {
	return &expr.Binder{Text: i.c.sql, Params: i.params, Env: i.session.env, Extensions: i.session.extensions()}
}

func (i *inserter) values(lists []*pg.Node) error {
	b, width := i.binder(), -1
	for _, l := range lists {
		items := l.GetList().GetItems()
		if width >= 0 && len(items) != width {
			return at(i.c.sql, locationOf(items[0]), sqlstate.SyntaxError, "VALUES lists must all be the same length")
		}
		width = len(items)
		evals, err := i.valuesRow(b, items)
		if err != nil {
			return err
		}
		i.command.rows = append(i.command.rows, evals)
	}
	return i.narrow(width)
}

// narrow leaves out the targets that no value is given for, where no column list
// says more.
func (i *inserter) narrow(width int) error {
	if width < len(i.command.targets) && i.places[0] >= 0 {
		return at(i.c.sql, i.places[width], sqlstate.SyntaxError, "INSERT has more target columns than expressions")
	}
	i.command.targets = i.command.targets[:width]
	return nil
}

func (i *inserter) valuesRow(b *expr.Binder, items []*pg.Node) ([]expr.Eval, error) {
	if len(items) > len(i.command.targets) {
		return nil, at(i.c.sql, locationOf(items[len(i.command.targets)]), sqlstate.SyntaxError, "INSERT has more expressions than target columns")
	}
	evals := make([]expr.Eval, len(items))
	for n, item := range items {
		t := i.command.targets[n]
		if item.GetSetToDefault() != nil {
			continue
		}
		e, err := b.Bind(item)
		if err != nil {
			return nil, err
		}
		if evals[n], err = i.coerce(b, e, t); err != nil {
			return nil, err
		}
	}
	return evals, nil
}

// coerce converts an expression to a column's type as an assignment does.
func (i *inserter) coerce(b *expr.Binder, e expr.Expr, t appends.Target) (expr.Eval, error) {
	to, err := b.Coerce(e, t.Type, expr.Assignment)
	if err == nil {
		return to.Compile(&expr.Compiler{}), nil
	}
	if code := sqlstate.Of(err).Code; code != sqlstate.DatatypeMismatch && code != sqlstate.CannotCoerce {
		return nil, err
	}
	return nil, at(i.c.sql, int32(e.Pos()), sqlstate.DatatypeMismatch, "column %q is of type %s but expression is of type %s",
		t.Name, types.FormatType(t.Type), types.FormatType(e.Type())).
		WithHint("You will need to rewrite or cast the expression.")
}

// query binds INSERT … SELECT.
func (i *inserter) query(n *pg.Node) error {
	i.castConstants(n.GetSelectStmt())
	q, err := i.session.plan(i.c, i.params, n)
	if err != nil {
		return err
	}
	if q.Changes {
		return analyze.ChangeBelowTop(i.c.sql, n.GetSelectStmt().GetWithClause())
	}
	if len(q.Columns) > len(i.command.targets) {
		return sqlstate.New(sqlstate.SyntaxError, "INSERT has more expressions than target columns")
	}
	if err := i.narrow(len(q.Columns)); err != nil {
		return err
	}
	b := i.binder()
	for n, col := range q.Columns {
		t := i.command.targets[n]
		eval, err := i.coerce(b, expr.NewColumn(n, col.Name, col.Type, -1), t)
		if err != nil {
			return err
		}
		i.command.convert = append(i.command.convert, eval)
	}
	i.command.query = q
	return nil
}

// castConstants gives bare constants and parameters of a select list the type of
// the column that they go to, as PostgreSQL does: they have no other type.
func (i *inserter) castConstants(sel *pg.SelectStmt) {
	if sel.GetOp() != pg.SetOperation_SETOP_NONE && sel.GetOp() != pg.SetOperation_SET_OPERATION_UNDEFINED {
		i.castConstants(sel.GetLarg())
		i.castConstants(sel.GetRarg())
		return
	}
	for n, item := range sel.GetTargetList() {
		if n < len(i.command.targets) {
			r := item.GetResTarget()
			r.Val = i.castConstant(r.GetVal(), i.command.targets[n])
		}
	}
	for _, list := range sel.GetValuesLists() {
		for n, item := range list.GetList().GetItems() {
			if n < len(i.command.targets) {
				list.GetList().Items[n] = i.castConstant(item, i.command.targets[n])
			}
		}
	}
}

func (i *inserter) castConstant(n *pg.Node, t appends.Target) *pg.Node {
	c := n.GetAConst()
	untyped := c != nil && (c.GetIsnull() || c.GetSval() != nil)
	if !untyped && n.GetParamRef() == nil {
		return n
	}
	name := &pg.TypeName{Names: []*pg.Node{pg.MakeStrNode("pg_catalog"), pg.MakeStrNode(types.Info(t.Type.OID).Name)}, Typemod: -1, Location: -1}
	return &pg.Node{Node: &pg.Node_TypeCast{TypeCast: &pg.TypeCast{Arg: n, TypeName: name, Location: -1}}}
}

// returning binds RETURNING: as the select list of a query over events, whose
// names and types it has.
func (i *inserter) returning(n *pg.InsertStmt) error {
	list := n.GetReturningList()
	if len(list) == 0 {
		return nil
	}
	sel := &pg.SelectStmt{TargetList: list, FromClause: []*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: n.GetRelation()}}}}
	q, err := analyze.Select(i.c.sql, &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: sel}},
		analyze.Options{Relations: i.session.relations(i.c.catalog), Params: i.params, Extensions: i.session.extensions(), Database: i.session.server.options.Database, Env: i.session.env})
	if err != nil {
		return err
	}
	i.c.columns, i.c.rows = q.Columns, true
	for _, u := range q.Uses {
		u.Beside = true // RETURNING of nothing of the events reads none
	}
	i.c.uses = append(i.c.uses, q.Uses...)
	b := i.binder()
	b.Scope = &eventScope{relation: i.session.server.events, text: i.c.sql, alias: aliasOf(n.GetRelation())}
	for _, item := range list {
		if err := i.returningItem(b, item.GetResTarget().GetVal()); err != nil {
			return err
		}
	}
	return nil
}

func (i *inserter) returningItem(b *expr.Binder, n *pg.Node) error {
	if star(n) {
		for k, col := range i.session.server.events.Columns {
			i.output(expr.NewColumn(k, col.Name, col.Type, -1))
		}
		return nil
	}
	e, err := b.Bind(n)
	if err != nil {
		return err
	}
	if e, err = b.Settle(e); err != nil {
		return err
	}
	i.output(e)
	return nil
}

func (i *inserter) output(e expr.Expr) {
	if own, ok := e.(*expr.Column); ok && own.Index <= plan.EventSequence {
		if i.command.tells == nil {
			i.command.tells = make([]bool, plan.EventSequence+1)
		}
		i.command.tells[own.Index] = true
	}
	i.command.returning = append(i.command.returning, e.Compile(&expr.Compiler{}))
}

func star(n *pg.Node) bool {
	fields := n.GetColumnRef().GetFields()
	return len(fields) > 0 && fields[len(fields)-1].GetAStar() != nil
}

func aliasOf(r *pg.RangeVar) string {
	if a := r.GetAlias().GetAliasname(); a != "" {
		return a
	}
	return "events"
}

// eventScope resolves the columns of events in RETURNING.
type eventScope struct {
	relation *plan.Relation
	text     string
	alias    string
}

// Column implements expr.Scope.
func (e *eventScope) Column(parts []string, pos int) (expr.Expr, error) {
	name := parts[len(parts)-1]
	if len(parts) > 1 && parts[len(parts)-2] != e.alias {
		return nil, sqlstate.New(sqlstate.UndefinedTable, "missing FROM-clause entry for table %q", parts[len(parts)-2]).At(parse.Position(e.text, pos))
	}
	for i, c := range e.relation.Columns {
		if c.Name == name {
			return expr.NewColumn(i, name, c.Type, pos), nil
		}
	}
	return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q does not exist", strings.Join(parts, ".")).At(parse.Position(e.text, pos))
}
