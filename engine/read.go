package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// read is one read that a slot alone does not answer. It is used by one goroutine.
type read struct {
	engine  *Engine
	own     *definition
	reader  event.Reader
	lineage [16]byte
	req     projection.Request
	plan    plan
	watch   stopwatch
	folded  int
	stores  projection.Stores // what became of its state
	// stored is the cut whose newness decides what is worth keeping: req.Cut, but
	// for a scan, whose reads are all bound to the one cut that it began with.
	stored projection.Cut
	scan   bool  // part of a scan, which must not push out what single reads use
	rows   *rows // in step with the read's entity; nil: its row is looked up
	// Of a scan, each nil for others:
	listing *atomic.Bool // the scan makes a listing, which has the state for later reads
	folder  *folder      // it folds many entities
	// Memory for what a read has one of:
	once   folding
	flight flight
}

func newRead(e *Engine, own *definition, reader event.Reader, lineage [16]byte, req projection.Request, p plan, w stopwatch) *read {
	r, ok := e.reads.Get().(*read)
	if !ok {
		r = &read{}
	}
	r.engine, r.own, r.reader, r.lineage = e, own, reader, lineage
	r.req, r.plan, r.watch, r.stored = req, p, w, req.Cut
	return r
}

// recycle gives the memory of a read that is answered to another, unless somebody has it
// who waited for the answer.
func (r *read) recycle() {
	if r.flight.done == nil {
		e := r.engine
		*r = read{}
		e.reads.Put(r)
	}
}

func (r *read) slotKey() cache.SlotKey {
	return cache.SlotKey{Definition: r.own.number, Entity: r.req.Entity}
}

func (r *read) filtered() bool { return r.req.Cut.OccurredBy != event.NoTime }

// projectSlow answers a read that has something to fold or to probe.
func (e *Engine) projectSlow(ctx context.Context, r *read) (projection.Outcome, error) {
	answer := r.answer
	if r.req.Cut.Newest && !r.filtered() {
		answer = r.fly
	}
	out, err := answer(ctx)
	if err != nil {
		r.own.counts.failed.Add(1)
	} else {
		e.finish(ctx, r.own, &r.req, &out, &r.watch)
	}
	r.recycle()
	return out, err
}

// answer decides and acts. It looks at the slot again: it may have been filled while
// the read waited for its turn.
func (r *read) answer(ctx context.Context) (projection.Outcome, error) {
	slot := r.slot()
	fact := r.engine.judge(slot, r.lineage, &r.plan, &r.req)
	strategy := decide(r.engine.facts(&r.plan, &r.req.Cut, fact))
	r.watch.lap(projection.PhaseSlotLookup)
	switch strategy {
	case projection.GroupLocalHit:
		return r.engine.hit(slot, fact, &r.plan, &r.req.Cut), nil
	case projection.GroupLocalIncremental:
		return r.outcome(r.incremental(ctx, slot))
	case projection.ExternalCacheThenReplay:
		return r.outcome(r.goOn(ctx, r.probe(ctx)))
	case projection.DirectReplay:
		return r.outcome(r.direct(ctx))
	default:
		panic(fmt.Sprintf("engine: strategy %d for a plan with watermark %d", strategy, r.plan.watermark))
	}
}

// found is a state right at the cut, and how it was found.
type found struct {
	snapshot *projection.Snapshot
	strategy projection.Strategy
	status   projection.CacheStatus
	reason   string // of the status
}

// outcome is that of what was found.
func (r *read) outcome(f found, err error) (projection.Outcome, error) {
	if err != nil {
		return projection.Outcome{}, err
	}
	return projection.Outcome{
		Snapshot: f.snapshot, Generation: r.plan.generation, Position: r.plan.sequence, Strategy: f.strategy, Cache: f.status,
		CacheReason: f.reason, Observed: observed(&r.req.Cut), Stores: r.stores, Age: r.req.Cut.Age, Folded: r.folded,
	}, nil
}

// nearEvents is how many events a slot may be behind without a look at whether the
// external cache is nearer, which costs as much as folding some.
const nearEvents = 64

func (r *read) incremental(ctx context.Context, slot *cache.Slot) (found, error) {
	known := slot.Known().Generation
	if !r.scan && !r.engine.can.Noop && r.plan.last > known+nearEvents {
		if row := r.probe(ctx); row.snapshot != nil && row.generation > known {
			return r.goOn(ctx, row)
		}
	}
	s, err := r.replay(ctx, slot.Snapshot, known)
	if err != nil {
		return found{}, err
	}
	s = r.store(ctx, "group_local_incremental", s)
	return found{snapshot: s, strategy: projection.GroupLocalIncremental, status: projection.Hit}, nil
}

func (r *read) direct(ctx context.Context) (found, error) {
	s, err := r.replay(ctx, nil, 0)
	if err != nil {
		return found{}, err
	}
	if !r.filtered() {
		s = r.store(ctx, "full_replay", s)
	}
	return found{snapshot: s, strategy: projection.DirectReplay, status: projection.Bypassed}, nil
}

// goOn answers with what the external cache gave: a row, a row and the events after it, or nothing,
// which takes a full replay.
func (r *read) goOn(ctx context.Context, row probed) (found, error) {
	if row.current {
		return found{r.warm(ctx, row.snapshot), projection.ExternalCacheThenReplay, projection.Hit, ""}, nil
	}
	s, err := r.replay(ctx, row.snapshot, row.generation)
	if err != nil {
		return found{}, err
	}
	flow := "full_replay"
	if row.snapshot != nil {
		flow = "incremental"
	}
	return found{r.store(ctx, flow, s), projection.ExternalCacheThenReplay, row.status, row.reason}, nil
}

// probed is what the external cache gave.
type probed struct {
	snapshot   *projection.Snapshot // nil: nothing usable
	generation event.Version        // up to which snapshot knows the entity's events
	current    bool                 // snapshot is right at the cut
	status     projection.CacheStatus
	reason     string
}

func (r *read) probe(ctx context.Context) probed {
	row, err := r.fetch(ctx)
	p := r.use(ctx, row, err)
	r.watch.lap(projection.PhaseExternalProbe)
	r.logProbe(ctx, p.status.String()+p.reason)
	return p
}

func (r *read) fetch(ctx context.Context) (cache.Row, error) {
	if r.rows != nil {
		return r.rows.at(r.req.Entity)
	}
	owner := r.own.owner(r.lineage)
	if r.engine.can.Prefetch {
		if err := r.engine.external.Prefetch(owner, r.req.Entity); err != nil {
			r.own.counts.prefetchFailed.Add(1)
			r.warn(ctx, "cache prefetch failed (non-fatal)", err)
		}
	}
	return r.engine.external.Get(owner, r.req.Entity, nil)
}

// use judges and decodes what fetch gave.
func (r *read) use(ctx context.Context, row cache.Row, err error) probed {
	if err != nil {
		return r.noRow(ctx, err)
	}
	if reason := r.engine.unusable(&row, &r.plan, r.req.Cut.Newest && !r.req.Cut.Binds); reason != "" {
		return probed{status: projection.Miss, reason: reason}
	}
	s := &projection.Snapshot{Generation: row.Generation, Watermark: row.Watermark, HLC: row.HLC}
	if !row.NoState {
		s.State, err = r.req.Definition.Fold.Decode(row.State)
	}
	if err != nil {
		return r.badRow(ctx, err)
	}
	return probed{snapshot: s, generation: row.Generation, current: row.Watermark == r.plan.watermark, status: projection.Hit}
}

func (r *read) badRow(ctx context.Context, err error) probed {
	r.own.counts.decodeFailed.Add(1)
	r.warn(ctx, "cache deserialize failed (falling back to replay)", err)
	return probed{status: projection.Miss, reason: "cache_decode_failed"}
}

func (r *read) noRow(ctx context.Context, err error) probed {
	if errors.Is(err, cache.ErrMiss) {
		p := probed{status: projection.Miss}
		if miss, ok := errors.AsType[*cache.MissError](err); ok {
			p.reason = miss.Reason
		}
		return p
	}
	r.own.counts.getFailed.Add(1)
	r.warn(ctx, "cache get failed (falling back to replay)", err)
	return probed{status: projection.Unavailable, reason: "cache_get_failed"}
}

// unusable says why a row may neither answer nor be folded on; "" = it may. newest: the
// cut does not bind.
func (e *Engine) unusable(row *cache.Row, p *plan, newest bool) string {
	switch {
	case row.Watermark > p.watermark && newest:
		return "row_ahead_of_log"
	case row.Watermark > p.watermark:
		return "row_newer_than_cut"
	case row.Watermark == p.watermark && row.HLC != p.hlc:
		return "row_of_another_history"
	case row.Watermark == p.watermark:
		return ""
	case !e.opts.NoIncremental && row.Generation < p.last:
		return ""
	case e.opts.NoIncremental:
		return "row_stale"
	default:
		return "row_of_another_history"
	}
}
