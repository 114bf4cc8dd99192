package exec

import (
	"github.com/projsql/projsql/query/types"
)

// wideRows are rows in memory with their keys beside them, which are sorted without being moved.
type wideRows struct {
	order *order
	layout
	store  rowStore
	values []types.Datum
	places []abbreviated // of the rows, in their order
	told   int           // how many keys the places tell apart
	near   uint64        // so that what is read counts
}

func newWideRows(o *order, row int) wideRows {
	w := wideRows{order: o, layout: o.layout(row)}
	w.store.width, w.values = w.width, make([]types.Datum, w.width)
	return w
}

// add keeps a row and its keys, and returns the memory that they take.
func (w *wideRows) add(row, keys []types.Datum) (bytes int) {
	w.widen(w.values, row, keys)
	w.store.add(w.values)
	return rowBytes(w.values) + abbreviatedBytes
}

// sort makes the places; there are none once the statement has ended, which the caller must look at.
func (w *wideRows) sort() { _ = w.sortBy(nil) }

// sortBy is sort with others' help, who may fail.
func (w *wideRows) sortBy(beside hands) (err error) {
	key := func(i, k int) types.Datum { return w.store.row(i)[w.keyed[k]] }
	w.places, w.told, err = w.order.sortBy(beside, w.store.count, key)
	return err
}

// placed is the i-th row in their order, with its keys.
func (w *wideRows) placed(i int) []types.Datum { return w.store.row(int(w.places[i].at)) }

// approach brings the n rows from a place on near: for many of which the processor then waits at once.
func (w *wideRows) approach(from, n int) {
	if len(w.places) < approachAfter || w.width == 0 {
		return
	}
	for i := from; i < min(from+n, len(w.places)); i++ {
		if w.placed(i)[0].IsNull() {
			w.near++
		}
	}
}

func (w *wideRows) clear() {
	w.places = nil
	w.store.clear()
}
