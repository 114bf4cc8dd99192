package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Verify folds entities from the log alone, each in one pass with one state in memory,
// and compares what every copy of this engine's caches holds with the fold at the copy's
// own position. It returns what was compared, by kind of copy; the node is the caller's
// to name. Entities that cannot be folded are counted, and are among Poisoned from then
// on. A copy that differs is a *projection.CopyError; other errors are those of the log.
func (e *Engine) Verify(ctx context.Context, req projection.VerifyRequest) ([]projection.Verified, error) {
	v := &verification{engine: e, own: e.definitions.of(req.Definition), req: req}
	v.at(req.Cut())
	defer v.rows.close()
	err := v.run(ctx)
	return v.tallies(), err
}

// verification is one run of Verify.
type verification struct {
	engine              *Engine
	own                 *definition
	req                 projection.VerifyRequest
	cut                 projection.Cut
	lineage             [16]byte
	reader              event.Reader
	rows                rows // in step with the entities, if all are verified
	log, slot, external projection.Verified
}

// at moves to a cut.
func (v *verification) at(c projection.Cut) {
	v.cut = c
	v.cut.Newest, v.cut.StaleMax = false, 0
	v.lineage, v.reader = v.engine.reader(v.cut)
}

func (v *verification) tallies() []projection.Verified {
	v.log.Copy, v.slot.Copy, v.external.Copy = projection.LogCopy, projection.SlotCopy, projection.ExternalCopy
	return []projection.Verified{v.log, v.slot, v.external}
}

func (v *verification) run(ctx context.Context) error {
	if v.req.Entity != "" {
		head, _, err := v.reader.Head(v.req.Entity)
		if err != nil {
			return err
		}
		return v.entity(ctx, &event.EntityHead{Entity: v.req.Entity, Head: head})
	}
	if !v.engine.can.Noop {
		v.rows.open(v.engine.external.Scan(v.own.owner(v.lineage), ""))
	}
	done := uint64(0)
	for head, err := range v.reader.Entities("") {
		if err != nil {
			return err
		}
		if err := v.entity(ctx, &head); err != nil {
			return err
		}
		if done++; done%projection.VerifyProgressEvery == 0 && v.req.Progress != nil {
			if err := v.req.Progress(done, head.Entity); err != nil {
				return err
			}
		}
	}
	return nil
}

// entity compares the copies of one entity with its events.
func (v *verification) entity(ctx context.Context, h *event.EntityHead) error {
	p := planOf(v.req.Definition, &h.Head)
	copies, err := v.copies(ctx, h.Entity, &p)
	if err != nil || p.watermark == 0 {
		return err
	}
	c := comparison{folding: folding{read: v.read(h.Entity, p)}, copies: copies}
	err = c.run(ctx)
	v.log.Entities++
	v.log.Events += uint64(c.folded)
	for i := range copies {
		copies[i].of.Entities++
		copies[i].of.Events += uint64(c.folded)
	}
	var poisoned *projection.EventError
	if errors.As(err, &poisoned) {
		v.log.Unusable++
		return c.ended()
	}
	return err
}

func (v *verification) read(e event.Entity, p plan) *read {
	req := projection.Request{Definition: v.req.Definition, Entity: e, Cut: v.cut}
	r := newRead(v.engine, v.own, v.reader, v.lineage, req, p, stopwatch{})
	if r.scan = v.req.Entity == ""; r.scan {
		r.rows = &v.rows
	}
	return r
}

// copies returns what the caches hold of an entity and reads may use. Where that is
// ahead of the plan, it moves to a newer cut and plan.
func (v *verification) copies(ctx context.Context, e event.Entity, p *plan) (all []copied, err error) {
	slot := v.engine.peek(v.own, v.lineage, e)
	row, missing := v.read(e, *p).fetch(ctx)
	if slot != nil && slot.Snapshot.Watermark > p.watermark || missing == nil && row.Watermark > p.watermark {
		if err := v.catchUp(e, p); err != nil {
			return nil, err
		}
	}
	if slot != nil {
		c := copied{of: &v.slot, name: projection.SlotCopy, snapshot: slot.Snapshot, known: slot.Known().Generation}
		all = c.addTo(all, slot.Lineage == v.lineage && slot.Snapshot.Watermark <= p.watermark)
	}
	var damaged *cache.MissError
	if errors.Is(missing, cache.ErrMiss) && !errors.As(missing, &damaged) {
		return all, nil
	}
	probed := v.read(e, *p).use(ctx, row, missing)
	c := copied{of: &v.external, name: projection.ExternalCopy, snapshot: probed.snapshot, known: probed.generation}
	return c.addTo(all, probed.snapshot != nil), nil
}

// catchUp moves to a newest cut, of the same history.
func (v *verification) catchUp(e event.Entity, p *plan) error {
	before := v.lineage
	v.at(v.req.Cut())
	if v.lineage != before {
		return sqlstate.New(sqlstate.CannotConnectNow, "the log of this node was replaced while it was read").WithHint("Try the statement again.")
	}
	head, _, err := v.reader.Head(e)
	*p = planOf(v.req.Definition, &head)
	return err
}

// copied is one copy of a state, and how far a comparison has come with it.
type copied struct {
	of       *projection.Verified
	name     string
	snapshot *projection.Snapshot
	known    event.Version // up to which it claims to know the entity's events
	met      bool          // its last event
}

func (c copied) addTo(all []copied, usable bool) []copied {
	if !usable {
		c.of.Unusable++
		return all
	}
	return append(all, c)
}

// comparison is one pass over an entity's events that looks at copies on its way.
type comparison struct {
	folding
	copies []copied
}

func (c *comparison) run(ctx context.Context) error {
	c.acc = c.req.Definition.Fold.Start(nil)
	err := eachEvent(c.reader, c.req.Entity, 1, c.plan.last, func(ev *event.Event) error {
		before := c.folded
		if err := c.one(ctx, ev); err != nil || c.folded == before {
			return err
		}
		return c.compare(ev)
	})
	if err != nil {
		return err
	}
	if c.last != c.plan.watermark {
		return &DisagreementError{Entity: c.req.Entity, Head: c.plan.watermark, Found: c.last}
	}
	c.healed(c.plan.last)
	return c.ended()
}

// compare looks at the copies that end with an event, and at those that should not have
// ended before it.
func (c *comparison) compare(ev *event.Event) error {
	for i := range c.copies {
		own := &c.copies[i]
		switch {
		case own.met && ev.Version <= own.known:
			return c.differs(own, fmt.Sprintf("it lacks version %d", ev.Version))
		case own.met || own.snapshot.Watermark != ev.Sequence:
			continue
		case own.snapshot.HLC != ev.HLC:
			return c.differs(own, fmt.Sprintf("its HLC is %d, that of its last event is %d", own.snapshot.HLC, ev.HLC))
		case own.known < ev.Version:
			return c.differs(own, fmt.Sprintf("its last event is version %d", ev.Version))
		case !c.same(own.snapshot.State):
			return c.differs(own, fmt.Sprintf("its state is not that after version %d", ev.Version))
		}
		own.met = true
	}
	return nil
}

// same compares a state with the one that the pass has come to.
func (c *comparison) same(s projection.State) bool {
	fold := c.req.Definition.Fold
	own := c.acc.State()
	c.acc = fold.Start(own)
	if s == nil || own == nil {
		return s == nil && own == nil
	}
	return bytes.Equal(fold.Encode(nil, s), fold.Encode(nil, own))
}

// ended looks for copies that end with no event.
func (c *comparison) ended() error {
	for i := range c.copies {
		if own := &c.copies[i]; !own.met {
			return c.differs(own, "no event of the entity that can be folded has its watermark")
		}
	}
	return nil
}

func (c *comparison) differs(own *copied, reason string) error {
	return &projection.CopyError{
		Copy: own.name, Projection: c.own.name, Entity: c.req.Entity,
		Watermark: own.snapshot.Watermark, Generation: own.known, Reason: reason,
	}
}
