package engine

import (
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/storage/event"
)

// rows walks rows of the external cache in step with a walk over entities. The zero value
// has none.
type rows struct {
	in   cache.Rows
	more bool // in stands at one
}

func (w *rows) open(in cache.Rows) {
	w.in = in
	w.more = in.Next()
}

// at returns the row of an entity, in the form of External.Get. Entities must be asked
// for in byte order.
func (w *rows) at(e event.Entity) (cache.Row, error) {
	for w.more && w.in.Entity() < e {
		w.more = w.in.Next()
	}
	if w.more && w.in.Entity() == e {
		return w.in.Row(), nil
	}
	if w.in != nil && !w.more && w.in.Err() != nil {
		return cache.Row{}, w.in.Err()
	}
	return cache.Row{}, cache.ErrMiss
}

func (w *rows) close() {
	if w.in != nil {
		w.in.Close()
	}
}
