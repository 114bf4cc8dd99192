package query

import (
	"context"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createFunction is CREATE FUNCTION … LANGUAGE sql: every function is one of the session.
type createFunction struct {
	function temptable.Function
	replace  bool
}

func (s *Session) bindCreateFunction(c *compiled, n *pg.CreateFunctionStmt) error {
	b := &functionBuilder{session: s, c: c}
	names := n.GetFuncname()
	b.function.Name, b.function.Volatile = names[len(names)-1].GetString_().GetSval(), 'v'
	if len(names) > 1 {
		schema := names[0].GetString_().GetSval()
		if !s.isTemp(schema) {
			return unsupported(c.sql, int32(c.statement.Start), "a function that outlives the session is not supported").
				WithHint("Leave the schema out, or write pg_temp: the function then is one of the session.")
		}
		b.function.Hidden = true
	}
	switch {
	case n.GetIsProcedure():
		return b.refuse("CREATE PROCEDURE")
	case n.GetSqlBody() != nil:
		return b.refuse("a function with a body that is no string")
	}
	if err := b.options(n.GetOptions()); err != nil {
		return err
	}
	if err := b.parameters(n.GetParameters()); err != nil {
		return err
	}
	if err := b.returns(n.GetReturnType()); err != nil {
		return err
	}
	if err := b.body(); err != nil {
		return err
	}
	c.command = &createFunction{function: b.function, replace: n.GetReplace()}
	return nil
}

// functionBuilder binds the parts of CREATE FUNCTION.
type functionBuilder struct {
	session  *Session
	c        *compiled
	function temptable.Function
	language string
}

func (b *functionBuilder) refuse(what string) error {
	return unsupported(b.c.sql, int32(b.c.statement.Start), "%s is not supported", what)
}

func (b *functionBuilder) options(all []*pg.Node) error {
	for _, n := range all {
		d := n.GetDefElem()
		switch d.GetDefname() {
		case "as":
			parts := d.GetArg().GetList().GetItems()
			if len(parts) != 1 {
				return b.refuse("a function in C")
			}
			b.function.Body = parts[0].GetString_().GetSval()
		case "language":
			b.language = strings.ToLower(d.GetArg().GetString_().GetSval())
		case "strict":
			b.function.Strict = d.GetArg().GetBoolean().GetBoolval()
		case "volatility":
			b.function.Volatile = d.GetArg().GetString_().GetSval()[0]
		case "parallel", "cost", "rows", "leakproof":
		default:
			return b.refuse("the option " + d.GetDefname() + " of CREATE FUNCTION")
		}
	}
	switch b.language {
	case "sql":
		return nil
	case "":
		return sqlstate.New(invalidFunctionDefinition, "no language specified")
	}
	return b.refuse("CREATE FUNCTION … LANGUAGE " + b.language)
}

const invalidFunctionDefinition sqlstate.Code = "42P13"

func (b *functionBuilder) binder() *expr.Binder {
	return &expr.Binder{Text: b.c.sql, Env: b.session.env, Params: expr.FixedParams(nil), Extensions: b.session.extensions()}
}

func (b *functionBuilder) parameters(all []*pg.Node) error {
	for _, n := range all {
		p := n.GetFunctionParameter()
		name := p.GetArgType()
		if name.GetSetof() {
			return sqlstate.New(invalidFunctionDefinition, "functions cannot accept set arguments")
		}
		t, err := b.binder().BindType(name)
		if err != nil {
			return withoutQuotes(err)
		}
		a := temptable.Argument{Name: p.GetName(), Type: t.OID}
		switch p.GetMode() {
		case pg.FunctionParameterMode_FUNC_PARAM_IN, pg.FunctionParameterMode_FUNC_PARAM_DEFAULT:
			if d := p.GetDefexpr(); d != nil {
				if a.Default, err = parse.ExpressionText(d); err != nil {
					return err
				}
			}
			b.function.Args = append(b.function.Args, a)
		case pg.FunctionParameterMode_FUNC_PARAM_OUT, pg.FunctionParameterMode_FUNC_PARAM_TABLE:
			b.function.Out = append(b.function.Out, a)
		default:
			return b.refuse("this kind of parameter")
		}
	}
	return nil
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
	out := b.function.Out
	if n != nil {
		b.function.Set = n.GetSetof()
		plainName := &pg.TypeName{
			Names: n.GetNames(), TypeOid: n.GetTypeOid(), PctType: n.GetPctType(), Typmods: n.GetTypmods(), Typemod: n.GetTypemod(),
			ArrayBounds: n.GetArrayBounds(), Location: n.GetLocation(),
		}
		t, err := b.binder().BindType(plainName)
		if err != nil {
			return withoutQuotes(err)
		}
		b.function.Result = t.OID
	}
	switch {
	case n == nil && len(out) == 0:
		return sqlstate.New(invalidFunctionDefinition, "function result type must be specified")
	case len(out) == 1 && n == nil:
		b.function.Result = out[0].Type
	case len(out) > 1 && n == nil:
		b.function.Result = types.RecordOID
	}
	switch r := b.function.Result; {
	case r == types.TriggerOID:
		return sqlstate.New(invalidFunctionDefinition, "SQL functions cannot return type trigger")
	case len(out) > 1 && !b.function.Set:
		return b.refuse("a function that returns a record in SQL")
	}
	return b.determined()
}

// determined refuses results that no parameter tells the type of.
func (b *functionBuilder) determined() error {
	results := []types.OID{b.function.Result}
	for _, o := range b.function.Out {
		results = append(results, o.Type)
	}
	var parameters []types.OID
	for _, a := range b.function.Args {
		parameters = append(parameters, a.Type)
	}
	for _, r := range results {
		if reason, ok := expr.Determined(r, parameters); !ok {
			return sqlstate.New(invalidFunctionDefinition, "cannot determine result data type").WithDetail("%s", reason)
		}
	}
	return nil
}

// body checks that the function is one SELECT; what is in it, the first call of it tells.
func (b *functionBuilder) body() error {
	tree, err := pg.Parse(b.function.Body)
	if err != nil {
		return sqlstate.New(sqlstate.SyntaxError, "%s", err.Error())
	}
	if len(tree.GetStmts()) != 1 || tree.GetStmts()[0].GetStmt().GetSelectStmt() == nil {
		return b.refuse("a function in SQL of anything but one SELECT")
	}
	return nil
}

func (k *createFunction) run(_ context.Context, s *Session, x *call) (result, error) {
	if !k.function.Hidden {
		if err := s.notice(x.out, "function %q will be a temporary function", k.function.Name); err != nil {
			return result{}, err
		}
	}
	f := k.function
	if err := s.tables.CreateFunction(&f, k.replace); err != nil {
		return result{}, err
	}
	return result{tag: "CREATE FUNCTION"}, s.checkFunction(x, &f)
}

// checkFunction plans a call with NULLs, which finds what is wrong with a body. What the
// types of polymorphic arguments decide, the calls tell.
func (s *Session) checkFunction(x *call, f *temptable.Function) error {
	args := make([]string, len(f.Args))
	for i, a := range f.Args {
		t := types.Of(a.Type)
		if info := types.Info(a.Type); info.Kind == 'p' {
			return nil
		}
		args[i] = "NULL::" + types.FormatType(t)
	}
	if f.Result == types.VoidOID || f.Result == types.RecordOID && len(f.Out) == 0 || isPolymorphicResult(f.Result) {
		return nil
	}
	sql := "SELECT 1 FROM pg_temp." + expr.QuoteIdent(f.Name) + "(" + strings.Join(args, ", ") + ")"
	tree, err := pg.Parse(sql)
	if err != nil {
		return err
	}
	_, err = analyze.Select(sql, tree.GetStmts()[0].GetStmt(), s.planOptions(x.compiled, expr.FixedParams(nil)))
	if err != nil {
		return withoutPosition(err)
	}
	return nil
}

func isPolymorphicResult(t types.OID) bool { return types.Info(t).Kind == 'p' }

// ownFunctions are the session's functions, and PostgreSQL's beside them, as they were at a
// state of its objects.
type ownFunctions struct {
	of     *expr.Extensions
	shapes uint64
}

// extensions are the functions that the session has beside PostgreSQL's.
func (s *Session) extensions() *expr.Extensions {
	if len(s.tables.Functions()) == 0 {
		return s.server.functions
	}
	if s.own.of == nil || s.own.shapes != s.tables.Shapes() {
		var all []*expr.Function
		for i, f := range s.tables.Functions() {
			all = append(all, functionRow(f, uint32(ownFunctionOIDs+i)))
		}
		s.own = ownFunctions{of: s.server.functions.With(s.tables.Schema, all), shapes: s.tables.Shapes()}
	}
	return s.own.of
}

// ownFunctionOIDs is where the OIDs of a session's functions begin.
const ownFunctionOIDs = 1 << 30

func functionRow(f *temptable.Function, oid uint32) *expr.Function {
	row := pgdata.Proc{
		OID: oid, Name: f.Name, Kind: 'f', Volatile: f.Volatile, Strict: f.Strict, Set: f.Set, Result: f.Result,
		Args: []types.OID{}, Source: f.Name + " " + strconv.FormatUint(uint64(oid), 10),
	}
	for _, a := range f.Args {
		row.Args, row.Names = append(row.Args, a.Type), append(row.Names, a.Name)
		if a.Default != "" {
			row.Defaults = append(row.Defaults, a.Default)
		}
	}
	if len(f.Out) > 0 {
		row.AllArgs, row.Modes = append(row.AllArgs, row.Args...), strings.Repeat("i", len(row.Args))
		for _, a := range f.Out {
			row.AllArgs, row.Names, row.Modes = append(row.AllArgs, a.Type), append(row.Names, a.Name), row.Modes+"t"
		}
	}
	return &expr.Function{Row: row, Impl: expr.SQLBody(f.Body), Own: true, Hidden: f.Hidden}
}
