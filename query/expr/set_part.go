package expr

import (
	"math"
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

// SetPart is a value with a part of it set, which is what SET a[1] = x assigns.
type SetPart struct {
	base
	Arg   Expr      // the value as it was
	Subs  [][2]Expr // lower and upper bound; of an element the upper alone
	Slice bool
	Array bool // of jsonb: the first subscript is a place
	Value Expr
}

// Children implements Expr.
func (e *SetPart) Children() []Expr { return givenBounds([]Expr{e.Arg, e.Value}, e.Subs) }

// WithChildren implements Rebuilder.
func (e *SetPart) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg, n.Value, n.Subs = c[0], c[1], withBounds(e.Subs, c[2:])
	return &n
}

// Compile implements Expr.
func (e *SetPart) Compile(c *Compiler) Eval {
	arg, value, subs, set := e.Arg.Compile(c), e.Value.Compile(c), compileBounds(c, e.Subs), e.setter()
	return func(fr *Frame) (types.Datum, error) {
		old, err := arg(fr)
		if err != nil {
			return types.Null, err
		}
		at, err := e.subscripts(fr, subs)
		if err != nil {
			return types.Null, err
		}
		v, err := value(fr)
		if err != nil {
			return types.Null, err
		}
		return set(old, at, v)
	}
}

// setter sets the part of a value that evaluated subscripts mean.
func (e *SetPart) setter() func(old types.Datum, at [][2]types.Datum, v types.Datum) (types.Datum, error) {
	if e.typ.OID == types.JSONBOID {
		return e.setJSON
	}
	if types.IsShape(e.typ.OID) {
		return e.setPiece
	}
	elem := types.ElemOf(e.typ.OID)
	return func(old types.Datum, at [][2]types.Datum, v types.Datum) (types.Datum, error) {
		a := &types.Array{Elem: elem}
		if !old.IsNull() {
			a = old.Array()
		}
		var made *types.Array
		var err error
		switch {
		case e.Slice && v.IsNull(): // nothing is set
			return types.Pointer(a), nil
		case e.Slice:
			made, err = setSlice(a, at, v.Array())
		default:
			made, err = setElement(a, at, v)
		}
		if err != nil {
			return types.Null, err
		}
		return types.Pointer(made), nil
	}
}

func (e *SetPart) subscripts(fr *Frame, subs [][2]Eval) ([][2]types.Datum, error) {
	at := make([][2]types.Datum, len(subs))
	for i, s := range subs {
		for side, sub := range s {
			if sub == nil {
				continue
			}
			v, err := sub(fr)
			if err != nil {
				return nil, err
			}
			if v.IsNull() {
				name := "array"
				if e.typ.OID == types.JSONBOID {
					name = "jsonb"
				}
				return nil, sqlstate.New(sqlstate.NullValueNotAllowed, "%s subscript in assignment must not be null", name)
			}
			at[i][side] = v
		}
	}
	return at, nil
}

func (e *SetPart) setJSON(old types.Datum, at [][2]types.Datum, v types.Datum) (types.Datum, error) {
	path := make([]string, len(at))
	for i, s := range at {
		path[i] = s[1].Str()
	}
	value := v.Str()
	if v.IsNull() {
		value = jsonb.Value{}.Doc()
	}
	return doc(jsonb.Assign(old.Str(), path, e.Array, value))
}

func errSubscripts() *sqlstate.Error {
	return sqlstate.New(sqlstate.ArraySubscriptError, "wrong number of array subscripts")
}

func errSubscriptRange() error {
	return sqlstate.New(sqlstate.ArraySubscriptError, "array subscript out of range")
}

// arrayItemsMax bounds the elements of an array.
const arrayItemsMax = 1 << 27

func errArraySize() error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", arrayItemsMax-1)
}

// setElement sets one element. An array of one dimension grows to have it.
func setElement(a *types.Array, at [][2]types.Datum, v types.Datum) (*types.Array, error) {
	if len(a.Dims) == 0 {
		made := &types.Array{Elem: a.Elem, Items: []types.Datum{v}}
		for _, s := range at {
			made.Dims = append(made.Dims, types.Dim{Length: 1, Lower: int32(s[1].Int())})
		}
		return made, nil
	}
	if len(at) != len(a.Dims) {
		return nil, errSubscripts()
	}
	if len(at) == 1 {
		i := at[0][1].Int()
		grown, err := grow(a, i, i)
		if err != nil {
			return nil, err
		}
		grown.Items[i-int64(grown.Dims[0].Lower)] = v
		return grown, nil
	}
	index := int64(0)
	for d, dim := range a.Dims {
		offset := at[d][1].Int() - int64(dim.Lower)
		if offset < 0 || offset >= int64(dim.Length) {
			return nil, errSubscriptRange()
		}
		index = index*int64(dim.Length) + offset
	}
	made := &types.Array{Elem: a.Elem, Dims: a.Dims, Items: slices.Clone(a.Items), HadNulls: a.FlagsNulls()}
	made.Items[index] = v
	return made, nil
}

// grow returns a copy of a one-dimensional array that reaches from low to high, filled
// up with NULLs.
func grow(a *types.Array, low, high int64) (*types.Array, error) {
	from := int64(a.Dims[0].Lower)
	to := from + int64(a.Dims[0].Length) - 1
	low, high = min(low, from), max(high, to)
	if high-low+1 >= arrayItemsMax || high >= math.MaxInt32 {
		return nil, errArraySize()
	}
	items := make([]types.Datum, high-low+1)
	copy(items[from-low:], a.Items)
	made := &types.Array{Elem: a.Elem, Dims: []types.Dim{{Length: int32(len(items)), Lower: int32(low)}}, Items: items}
	made.HadNulls = a.FlagsNulls() || len(items) > len(a.Items)+1
	return made, nil
}

// setSlice sets a range of elements to those of another array, in order.
func setSlice(a *types.Array, at [][2]types.Datum, from *types.Array) (*types.Array, error) {
	if len(a.Dims) == 0 {
		return newSlice(a, at, from)
	}
	if len(a.Dims) < len(at) {
		return nil, errSubscripts()
	}
	bounds, err := partBounds(a, at)
	if err != nil {
		return nil, err
	}
	made := &types.Array{Elem: a.Elem, Dims: a.Dims, Items: slices.Clone(a.Items), HadNulls: a.FlagsNulls()}
	if len(a.Dims) == 1 {
		if made, err = grow(a, bounds[0][0], bounds[0][1]); err != nil {
			return nil, err
		}
	}
	count := int64(1)
	for _, b := range bounds {
		count *= b[1] - b[0] + 1
	}
	if count > int64(len(from.Items)) {
		return nil, errSourceSize()
	}
	fill(made, bounds, from.Items)
	return made, nil
}

func errSourceSize() error {
	return sqlstate.New(sqlstate.ArraySubscriptError, "source array too small")
}

func newSlice(a *types.Array, at [][2]types.Datum, from *types.Array) (*types.Array, error) {
	made := &types.Array{Elem: a.Elem}
	count := int64(1)
	for _, s := range at {
		if s[0].IsNull() || s[1].IsNull() {
			return nil, sqlstate.New(sqlstate.ArraySubscriptError, "array slice subscript must provide both boundaries").
				WithDetail("When assigning to a slice of an empty array value, slice boundaries must be fully specified.")
		}
		n := s[1].Int() - s[0].Int() + 1
		if n < 0 || n >= arrayItemsMax || s[1].Int() == math.MaxInt32 {
			return nil, errArraySize()
		}
		if count *= n; count >= arrayItemsMax {
			return nil, errArraySize()
		}
		made.Dims = append(made.Dims, types.Dim{Length: int32(n), Lower: int32(s[0].Int())})
	}
	if count > int64(len(from.Items)) {
		return nil, errSourceSize()
	}
	if made.Items = from.Items[:count]; count == 0 {
		made.Dims = nil
	}
	return made, nil
}

// partBounds are the ranges that are set, in every dimension.
func partBounds(a *types.Array, at [][2]types.Datum) ([][2]int64, error) {
	bounds := make([][2]int64, len(a.Dims))
	for d, dim := range a.Dims {
		low, high := int64(dim.Lower), int64(dim.Lower)+int64(dim.Length)-1
		bounds[d] = [2]int64{low, high}
		if d >= len(at) {
			continue
		}
		for side, v := range at[d] {
			if !v.IsNull() {
				bounds[d][side] = v.Int()
			}
		}
		switch b := bounds[d]; {
		case b[0] > b[1]:
			return nil, sqlstate.New(sqlstate.ArraySubscriptError, "upper bound cannot be less than lower bound")
		case len(a.Dims) > 1 && (b[0] < low || b[1] > high):
			return nil, errSubscriptRange()
		}
	}
	return bounds, nil
}

// fill sets the elements within bounds.
func fill(a *types.Array, bounds [][2]int64, from []types.Datum) {
	at := make([]int64, len(bounds))
	for d := range at {
		at[d] = bounds[d][0]
	}
	for _, v := range from {
		index := int64(0)
		for d, dim := range a.Dims {
			index = index*int64(dim.Length) + at[d] - int64(dim.Lower)
		}
		a.Items[index] = v
		d := len(at) - 1
		for ; d >= 0; d-- {
			if at[d]++; at[d] <= bounds[d][1] {
				break
			}
			at[d] = bounds[d][0]
		}
		if d < 0 {
			return
		}
	}
}

// bindPartSubscripts binds the subscripts and returns the type of what is set.
func (b *Binder) bindPartSubscripts(set *SetPart, part []*pg_query.Node, pos int) (types.Type, error) {
	t := set.typ
	if t.OID == types.JSONBOID {
		keys, array, err := b.jsonSubscripts(part)
		for _, k := range keys {
			set.Subs = append(set.Subs, [2]Expr{nil, k})
		}
		set.Array = array
		return t, err
	}
	elem := types.ElemOf(t.OID)
	if types.IsShape(t.OID) {
		elem = types.PieceOf(t.OID)
	}
	if elem == 0 {
		return t, b.errorAt(pos, sqlstate.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", typeName(t.OID))
	}
	if len(part) > types.ArrayDimsMax {
		return t, b.errorAt(pos, sqlstate.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", len(part), types.ArrayDimsMax)
	}
	for _, n := range part {
		set.Slice = set.Slice || n.GetAIndices().IsSlice
	}
	bound, err := b.bindSlice(set.Arg, part)
	if err != nil {
		return t, err
	}
	set.Subs = bound.(*Slice).Bounds
	if set.Slice {
		return t, nil
	}
	for i := range set.Subs {
		set.Subs[i][0] = nil
	}
	return types.Type{OID: elem, Mod: t.Mod}, nil
}
