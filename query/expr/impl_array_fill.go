package expr

import (
	"slices"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

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
		if size*int64(types.SizeBytes(args[0])) > fillBytesMax {
			return types.Null, sqlstate.New(sqlstate.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", fillBytesMax)
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

// fillBytesMax bounds what the elements take together, as PostgreSQL does.
const fillBytesMax = 1<<30 - 1

func fillSize(dims []types.Dim) (int64, error) {
	size := int64(min(len(dims), 1))
	for _, d := range dims {
		if size *= int64(d.Length); size > types.ArrayMadeMax || d.Length < 0 {
			return 0, errArraySize()
		}
	}
	return size, types.CheckBounds(dims)
}
