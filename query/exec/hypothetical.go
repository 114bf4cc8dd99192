package exec

import (
	"sort"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
)

// hypothetical is an aggregate that tells where a row would stand among its input.
type hypothetical struct {
	call  *aggregateCall
	order *order
	keys  [][]types.Datum
	final func(h *hypothetical, row []types.Datum) types.Datum
}

func hypotheticalSet(c *expr.AggregateCall) bool {
	row := pgdata.AggregateOf(c.Proc.Row.OID)
	return row != nil && row.Kind == 'h'
}

var hypotheticals = map[string]func(h *hypothetical, row []types.Datum) types.Datum{
	"rank": func(h *hypothetical, row []types.Datum) types.Datum { return types.Int(int64(h.before(row)) + 1) },
	"dense_rank": func(h *hypothetical, row []types.Datum) types.Datum {
		return types.Int(int64(h.distinctBefore(row)) + 1)
	},
	"percent_rank": func(h *hypothetical, row []types.Datum) types.Datum {
		if len(h.keys) == 0 {
			return types.Float(0)
		}
		return types.Float(float64(h.before(row)) / float64(len(h.keys)))
	},
	"cume_dist": func(h *hypothetical, row []types.Datum) types.Datum {
		return types.Float(float64(h.upTo(row)+1) / float64(len(h.keys)+1))
	},
}

func hypotheticalAccumulator(r *run, a *aggregateCall) (func() accumulator, error) {
	o, err := r.order(a.call.Order)
	final := hypotheticals[a.call.Proc.Name()]
	return func() accumulator { return &hypothetical{call: a, order: o, final: final} }, err
}

func (h *hypothetical) add(f *expr.Frame, _ []types.Datum) (int, error) {
	keys := make([]types.Datum, len(h.order.evals))
	if err := evaluate(h.order.evals, f, keys); err != nil {
		return 0, err
	}
	keys = cloneAll(keys)
	h.keys = append(h.keys, keys)
	return rowBytes(keys) + 24 + abbreviatedBytes, nil
}

func (h *hypothetical) result(f *expr.Frame) (types.Datum, error) {
	row := make([]types.Datum, len(h.call.direct))
	if err := evaluate(h.call.direct, f, row); err != nil {
		return types.Null, err
	}
	places, _ := h.order.sort(len(h.keys), func(i, k int) types.Datum { return h.keys[i][k] })
	inOrder(h.keys, places, h.order.stop)
	return h.final(h, row), nil
}

// before is how many rows sort before the given one.
func (h *hypothetical) before(row []types.Datum) int {
	return sort.Search(len(h.keys), func(i int) bool { return h.order.compare(h.keys[i], row) >= 0 })
}

// upTo counts its peers too.
func (h *hypothetical) upTo(row []types.Datum) int {
	return sort.Search(len(h.keys), func(i int) bool { return h.order.compare(h.keys[i], row) > 0 })
}

func (h *hypothetical) distinctBefore(row []types.Datum) int {
	n := 0
	for i := range h.before(row) {
		if i == 0 || h.order.compare(h.keys[i-1], h.keys[i]) != 0 {
			n++
		}
	}
	return n
}
