package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// cancelCheckEvents is how many events are folded between two looks at the context.
const cancelCheckEvents = 1024

// replay folds the entity's relevant events after version known onto base (nil:
// from the start) up to the plan's last, and returns the state with its position. It
// changes no cache.
func (r *read) replay(ctx context.Context, base *projection.Snapshot, known event.Version) (*projection.Snapshot, error) {
	f := r.pass()
	var state projection.State
	if base != nil {
		state = base.State
	}
	f.acc = r.start(state)
	if err := f.run(ctx, known+1); err != nil {
		return nil, err
	}
	r.healed(r.plan.last)
	r.watch.split(f.folding)
	r.own.counts.folded.Add(uint64(r.folded))
	return f.snapshot()
}

// start returns what folds on from a state.
func (r *read) start(state projection.State) projection.Accumulator {
	if r.folder != nil && r.folder.batch != nil {
		return r.folder.batch.Start(state)
	}
	return r.req.Definition.Fold.Start(state)
}

// folding is one pass over an entity's events.
type folding struct {
	*read
	acc     projection.Accumulator
	seen    int
	last    event.Sequence // highest folded
	lastHLC hlc.Timestamp
	folding time.Duration
	pace    fair.Pace
	// The kind of the last event, and whether the definition handles it: kinds repeat.
	kind     event.Kind
	relevant bool
}

// pass returns a new one, in the memory of the last.
func (r *read) pass() *folding {
	f := &r.once
	if r.folder != nil {
		f = &r.folder.pass
	}
	*f = folding{read: r}
	return f
}

func (f *folding) run(ctx context.Context, from event.Version) error {
	if f.folder != nil {
		return f.folder.events.Each(f.req.Entity, from, f.plan.last, f.folder.one)
	}
	return eachEvent(f.reader, f.req.Entity, from, f.plan.last, func(ev *event.Event) error { return f.one(ctx, ev) })
}

// eachEvent calls each with an entity's events.
func eachEvent(r event.Reader, e event.Entity, from, to event.Version, each func(*event.Event) error) error {
	c := cursorOf(r)
	defer c.Close()
	return c.Each(e, from, to, each)
}

// cursorOf returns what reads entities of a log for the least.
func cursorOf(r event.Reader) event.Cursor {
	if w, ok := r.(event.Walker); ok {
		return w.Cursor()
	}
	return plainCursor{r}
}

// plainCursor is a cursor over a reader that has none.
type plainCursor struct{ event.Reader }

func (c plainCursor) Each(e event.Entity, from, to event.Version, each func(*event.Event) error) error {
	for ev, err := range c.Entity(e, from, to) {
		if err != nil {
			return err
		}
		if err := each(ev); err != nil {
			return err
		}
	}
	return nil
}

func (plainCursor) Close() {}

// one folds an event if it is relevant.
func (f *folding) one(ctx context.Context, ev *event.Event) error {
	if f.seen++; f.seen%cancelCheckEvents == 0 {
		if f.pace.Worked(); ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if !f.takes(ev) {
		return nil
	}
	if err := f.step(ev); err != nil {
		failed := &projection.EventError{Entity: ev.Entity, Version: ev.Version, Kind: ev.Kind, Err: err}
		f.poisoned(ctx, failed)
		return failed
	}
	return nil
}

func (f *folding) takes(ev *event.Event) bool {
	if ev.Kind != f.kind {
		f.kind, f.relevant = ev.Kind, f.req.Definition.Relevant(ev.Kind)
	}
	return f.relevant && (!f.filtered() || ev.OccurredAt <= f.req.Cut.OccurredBy)
}

func (f *folding) step(ev *event.Event) error {
	f.folded++
	if ev.Sequence > f.last {
		f.last, f.lastHLC = ev.Sequence, ev.HLC
	}
	if f.watch.engine == nil {
		return f.acc.Step(ev)
	}
	begun := f.engine.now()
	err := f.acc.Step(ev)
	f.folding += f.engine.now() - begun
	return err
}

// snapshot checks that the pass ended where the head said it would: a body and a
// head that disagree are damage, not an answer.
func (f *folding) snapshot() (*projection.Snapshot, error) {
	s := f.newSnapshot()
	s.State, s.Generation, s.Watermark, s.HLC = f.acc.State(), f.plan.generation, f.plan.watermark, f.plan.hlc
	if f.filtered() {
		if f.folded == 0 {
			return nil, nil
		}
		s.Watermark, s.HLC = f.last, f.lastHLC
		return s, nil
	}
	if f.last != f.plan.watermark {
		return nil, &DisagreementError{Entity: f.req.Entity, Head: f.plan.watermark, Found: f.last}
	}
	return s, nil
}

// DisagreementError says that an entity's events do not end where its head says.
type DisagreementError struct {
	Entity      event.Entity
	Head, Found event.Sequence
}

func (e *DisagreementError) Error() string {
	return fmt.Sprintf("events of entity %q end at sequence %d, its head says %d", e.Entity, e.Found, e.Head)
}

// SQLState returns XX001.
func (e *DisagreementError) SQLState() string { return "XX001" }
