package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Const is a value. An untyped literal has type unknown and a text value.
type Const struct {
	base
	Value types.Datum
}

// NewConst returns a constant; pos is a byte offset, -1 = none.
func NewConst(t types.Type, v types.Datum, pos int) *Const {
	return &Const{base: base{typ: t, pos: pos}, Value: v}
}

// Children implements Expr.
func (e *Const) Children() []Expr { return nil }

// Compile implements Expr.
func (e *Const) Compile(*Compiler) Eval {
	v := e.Value
	return func(*Frame) (types.Datum, error) { return v, nil }
}

// Column is a value of the current row, or of a row of an enclosing query.
type Column struct {
	base
	Index int
	Level int // 0 is Frame.Row, 1 is Frame.Up's row, and so on
	Name  string
	// Collation is that of the value; 0: its type's.
	Collation types.OID
}

// CollatedBy implements Collated.
func (e *Column) CollatedBy() types.OID { return e.Collation }

// NewColumn returns a reference to column index of the current row.
func NewColumn(index int, name string, t types.Type, pos int) *Column {
	return &Column{base: base{typ: t, pos: pos}, Index: index, Name: name}
}

// Outer returns the same column seen from level queries further in.
func (e *Column) Outer(level int) *Column {
	c := *e
	c.Level += level
	return &c
}

// Children implements Expr.
func (e *Column) Children() []Expr { return nil }

// Compile implements Expr.
func (e *Column) Compile(*Compiler) Eval {
	i := e.Index
	switch e.Level {
	case 0:
		return func(f *Frame) (types.Datum, error) { return f.Row[i], nil }
	case 1:
		return func(f *Frame) (types.Datum, error) { return f.Up.Row[i], nil }
	}
	level := e.Level
	return func(f *Frame) (types.Datum, error) {
		for range level {
			f = f.Up
		}
		return f.Row[i], nil
	}
}

// Param is $N, counted from 1.
type Param struct {
	base
	N int
}

// NewParam returns a reference to parameter n.
func NewParam(n int, t types.Type, pos int) *Param {
	return &Param{base: base{typ: t, pos: pos}, N: n}
}

// Children implements Expr.
func (e *Param) Children() []Expr { return nil }

// Compile implements Expr.
func (e *Param) Compile(*Compiler) Eval {
	i := e.N - 1
	return func(f *Frame) (types.Datum, error) {
		if i >= len(f.Params) {
			return types.Null, sqlstate.New(sqlstate.UndefinedParameter, "there is no parameter $%d", i+1)
		}
		return f.Params[i], nil
	}
}
