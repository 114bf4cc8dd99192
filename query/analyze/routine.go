package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Arguments are those of the function that a statement is in the body of: $1 and so on, by their names.
type Arguments struct {
	Function string
	Names    []string // "" = none
	Types    []types.OID
	values   []expr.Expr // of the call that the body stands in the place of; nil: they are parameters
}

// argument is what a name in the body of a function means that no column has; nil: nothing.
func (p *planner) argument(parts []string, pos int) expr.Expr {
	a := p.Arguments
	if a == nil {
		return nil
	}
	if len(parts) > 1 && parts[0] == a.Function {
		if e := a.find(parts[1:], pos); e != nil {
			return e
		}
	}
	return a.find(parts, pos)
}

// find is an argument, or a field of one.
func (a *Arguments) find(parts []string, pos int) expr.Expr {
	i := slices.Index(a.Names, parts[0])
	if i < 0 || parts[0] == "" {
		return nil
	}
	p := a.value(i, pos)
	if len(parts) == 1 {
		return p
	}
	columns, _ := expr.ColumnsOf(p)
	field := slices.IndexFunc(columns, func(c expr.RecordColumn) bool { return c.Name == parts[1] })
	if len(parts) > 2 || field < 0 {
		return nil
	}
	return expr.FieldOf(p, columns, field)
}

func (a *Arguments) value(i, pos int) expr.Expr {
	if a.values != nil {
		return a.values[i]
	}
	return expr.NewParam(i+1, types.Of(a.Types[i]), pos)
}

// argumentFields are the columns of an argument that .* stands behind; nil: it is none.
func (p *planner) argumentFields(parts []string, pos int) (all []*field) {
	e := p.argument(parts, pos)
	if e == nil {
		return nil
	}
	columns, _ := expr.ColumnsOf(e)
	for i, c := range columns {
		all = append(all, &field{name: c.Name, value: expr.FieldOf(e, columns, i)})
	}
	return all
}

// spread puts its columns in the place of an argument with .* in a list.
func (p *planner) spread(items []*pg.Node) []*pg.Node {
	if p.Arguments == nil {
		return items
	}
	var all []*pg.Node
	for _, n := range items {
		ref := n.GetColumnRef()
		if ref == nil || !endsInStar(ref.Fields) {
			all = append(all, n)
			continue
		}
		var parts []string
		for _, f := range ref.Fields[:len(ref.Fields)-1] {
			parts = append(parts, f.GetString_().GetSval())
		}
		fields := p.argumentFields(parts, int(ref.Location))
		for _, f := range fields {
			name := &pg.Node{Node: &pg.Node_String_{String_: &pg.String{Sval: f.name}}}
			path := append(slices.Clone(ref.Fields[:len(ref.Fields)-1]), name)
			all = append(all, &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: &pg.ColumnRef{Fields: path, Location: ref.Location}}})
		}
		if fields == nil {
			all = append(all, n)
		}
	}
	return all
}

// runs makes the call of a function in SQL one that is run where it stands.
func (q *query) runs(call *expr.Call) (expr.Expr, error) {
	q.planner.calls(call)
	if q.planner.Opaque {
		return call.Unrun(), nil
	}
	made, routine, err := call.Runs()
	switch {
	case err != nil:
		return nil, err
	case made == nil:
		return nil, q.planner.unsupported(call.Pos(), "a function in SQL here")
	}
	r := routine.(plan.Routine)
	if call.Proc.Row.Volatile == 'v' && slices.ContainsFunc(q.planner.changing, r.Touches) {
		return nil, q.planner.readsChanging(call)
	}
	q.planner.routines = append(q.planner.routines, r)
	return made, nil
}

func (p *planner) readsChanging(call *expr.Call) error {
	return p.errorAt(call.Pos(), sqlstate.FeatureNotSupported, "a volatile function in SQL that reads what the statement changes is not supported").
		WithHint("Declare it STABLE if it is to see the rows as the statement finds them.")
}
