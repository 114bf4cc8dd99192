package engine

import (
	"context"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Project returns one entity's state at the request's cut. Errors: what reading the
// log gives (58030, XX001), a fold's (*projection.EventError), a TooLongError, the context's.
func (e *Engine) Project(ctx context.Context, req projection.Request) (out projection.Outcome, err error) {
	w := e.stopwatch(req.Timed)
	own := e.definitions.of(req.Definition)
	slot := e.slots.Get(cache.SlotKey{Definition: own.number, Entity: req.Entity})
	w.lap(projection.PhaseSlotLookup)
	if p, ok := e.proven(slot, &req); ok {
		w.lap(projection.PhasePlan)
		out = e.hit(slot, slotCurrent, &p, &req.Cut)
		e.finish(ctx, own, &req, &out, &w)
		return out, nil
	}
	head, lineage, reader, err := e.head(req.Cut, req.Entity)
	if err != nil {
		own.counts.failed.Add(1)
		return projection.Outcome{}, err
	}
	if req.IfNot.Set && req.IfNot.Version == head.Generation {
		out = unchanged(&head)
		e.finish(ctx, own, &req, &out, &w)
		return out, nil
	}
	p := planOf(req.Definition, &head)
	w.lap(projection.PhasePlan)
	fact := slotNone
	if p.watermark != 0 {
		if slot == nil {
			slot = e.listed(own, lineage, &req)
		}
		fact = e.judge(slot, lineage, &p, &req)
	}
	strategy := decide(e.facts(&p, &req.Cut, fact))
	w.lap(projection.PhaseSlotLookup)
	switch strategy {
	case projection.Empty, projection.GroupLocalHit:
		if out = empty(&p); strategy == projection.GroupLocalHit {
			out = e.hit(slot, fact, &p, &req.Cut)
		}
		e.finish(ctx, own, &req, &out, &w)
		return out, nil
	}
	if req.FoldMax > 0 && p.ahead(strategy, slot) > req.FoldMax {
		return projection.Outcome{}, projection.TooLongError{}
	}
	if reader == nil {
		var now [16]byte
		if now, reader = e.reader(req.Cut); now != lineage {
			return e.Project(ctx, req) // the log was replaced meanwhile
		}
	}
	return e.projectSlow(ctx, newRead(e, own, reader, lineage, req, p, w))
}

// proven returns the plan that a slot fulfils, if a read before this one found it
// current at this one's cut or later: nothing was appended since that could tell
// otherwise, and the entity's head need not be asked for.
func (e *Engine) proven(s *cache.Slot, req *projection.Request) (plan, bool) {
	c := &req.Cut
	if s == nil || !c.Newest || c.Binds || req.IfNot.Set || c.OccurredBy != event.NoTime {
		return plan{}, false
	}
	k := s.Known()
	if k.Sequence < c.Sequence || s.Lineage != e.log.Lineage() {
		return plan{}, false
	}
	return plan{generation: k.Generation, sequence: k.Sequence, watermark: s.Snapshot.Watermark}, true
}

// head returns an entity's head and the lineage it is of. The reader is nil if it took
// none.
func (e *Engine) head(c projection.Cut, entity event.Entity) (h event.Head, lineage [16]byte, r event.Reader, err error) {
	if e.heads != nil {
		if h, lineage, ok := e.heads.Head(c, entity); ok {
			return h, lineage, nil, nil
		}
	}
	lineage, r = e.reader(c)
	h, _, err = r.Head(entity)
	return h, lineage, r, err
}

// reader returns a reader of the cut and the lineage that it reads: a log that is
// restored between the two calls shows as a change of lineage.
func (e *Engine) reader(c projection.Cut) ([16]byte, event.Reader) {
	for before := e.log.Lineage(); ; {
		reader := e.log.Reader(c)
		after := e.log.Lineage()
		if before == after {
			return after, reader
		}
		before = after
	}
}

func (e *Engine) facts(p *plan, c *projection.Cut, slot slotFact) facts {
	return facts{
		Relevant:    p.watermark != 0,
		Filtered:    c.OccurredBy != event.NoTime,
		Slot:        slot,
		Incremental: !e.opts.NoIncremental,
		External:    !e.can.Noop,
	}
}

// judge says what a slot is worth to a read.
func (e *Engine) judge(s *cache.Slot, lineage [16]byte, p *plan, req *projection.Request) slotFact {
	if s == nil {
		return slotNone
	}
	if s.Lineage != lineage {
		return slotUnusable
	}
	switch mark := s.Snapshot.Watermark; {
	case mark == p.watermark, mark > p.watermark && req.Cut.Newest && !req.Cut.Binds:
		return slotCurrent
	case mark > p.watermark:
		return slotUnusable
	case e.staleAllowed(s, req):
		return slotStale
	default:
		return slotBase
	}
}

// staleAllowed reports whether the reader takes a slot that is known to be behind.
func (e *Engine) staleAllowed(s *cache.Slot, req *projection.Request) bool {
	c := &req.Cut
	if c.StaleMax <= 0 || !c.Newest || c.Binds || c.Foreign || req.IfNot.Set {
		return false
	}
	k := s.Known()
	return k.At != cache.Never && k.Sequence >= c.Floor && e.now()-k.At <= c.StaleMax
}

// hit answers from a slot.
func (e *Engine) hit(s *cache.Slot, fact slotFact, p *plan, c *projection.Cut) projection.Outcome {
	out := projection.Outcome{
		Snapshot: s.Snapshot, Strategy: projection.GroupLocalHit, Cache: projection.Hit,
		Generation: p.generation, Position: p.sequence, Age: c.Age, Observed: observed(c),
	}
	switch {
	case fact == slotStale:
		k := s.Known()
		out.Generation, out.Position, out.Age, out.Observed = k.Generation, k.Sequence, max(0, e.now()-k.At), projection.StaleAllowed
	case s.Snapshot.Watermark > p.watermark:
		k := s.Known()
		out.Generation, out.Position = k.Generation, k.Sequence
	default:
		e.confirm(s, p, c)
	}
	return out
}

// confirm records that a slot's state was found current at the cut.
func (e *Engine) confirm(s *cache.Slot, p *plan, c *projection.Cut) {
	if c.Newest {
		s.Confirm(cache.Known{At: e.knownAt(c), Sequence: p.known(c), Generation: p.generation})
	}
}

// observed is the freshness of a state that is right at the cut.
func observed(c *projection.Cut) projection.Observed {
	if c.StaleMax > 0 && c.Age > 0 {
		return projection.StaleAllowed
	}
	return projection.Fresh
}

func empty(p *plan) projection.Outcome {
	return projection.Outcome{
		Generation: p.generation, Position: p.sequence, Strategy: projection.Empty,
		Cache: projection.Bypassed, Observed: projection.NotApplicable,
	}
}

func unchanged(h *event.Head) projection.Outcome {
	return projection.Outcome{
		Generation: h.Generation, Position: h.Sequence, Strategy: projection.Empty, Unchanged: true,
		Cache: projection.Bypassed, Observed: projection.NotApplicable,
	}
}

// finish counts and logs an answer.
func (e *Engine) finish(ctx context.Context, own *definition, req *projection.Request, out *projection.Outcome, w *stopwatch) {
	if w.engine != nil {
		out.Timings = w.done()
	}
	own.counts.answered(out)
	e.logOutcome(ctx, req, out)
}
