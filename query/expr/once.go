package expr

import "github.com/projsql/projsql/query/types"

// Once computes a value before an expression, whose parts read it by OnceValue: the operand of a
// CASE that may differ when computed for each WHEN.
type Once struct {
	base
	Value, In Expr
}

// Children implements Expr.
func (e *Once) Children() []Expr { return []Expr{e.Value, e.In} }

// WithChildren implements Rebuilder.
func (e *Once) WithChildren(c []Expr) Expr { n := *e; n.Value, n.In = c[0], c[1]; return &n }

// Compile implements Expr.
func (e *Once) Compile(c *Compiler) Eval {
	value, in := e.Value.Compile(c), e.In.Compile(c)
	return func(fr *Frame) (types.Datum, error) {
		v, err := value(fr)
		if err != nil {
			return types.Null, err
		}
		inner := *fr
		inner.Once = v
		return in(&inner)
	}
}

// OnceValue is what the innermost Once around it has computed.
type OnceValue struct{ base }

// Children implements Expr.
func (e *OnceValue) Children() []Expr { return nil }

// Compile implements Expr.
func (e *OnceValue) Compile(*Compiler) Eval {
	return func(fr *Frame) (types.Datum, error) { return fr.Once, nil }
}

// computedOnce puts an OnceValue in the place of an operand that may differ when computed twice,
// and returns what is still without its expression; nil: the operand stays.
func computedOnce(operand *Expr) *Once {
	if *operand == nil || !isVolatile(*operand) {
		return nil
	}
	once := &Once{Value: *operand}
	*operand = &OnceValue{base{typ: once.Value.Type(), pos: once.Value.Pos()}}
	return once
}

func (e *Once) around(in Expr) Expr {
	if e == nil {
		return in
	}
	e.base = base{typ: in.Type(), pos: in.Pos()}
	e.In = in
	return e
}
