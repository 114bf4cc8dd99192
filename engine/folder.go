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
	read   *read // of the item at hand
	pass   folding
	events event.Cursor
	one    func(*event.Event) error // of pass
}

func (s *scan) folder(ctx context.Context, c *chunk) *folder {
	f := &folder{scan: s, chunk: c, read: s.read(&scanned{}), events: cursorOf(s.reader)}
	f.one = func(ev *event.Event) error { return f.pass.one(ctx, ev) }
	f.read.folder = f
	return f
}

// close keeps what was folded.
func (f *folder) close(ctx context.Context) {
	f.events.Close()
	f.keep(ctx)
	f.scan.timed(f.read)
}

// fold answers the item where neither a slot nor a row does.
func (f *folder) fold(ctx context.Context, i *scanned) error {
	if i.answered() {
		return nil
	}
	f.turnTo(i)
	out, err := f.replay(ctx, i)
	if err != nil {
		return err
	}
	outs := append(f.chunk.outs, out)
	f.chunk.outs, i.folded = outs, &outs[len(outs)-1]
	return nil
}

func (f *folder) turnTo(i *scanned) {
	f.read.plan, f.read.req.Entity, f.read.folded, f.read.stores = i.plan, i.entity, 0, projection.Stores{}
}

func (f *folder) replay(ctx context.Context, i *scanned) (projection.Outcome, error) {
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
	plan     plan
	snapshot *projection.Snapshot
	flow     string
	end      int // of its state
	out      int // of the chunk's, which is its answer
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
	w.of = append(w.of, rowWrite{plan: r.plan, snapshot: s, flow: flow, end: len(w.states), out: len(r.folder.chunk.outs)})
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
	if err := cache.PutMany(r.engine.external, r.own.owner(r.lineage), w.rows); err != nil {
		r.warn(ctx, "cache put failed (non-fatal)", err)
		external = projection.StoreFailed
	}
	r.reclaim()
	for i := range w.of {
		r.plan, r.req.Entity = w.of[i].plan, w.rows[i].Entity
		r.keep(ctx, w.of[i].flow, w.of[i].snapshot, external)
		f.chunk.outs[w.of[i].out].Stores = r.stores
	}
}
