package engine

import (
	"context"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// folder folds the items of a chunk, one after the other, in memory that serves them all.
type folder struct {
	scan   *scan
	chunk  *chunk
	item   *scanned // at hand
	read   *read    // of it
	pass   folding
	events event.Cursor
	one    func(*event.Event) error // of pass
	batch  projection.Batch         // nil: each state may be kept by itself
}

func (s *scan) folder(ctx context.Context, c *chunk) *folder {
	f := &folder{scan: s, chunk: c, read: s.read(&scanned{}), events: cursorOf(s.reader)}
	f.one = func(ev *event.Event) error { return f.pass.one(ctx, ev) }
	f.read.folder = f
	if many, ok := s.d.Fold.(projection.Batcher); ok && s.lists.Load() {
		f.batch = many.Batch(len(c.items))
	}
	return f
}

// close keeps what was folded.
func (f *folder) close(ctx context.Context) {
	f.events.Close()
	f.keep(ctx)
	if f.batch != nil {
		f.batch.Close()
	}
	f.scan.timed(f.read)
}

// fold answers the item where neither a slot nor a row does.
func (f *folder) fold(ctx context.Context, i *scanned) error {
	if i.answered() {
		return nil
	}
	f.turnTo(i)
	found, err := f.replay(ctx, i)
	if err != nil {
		return err
	}
	i.folded = foldedState{found.snapshot, f.read.folded, found.status, found.reason, f.read.stores}
	return nil
}

func (f *folder) turnTo(i *scanned) {
	f.item = i
	f.read.plan, f.read.req.Entity, f.read.folded, f.read.stores = i.plan, i.entity, 0, projection.Stores{}
}

func (f *folder) replay(ctx context.Context, i *scanned) (found, error) {
	switch i.strategy {
	case projection.GroupLocalIncremental:
		return f.read.incremental(ctx, i.slot)
	case projection.ExternalCacheThenReplay:
		return f.read.goOn(ctx, i.row)
	default:
		return f.read.direct(ctx)
	}
}

// newSnapshot is memory for one: beside its neighbours' where a listing keeps them together.
func (r *read) newSnapshot() *projection.Snapshot {
	if r.folder == nil || r.folder.scan.single {
		return &projection.Snapshot{}
	}
	return r.folder.chunk.newSnapshot()
}

// rowWrites are the rows that a chunk's states make, to be put together.
type rowWrites struct {
	rows   []cache.EntityRow
	of     []rowWrite // one for each
	states []byte     // encoded, one after the other
}

type rowWrite struct {
	item *scanned
	flow string
	end  int // of its state
}

func (w *rowWrites) reset() {
	clear(w.rows)
	clear(w.of)
	w.rows, w.of, w.states = w.rows[:0], w.of[:0], w.states[:0]
}

// add takes what the read has folded.
func (w *rowWrites) add(r *read, flow string, s *projection.Snapshot) {
	if s.State != nil {
		w.states = r.req.Definition.Fold.Encode(w.states, s.State)
	}
	w.rows = append(w.rows, cache.EntityRow{Entity: r.req.Entity, Row: r.row(s)})
	w.of = append(w.of, rowWrite{item: r.folder.item, flow: flow, end: len(w.states)})
}

// keep puts what was folded into the caches.
func (f *folder) keep(ctx context.Context) {
	w, r := &f.chunk.writes, f.read
	if len(w.rows) == 0 {
		return
	}
	from := 0
	for i := range w.rows {
		w.rows[i].Row.State = w.states[from:w.of[i].end]
		from = w.of[i].end
	}
	external := projection.Stored
	if err := cache.PutMany(r.engine.external, r.own.owner(r.lineage), w.rows, !f.scan.picked && len(w.rows) == len(f.chunk.items)); err != nil {
		r.warn(ctx, "cache put failed (non-fatal)", err)
		external = projection.StoreFailed
	}
	r.reclaim()
	for i := range w.of {
		item := w.of[i].item
		r.plan, r.req.Entity = item.plan, item.entity
		r.keep(ctx, w.of[i].flow, item.folded.snapshot, external)
		item.folded.stores = r.stores
	}
}
