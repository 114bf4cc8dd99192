package expr

import (
	"slices"
	"strconv"

	"github.com/projsql/projsql/query/types"
)

// Case is the first result whose condition is true, else Else (nil: NULL).
type Case struct {
	base
	When []Branch
	Else Expr
}

// Branch is one WHEN of a Case.
type Branch struct{ If, Then Expr }

// Children implements Expr.
func (e *Case) Children() []Expr {
	var all []Expr
	for _, w := range e.When {
		all = append(all, w.If, w.Then)
	}
	if e.Else != nil {
		all = append(all, e.Else)
	}
	return all
}

// WithChildren implements Rebuilder.
func (e *Case) WithChildren(c []Expr) Expr {
	n := *e
	n.When = make([]Branch, len(e.When))
	for i := range n.When {
		n.When[i] = Branch{If: c[2*i], Then: c[2*i+1]}
	}
	if e.Else != nil {
		n.Else = c[len(c)-1]
	}
	return &n
}

// Compile implements Expr.
func (e *Case) Compile(c *Compiler) Eval {
	conditions := make([]Eval, len(e.When))
	results := make([]Eval, len(e.When))
	for i, w := range e.When {
		conditions[i], results[i] = w.If.Compile(c), w.Then.Compile(c)
	}
	otherwise := func(*Frame) (types.Datum, error) { return types.Null, nil }
	if e.Else != nil {
		otherwise = e.Else.Compile(c)
	}
	return c.fold(e, func(fr *Frame) (types.Datum, error) {
		for i, condition := range conditions {
			v, err := condition(fr)
			if err != nil {
				return types.Null, err
			}
			if !v.IsNull() && v.Bool() {
				return results[i](fr)
			}
		}
		return otherwise(fr)
	})
}

// Coalesce is the first argument that is not NULL.
type Coalesce struct {
	base
	Args []Expr
}

// Children implements Expr.
func (e *Coalesce) Children() []Expr { return e.Args }

// WithChildren implements Rebuilder.
func (e *Coalesce) WithChildren(c []Expr) Expr { n := *e; n.Args = c; return &n }

// Compile implements Expr.
func (e *Coalesce) Compile(c *Compiler) Eval {
	args := compileAll(c, e.Args)
	return c.fold(e, func(fr *Frame) (types.Datum, error) {
		for _, a := range args {
			v, err := a(fr)
			if err != nil || !v.IsNull() {
				return v, err
			}
		}
		return types.Null, nil
	})
}

// MinMax is GREATEST or LEAST; NULLs are left out.
type MinMax struct {
	base
	Args []Expr
	Max  bool
}

// Children implements Expr.
func (e *MinMax) Children() []Expr { return e.Args }

// WithChildren implements Rebuilder.
func (e *MinMax) WithChildren(c []Expr) Expr { n := *e; n.Args = c; return &n }

// Compile implements Expr.
func (e *MinMax) Compile(c *Compiler) Eval {
	args, oid, sign := compileAll(c, e.Args), e.typ.OID, -1
	if e.Max {
		sign = 1
	}
	return func(fr *Frame) (types.Datum, error) {
		best := types.Null
		for _, a := range args {
			v, err := a(fr)
			if err != nil {
				return types.Null, err
			}
			if !v.IsNull() && (best.IsNull() || types.Compare(oid, v, best)*sign > 0) {
				best = v
			}
		}
		return best, nil
	}
}

// Array is ARRAY[...]. If Nested, the elements are arrays of one dimension less.
type Array struct {
	base
	Elem   types.OID
	Args   []Expr
	Nested bool
}

// Children implements Expr.
func (e *Array) Children() []Expr { return e.Args }

// WithChildren implements Rebuilder.
func (e *Array) WithChildren(c []Expr) Expr { n := *e; n.Args = c; return &n }

// Compile implements Expr.
func (e *Array) Compile(c *Compiler) Eval {
	args, elem, nested := compileAll(c, e.Args), e.Elem, e.Nested
	return c.fold(e, func(fr *Frame) (types.Datum, error) {
		items := make([]types.Datum, len(args))
		if _, err := evalAll(fr, args, items); err != nil {
			return types.Null, err
		}
		if nested {
			return stackArrays(elem, items)
		}
		return types.Pointer(types.NewArray(elem, items)), nil
	})
}

// Row is ROW(...).
type Row struct {
	base
	Args  []Expr
	Names []string // nil: f1, f2 …
	// Relation is the name in FROM whose row this is; "" if none. Aliases are what its columns are
	// called there.
	Relation string
	Aliases  []string
	// Present is a column of it that is NULL where an outer join found no row: neither is there
	// a value then. nil: there always is.
	Present Expr
}

// NewRow is ROW(args).
func NewRow(args []Expr, pos int) *Row {
	return &Row{base: base{typ: types.Of(types.RecordOID), pos: pos}, Args: args}
}

func (e *Row) fieldName(i int) string {
	if e.Names == nil {
		return "f" + strconv.Itoa(i+1)
	}
	return e.Names[i]
}

// Children implements Expr.
func (e *Row) Children() []Expr {
	if e.Present == nil {
		return e.Args
	}
	return append(slices.Clip(e.Args), e.Present)
}

// WithChildren implements Rebuilder.
func (e *Row) WithChildren(c []Expr) Expr {
	n := *e
	if n.Args = c; e.Present != nil {
		n.Args, n.Present = c[:len(c)-1], c[len(c)-1]
	}
	return &n
}

// Compile implements Expr.
func (e *Row) Compile(c *Compiler) Eval {
	args := compileAll(c, e.Args)
	oids := make([]types.OID, len(e.Args))
	for i, a := range e.Args {
		oids[i] = a.Type().OID
	}
	names := e.Names
	present := func(*Frame) (types.Datum, error) { return types.Bool(true), nil }
	if e.Present != nil {
		present = e.Present.Compile(c)
	}
	return func(fr *Frame) (types.Datum, error) {
		if p, err := present(fr); err != nil || p.IsNull() {
			return types.Null, err
		}
		fields := make([]types.Datum, len(args))
		if _, err := evalAll(fr, args, fields); err != nil {
			return types.Null, err
		}
		return types.Pointer(&types.Record{Names: names, Types: oids, Fields: fields}), nil
	}
}
