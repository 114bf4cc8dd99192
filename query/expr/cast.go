package expr

import (
	"unsafe"

	"github.com/projsql/projsql/query/types"
)

// Relabel takes a value for one of a binary compatible type.
type Relabel struct {
	base
	Arg Expr
}

// Children implements Expr.
func (e *Relabel) Children() []Expr { return []Expr{e.Arg} }

// WithChildren implements Rebuilder.
func (e *Relabel) WithChildren(c []Expr) Expr { n := *e; n.Arg = c[0]; return &n }

// Compile implements Expr. Between oid and int4 the bits stay, and the number changes.
func (e *Relabel) Compile(c *Compiler) Eval {
	arg, from, to := e.Arg.Compile(c), e.Arg.Type().OID, e.typ.OID
	switch {
	case from == types.Int4OID && isOID(to):
		return c.fold(e, relabelled(arg, func(i int64) int64 { return int64(uint32(i)) }))
	case isOID(from) && to == types.Int4OID:
		return c.fold(e, relabelled(arg, func(i int64) int64 { return int64(int32(i)) }))
	}
	return arg
}

func relabelled(arg Eval, number func(int64) int64) Eval {
	return func(f *Frame) (types.Datum, error) {
		d, err := arg(f)
		if err != nil || d.IsNull() {
			return d, err
		}
		return types.Int(number(d.Int())), nil
	}
}

func isOID(t types.OID) bool { return t == types.OIDOID || isReg(t) }

// IOCast converts through the text form: output of one type, input of the other.
type IOCast struct {
	base
	Arg Expr
}

// Children implements Expr.
func (e *IOCast) Children() []Expr { return []Expr{e.Arg} }

// WithChildren implements Rebuilder.
func (e *IOCast) WithChildren(c []Expr) Expr { n := *e; n.Arg = c[0]; return &n }

// Compile implements Expr.
func (e *IOCast) Compile(c *Compiler) Eval {
	if f, ok := columnFieldOf(e.Arg); ok {
		return castField(f, e.typ)
	}
	arg, from, to := e.Arg.Compile(c), e.Arg.Type().OID, e.typ
	switch {
	case isString(from):
		return c.fold(e, castText(arg, to))
	case isString(to.OID):
		return c.fold(e, castToText(arg, from, to))
	}
	return c.fold(e, func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil || v.IsNull() {
			return types.Null, err
		}
		return types.Parse(fr.Env.Env, to, textOf(fr, from, v))
	})
}

// isPlainNumeric reports whether t is numeric without a precision.
func isPlainNumeric(t types.Type) bool { return t.OID == types.NumericOID && t.Mod < 0 }

// castField casts the text of a field.
func castField(f columnField, to types.Type) Eval {
	if isPlainNumeric(to) {
		return func(fr *Frame) (types.Datum, error) {
			if text, ok := f.text(fr); ok {
				return types.ParseNumeric(text)
			}
			return types.Null, nil
		}
	}
	return func(fr *Frame) (types.Datum, error) {
		if text, ok := f.text(fr); ok {
			return types.Parse(fr.Env.Env, to, text)
		}
		return types.Null, nil
	}
}

func castText(arg Eval, to types.Type) Eval {
	if isPlainNumeric(to) {
		return castTextNumeric(arg)
	}
	return func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil || v.IsNull() {
			return types.Null, err
		}
		return types.Parse(fr.Env.Env, to, v.Str())
	}
}

func castTextNumeric(arg Eval) Eval {
	return func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil || v.IsNull() {
			return types.Null, err
		}
		return types.ParseNumeric(v.Str())
	}
}

func castToText(arg Eval, from types.OID, to types.Type) Eval {
	plain := to.OID == types.TextOID || to.OID == types.VarcharOID && to.Mod < 0
	return func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil || v.IsNull() {
			return types.Null, err
		}
		s := textOf(fr, from, v)
		if plain {
			return types.String(s), nil
		}
		return types.Parse(fr.Env.Env, to, s)
	}
}

// textOf is a value's text form. A short one, as most are, stays where it was made.
func textOf(fr *Frame, t types.OID, v types.Datum) string {
	const short = 24
	b := types.AppendText(fr.Env.Env, make([]byte, 0, short), t, v)
	if cap(b) == short {
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	return string(b)
}

// settingsTypes are those whose text form depends on settings.
var settingsTypes = map[types.OID]bool{
	types.DateOID: true, types.TimestampOID: true, types.TimestamptzOID: true, types.TimetzOID: true, types.TimeOID: true,
	types.IntervalOID: true, types.ByteaOID: true, types.Float4OID: true, types.Float8OID: true, types.RecordOID: true,
}

// immutable reports whether the conversion depends on no setting, as PostgreSQL sees it.
func (e *IOCast) immutable() bool {
	return !e.stable() && !dependsOnSettings(e.Arg.Type().OID) && !dependsOnSettings(e.typ.OID)
}

// stable reports whether PostgreSQL's output function of the one type or input function of
// the other is no immutable one.
func (e *IOCast) stable() bool {
	return stableInput(types.BaseOf(e.typ.OID)) || stableOutput(e.Arg.Type().OID)
}

// stableOutput is stableInput of output functions.
func stableOutput(t types.OID) bool {
	t = types.BaseOf(t)
	return stableInput(t) && t != types.TimeOID && t != types.TimetzOID
}

// stableInput reports whether a type's input function is stable: those of types that are
// made of others are, whatever these are.
func stableInput(t types.OID) bool {
	switch t {
	case types.DateOID, types.TimeOID, types.TimetzOID, types.TimestampOID, types.TimestamptzOID, types.IntervalOID, types.MoneyOID:
		return true
	}
	return types.IsEnum(t) || types.ElemOf(t) != 0 && !types.IsVector(t) || types.SubtypeOf(rangeUnder(t)) != 0 || types.IsRecord(t) || isReg(t)
}

func dependsOnSettings(t types.OID) bool {
	t = types.BaseOf(t)
	if elem := types.ElemOf(t); elem != 0 {
		t = types.BaseOf(elem)
	}
	if subtype := types.SubtypeOf(rangeUnder(t)); subtype != 0 {
		t = subtype
	}
	return settingsTypes[t] || types.IsShape(t) || isReg(t) || types.IsRecord(t)
}

// rangeUnder is the range type of a multirange type, or t itself.
func rangeUnder(t types.OID) types.OID {
	if of := types.RangeOf(t); of != 0 {
		return of
	}
	return t
}

// ArrayCast converts each element; Elem is the conversion of its only column.
type ArrayCast struct {
	base
	Arg  Expr
	Elem Expr
}

// Children implements Expr.
func (e *ArrayCast) Children() []Expr { return []Expr{e.Arg} }

// WithChildren implements Rebuilder.
func (e *ArrayCast) WithChildren(c []Expr) Expr { n := *e; n.Arg = c[0]; return &n }

// Compile implements Expr.
func (e *ArrayCast) Compile(c *Compiler) Eval {
	arg, each, elem := e.Arg.Compile(c), e.Elem.Compile(c), e.Elem.Type().OID
	return func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil || v.IsNull() {
			return types.Null, err
		}
		old := v.Array()
		made := &types.Array{Elem: elem, Dims: old.Dims, Items: make([]types.Datum, len(old.Items))}
		inner := Frame{Params: fr.Params, Env: fr.Env, Row: make([]types.Datum, 1)}
		for i, item := range old.Items {
			inner.Row[0] = item
			if made.Items[i], err = each(&inner); err != nil {
				return types.Null, err
			}
		}
		return types.Pointer(made), nil
	}
}

// Length applies a type's modifier: the length of a string, the scale of a
// numeric.
type Length struct {
	base
	Arg      Expr
	Explicit bool
}

// Children implements Expr.
func (e *Length) Children() []Expr { return []Expr{e.Arg} }

// WithChildren implements Rebuilder.
func (e *Length) WithChildren(c []Expr) Expr { n := *e; n.Arg = c[0]; return &n }

// Compile implements Expr.
func (e *Length) Compile(c *Compiler) Eval {
	arg, to, explicit := e.Arg.Compile(c), e.typ, e.Explicit
	return c.fold(e, func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil || v.IsNull() {
			return types.Null, err
		}
		return types.Coerce(to, v, explicit)
	})
}

// hasText reports whether the type has values here, so that text can be read.
func hasText(t types.OID) bool {
	t = types.BaseOf(t)
	if elem := types.ElemOf(t); elem != 0 {
		t = types.BaseOf(elem)
	}
	switch t {
	case types.MoneyOID, types.PgSnapshotOID, types.TxidSnapshotOID,
		types.PointOID, types.LsegOID, types.PathOID, types.BoxOID, types.PolygonOID, types.LineOID, types.CircleOID,
		types.BoolOID, types.ByteaOID, types.CharOID, types.NameOID, types.Int8OID, types.Int2OID, types.Int4OID, types.TextOID,
		types.OIDOID, types.XIDOID, types.CIDOID, types.XID8OID, types.LSNOID, types.JSONOID, types.JSONBOID, types.Float4OID, types.Float8OID, types.UnknownOID,
		types.BpcharOID, types.VarcharOID, types.DateOID, types.TimeOID, types.TimetzOID, types.TimestampOID, types.TimestamptzOID,
		types.IntervalOID, types.NumericOID, types.UUIDOID, types.RecordOID, types.CstringOID, types.VoidOID, types.Int2VectorOID, types.OIDVectorOID,
		types.NodeTreeOID, types.RefcursorOID, types.TIDOID, types.JSONPathOID, types.ACLItemOID, types.BitOID, types.VarbitOID,
		types.InetOID, types.CidrOID, types.MacaddrOID, types.Macaddr8OID, types.TSVectorOID, types.TSQueryOID:
		return true
	}
	return isReg(t) || types.IsEnum(t) || types.IsRecord(t) || types.SubtypeOf(rangeUnder(t)) != 0
}
