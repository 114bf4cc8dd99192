package expr

import "github.com/projsql/projsql/query/types"

// And is a conjunction with SQL's three values.
type And struct {
	base
	Args []Expr
}

// Or is a disjunction with SQL's three values.
type Or struct {
	base
	Args []Expr
}

// Not is a negation.
type Not struct {
	base
	Arg Expr
}

// NewAnd returns the conjunction of boolean expressions; of one it is that one.
func NewAnd(args ...Expr) Expr {
	if len(args) == 1 {
		return args[0]
	}
	return &And{base: base{typ: types.Of(types.BoolOID), pos: args[0].Pos()}, Args: args}
}

// NewOr returns the disjunction of boolean expressions; of one it is that one.
func NewOr(args ...Expr) Expr {
	if len(args) == 1 {
		return args[0]
	}
	return &Or{base: base{typ: types.Of(types.BoolOID), pos: args[0].Pos()}, Args: args}
}

// oneOrAll is true if one of tests is, or, if all is set, if all are.
func oneOrAll(tests []Expr, all bool) Expr {
	if all {
		return NewAnd(tests...)
	}
	return NewOr(tests...)
}

// NewNot returns the negation of a boolean expression.
func NewNot(arg Expr) Expr {
	return &Not{base: base{typ: types.Of(types.BoolOID), pos: arg.Pos()}, Arg: arg}
}

// Children implements Expr.
func (e *And) Children() []Expr { return e.Args }

// Children implements Expr.
func (e *Or) Children() []Expr { return e.Args }

// Children implements Expr.
func (e *Not) Children() []Expr { return []Expr{e.Arg} }

// WithChildren implements Rebuilder.
func (e *And) WithChildren(c []Expr) Expr { n := *e; n.Args = c; return &n }

// WithChildren implements Rebuilder.
func (e *Or) WithChildren(c []Expr) Expr { n := *e; n.Args = c; return &n }

// WithChildren implements Rebuilder.
func (e *Not) WithChildren(c []Expr) Expr { n := *e; n.Arg = c[0]; return &n }

// Compile implements Expr.
func (e *And) Compile(c *Compiler) Eval {
	return c.fold(e, junction(compileAll(c, e.Args), false))
}

// Compile implements Expr.
func (e *Or) Compile(c *Compiler) Eval {
	return c.fold(e, junction(compileAll(c, e.Args), true))
}

// junction stops at the first argument that is decisive: false for AND, true for OR.
func junction(args []Eval, decisive bool) Eval {
	return func(fr *Frame) (types.Datum, error) {
		null := false
		for _, a := range args {
			v, err := a(fr)
			if err != nil {
				return types.Null, err
			}
			if v.IsNull() {
				null = true
			} else if v.Bool() == decisive {
				return v, nil
			}
		}
		if null {
			return types.Null, nil
		}
		return types.Bool(!decisive), nil
	}
}

// Compile implements Expr.
func (e *Not) Compile(c *Compiler) Eval {
	arg := e.Arg.Compile(c)
	return c.fold(e, func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil || v.IsNull() {
			return types.Null, err
		}
		return types.Bool(!v.Bool()), nil
	})
}

// NullTest is IS [NOT] NULL.
type NullTest struct {
	base
	Arg Expr
	Not bool
	// Whole asks whether there is a value, of a row too, as IS DISTINCT FROM NULL does.
	Whole bool
}

// Children implements Expr.
func (e *NullTest) Children() []Expr { return []Expr{e.Arg} }

// WithChildren implements Rebuilder.
func (e *NullTest) WithChildren(c []Expr) Expr { n := *e; n.Arg = c[0]; return &n }

// ofRow reports whether it is about a row's fields.
func (e *NullTest) ofRow() bool { return types.IsRecord(e.Arg.Type().OID) && !e.Whole }

// Words are the test in SQL, behind what is tested.
func (e *NullTest) Words() string {
	words := [...]string{"IS NULL", "IS NOT NULL", "IS NOT DISTINCT FROM NULL", "IS DISTINCT FROM NULL"}
	i := 0
	if e.Not {
		i = 1
	}
	if types.IsRecord(e.Arg.Type().OID) && e.Whole {
		i += 2
	}
	return words[i]
}

// Compile implements Expr. A row is NULL if all its fields are, and NOT NULL if
// none is.
func (e *NullTest) Compile(c *Compiler) Eval {
	arg, not := e.Arg.Compile(c), e.Not
	if e.ofRow() {
		return rowNullTest(arg, not)
	}
	return c.fold(e, func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil {
			return types.Null, err
		}
		return types.Bool(v.IsNull() != not), nil
	})
}

func rowNullTest(arg Eval, not bool) Eval {
	return func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil {
			return types.Null, err
		}
		if v.IsNull() {
			return types.Bool(!not), nil
		}
		for _, field := range v.Record().Fields {
			if field.IsNull() == not {
				return types.Bool(false), nil
			}
		}
		return types.Bool(true), nil
	}
}

// BooleanTest is IS [NOT] TRUE, FALSE or UNKNOWN.
type BooleanTest struct {
	base
	Arg  Expr
	Want types.Datum // true, false or NULL
	Not  bool
}

// Children implements Expr.
func (e *BooleanTest) Children() []Expr { return []Expr{e.Arg} }

// WithChildren implements Rebuilder.
func (e *BooleanTest) WithChildren(c []Expr) Expr { n := *e; n.Arg = c[0]; return &n }

// Compile implements Expr.
func (e *BooleanTest) Compile(c *Compiler) Eval {
	arg, want, not := e.Arg.Compile(c), e.Want, e.Not
	return c.fold(e, func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil {
			return types.Null, err
		}
		same := v.IsNull() == want.IsNull() && (v.IsNull() || v.Bool() == want.Bool())
		return types.Bool(same != not), nil
	})
}

// Distinct is IS [NOT] DISTINCT FROM. Equal is the operator = of the arguments'
// types.
type Distinct struct {
	base
	Left, Right Expr
	Equal       Func2
	Not         bool
}

// Children implements Expr.
func (e *Distinct) Children() []Expr { return []Expr{e.Left, e.Right} }

// WithChildren implements Rebuilder.
func (e *Distinct) WithChildren(c []Expr) Expr {
	n := *e
	n.Left, n.Right = c[0], c[1]
	return &n
}

// Compile implements Expr.
func (e *Distinct) Compile(c *Compiler) Eval {
	left, right, equal, not := e.Left.Compile(c), e.Right.Compile(c), e.Equal, e.Not
	return c.fold(e, func(fr *Frame) (types.Datum, error) {
		l, err := left(fr)
		if err != nil {
			return types.Null, err
		}
		r, err := right(fr)
		if err != nil {
			return types.Null, err
		}
		if l.IsNull() || r.IsNull() {
			return types.Bool((l.IsNull() != r.IsNull()) != not), nil
		}
		same, err := equal(fr.Env, l, r)
		return types.Bool(same.Bool() == not), err
	})
}

// NullIf is NULLIF(left, right): NULL where they are equal, else left.
type NullIf struct {
	base
	Left, Right Expr
	Equal       Func2
}

// Children implements Expr.
func (e *NullIf) Children() []Expr { return []Expr{e.Left, e.Right} }

// WithChildren implements Rebuilder.
func (e *NullIf) WithChildren(c []Expr) Expr {
	n := *e
	n.Left, n.Right = c[0], c[1]
	return &n
}

// Compile implements Expr.
func (e *NullIf) Compile(c *Compiler) Eval {
	left, right, equal := e.Left.Compile(c), e.Right.Compile(c), e.Equal
	return c.fold(e, func(fr *Frame) (types.Datum, error) {
		l, err := left(fr)
		if err != nil {
			return types.Null, err
		}
		r, err := right(fr)
		if err != nil || l.IsNull() || r.IsNull() {
			return l, err
		}
		same, err := equal(fr.Env, l, r)
		if err != nil || same.Bool() {
			return types.Null, err
		}
		return l, nil
	})
}
