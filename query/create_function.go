package query

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/ddl"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/tabledef"
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
		schema, _ := parse.Qualified(names)
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
	said     map[string]bool // options
}

func (b *functionBuilder) refuse(what string) error {
	return unsupported(b.c.sql, int32(b.c.statement.Start), "%s is not supported", what)
}

func (b *functionBuilder) options(all []*pg.Node) error {
	b.said = map[string]bool{}
	for _, n := range all {
		d := n.GetDefElem()
		if b.said[d.GetDefname()] {
			return at(b.c.sql, d.GetLocation(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		b.said[d.GetDefname()] = true
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
		case "cost":
			if b.function.Cost = numberOf(d.GetArg()); b.function.Cost <= 0 {
				return sqlstate.New(sqlstate.InvalidParameterValue, "COST must be positive")
			}
		case "parallel", "rows", "leakproof":
		default:
			return b.refuse("the option " + d.GetDefname() + " of CREATE FUNCTION")
		}
	}
	switch b.language {
	case "sql":
		return nil
	case "":
		return sqlstate.New(sqlstate.InvalidFunctionDefinition, "no language specified")
	case "plpgsql", "c", "internal":
		return b.refuse("CREATE FUNCTION … LANGUAGE " + b.language)
	}
	return sqlstate.New(sqlstate.UndefinedObject, "language %q does not exist", b.language)
}

// numberOf is a number as an option has it.
func numberOf(n *pg.Node) float64 {
	if f := n.GetFloat(); f != nil {
		v, _ := strconv.ParseFloat(f.GetFval(), 64)
		return v
	}
	return float64(n.GetInteger().GetIval())
}

func (b *functionBuilder) binder() *expr.Binder {
	return &expr.Binder{
		Text: b.c.sql, Env: b.session.tableOptions("").Env, Params: expr.FixedParams(nil), Extensions: b.session.extensions(),
		Scope: noColumns{b.c.sql}, Place: "DEFAULT expression", Fixed: map[int]string{},
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
		name := p.GetArgType()
		if name.GetSetof() {
			return sqlstate.New(sqlstate.InvalidFunctionDefinition, "functions cannot accept set arguments")
		}
		t, err := b.binder().BindType(name)
		if err != nil {
			return withoutQuotes(err)
		}
		if err := b.parameter(p, temptable.Argument{Name: p.GetName(), Type: t.OID}); err != nil {
			return err
		}
	}
	return nil
}

func (b *functionBuilder) parameter(p *pg.FunctionParameter, a temptable.Argument) error {
	in, out := true, p.GetMode() == pg.FunctionParameterMode_FUNC_PARAM_TABLE
	switch p.GetMode() {
	case pg.FunctionParameterMode_FUNC_PARAM_IN, pg.FunctionParameterMode_FUNC_PARAM_DEFAULT:
	case pg.FunctionParameterMode_FUNC_PARAM_OUT, pg.FunctionParameterMode_FUNC_PARAM_TABLE:
		in, out = false, true
	default:
		return b.refuse("this kind of parameter")
	}
	same := func(o temptable.Argument) bool { return o.Name == a.Name && a.Name != "" }
	switch {
	case in && slices.ContainsFunc(b.function.Args, same), out && slices.ContainsFunc(b.function.Out, same):
		return sqlstate.New(sqlstate.InvalidFunctionDefinition, "parameter name %q used more than once", a.Name)
	case p.GetDefexpr() != nil && !in:
		return sqlstate.New(sqlstate.InvalidFunctionDefinition, "only input parameters can have default values")
	case !in:
		b.function.Out = append(b.function.Out, a)
		return nil
	}
	if err := b.byDefault(&a, p.GetDefexpr()); err != nil {
		return err
	}
	b.function.Args = append(b.function.Args, a)
	return nil
}

// byDefault checks the default of a parameter and keeps its text.
func (b *functionBuilder) byDefault(a *temptable.Argument, n *pg.Node) error {
	if n == nil {
		if last := len(b.function.Args) - 1; last >= 0 && b.function.Args[last].Default != "" {
			return sqlstate.New(sqlstate.InvalidFunctionDefinition, "input parameters after one with a default value must also have defaults")
		}
		return nil
	}
	binder := b.binder()
	e, err := binder.Bind(n)
	if err != nil {
		return err
	}
	if _, err := binder.CoerceSpecific(e, types.Of(a.Type), "DEFAULT"); err != nil {
		return err
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
	out := b.function.Out
	if n != nil {
		b.function.Set = n.GetSetof()
		plainName := &pg.TypeName{
			Names: n.GetNames(), TypeOid: n.GetTypeOid(), PctType: n.GetPctType(), Typmods: n.GetTypmods(), Typemod: n.GetTypemod(),
			ArrayBounds: n.GetArrayBounds(), Location: n.GetLocation(),
		}
		t, err := b.binder().BindType(plainName)
		if err != nil {
			return sqlstate.WithoutPosition(err)
		}
		b.function.Result = t.OID
	}
	of := types.RecordOID
	if len(out) == 1 {
		of = out[0].Type
	}
	switch {
	case n == nil && len(out) == 0:
		return sqlstate.New(sqlstate.InvalidFunctionDefinition, "function result type must be specified")
	case n == nil:
		b.function.Result = of
	case len(out) > 0 && b.function.Result != of:
		return sqlstate.New(sqlstate.InvalidFunctionDefinition, "function result type must be %s because of OUT parameters", types.TypeName(of))
	}
	switch {
	case len(out) > 1 && !b.function.Set:
		return b.refuse("a function that returns a record in SQL")
	case !b.said["as"]:
		return sqlstate.New(sqlstate.InvalidFunctionDefinition, "no function body specified")
	}
	return b.determined()
}

// determined refuses types that no parameter tells, and those that SQL has no values of.
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
			return sqlstate.New(sqlstate.InvalidFunctionDefinition, "cannot determine result data type").WithDetail("%s", reason)
		}
	}
	if b.function.Result == types.TriggerOID {
		return sqlstate.New(sqlstate.InvalidFunctionDefinition, "SQL functions cannot return type trigger")
	}
	for _, p := range parameters {
		if p == types.RecordOID {
			return sqlstate.New(sqlstate.InvalidFunctionDefinition, "SQL functions cannot have arguments of type record")
		}
	}
	return nil
}

// body checks that the function is one SELECT; what is in it, a call tells.
func (b *functionBuilder) body() error {
	statements, err := parse.Body(b.function.Body)
	if err != nil {
		return b.c.inBody(err, &b.function)
	}
	if len(statements) != 1 || statements[0].GetSelectStmt() == nil {
		return b.refuse("a function in SQL of anything but one SELECT")
	}
	if ref := parse.BeyondParams(statements[0], len(b.function.Args)); ref != nil {
		e := at(b.function.Body, ref.GetLocation(), sqlstate.UndefinedParameter, "there is no parameter $%d", ref.GetNumber())
		return b.c.inBody(e, &b.function)
	}
	return nil
}

// inBody tells where in the statement an error in a function's body is.
func (c *compiled) inBody(err error, f *temptable.Function) error {
	e := *sqlstate.Of(err)
	if e.Position > 0 {
		e.Position = parse.PositionInString(c.sql, f.Body, e.Position)
	} else if e.Code != sqlstate.FeatureNotSupported {
		e.Where = fmt.Sprintf("SQL function %q", f.Name)
	}
	return &e
}

func (k *createFunction) run(_ context.Context, s *Session, x *call) (result, error) {
	if !k.function.Hidden {
		if err := s.notice(x.out, "function %q will be a temporary function", k.function.Name); err != nil {
			return result{}, err
		}
	}
	f := k.function
	if k.replace {
		for _, old := range s.tables.Functions() {
			if old.Name == f.Name && slices.EqualFunc(f.Args, old.Args, func(a, b temptable.Argument) bool { return a.Type == b.Type }) {
				if err := s.replaceable(old, &f); err != nil {
					return result{}, err
				}
			}
		}
	}
	if err := s.tables.CreateFunction(&f, k.replace); err != nil {
		return result{}, err
	}
	return result{tag: "CREATE FUNCTION"}, s.checkFunction(x, &f)
}

// replaceable checks that those who call a function can call the new one.
func (s *Session) replaceable(old, f *temptable.Function) error {
	refuse := func(format string, args ...any) *sqlstate.Error {
		written := functionName{written: expr.QuoteIdent(old.Name)}
		if old.Hidden {
			written.written = s.tables.Schema + "." + written.written
		}
		for _, a := range old.Args {
			written.args = append(written.args, a.Type)
		}
		return sqlstate.New(sqlstate.InvalidFunctionDefinition, format, args...).WithHint("Use DROP FUNCTION %s first.", written)
	}
	sameOut := slices.EqualFunc(old.Out, f.Out, func(a, b temptable.Argument) bool { return a.Name == b.Name && a.Type == b.Type })
	switch {
	case old.Result != f.Result || old.Set != f.Set:
		return refuse("cannot change return type of existing function")
	case f.Result == types.RecordOID && !sameOut:
		return refuse("cannot change return type of existing function").WithDetail("Row type defined by OUT parameters is different.")
	}
	for i, a := range old.Args {
		if a.Name != "" && a.Name != f.Args[i].Name {
			return refuse("cannot change name of input parameter %q", a.Name)
		}
	}
	for i, a := range old.Args {
		if a.Default != "" && f.Args[i].Default == "" {
			return refuse("cannot remove parameter defaults from existing function")
		}
	}
	return nil
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
	name := "pg_temp." + f.Name
	sql := "SELECT 1 FROM pg_temp." + expr.QuoteIdent(f.Name) + "(" + strings.Join(args, ", ") + ")"
	tree, err := pg.Parse(sql)
	if err != nil {
		return err
	}
	o := s.planOptions(x.compiled, expr.FixedParams(nil))
	o.InBody = true
	if _, err = analyze.Select(sql, tree.GetStmts()[0].GetStmt(), o); err != nil {
		if e := sqlstate.Of(err); e.Code == sqlstate.AmbiguousFunction && strings.HasPrefix(e.Message, "function "+name+"(") {
			return nil // another one takes as much
		}
		return x.inBody(err, f)
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
	if s.tables.None() && len(s.tables.Functions()) == 0 {
		return s.server.functions
	}
	if s.own.of == nil || s.own.shapes != s.tables.Shapes() {
		var all []*expr.Function
		for i, f := range s.tables.Functions() {
			all = append(all, functionRow(f, uint32(ownFunctionOIDs+i)))
		}
		all = append(all, ddl.Constructors(s.tables, uint32(ownFunctionOIDs+len(all)))...)
		if len(all) == 0 {
			s.own = ownFunctions{of: s.server.functions, shapes: s.tables.Shapes()}
			return s.own.of
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
		Args: []types.OID{}, Source: f.Name + " " + strconv.FormatUint(uint64(oid), 10), Cost: f.Cost,
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
