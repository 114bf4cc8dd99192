package expr

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func arrays() map[string]any {
	return map[string]any{
		"array_length": Func2(arrayLength), "array_cardinality": Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return integer(len(a.Array().Items)) }),
		"array_ndims": Func1(arrayNDims), "array_dims": Func1(arrayDims), "array_lower": arrayBound(false), "array_upper": arrayBound(true),
		"array_append": maker(arrayAppend), "array_prepend": maker(arrayPrepend), "array_cat": maker(arrayCat),
		"array_position": equating(arrayPosition), "array_position_start": equating(arrayPosition), "array_positions": equating(arrayPositions),
		"array_remove": equating(arrayRemove), "array_replace": equating(arrayReplace),
		"arraycontains":  arraySets(func(l, r arraySet) bool { return l.containsAll(r) }),
		"arraycontained": arraySets(func(l, r arraySet) bool { return r.containsAll(l) }),
		"arrayoverlap":   arraySets(arraySet.overlaps),
		"array_to_text":  maker(arrayToText), "array_to_text_null": maker(arrayToText),
		"text_to_array":      Func2(func(env *Env, a, b types.Datum) (types.Datum, error) { return textToArray(env, a, b, types.Null) }),
		"text_to_array_null": Func3(textToArray),
		"text_to_table":      SetFunc(textToTable), "text_to_table_null": SetFunc(textToTable),
		"array_unnest": SetFunc(unnest), "trim_array": Func2(trimArray),
		"generate_subscripts_nodir": SetFunc(subscripts), "generate_subscripts": SetFunc(subscripts),
		"array_fill": maker(arrayFill), "array_fill_with_lower_bounds": maker(arrayFill),
		"array_larger": maker(arrayPick(1)), "array_smaller": maker(arrayPick(-1)),
	}
}

// equating is make where elements can be compared for equality.
func equating(make maker) maker {
	return func(c *Call) any {
		if elem := types.ElemOf(c.Proc.Args[0]); !hasEquality(elem) {
			return failing(sqlstate.New(sqlstate.UndefinedFunction, "could not identify an equality operator for type %s", typeName(elem)))
		}
		return make(c)
	}
}

// failing fails when it is called with an array.
func failing(err error) FuncN {
	return func(_ *Env, args []types.Datum) (types.Datum, error) {
		if args[0].IsNull() {
			return types.Null, nil
		}
		return types.Null, err
	}
}

func errNoComparison(t types.OID) error {
	return sqlstate.New(sqlstate.UndefinedFunction, "could not identify a comparison function for type %s", typeName(t))
}

func arrayPick(sign int) maker {
	return func(c *Call) any {
		t := c.Proc.Args[0]
		if elem := types.ElemOf(t); !hasOrder(elem) {
			return failing(errNoComparison(elem))
		}
		return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			if types.Compare(t, a, b)*sign > 0 {
				return a, nil
			}
			return b, nil
		})
	}
}

func dimension(a *types.Array, n int64) (types.Dim, bool) {
	if n < 1 || n > int64(len(a.Dims)) {
		return types.Dim{}, false
	}
	return a.Dims[n-1], true
}

func arrayLength(_ *Env, a, b types.Datum) (types.Datum, error) {
	d, ok := dimension(a.Array(), b.Int())
	if !ok {
		return types.Null, nil
	}
	return integer(int(d.Length))
}

func arrayBound(upper bool) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		d, ok := dimension(a.Array(), b.Int())
		if !ok {
			return types.Null, nil
		}
		if upper {
			return integer(int(d.Lower) + int(d.Length) - 1)
		}
		return integer(int(d.Lower))
	}
}

func arrayNDims(_ *Env, a types.Datum) (types.Datum, error) {
	if n := len(a.Array().Dims); n > 0 {
		return integer(n)
	}
	return types.Null, nil
}

func arrayDims(_ *Env, a types.Datum) (types.Datum, error) {
	var out strings.Builder
	for _, d := range a.Array().Dims {
		fmt.Fprintf(&out, "[%d:%d]", d.Lower, int64(d.Lower)+int64(d.Length)-1)
	}
	if out.Len() == 0 {
		return types.Null, nil
	}
	return text(out.String())
}

// oneDimension returns the array for appending: NULL counts as empty.
func oneDimension(d types.Datum, elem types.OID) (*types.Array, error) {
	if d.IsNull() {
		return &types.Array{Elem: elem}, nil
	}
	a := d.Array()
	if len(a.Dims) > 1 {
		return nil, sqlstate.New(sqlstate.DataException, "argument must be empty or one-dimensional array")
	}
	return a, nil
}

func arrayAppend(c *Call) any {
	elem := types.ElemOf(c.Proc.Result)
	return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		old, err := oneDimension(a, elem)
		if err != nil {
			return types.Null, err
		}
		lower := int32(1)
		if len(old.Dims) > 0 {
			lower = old.Dims[0].Lower
		}
		items := append(old.Items[:len(old.Items):len(old.Items)], b)
		return types.Pointer(&types.Array{Elem: elem, Dims: []types.Dim{{Length: int32(len(items)), Lower: lower}}, Items: items, HadNulls: old.HadNulls}), nil
	})
}

func arrayPrepend(c *Call) any {
	elem := types.ElemOf(c.Proc.Result)
	return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		old, err := oneDimension(b, elem)
		if err != nil {
			return types.Null, err
		}
		lower := int32(1)
		if len(old.Dims) > 0 {
			lower = old.Dims[0].Lower
		}
		items := append([]types.Datum{a}, old.Items...)
		return types.Pointer(&types.Array{Elem: elem, Dims: []types.Dim{{Length: int32(len(items)), Lower: lower}}, Items: items, HadNulls: old.HadNulls}), nil
	})
}

func errIncompatible(detail string) error {
	return sqlstate.New(sqlstate.ArraySubscriptError, "cannot concatenate incompatible arrays").WithDetail("%s", detail)
}

func arrayCat(c *Call) any {
	elem := types.ElemOf(c.Proc.Result)
	return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		switch {
		case a.IsNull():
			return b, nil
		case b.IsNull():
			return a, nil
		}
		x, y := a.Array(), b.Array()
		switch {
		case len(x.Dims) == 0:
			return b, nil
		case len(y.Dims) == 0:
			return a, nil
		}
		dims, err := joinedDims(x.Dims, y.Dims)
		if err != nil {
			return types.Null, err
		}
		items := append(x.Items[:len(x.Items):len(x.Items)], y.Items...)
		return types.Pointer(&types.Array{Elem: elem, Dims: dims, Items: items, HadNulls: x.HadNulls || y.HadNulls}), nil
	})
}

// joinedDims is the shape of two arrays of n, or n and n-1, dimensions in a row.
func joinedDims(x, y []types.Dim) ([]types.Dim, error) {
	outer := append([]types.Dim(nil), x...)
	inner, other := x[1:], y
	switch len(x) - len(y) {
	case 0:
		outer[0].Length += y[0].Length
		other = y[1:]
	case 1:
		outer[0].Length++
	case -1:
		outer = append([]types.Dim(nil), y...)
		outer[0].Length++
		inner, other = x, y[1:]
	default:
		return nil, errIncompatible(fmt.Sprintf("Arrays of %d and %d dimensions are not compatible for concatenation.", len(x), len(y)))
	}
	for i := range inner {
		if inner[i] != other[i] {
			if len(x) == len(y) {
				return nil, errIncompatible("Arrays with differing element dimensions are not compatible for concatenation.")
			}
			return nil, errIncompatible("Arrays with differing dimensions are not compatible for concatenation.")
		}
	}
	return outer, nil
}

// sameItem compares elements with NULLs equal.
func sameItem(t types.OID, a, b types.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() == b.IsNull()
	}
	return types.Equal(t, a, b)
}

func searchable(a *types.Array) error {
	if len(a.Dims) > 1 {
		return unsupportedDims("searching for elements in multidimensional arrays is not supported")
	}
	return nil
}

func unsupportedDims(m string) error { return sqlstate.New(sqlstate.FeatureNotSupported, "%s", m) }

func arrayPosition(c *Call) any {
	elem := types.ElemOf(c.Proc.Args[0])
	return FuncN(func(_ *Env, args []types.Datum) (types.Datum, error) {
		if args[0].IsNull() {
			return types.Null, nil
		}
		a := args[0].Array()
		if err := searchable(a); err != nil || len(a.Dims) == 0 {
			return types.Null, err
		}
		lower, from := int64(a.Dims[0].Lower), int64(a.Dims[0].Lower)
		if len(args) > 2 {
			if args[2].IsNull() {
				return types.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "initial position must not be null")
			}
			from = args[2].Int()
		}
		for i, item := range a.Items {
			if at := lower + int64(i); at >= from && sameItem(elem, item, args[1]) {
				return types.Int(at), nil
			}
		}
		return types.Null, nil
	})
}

func arrayPositions(c *Call) any {
	elem := types.ElemOf(c.Proc.Args[0])
	return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		if a.IsNull() {
			return types.Null, nil
		}
		array := a.Array()
		if err := searchable(array); err != nil {
			return types.Null, err
		}
		var found []types.Datum
		for i, item := range array.Items {
			if sameItem(elem, item, b) {
				found = append(found, types.Int(int64(array.Dims[0].Lower)+int64(i)))
			}
		}
		return types.Pointer(types.NewArray(types.Int4OID, found)), nil
	})
}

func arrayRemove(c *Call) any {
	elem := types.ElemOf(c.Proc.Args[0])
	return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		if a.IsNull() {
			return types.Null, nil
		}
		old := a.Array()
		if len(old.Dims) > 1 {
			return types.Null, unsupportedDims("removing elements from multidimensional arrays is not supported")
		}
		var kept []types.Datum
		for _, item := range old.Items {
			if !sameItem(elem, item, b) {
				kept = append(kept, item)
			}
		}
		if len(kept) == len(old.Items) {
			return a, nil
		}
		made := types.NewArray(elem, kept)
		if len(made.Dims) > 0 {
			made.Dims[0].Lower = old.Dims[0].Lower
		}
		return types.Pointer(made), nil
	})
}

func arrayReplace(c *Call) any {
	elem := types.ElemOf(c.Proc.Args[0])
	return Func3(func(_ *Env, a, from, to types.Datum) (types.Datum, error) {
		if a.IsNull() {
			return types.Null, nil
		}
		old := a.Array()
		items, found := make([]types.Datum, len(old.Items)), false
		for i, item := range old.Items {
			if items[i] = item; sameItem(elem, item, from) {
				items[i], found = to, true
			}
		}
		if !found {
			return a, nil
		}
		return types.Pointer(&types.Array{Elem: elem, Dims: old.Dims, Items: items}), nil
	})
}

// arraySet is an array's elements without order.
type arraySet struct {
	elem  types.OID
	items []types.Datum
}

// has looks for an element; NULL is never found.
func (s arraySet) has(d types.Datum) bool {
	for _, i := range s.items {
		if !i.IsNull() && types.Equal(s.elem, i, d) {
			return true
		}
	}
	return false
}

func (s arraySet) containsAll(o arraySet) bool {
	for _, d := range o.items {
		if d.IsNull() || !s.has(d) {
			return false
		}
	}
	return true
}

func (s arraySet) overlaps(o arraySet) bool {
	for _, d := range o.items {
		if !d.IsNull() && s.has(d) {
			return true
		}
	}
	return false
}

func arraySets(holds func(l, r arraySet) bool) maker {
	return equating(func(c *Call) any {
		elem := types.ElemOf(c.Proc.Args[0])
		return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return types.Bool(holds(arraySet{elem, a.Array().Items}, arraySet{elem, b.Array().Items})), nil
		})
	})
}

func arrayToText(c *Call) any {
	elem := types.ElemOf(c.Proc.Args[0])
	return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
		if args[0].IsNull() || args[1].IsNull() {
			return types.Null, nil
		}
		var parts []string
		for _, item := range args[0].Array().Items {
			switch {
			case !item.IsNull():
				parts = append(parts, types.Text(env.Env, elem, item))
			case len(args) > 2 && !args[2].IsNull():
				parts = append(parts, args[2].Str())
			}
		}
		return text(strings.Join(parts, args[1].Str()))
	})
}

func splitText(a, separator, null types.Datum) []types.Datum {
	var parts []string
	switch {
	case a.Str() == "":
	case separator.IsNull():
		parts = strings.Split(a.Str(), "")
	case separator.Str() == "":
		parts = []string{a.Str()}
	default:
		parts = strings.Split(a.Str(), separator.Str())
	}
	items := make([]types.Datum, len(parts))
	for i, p := range parts {
		if null.IsNull() || p != null.Str() {
			items[i] = types.String(p)
		}
	}
	return items
}

func textToArray(_ *Env, a, separator, null types.Datum) (types.Datum, error) {
	if a.IsNull() {
		return types.Null, nil
	}
	return types.Pointer(types.NewArray(types.TextOID, splitText(a, separator, null))), nil
}

func textToTable(_ *Env, args []types.Datum) (Rows, error) {
	if args[0].IsNull() {
		return noRows, nil
	}
	null := types.Null
	if len(args) > 2 {
		null = args[2]
	}
	return singles(splitText(args[0], args[1], null)), nil
}

// singles yields rows of one value.
func singles(items []types.Datum) Rows {
	return func() ([]types.Datum, error) {
		if len(items) == 0 {
			return nil, nil
		}
		row := items[:1:1]
		items = items[1:]
		return row, nil
	}
}

func unnest(_ *Env, args []types.Datum) (Rows, error) { return singles(args[0].Array().Items), nil }

func trimArray(_ *Env, a, b types.Datum) (types.Datum, error) {
	old, n := a.Array(), b.Int()
	have := int64(0)
	if len(old.Dims) > 0 {
		have = int64(old.Dims[0].Length)
	}
	if n < 0 || n > have {
		return types.Null, sqlstate.New(sqlstate.ArraySubscriptError, "number of elements to trim must be between 0 and %d", have)
	}
	if have == 0 {
		return a, nil
	}
	from, to := make([]int64, len(old.Dims)), make([]int64, len(old.Dims))
	for i, d := range old.Dims {
		from[i], to[i] = int64(d.Lower), int64(d.Lower)+int64(d.Length)-1
	}
	to[0] -= n
	return types.Pointer(sliceArray(old, from, to)), nil
}

func subscripts(_ *Env, args []types.Datum) (Rows, error) {
	d, ok := dimension(args[0].Array(), args[1].Int())
	if !ok {
		return noRows, nil
	}
	items := make([]types.Datum, d.Length)
	down := len(args) > 2 && args[2].Bool()
	for i := range items {
		at := int64(d.Lower) + int64(i)
		if down {
			at = int64(d.Lower) + int64(d.Length) - 1 - int64(i)
		}
		items[i] = types.Int(at)
	}
	return singles(items), nil
}

func arrayFill(c *Call) any {
	elem := types.ElemOf(c.Proc.Result)
	return FuncN(func(_ *Env, args []types.Datum) (types.Datum, error) {
		if args[1].IsNull() || len(args) > 2 && args[2].IsNull() {
			return types.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "dimension array or low bound array cannot be null")
		}
		dims, err := fillDims(args[1:])
		if err != nil {
			return types.Null, err
		}
		size, err := fillSize(dims)
		if err != nil || size == 0 {
			return types.Pointer(&types.Array{Elem: elem}), err
		}
		made := &types.Array{Elem: elem, Dims: dims, Items: make([]types.Datum, size)}
		for i := range made.Items {
			made.Items[i] = args[0]
		}
		return types.Pointer(made), nil
	})
}

// fillDims makes dimensions of their lengths and, if given, lower bounds.
func fillDims(args []types.Datum) ([]types.Dim, error) {
	for i, a := range args {
		v := a.Array()
		switch {
		case len(v.Dims) > 1:
			return nil, errSubscripts().WithDetail("Dimension array must be one dimensional.")
		case slices.ContainsFunc(v.Items, types.Datum.IsNull):
			return nil, sqlstate.New(sqlstate.NullValueNotAllowed, "dimension values cannot be null")
		case len(v.Items) > types.ArrayDimsMax && i == 0:
			return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", len(v.Items), types.ArrayDimsMax)
		case len(v.Items) != len(args[0].Array().Items):
			return nil, errSubscripts().WithDetail("Low bound array has different size than dimensions array.")
		}
	}
	var dims []types.Dim
	for i, n := range args[0].Array().Items {
		d := types.Dim{Length: int32(n.Int()), Lower: 1}
		if len(args) > 1 {
			d.Lower = int32(args[1].Array().Items[i].Int())
		}
		dims = append(dims, d)
	}
	return dims, nil
}

// fillItemsMax bounds what array_fill makes, below PostgreSQL's own bound.
const fillItemsMax = 1 << 24

func fillSize(dims []types.Dim) (int64, error) {
	size := int64(min(len(dims), 1))
	for _, d := range dims {
		if size *= int64(d.Length); size > fillItemsMax || d.Length < 0 {
			return 0, errArraySize()
		}
	}
	for _, d := range dims {
		if int64(d.Lower)+int64(d.Length) > math.MaxInt32 {
			return 0, sqlstate.New(sqlstate.ProgramLimitExceeded, "array lower bound is too large: %d", d.Lower)
		}
	}
	return size, nil
}
