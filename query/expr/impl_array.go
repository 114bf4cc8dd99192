package expr

import (
	"fmt"
	"math"
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
		"arraycontains":  arraySets(containsAll),
		"arraycontained": arraySets(func(env *Env, l, r arraySet) (bool, error) { return containsAll(env, r, l) }),
		"arrayoverlap":   arraySets(haveOneInCommon),
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
		dims := []types.Dim{{Length: int32(len(items)), Lower: lower}}
		return types.Pointer(&types.Array{Elem: elem, Dims: dims, Items: items, HadNulls: old.HadNulls}), types.CheckBounds(dims)
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
		if lower == math.MinInt32 {
			return types.Null, int4Range.overflow()
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
		if len(x.Items)+len(y.Items) > types.ArrayMadeMax {
			return types.Null, errArraySize()
		}
		items := append(x.Items[:len(x.Items):len(x.Items)], y.Items...)
		return types.Pointer(&types.Array{Elem: elem, Dims: dims, Items: items, HadNulls: x.HadNulls || y.HadNulls}), types.CheckBounds(dims)
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
