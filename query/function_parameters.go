package query

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (b *functionBuilder) binder() *expr.Binder {
	return &expr.Binder{
		Text: b.c.sql, Env: b.session.tableOptions("").Env, Params: expr.FixedParams(nil), Extensions: b.session.extensions(),
		Scope: noColumns{b.c.sql}, Place: "DEFAULT expression", Fixed: map[int]string{}, Qualifies: true,
	}
}

// noColumns is where there is no table to take a column of.
type noColumns struct{ text string }

// Column implements expr.Scope.
func (n noColumns) Column(parts []string, pos int) (expr.Expr, error) {
	if len(parts) > 1 {
		return nil, at(n.text, int32(pos), sqlstate.UndefinedTable, "missing FROM-clause entry for table %q", parts[len(parts)-2])
	}
	return nil, at(n.text, int32(pos), sqlstate.UndefinedColumn, "column %q does not exist", parts[0])
}

func (b *functionBuilder) parameters(all []*pg.Node) error {
	for _, n := range all {
		p := n.GetFunctionParameter()
		t, err := b.binder().BindType(withoutSet(p.GetArgType()))
		if err != nil {
			return withoutQuotes(err)
		}
		if p.GetArgType().GetSetof() {
			return b.invalid("%ss cannot accept set arguments", kindOf(&b.function))
		}
		if err := b.parameter(p, temptable.Parameter{Name: p.GetName(), Type: t.OID, Mode: modes[p.GetMode()]}); err != nil {
			return err
		}
	}
	return nil
}

func withoutSet(n *pg.TypeName) *pg.TypeName {
	return &pg.TypeName{
		Names: n.GetNames(), TypeOid: n.GetTypeOid(), PctType: n.GetPctType(), Typmods: n.GetTypmods(), Typemod: n.GetTypemod(),
		ArrayBounds: n.GetArrayBounds(), Location: n.GetLocation(),
	}
}

// modes are those of parameters as pg_proc has them.
var modes = map[pg.FunctionParameterMode]byte{
	pg.FunctionParameterMode_FUNC_PARAM_IN: 'i', pg.FunctionParameterMode_FUNC_PARAM_DEFAULT: 'i', pg.FunctionParameterMode_FUNC_PARAM_OUT: 'o',
	pg.FunctionParameterMode_FUNC_PARAM_INOUT: 'b', pg.FunctionParameterMode_FUNC_PARAM_VARIADIC: 'v', pg.FunctionParameterMode_FUNC_PARAM_TABLE: 't',
}

func (b *functionBuilder) invalid(format string, args ...any) error {
	return sqlstate.New(sqlstate.InvalidFunctionDefinition, format, args...)
}

func (b *functionBuilder) parameter(p *pg.FunctionParameter, a temptable.Parameter) error {
	variadic, defaults := false, false
	for _, o := range b.function.Parameters {
		variadic, defaults = variadic || o.Mode == 'v', defaults || o.Default != ""
	}
	switch {
	case a.In() && variadic:
		return b.invalid("VARIADIC parameter must be the last input parameter")
	case b.function.Procedure && a.Mode == 'o' && variadic:
		return b.invalid("VARIADIC parameter must be the last parameter")
	case b.function.Procedure && a.Mode == 'o' && defaults:
		return b.invalid("procedure OUT parameters cannot appear after one with a default value")
	case a.Mode == 'v' && types.ElemOf(a.Type) == 0 && a.Type != types.AnyArrayOID && a.Type != types.AnyCompatibleArrayOID && a.Type != types.AnyOID:
		return b.invalid("VARIADIC parameter must be an array")
	}
	for _, o := range b.function.Parameters {
		apart := a.In() && !a.Out() && o.Out() && !o.In() || o.In() && !o.Out() && a.Out() && !a.In()
		if o.Name == a.Name && a.Name != "" && !apart {
			return b.invalid("parameter name %q used more than once", a.Name)
		}
	}
	if p.GetDefexpr() != nil && !a.In() {
		return b.invalid("only input parameters can have default values")
	}
	if a.In() {
		if err := b.byDefault(&a, p.GetDefexpr(), defaults); err != nil {
			return err
		}
	}
	b.function.Parameters = append(b.function.Parameters, a)
	return nil
}

// byDefault checks the default of a parameter and keeps its text.
func (b *functionBuilder) byDefault(a *temptable.Parameter, n *pg.Node, before bool) error {
	if n == nil {
		if before {
			return b.invalid("input parameters after one with a default value must also have defaults")
		}
		return nil
	}
	binder := b.binder()
	e, err := binder.Bind(n)
	if err != nil {
		return err
	}
	if types.Info(a.Type).Kind != 'p' {
		if _, err := binder.CoerceSpecific(e, types.Of(a.Type), "DEFAULT"); err != nil {
			return err
		}
	}
	a.Default, err = tabledef.Kept(binder, n)
	return err
}

// withoutQuotes is how PostgreSQL tells of a type that a function does not find.
func withoutQuotes(err error) error {
	e := *sqlstate.Of(err)
	if e.Code == sqlstate.UndefinedObject {
		e.Message, e.Position = strings.ReplaceAll(e.Message, `"`, ""), 0
	}
	return &e
}

func (b *functionBuilder) returns(n *pg.TypeName) error {
	f := &b.function
	out := f.Out()
	of := types.RecordOID
	if len(out) == 1 && !f.Procedure {
		of = out[0].Type
	}
	if n == nil {
		switch {
		case len(out) > 0:
			f.Result = of
		case f.Procedure:
			f.Result = types.VoidOID
		default:
			return b.invalid("function result type must be specified")
		}
		return nil
	}
	t, err := b.binder().BindType(withoutSet(n))
	if err != nil {
		return sqlstate.WithoutPosition(err)
	}
	f.Set, f.Result = n.GetSetof(), t.OID
	if len(out) > 0 && f.Result != of {
		return b.invalid("function result type must be %s because of OUT parameters", types.TypeName(of))
	}
	return nil
}

// determined refuses types that no parameter tells, and those that SQL has no values of.
func (b *functionBuilder) determined() error {
	f := &b.function
	results := []types.OID{f.Result}
	for _, o := range f.Out() {
		results = append(results, o.Type)
	}
	for _, r := range results {
		if reason, ok := expr.Determined(r, f.Types()); !ok {
			return sqlstate.New(sqlstate.InvalidFunctionDefinition, "cannot determine result data type").WithDetail("%s", reason)
		}
	}
	if f.Result != types.RecordOID && f.Result != types.VoidOID && isPseudo(f.Result) {
		return b.invalid("SQL functions cannot return type %s", types.TypeName(f.Result))
	}
	for _, p := range f.Types() {
		if isPseudo(p) {
			return b.invalid("SQL functions cannot have arguments of type %s", types.TypeName(p))
		}
	}
	return nil
}

// isPseudo reports whether a type has no values and is not polymorphic.
func isPseudo(t types.OID) bool { return types.Info(t).Kind == 'p' && !expr.Polymorphic(t) }
