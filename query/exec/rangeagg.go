package exec

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// ofRanges returns the aggregates of ranges and multiranges.
func ofRanges(name string, c *expr.AggregateCall) func() accumulator {
	switch name {
	case "range_agg":
		t := types.Info(c.Proc.Result)
		return func() accumulator { return &rangeAgg{typ: t} }
	case "range_intersect_agg":
		return func() accumulator { return &rangeIntersection{} }
	}
	return nil
}

// rangeAgg is the multirange of all that is in its input; there is none without input.
type rangeAgg struct {
	typ    *types.TypeInfo
	ranges []*types.Range
	some   bool
}

func (a *rangeAgg) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if args[0].IsNull() {
		return 0, nil
	}
	a.some = true
	d := types.Clone(args[0])
	a.ranges = append(a.ranges, types.SpansOf(d)...)
	return types.SizeBytes(d), nil
}

func (a *rangeAgg) result(*expr.Frame) (types.Datum, error) {
	if !a.some {
		return types.Null, nil
	}
	return types.Pointer(types.NewMultirange(a.typ, slices.Clone(a.ranges))), nil
}

// rangeIntersection is what is in all of its input.
type rangeIntersection struct {
	common types.Datum
}

func (a *rangeIntersection) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if args[0].IsNull() {
		return 0, nil
	}
	bytes := types.SizeBytes(a.common)
	if a.common.IsNull() {
		a.common = types.Clone(args[0])
	} else {
		a.common = intersection(a.common, args[0])
	}
	return types.SizeBytes(a.common) - bytes, nil
}

func intersection(a, b types.Datum) types.Datum {
	if r, ok := a.Pointer().(*types.Range); ok {
		return types.Pointer(r.Intersect(b.Range()))
	}
	return types.Pointer(a.Multirange().Intersect(b.Multirange()))
}

func (a *rangeIntersection) result(*expr.Frame) (types.Datum, error) { return a.common, nil }
