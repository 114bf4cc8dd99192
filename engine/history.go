package engine

import (
	"context"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// History calls each with the entity's relevant events whose versions are wanted, in
// version order, and the state after each. It goes on from the nearest cached state
// before the first, keeps one state at a time, and leaves the caches as they are. The
// outcome is that of the last step, with all that was folded; it is valid too if each
// ended the history, whose error is returned. Other errors are Project's.
func (e *Engine) History(ctx context.Context, req projection.HistoryRequest, each projection.EachStep) (projection.Outcome, error) {
	w := e.stopwatch(req.Timed)
	own := e.definitions.of(req.Definition)
	bound := req.Cut
	bound.Newest, bound.StaleMax = false, 0
	lineage, reader := e.reader(bound)
	head, _, err := reader.Head(req.Entity)
	if err != nil {
		own.counts.failed.Add(1)
		return projection.Outcome{}, err
	}
	p := planOf(req.Definition, &head)
	w.lap(projection.PhasePlan)
	of := projection.Request{Definition: req.Definition, Entity: req.Entity, Cut: bound}
	h := history{
		folding: folding{read: newRead(e, own, reader, lineage, of, p, w)},
		from:    max(req.From, 1), to: p.last, each: each,
	}
	if req.To != 0 {
		h.to = min(h.to, req.To)
	}
	h.outcome = empty(&p)
	if h.from <= h.to {
		err = h.run(ctx)
	}
	own.counts.folded.Add(uint64(h.folded))
	if err != nil && !h.ended {
		own.counts.failed.Add(1)
		return projection.Outcome{}, err
	}
	e.finish(ctx, own, &of, &h.outcome, &h.watch)
	return h.outcome, err
}

// history is one pass over an entity's events that tells the state after each.
type history struct {
	folding
	from, to event.Version
	each     projection.EachStep
	outcome  projection.Outcome
	state    projection.State // before the next event; acc is nil then
	ended    bool             // by each
}

func (h *history) run(ctx context.Context) error {
	b := h.base(ctx, h.from)
	h.outcome = projection.Outcome{
		Generation: h.plan.generation, Strategy: b.strategy, Cache: b.status, CacheReason: b.reason,
		Observed: projection.Fresh, Age: h.req.Cut.Age,
	}
	if b.snapshot != nil {
		h.state = b.snapshot.State
	}
	defer func() { h.watch.split(h.folding.folding) }()
	err := eachEvent(h.reader, h.req.Entity, b.generation+1, h.to, func(ev *event.Event) error { return h.next(ctx, ev) })
	if err != nil {
		return err
	}
	h.healed(h.to)
	if h.to == h.plan.last && !h.filtered() && h.last != h.plan.watermark {
		return &DisagreementError{Entity: h.req.Entity, Head: h.plan.watermark, Found: h.last}
	}
	return nil
}

// next folds an event and, if it is wanted, tells of it.
func (h *history) next(ctx context.Context, ev *event.Event) error {
	if h.acc == nil {
		h.acc = h.req.Definition.Fold.Start(h.state)
	}
	before := h.folded
	if err := h.one(ctx, ev); err != nil || h.folded == before || ev.Version < h.from {
		return err
	}
	h.state, h.acc = h.acc.State(), nil
	h.outcome.Snapshot = &projection.Snapshot{State: h.state, Generation: ev.Version, Watermark: ev.Sequence, HLC: ev.HLC}
	h.outcome.Generation, h.outcome.Folded = ev.Version, h.folded
	h.outcome.Timings = h.watch.soFar(h.folding.folding)
	h.watch.pause()
	err := h.each(ev, &h.outcome)
	h.watch.resume()
	h.ended = err != nil
	return err
}

// base is a state to begin a history with, and how it was found.
type base struct {
	probed
	strategy projection.Strategy
}

// base returns the nearest cached state that has no event from version from on.
func (r *read) base(ctx context.Context, from event.Version) base {
	none := base{probed{status: projection.Bypassed}, projection.DirectReplay}
	if r.filtered() {
		return none
	}
	b := r.slotBase(from, none)
	r.watch.lap(projection.PhaseSlotLookup)
	if r.engine.can.Noop || b.generation+1 >= from {
		return b
	}
	row := r.probe(ctx)
	if row.snapshot != nil && row.snapshot.Generation >= from {
		row = probed{status: projection.Miss, reason: "row_newer_than_range"}
	}
	if b.snapshot != nil && row.generation <= b.generation {
		return b
	}
	return base{row, projection.ExternalCacheThenReplay}
}

// slotBase is the slot as a base, or otherwise.
func (r *read) slotBase(from event.Version, otherwise base) base {
	slot := r.slot()
	switch r.engine.judge(slot, r.lineage, &r.plan, &r.req) {
	case slotCurrent, slotBase:
	default:
		return otherwise
	}
	if slot.Snapshot.Generation >= from || r.engine.opts.NoIncremental {
		return otherwise
	}
	known := slot.Known().Generation
	return base{probed{snapshot: slot.Snapshot, generation: known, status: projection.Hit}, projection.GroupLocalIncremental}
}
