package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// projectionParameters are the functions that read projections, and the names of
// their parameters.
var projectionParameters = map[string][]string{
	"project":            {"type", "entity"},
	"project_if_changed": {"type", "entity", "generation"},
	"project_history":    {"type", "entity", "from_version", "to_version"},
}

// projectionRequired is how many of the parameters need an argument.
var projectionRequired = map[string]int{"project": 1, "project_if_changed": 3, "project_history": 2}

// projectionElsewhere hints at FROM where project() or one of its kin is called as a scalar function.
func projectionElsewhere(name string) string {
	if projectionParameters[name] == nil {
		return ""
	}
	return name + "() gives rows, and stands in FROM: SELECT * FROM " + name + "(...)."
}

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

func (q *query) projectionFunction(call *pg.FuncCall, f *pg.RangeFunction) (plan.Node, []*item, error) {
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
	q.planner.freshness = append(q.planner.freshness, plan.FreshnessArgument{Text: text, Position: pos})
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

func (q *query) projectionNamed(n *pg.Node) (*plan.Relation, error) {
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
	q.planner.met(r)
	return r, nil
}

// pointScan plans project('T', e) and project_if_changed('T', e, generation).
func (q *query) pointScan(r *plan.Relation, name string, args []*pg.Node, alias *pg.Alias) (plan.Node, []*item, error) {
	n := &plan.PointScan{Relation: r, Alias: name}
	b := *q.in(inFrom)
	b.Scope = q.inner(true)
	var err error
	if n.Entity, err = b.BindAs(args[1], types.Of(types.TextOID), expr.Assignment); err != nil {
		return nil, nil, err
	}
	columns := append([]plan.RelationColumn(nil), r.Columns...)
	if len(args) == 3 {
		if n.Generation, err = b.BindAs(args[2], types.Of(types.Int8OID), expr.Implicit); err != nil {
			return nil, nil, err
		}
		columns = changedColumns(r)
		q.planner.changed = true
	}
	if alias != nil {
		n.Alias = alias.Aliasname
	}
	it, first := q.planner.newItem(q, n.Alias, columns, r.OID)
	q.planner.reads(r, it)
	if len(args) == 2 {
		it.of = r
	} else {
		for i := range it.fields {
			it.fields[i].table, it.fields[i].number, it.fields[i].key = 0, 0, false
		}
	}
	if err := it.rename(aliasColumns(alias)); err != nil {
		return nil, nil, err
	}
	q.scope.tables = append(q.scope.tables, it)
	n.First = first
	return n, []*item{it}, nil
}

// changedColumns are those of project_if_changed: the generation stands where
// project() has the entity.
func changedColumns(r *plan.Relation) []plan.RelationColumn {
	columns := append([]plan.RelationColumn(nil), r.Columns...)
	columns[0] = plan.RelationColumn{Name: "generation", Type: types.Of(types.Int8OID)}
	return columns
}
