package expr

import (
	"slices"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// stackArrays makes one array of arrays of equal dimensions. Empty ones do not mix
// with others.
func stackArrays(elem types.OID, parts []types.Datum) (types.Datum, error) {
	made := &types.Array{Elem: elem}
	empty, full := 0, 0
	for _, p := range parts {
		if p.IsNull() || len(p.Array().Dims) == 0 {
			empty++
			continue
		}
		a := p.Array()
		if full == 0 {
			made.Dims = append([]types.Dim{{Length: int32(len(parts)), Lower: 1}}, a.Dims...)
		}
		if !slices.Equal(made.Dims[1:], a.Dims) {
			return types.Null, mismatchedDims()
		}
		full++
		made.Items = append(made.Items, a.Items...)
	}
	if full > 0 && empty > 0 {
		return types.Null, mismatchedDims()
	}
	if len(made.Dims) > 6 {
		return types.Null, sqlstate.New(sqlstate.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (6)", len(made.Dims))
	}
	return types.Pointer(made), nil
}

func mismatchedDims() error {
	return sqlstate.New(sqlstate.ArraySubscriptError, "multidimensional arrays must have array expressions with matching dimensions")
}
