package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// gathered keeps its input for an aggregate that wants it sorted or without
// duplicates.
type gathered struct {
	call  *aggregateCall
	inner accumulator
	rows  []sorted
}

func (g *gathered) add(f *expr.Frame, args []types.Datum) (int, error) {
	keys := make([]types.Datum, len(g.call.order.evals))
	if err := evaluate(g.call.order.evals, f, keys); err != nil {
		return 0, err
	}
	kept := sorted{keys: cloneAll(keys), row: cloneRow(args)}
	g.rows = append(g.rows, kept)
	return rowBytes(kept.keys) + rowBytes(kept.row) + sortedBytes + abbreviatedBytes, nil
}

func cloneAll(row []types.Datum) []types.Datum {
	for i, d := range row {
		row[i] = types.Clone(d)
	}
	return row
}

func (g *gathered) result(f *expr.Frame) (types.Datum, error) {
	o := g.call.order
	sortRows(g.rows, o)
	for i := range g.rows {
		if g.call.call.Distinct && i > 0 && o.compare(g.rows[i-1].keys, g.rows[i].keys) == 0 {
			continue
		}
		if _, err := g.inner.add(f, g.rows[i].row); err != nil {
			return types.Null, err
		}
	}
	g.rows = nil
	return g.inner.result(f)
}
