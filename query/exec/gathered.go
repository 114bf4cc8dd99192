package exec

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// gathered keeps its input for an aggregate that wants it sorted or without
// duplicates, on disk if there is no memory for it.
type gathered struct {
	run   *run
	call  *aggregateCall
	inner accumulator
	rows  []sorted
	taken int
	runs  *runs // nil: rows are all
}

func (g *gathered) add(f *expr.Frame, args []types.Datum) (int, error) {
	keys := make([]types.Datum, len(g.call.order.evals))
	if err := evaluate(g.call.order.evals, f, keys); err != nil {
		return 0, err
	}
	freed := 0
	if g.run.groupFull(g.taken) {
		freed = g.taken
		if err := g.spill(); err != nil {
			return 0, err
		}
	}
	kept := sorted{keys: cloneAll(keys), row: cloneRow(args)}
	g.rows = append(g.rows, kept)
	bytes := rowBytes(kept.keys) + rowBytes(kept.row) + sortedBytes + abbreviatedBytes
	g.taken += bytes
	return bytes - freed, nil
}

// spill writes the rows in memory as a run.
func (g *gathered) spill() error {
	if g.runs == nil {
		own := *g.call.order
		own.columns = slices.Repeat([]int{-1}, len(own.columns)) // the rows are the arguments
		g.runs = g.run.runs(&own, len(g.call.call.Args))
	}
	sortRows(g.rows, g.call.order)
	err := g.runs.write(g.rows)
	clear(g.rows)
	g.rows, g.taken = g.rows[:0], 0
	return err
}

func cloneAll(row []types.Datum) []types.Datum {
	for i, d := range row {
		row[i] = types.Clone(d)
	}
	return row
}

func (g *gathered) result(f *expr.Frame) (types.Datum, error) {
	if g.runs != nil {
		if err := g.merge(f); err != nil {
			return types.Null, err
		}
		return g.inner.result(f)
	}
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

// merge gives the aggregate what is on disk, and bounds what it keeps of that.
func (g *gathered) merge(f *expr.Frame) error {
	defer g.runs.close()
	if err := g.spill(); err != nil {
		return err
	}
	if err := g.runs.merge(); err != nil {
		return err
	}
	kept := 0
	defer func() { g.run.memory.give(kept) }()
	var last []types.Datum
	for n := 0; ; n++ {
		row, keys, ok := g.runs.first()
		if !ok {
			return nil
		}
		if n%checkEvery == 0 {
			if err := g.run.check(); err != nil {
				return err
			}
		}
		if !g.call.call.Distinct || last == nil || g.call.order.compare(last, keys) != 0 {
			grown, err := g.inner.add(f, row)
			if err != nil {
				return err
			}
			kept += grown
			if err := g.run.memory.take(grown); err != nil {
				return err
			}
			last = append(last[:0], keys...)
		}
		if err := g.runs.advance(); err != nil {
			return err
		}
	}
}
