package expr

import (
	"fmt"

	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Call is a call of a function, by name, by operator or by cast.
type Call struct {
	base
	Proc *Proc
	Op   *pgdata.Operator // nil = not written as an operator
	Args []Expr
	// ASCII says that the collation knows no other characters' cases and classes.
	ASCII bool
	// Cast is set on calls that a cast made.
	Cast bool
}

// Children implements Expr.
func (e *Call) Children() []Expr { return e.Args }

// WithChildren implements Rebuilder.
func (e *Call) WithChildren(c []Expr) Expr {
	n := *e
	n.Args = c
	return &n
}

// Compile implements Expr. The call must not be of a set-returning function.
func (e *Call) Compile(c *Compiler) Eval {
	return c.fold(e, e.compile(c))
}

func (e *Call) compile(c *Compiler) Eval {
	args := compileAll(c, e.Args)
	impl := e.Proc.impl
	if m, ok := impl.(maker); ok {
		impl = m(e)
	}
	strict := e.Proc.Row.Strict
	switch f := impl.(type) {
	case Func0:
		return func(fr *Frame) (types.Datum, error) { return f(fr.Env) }
	case Func1:
		return compile1(f, args[0], strict)
	case Func2:
		if fused := compileFieldOperator(e, f); fused != nil {
			return fused
		}
		return compile2(f, args[0], args[1], strict)
	case Func3:
		return compile3(f, args, strict)
	case FuncN:
		return compileN(f, args, strict)
	case Eval:
		return f
	}
	panic(fmt.Sprintf("expr: no implementation of %s (%T)", e.Proc.Row.Source, impl))
}

func compileAll(c *Compiler, all []Expr) []Eval {
	evals := make([]Eval, len(all))
	for i, a := range all {
		evals[i] = a.Compile(c)
	}
	return evals
}

func compile1(f Func1, a Eval, strict bool) Eval {
	return func(fr *Frame) (types.Datum, error) {
		x, err := a(fr)
		if err != nil || (strict && x.IsNull()) {
			return types.Null, err
		}
		return f(fr.Env, x)
	}
}

func compile2(f Func2, a, b Eval, strict bool) Eval {
	return func(fr *Frame) (types.Datum, error) {
		x, err := a(fr)
		if err != nil {
			return types.Null, err
		}
		y, err := b(fr)
		if err != nil || (strict && (x.IsNull() || y.IsNull())) {
			return types.Null, err
		}
		return f(fr.Env, x, y)
	}
}

// compileFieldOperator is compile2 of column op (column ->> 'key')::numeric, nil for others: what
// folds count and compare. Three Evals for it take a third of the time longer than one.
func compileFieldOperator(e *Call, f Func2) Eval {
	column, ok := e.Args[0].(*Column)
	cast, isCast := e.Args[1].(*IOCast)
	if !ok || !isCast || column.Level != 0 || !e.Proc.Row.Strict || !isPlainNumeric(cast.typ) {
		return nil
	}
	field, ok := columnFieldOf(cast.Arg)
	if !ok {
		return nil
	}
	index := column.Index
	return func(fr *Frame) (types.Datum, error) {
		text, ok := field.text(fr)
		if !ok {
			return types.Null, nil
		}
		y, err := types.ParseNumeric(text)
		x := fr.Row[index]
		if err != nil || x.IsNull() {
			return types.Null, err
		}
		return f(fr.Env, x, y)
	}
}

func compile3(f Func3, args []Eval, strict bool) Eval {
	a, b, c := args[0], args[1], args[2]
	return func(fr *Frame) (types.Datum, error) {
		x, err := a(fr)
		if err != nil {
			return types.Null, err
		}
		y, err := b(fr)
		if err != nil {
			return types.Null, err
		}
		z, err := c(fr)
		if err != nil || (strict && (x.IsNull() || y.IsNull() || z.IsNull())) {
			return types.Null, err
		}
		return f(fr.Env, x, y, z)
	}
}

func compileN(f FuncN, args []Eval, strict bool) Eval {
	return func(fr *Frame) (types.Datum, error) {
		values := make([]types.Datum, len(args))
		null, err := evalAll(fr, args, values)
		if err != nil || (strict && null) {
			return types.Null, err
		}
		return f(fr.Env, values)
	}
}

// evalAll fills values and reports whether one is NULL.
func evalAll(fr *Frame, args []Eval, values []types.Datum) (null bool, err error) {
	for i, a := range args {
		v, err := a(fr)
		if err != nil {
			return false, err
		}
		values[i] = v
		null = null || v.IsNull()
	}
	return null, nil
}

// CompileSet returns the evaluation of a call of a set-returning function. A
// strict one of a NULL yields no rows.
func (e *Call) CompileSet(c *Compiler) func(*Frame) (Rows, error) {
	args := compileAll(c, e.Args)
	impl := e.Proc.impl
	if m, ok := impl.(setMaker); ok {
		impl = m(e)
	}
	f, ok := impl.(SetFunc)
	if !ok {
		panic(fmt.Sprintf("expr: %s is no set-returning function", e.Proc.Row.Source))
	}
	strict := e.Proc.Row.Strict
	return func(fr *Frame) (Rows, error) {
		values := make([]types.Datum, len(args))
		null, err := evalAll(fr, args, values)
		if err != nil {
			return nil, err
		}
		if strict && null {
			return noRows, nil
		}
		return f(fr.Env, values)
	}
}

func noRows() ([]types.Datum, error) { return nil, nil }

// fold computes what is constant once. An error stays where it was: the
// expression may never be reached.
func (c *Compiler) fold(e Expr, eval Eval) Eval {
	if !c.constant(e) {
		return eval
	}
	v, err := eval(&Frame{Env: c.foldEnv()})
	if err != nil {
		return eval
	}
	return func(*Frame) (types.Datum, error) { return v, nil }
}

func (c *Compiler) foldEnv() *Env {
	if c.Env != nil {
		return c.Env
	}
	return &Env{Env: types.NewEnv()}
}

// OfRow reports whether e is a function of the current row alone: of no parameter,
// setting, session, moment or other row.
func OfRow(e Expr) bool {
	if col, ok := e.(*Column); ok {
		return col.Level == 0
	}
	return (&Compiler{}).pure(e, OfRow)
}

// constant reports whether e has the same value for every row.
func (c *Compiler) constant(e Expr) bool { return c.pure(e, c.constant) }

// pure reports whether e is a constant, or depends on what its operands do, all of which
// must be so.
func (c *Compiler) pure(e Expr, operand func(Expr) bool) bool {
	switch n := e.(type) {
	case *Const:
		return true
	case *Call:
		if v := n.Proc.Row.Volatile; n.Proc.Ran || v != 'i' && (v != 's' || c.Env == nil || readsSetting[n.Proc.Row.Source]) {
			return false
		}
	case *IOCast:
		if c.Env == nil && !n.immutable() {
			return false
		}
	case *Relabel, *Array, *Case, *Coalesce, *And, *Or, *Not, *NullTest, *BooleanTest, *NullIf, *Distinct, *ArrayCast, *Length:
	default:
		return false
	}
	for _, child := range e.Children() {
		if !operand(child) {
			return false
		}
	}
	return true
}

// readsSetting are stable functions whose result set_config() changes within a
// statement.
var readsSetting = map[string]bool{"show_config_by_name": true, "show_config_by_name_missing_ok": true}

// unavailable refuses what the surroundings of an evaluation do not offer.
func unavailable(what string) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "%s is not supported here", what)
}
