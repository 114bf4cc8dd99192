package exec

import (
	"cmp"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// rangeRows are rows that a worker has kept of a range.
type rangeRows struct {
	wideRows
	taken int
}

// keepRange is what a worker does who keeps all rows of an operator, with keys that they are to be sorted or
// found by, while there is room for them.
func keepRange(w *run, input plan.Node, keys []plan.SortKey, full func(taken int) bool) (*rangeRows, int, error) {
	op, err := w.build(input)
	if err != nil {
		return nil, 0, err
	}
	defer op.close()
	o, err := w.order(keys)
	if err != nil {
		return nil, 0, err
	}
	if err := op.open(nil); err != nil {
		return nil, 0, err
	}
	kept, frame, values := &rangeRows{wideRows: newWideRows(o, input.Width())}, w.frame(nil), make([]types.Datum, len(keys))
	for {
		batch, err := op.next()
		if err != nil || len(batch) == 0 {
			return kept, kept.store.count, err
		}
		bytes := 0
		for _, frame.Row = range batch {
			if err := evaluate(o.evals, &frame, values); err != nil {
				return nil, 0, err
			}
			bytes += kept.add(frame.Row, values)
		}
		kept.taken += bytes
		if err := w.memory.take(bytes); err != nil {
			return nil, 0, err
		}
		if full(kept.taken) {
			return nil, 0, errApart
		}
		if err := w.check(); err != nil {
			return nil, 0, err
		}
	}
}

// joined takes over the rows of ranges, one behind the other, and returns the memory that they take.
func (w *wideRows) joined(made []*rangeRows) (bytes int) {
	w.store = made[0].store
	bytes = made[0].taken
	for _, more := range made[1:] {
		w.store.join(&more.store)
		bytes += more.taken
	}
	return bytes
}

// loadParallel has workers keep what comes of ranges of a scan, and sort it together; false: the input is to
// be read.
func (s *sorter) loadParallel() (bool, error) {
	n := s.node
	made, beside, err := parallel(s.run, n.Parallel, n, s.frame.Up, func(w *run) (*rangeRows, int, error) {
		return keepRange(w, n.Input, n.Keys, w.workFull)
	})
	if err != nil || made == nil {
		return false, err
	}
	if err := s.take(s.all.joined(made)); err != nil || s.run.workFull(s.taken) {
		s.forget()
		return false, nil
	}
	s.usage.Sorted("quicksort", int64(s.taken), 0)
	return true, cmp.Or(s.all.sortBy(beside), s.run.check())
}
