package plan

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// rangeFunction binds a function in FROM: project() and its kin, or any other.
func (q *query) rangeFunction(f *pg.RangeFunction) (Node, []*item, error) {
	if call := projectionCall(f); call != nil {
		return q.projectionFunction(call, f)
	}
	if call, err := q.setInSQL(f); call != nil || err != nil {
		if err != nil {
			return nil, nil, err
		}
		return q.functionItem(call, f.Alias, f.Ordinality)
	}
	b := &functionBuilder{q: q, scan: &FunctionScan{Ordinality: f.Ordinality}}
	if f.Coldeflist != nil && f.Ordinality {
		return nil, nil, q.planner.errorAt(nodePosition(f.Coldeflist[0]), sqlstate.SyntaxError, "WITH ORDINALITY cannot be used with a column definition list").
			WithHint("Put the column definition list inside ROWS FROM().")
	}
	for _, n := range f.Functions {
		if err := b.add(n.GetList(), f.Coldeflist); err != nil {
			return nil, nil, err
		}
	}
	return b.finish(f)
}

// setInSQL is the only call of a FROM item, if it is of a set-returning function in SQL.
func (q *query) setInSQL(f *pg.RangeFunction) (*expr.Call, error) {
	if f.IsRowsfrom || len(f.Functions) != 1 || f.Coldeflist != nil {
		return nil, nil
	}
	n := f.Functions[0].GetList().Items[0].GetFuncCall()
	if n == nil || !q.planner.Extensions.Defines(n) {
		return nil, nil
	}
	b := *q.in(inFrom)
	b.Scope = q.inner(true)
	e, err := b.BindFunction(n)
	if call, ok := e.(*expr.Call); err == nil && ok && call.InSQL() && call.Proc.Row.Set {
		return call, nil
	}
	return nil, err
}

// functionBuilder makes one FunctionScan.
type functionBuilder struct {
	q       *query
	scan    *FunctionScan
	columns []RelationColumn
}

func (b *functionBuilder) add(l *pg.List, definitions []*pg.Node) error {
	n := l.Items[0]
	if len(l.Items) > 1 && l.Items[1].GetList() != nil {
		definitions = l.Items[1].GetList().Items
	}
	if len(definitions) > 0 {
		return b.addDefined(n, definitions)
	}
	if each := unnests(n); each != nil {
		for _, one := range each {
			if err := b.addFunction(one); err != nil {
				return err
			}
		}
		return nil
	}
	return b.addFunction(n)
}

// addDefined adds a function whose columns a column definition list says.
func (b *functionBuilder) addDefined(n *pg.Node, definitions []*pg.Node) error {
	e, err := b.q.bindFromFunction(n)
	if err != nil {
		return err
	}
	planner, pos := b.q.planner, nodePosition(definitions[0])
	call, ok := e.(*expr.Call)
	switch {
	case !ok || e.Type().OID != types.RecordOID:
		return planner.errorAt(pos, sqlstate.SyntaxError, "a column definition list is only allowed for functions returning \"record\"")
	case call.Proc.OutColumns() != nil:
		return planner.errorAt(pos, sqlstate.SyntaxError, "a column definition list is redundant for a function with OUT parameters")
	}
	columns, err := b.definitions(definitions)
	if err != nil {
		return err
	}
	for _, c := range columns {
		b.columns = append(b.columns, RelationColumn{Name: c.Name, Type: c.Type})
	}
	b.nameBy(n)
	b.scan.Calls = append(b.scan.Calls, call.WithColumns(columns))
	b.scan.Fields, b.scan.Spread = append(b.scan.Fields, len(columns)), append(b.scan.Spread, true)
	return nil
}

func (b *functionBuilder) definitions(all []*pg.Node) ([]expr.RecordColumn, error) {
	planner := b.q.planner
	columns := make([]expr.RecordColumn, len(all))
	for i, n := range all {
		def := n.GetColumnDef()
		t, err := b.q.binder.BindType(def.TypeName)
		if err != nil {
			return nil, err
		}
		if types.Info(t.OID).Kind == 'p' && t.OID != types.RecordOID && t.OID != types.RecordArrayOID {
			return nil, planner.errorAt(int(def.Location), sqlstate.InvalidTableDefinition, "column %q has pseudo-type %s", def.Colname, types.FormatType(t))
		}
		for _, before := range columns[:i] {
			if before.Name == def.Colname {
				return nil, sqlstate.New(sqlstate.DuplicateColumn, "column name %q specified more than once", def.Colname)
			}
		}
		columns[i] = expr.RecordColumn{Name: def.Colname, Type: t}
	}
	return columns, nil
}

func nodePosition(n *pg.Node) int { return int(n.GetColumnDef().GetLocation()) }

// unnests splits unnest(a, b), which stands for ROWS FROM (unnest(a), unnest(b)).
func unnests(n *pg.Node) []*pg.Node {
	f := n.GetFuncCall()
	if f == nil || len(f.Args) < 2 || len(f.Funcname) != 1 || f.Funcname[0].GetString_().GetSval() != "unnest" || f.AggOrder != nil ||
		f.AggFilter != nil || f.Over != nil || f.AggStar || f.AggDistinct || f.FuncVariadic {
		return nil
	}
	var all []*pg.Node
	for _, arg := range f.Args {
		one := &pg.FuncCall{Funcname: f.Funcname, Args: []*pg.Node{arg}, Funcformat: f.Funcformat, Location: f.Location}
		all = append(all, &pg.Node{Node: &pg.Node_FuncCall{FuncCall: one}})
	}
	return all
}

func (b *functionBuilder) addFunction(n *pg.Node) error {
	e, err := b.q.bindFromFunction(n)
	if err != nil {
		return err
	}
	name := b.nameBy(n)
	b.scan.Calls = append(b.scan.Calls, e)
	return b.addColumns(name, e)
}

// nameBy names the item by its first function.
func (b *functionBuilder) nameBy(n *pg.Node) string {
	name := columnName(n)
	if len(b.scan.Calls) == 0 {
		b.scan.Name = name
	}
	return name
}

func (b *functionBuilder) addColumns(name string, e expr.Expr) error {
	call, ok := e.(*expr.Call)
	var out []expr.OutColumn
	if ok {
		out = call.Proc.OutColumns()
	}
	if attributes, composite := expr.ColumnsOf(e); composite && len(out) == 0 {
		for _, c := range attributes {
			b.columns = append(b.columns, RelationColumn{Name: c.Name, Type: c.Type})
		}
		b.scan.Fields, b.scan.Spread = append(b.scan.Fields, len(attributes)), append(b.scan.Spread, true)
		return nil
	}
	if len(out) == 0 && e.Type().OID == types.RecordOID {
		return b.q.planner.errorAt(e.Pos(), sqlstate.SyntaxError, "a column definition list is required for functions returning \"record\"")
	}
	if len(out) <= 1 {
		if len(out) == 1 && out[0].Name != "" {
			name = out[0].Name
		}
		b.columns = append(b.columns, RelationColumn{Name: name, Type: e.Type()})
		b.scan.Fields, b.scan.Spread = append(b.scan.Fields, 1), append(b.scan.Spread, false)
		return nil
	}
	polymorphic := call.Proc
	for _, o := range out {
		t := types.Of(o.Type)
		if types.Info(o.Type) == nil || types.Info(o.Type).Kind == 'p' && o.Type != types.RecordOID {
			return b.q.planner.unsupported(e.Pos(), "function "+polymorphic.Name()+" in FROM")
		}
		b.columns = append(b.columns, RelationColumn{Name: o.Name, Type: t})
	}
	b.scan.Fields, b.scan.Spread = append(b.scan.Fields, len(out)), append(b.scan.Spread, true)
	return nil
}

func (b *functionBuilder) finish(f *pg.RangeFunction) (Node, []*item, error) {
	if f.Ordinality {
		b.columns = append(b.columns, RelationColumn{Name: "ordinality", Type: plain(types.Int8OID)})
	}
	name := b.scan.Name
	if f.Alias != nil {
		name = f.Alias.Aliasname
		single := len(b.scan.Calls) == 1 && b.scan.Fields[0] == 1 && !b.scan.Spread[0]
		if single && !b.named(0) {
			b.columns[0].Name = name
		}
	}
	it, first := b.q.planner.newItem(b.q, name, b.columns, 0)
	for i := range it.fields {
		it.fields[i].number = 0
	}
	it.function = len(b.columns) == 1
	if err := it.rename(b.q.planner, aliasColumns(f.Alias)); err != nil {
		return nil, nil, err
	}
	b.q.scope.tables = append(b.q.scope.tables, it)
	b.scan.Alias, b.scan.first = name, first
	return b.scan, []*item{it}, nil
}

// named reports whether the function's own OUT parameter names its column.
func (b *functionBuilder) named(i int) bool {
	call, ok := b.scan.Calls[i].(*expr.Call)
	return ok && len(call.Proc.OutColumns()) == 1 && call.Proc.OutColumns()[0].Name != ""
}

// bindFromFunction binds an expression that may be a set-returning call itself,
// but may not contain one.
func (q *query) bindFromFunction(n *pg.Node) (expr.Expr, error) {
	b := *q.in(inFrom)
	b.Scope = q.inner(true)
	b.Set = func(_ *expr.Binder, c *expr.Call) (expr.Expr, error) {
		return nil, q.planner.errorAt(c.Pos(), sqlstate.FeatureNotSupported, "set-returning functions must appear at top level of FROM")
	}
	var e expr.Expr
	var err error
	if f := n.GetFuncCall(); f != nil {
		e, err = b.BindFunction(f)
		if call, ok := e.(*expr.Call); err == nil && ok && call.InSQL() {
			if call.Proc.Row.Set {
				return nil, q.planner.unsupported(call.Pos(), "a set-returning function in SQL among others")
			}
			e, err = q.inline(&b, call)
		}
	} else {
		e, err = b.Bind(n)
	}
	if err != nil {
		return nil, err
	}
	return b.Settle(e)
}

// projectionParameters are the functions that read projections, and the names of
// their parameters.
var projectionParameters = map[string][]string{
	"project":            {"type", "entity"},
	"project_if_changed": {"type", "entity", "generation"},
	"project_history":    {"type", "entity", "from_version", "to_version"},
}

// projectionRequired is how many of the parameters need an argument.
var projectionRequired = map[string]int{"project": 1, "project_if_changed": 3, "project_history": 2}

// projectionCall returns the call if the item is project() or of its kin.
func projectionCall(f *pg.RangeFunction) *pg.FuncCall {
	if f.IsRowsfrom || len(f.Functions) != 1 {
		return nil
	}
	call := f.Functions[0].GetList().Items[0].GetFuncCall()
	if call == nil || len(call.Funcname) == 0 {
		return nil
	}
	parts := names(call.Funcname)
	if len(parts) == 2 && parts[0] != "projsql" && parts[0] != "public" || len(parts) > 2 {
		return nil
	}
	if projectionParameters[parts[len(parts)-1]] == nil {
		return nil
	}
	return call
}

func (q *query) projectionFunction(call *pg.FuncCall, f *pg.RangeFunction) (Node, []*item, error) {
	pos := int(call.Location)
	name, _ := lastName(call.Funcname)
	if f.Ordinality {
		return nil, nil, q.planner.unsupported(pos, "WITH ORDINALITY on "+name+"()")
	}
	args, err := q.projectionArgs(call, name)
	if err != nil {
		return nil, nil, err
	}
	r, err := q.projectionNamed(args[0])
	if err != nil {
		return nil, nil, err
	}
	switch {
	case name == "project_history":
		return q.historyScan(r, args, f.Alias)
	case args[1] == nil:
		return q.scanRelation(r, name, f.Alias, pos)
	}
	return q.pointScan(r, name, args, f.Alias)
}

// projectionArgs returns one argument for each parameter, nil where there is none, and
// takes the named argument freshness out.
func (q *query) projectionArgs(call *pg.FuncCall, name string) ([]*pg.Node, error) {
	args := make([]*pg.Node, len(projectionParameters[name]))
	positional, given := 0, 0
	for _, a := range call.Args {
		named := a.GetNamedArgExpr()
		switch {
		case named == nil && positional < given:
			return nil, q.planner.errorAt(nodePos(a), sqlstate.SyntaxError, "positional argument cannot follow named argument")
		case named == nil && positional < len(args):
			args[positional] = a
			positional, given = positional+1, given+1
		case named == nil:
			return nil, q.wrongArguments(call, name)
		case named.Name == "freshness":
			if err := q.freshnessArgument(named); err != nil {
				return nil, err
			}
		default:
			if err := q.namedArgument(named, name, args); err != nil {
				return nil, err
			}
			given++
		}
	}
	for _, a := range args[:projectionRequired[name]] {
		if a == nil {
			return nil, q.wrongArguments(call, name)
		}
	}
	return args, nil
}

func (q *query) namedArgument(named *pg.NamedArgExpr, name string, args []*pg.Node) error {
	at := slices.Index(projectionParameters[name], named.Name)
	switch {
	case at < 0:
		return q.planner.errorAt(int(named.Location), sqlstate.UndefinedFunction, "%s() has no argument named %q", name, named.Name)
	case args[at] != nil:
		return q.planner.errorAt(int(named.Location), sqlstate.SyntaxError, "argument name %q used more than once", named.Name)
	}
	args[at] = named.Arg
	return nil
}

func (q *query) freshnessArgument(named *pg.NamedArgExpr) error {
	text, pos, ok := stringConstant(named.Arg)
	if !ok {
		return q.planner.unsupported(int(named.Location), "a freshness that is not a string constant")
	}
	q.planner.freshness = append(q.planner.freshness, FreshnessArgument{Text: text, Position: pos})
	return nil
}

func (q *query) wrongArguments(call *pg.FuncCall, name string) error {
	given := 0
	for _, a := range call.Args {
		if a.GetNamedArgExpr().GetName() != "freshness" {
			given++
		}
	}
	return q.planner.errorAt(int(call.Location), sqlstate.UndefinedFunction, "function %s does not exist for %d arguments", name, given).
		WithHint("Use project('type'), project('type', entity), project_if_changed('type', entity, generation) or project_history('type', entity [, from_version [, to_version]]).")
}

func stringConstant(n *pg.Node) (string, int, bool) {
	if c := n.GetTypeCast(); c != nil {
		if name, _ := lastName(c.TypeName.GetNames()); name == "text" {
			return stringConstant(c.Arg)
		}
		return "", -1, false
	}
	k := n.GetAConst()
	if k == nil {
		return "", -1, false
	}
	s, ok := k.Val.(*pg.A_Const_Sval)
	if !ok {
		return "", int(k.Location), false
	}
	return s.Sval.GetSval(), int(k.Location), true
}

func (q *query) projectionNamed(n *pg.Node) (*Relation, error) {
	name, pos, ok := stringConstant(n)
	if !ok {
		return nil, q.planner.errorAt(nodePos(n), sqlstate.FeatureNotSupported, "the name of a projection must be a string constant")
	}
	r, err := q.planner.Relations.Projection(name)
	if err != nil {
		return nil, q.planner.at(err, pos)
	}
	if r == nil {
		return nil, q.planner.errorAt(pos, sqlstate.UndefinedTable, "projection %q does not exist", name)
	}
	return r, nil
}

func nodePos(n *pg.Node) int {
	switch n := n.Node.(type) {
	case *pg.Node_ParamRef:
		return int(n.ParamRef.Location)
	case *pg.Node_ColumnRef:
		return int(n.ColumnRef.Location)
	case *pg.Node_AConst:
		return int(n.AConst.Location)
	case *pg.Node_FuncCall:
		return int(n.FuncCall.Location)
	case *pg.Node_TypeCast:
		return nodePos(n.TypeCast.Arg)
	}
	return -1
}

// pointScan plans project('T', e) and project_if_changed('T', e, generation).
func (q *query) pointScan(r *Relation, name string, args []*pg.Node, alias *pg.Alias) (Node, []*item, error) {
	n := &PointScan{Relation: r, Alias: name}
	b := *q.in(inFrom)
	b.Scope = q.inner(true)
	var err error
	if n.Entity, err = b.BindAs(args[1], plain(types.TextOID), expr.Assignment); err != nil {
		return nil, nil, err
	}
	columns := append([]RelationColumn(nil), r.Columns...)
	if len(args) == 3 {
		if n.Generation, err = b.BindAs(args[2], plain(types.Int8OID), expr.Implicit); err != nil {
			return nil, nil, err
		}
		columns = changedColumns(r)
		q.planner.changed = true
	}
	if alias != nil {
		n.Alias = alias.Aliasname
	}
	it, first := q.planner.newItem(q, n.Alias, columns, r.OID)
	if len(args) == 3 {
		for i := range it.fields {
			it.fields[i].table, it.fields[i].number, it.fields[i].key = 0, 0, false
		}
	}
	if err := it.rename(q.planner, aliasColumns(alias)); err != nil {
		return nil, nil, err
	}
	q.scope.tables = append(q.scope.tables, it)
	n.first = first
	return n, []*item{it}, nil
}

// changedColumns are those of project_if_changed: the generation stands where
// project() has the entity.
func changedColumns(r *Relation) []RelationColumn {
	columns := append([]RelationColumn(nil), r.Columns...)
	columns[0] = RelationColumn{Name: "generation", Type: plain(types.Int8OID)}
	return columns
}
