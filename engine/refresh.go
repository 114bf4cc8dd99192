package engine

import (
	"context"
	"errors"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Refreshed is what Refresh made of a row.
type Refreshed uint8

// What Refresh can make of a row.
const (
	RowNeedless Refreshed = iota + 1 // the entity has no relevant event
	RowUnasked                       // no cache knows the entity, and it was not to be made
	RowCurrent                       // it was right
	RowWritten
)

// RefreshRequest asks for one row of the external cache.
type RefreshRequest struct {
	Definition *projection.Definition
	Entity     event.Entity
	Cut        projection.Cut // a newest one
	// KnownOnly leaves entities alone that neither a row nor a slot knows: nobody has
	// asked for them.
	KnownOnly bool
}

// ErrRetired says that a definition was dropped or replaced: nothing is kept for it.
var ErrRetired = errors.New("projection was dropped or replaced")

// Refresh brings an entity's row in the external cache to the cut, from the row or the
// slot that is there where that is possible. It leaves slots as they are: memory is for
// what is read. Errors: ErrRetired; cache.ErrUnavailable where the row cannot be read or
// written; else Project's.
func (e *Engine) Refresh(ctx context.Context, q RefreshRequest) (Refreshed, error) {
	own := e.definitions.of(q.Definition)
	switch {
	case own.retired.Load():
		return 0, ErrRetired
	case e.can.Noop:
		return 0, cache.ErrUnavailable
	}
	lineage, reader := e.reader(q.Cut)
	head, _, err := reader.Head(q.Entity)
	if err != nil {
		return 0, err
	}
	p := planOf(q.Definition, &head)
	if p.watermark == 0 {
		return RowNeedless, nil
	}
	req := projection.Request{Definition: q.Definition, Entity: q.Entity, Cut: q.Cut}
	r := newRead(e, own, reader, lineage, req, p, stopwatch{})
	r.scan = true // one goroutine is enough
	return r.refresh(ctx, q.KnownOnly)
}

func (r *read) refresh(ctx context.Context, knownOnly bool) (Refreshed, error) {
	row, err := r.engine.external.Get(r.own.owner(r.lineage), r.req.Entity, nil)
	if err != nil && !errors.Is(err, cache.ErrMiss) {
		return 0, errors.Join(cache.ErrUnavailable, err)
	}
	if err == nil && row.Watermark == r.plan.watermark && row.HLC == r.plan.hlc {
		return RowCurrent, nil
	}
	slot := r.engine.peek(r.own, r.lineage, r.req.Entity)
	if knownOnly && slot == nil && errors.Is(err, cache.ErrMiss) {
		return RowUnasked, nil
	}
	s, err := r.fresh(ctx, slot, r.use(ctx, row, err))
	if err != nil {
		return 0, err
	}
	if r.putExternal(ctx, s) != projection.Stored {
		return 0, cache.ErrUnavailable
	}
	r.own.counts.stored(projection.Stores{External: projection.Stored, Slot: projection.StoreSkipped})
	return RowWritten, nil
}

// fresh is the state at the cut: the slot's, or folded on from what is nearest.
func (r *read) fresh(ctx context.Context, slot *cache.Slot, row probed) (*projection.Snapshot, error) {
	base, known := row.snapshot, row.generation
	switch r.engine.judge(slot, r.lineage, &r.plan, &r.req) {
	case slotCurrent:
		if slot.Snapshot.Watermark == r.plan.watermark {
			return slot.Snapshot, nil
		}
	case slotBase:
		if !r.engine.opts.NoIncremental && (base == nil || slot.Snapshot.Watermark > base.Watermark) {
			base, known = slot.Snapshot, slot.Known().Generation
		}
	case slotNone, slotStale, slotUnusable:
	}
	if row.current {
		return row.snapshot, nil
	}
	return r.replay(ctx, base, known)
}

// Mark returns the note that SetMark left on a definition's rows; cache.ErrMiss, or an
// error that wraps it, if there is none, cache.ErrUnavailable if it cannot be read.
func (e *Engine) Mark(d *projection.Definition) ([]byte, error) {
	return e.external.Mark(e.definitions.of(d).owner(e.log.Lineage()))
}

// SetMark leaves a note on a definition's rows, in this history of the log. It goes with
// the rows, and tells of no row that was put after it.
func (e *Engine) SetMark(d *projection.Definition, mark []byte) error {
	own := e.definitions.of(d)
	if own.retired.Load() {
		return ErrRetired
	}
	return e.external.SetMark(own.owner(e.log.Lineage()), mark)
}

// RowsEpoch changes whenever rows of the external cache may be gone, or be of another
// history than the log's: whoever made them is to look again.
func (e *Engine) RowsEpoch() RowsEpoch {
	return RowsEpoch{e.purges.Load(), e.external.Losses(), e.log.Lineage()}
}

// RowsEpoch is comparable.
type RowsEpoch struct {
	purges, losses uint64
	lineage        [16]byte
}
