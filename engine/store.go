package engine

import (
	"context"
	"strings"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// store puts a state that is right at the cut into the external cache, then into the
// slot, and returns the snapshot that readers share from now on. Failures only
// show in logs and counters.
func (r *read) store(ctx context.Context, flow string, s *projection.Snapshot) *projection.Snapshot {
	if r.folder != nil && r.keepsRows() {
		r.folder.chunk.writes.add(r, flow, s)
		return s
	}
	return r.keep(ctx, flow, s, r.putExternal(ctx, s))
}

// warm puts a state that came from the external cache into the slot.
func (r *read) warm(ctx context.Context, s *projection.Snapshot) *projection.Snapshot {
	return r.keep(ctx, "group_local_cache_warm", s, projection.StoreSkipped)
}

// keep puts a state into the slot, and tells what became of it there and in the external
// cache.
func (r *read) keep(ctx context.Context, flow string, s *projection.Snapshot, external projection.StoreOutcome) *projection.Snapshot {
	r.stores = projection.Stores{External: external, Slot: projection.StoreSkipped}
	if !r.listed(external) {
		s, r.stores.Slot = r.putSlot(s)
	}
	r.own.counts.stored(r.stores)
	r.logStore(ctx, flow)
	r.watch.lap(projection.PhaseCacheStore)
	return s
}

// listed reports whether a listing and a row will have the state: a slot is for what is
// read by itself.
func (r *read) listed(external projection.StoreOutcome) bool {
	return external == projection.Stored && r.listing != nil && r.listing.Load()
}

// keepsRows is true for states of newest cuts only: rows are where the next process
// goes on, and history is not where it will ask.
func (r *read) keepsRows() bool {
	return !r.engine.can.Noop && r.stored.Newest && !r.own.retired.Load()
}

// row is a state's, but for its encoded form.
func (r *read) row(s *projection.Snapshot) cache.Row {
	return cache.Row{
		Watermark: s.Watermark, HLC: s.HLC, Generation: r.plan.generation,
		Known: r.plan.known(&r.req.Cut), NoState: s.State == nil,
	}
}

func (r *read) putExternal(ctx context.Context, s *projection.Snapshot) projection.StoreOutcome {
	if !r.keepsRows() {
		return projection.StoreSkipped
	}
	row := r.row(s)
	if s.State != nil {
		buf := r.engine.encoding()
		defer r.engine.encodings.Put(buf)
		*buf = r.req.Definition.Fold.Encode((*buf)[:0], s.State)
		row.State = *buf
	}
	defer r.reclaim()
	if err := r.engine.external.Put(r.own.owner(r.lineage), r.req.Entity, row); err != nil {
		r.warn(ctx, "cache put failed (non-fatal)", err)
		return projection.StoreFailed
	}
	return projection.Stored
}

// reclaim deletes the rows of a definition that was retired while one was put: they may
// have been deleted before.
func (r *read) reclaim() {
	if r.own.retired.Load() {
		r.engine.deleteOwner(r.own.name, r.own.version)
	}
}

// encoding returns memory for an encoded state.
func (e *Engine) encoding() *[]byte {
	if b, ok := e.encodings.Get().(*[]byte); ok {
		return b
	}
	return new([]byte)
}

func (r *read) putSlot(s *projection.Snapshot) (*projection.Snapshot, projection.StoreOutcome) {
	if r.engine.opts.SlotBytesMax < 0 || r.own.retired.Load() {
		return s, projection.StoreSkipped
	}
	at := r.engine.knownAt(&r.stored)
	slot := cache.NewSlot(s, r.lineage, cache.Known{At: at, Sequence: r.plan.known(&r.req.Cut), Generation: r.plan.generation})
	if r.scan && !room(r.engine.slots, slot.Bytes(r.req.Entity)) {
		return s, projection.StoreSkipped
	}
	key := r.slotKey()
	if r.scan {
		key.Entity = event.Entity(strings.Clone(string(key.Entity))) // it shares memory with its neighbours
	}
	kept, own := r.engine.slots.Put(key, slot)
	if own {
		return slot.Snapshot, projection.Stored
	}
	if kept.Lineage == r.lineage && kept.Snapshot.Watermark == s.Watermark {
		return kept.Snapshot, projection.Superseded // with its memo
	}
	return s, projection.Superseded
}
