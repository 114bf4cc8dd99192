package expr

import (
	"errors"

	"github.com/projsql/projsql/query/types"
)

// InSQL reports whether the call is of a function that is written in SQL.
func (e *Call) InSQL() bool { _, ok := e.Proc.impl.(SQLBody); return ok }

// Body is the SQL of a function that is written in it.
func (e *Call) Body() string { return e.Proc.impl.(SQLBody).Text }

// Apart reports whether the SQL may not stand in the place of the call.
func (e *Call) Apart() bool { return e.Proc.impl.(SQLBody).Apart }

// Lasting reports whether every name in Body is written out.
func (e *Call) Lasting() bool { return e.Proc.impl.(SQLBody).Lasting }

// Runnable reports whether the call can be run where it stands.
func (e *Call) Runnable() bool { return e.Proc.impl.(SQLBody).Run != nil }

// Unrun is the call of a function in SQL as it stands, for whoever only looks at what a text means.
func (e *Call) Unrun() *Call {
	n, p := *e, *e.Proc
	p.impl, p.Ran = FuncN(unrun), true
	if p.Row.Set {
		p.impl = SetFunc(func(env *Env, args []types.Datum) (Rows, error) {
			_, err := unrun(env, args)
			return nil, err
		})
	}
	n.Proc = &p
	return &n
}

func unrun(*Env, []types.Datum) (types.Datum, error) {
	return types.Null, errors.New("a call that is only looked at was run")
}

// Runs is the call of a function in SQL as one that is run where it stands, and what runs it;
// nil: nothing does.
func (e *Call) Runs() (*Call, Routine, error) {
	body := e.Proc.impl.(SQLBody)
	if body.Run == nil {
		return nil, nil, nil
	}
	r, err := body.Run(e)
	if err != nil {
		return nil, nil, err
	}
	n, p := *e, *e.Proc
	p.impl, p.Ran = r.Implementation(), true
	n.Proc = &p
	return &n, r, nil
}

// NotNull is e IS NOT NULL, of records too as long as there is one.
func NotNull(e Expr) Expr {
	return &Not{base: newBase(types.Of(types.BoolOID), e.Pos()), Arg: &NullTest{base: newBase(types.Of(types.BoolOID), e.Pos()), Arg: e}}
}

// Strict is a value that is NULL where an argument is.
type Strict struct {
	base
	Args  []Expr
	Value Expr
}

// NewStrict returns value, NULL where one of args is.
func NewStrict(args []Expr, value Expr) *Strict {
	return &Strict{base: base{typ: value.Type(), pos: value.Pos()}, Args: args, Value: value}
}

// Children implements Expr.
func (e *Strict) Children() []Expr { return append([]Expr{e.Value}, e.Args...) }

// WithChildren implements Rebuilder.
func (e *Strict) WithChildren(c []Expr) Expr { n := *e; n.Value, n.Args = c[0], c[1:]; return &n }

// Compile implements Expr.
func (e *Strict) Compile(c *Compiler) Eval {
	args, value := compileAll(c, e.Args), e.Value.Compile(c)
	return func(fr *Frame) (types.Datum, error) {
		for _, a := range args {
			if v, err := a(fr); err != nil || v.IsNull() {
				return types.Null, err
			}
		}
		return value(fr)
	}
}
