package feed

import (
	"context"
	"errors"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// told is what subscribers learn of an event.
type told struct {
	entity   event.Entity
	kind     event.Kind
	version  event.Version
	hlc      hlc.Timestamp
	sequence event.Sequence
}

// run is the feed's goroutine.
func (f *Feed) run(ctx context.Context) {
	defer close(f.done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.wanted:
		}
		if err := f.tail(ctx); err != nil {
			if !errors.Is(err, context.Canceled) {
				f.options.Logger.Error("the change feed stops", "error", err)
			}
			return
		}
	}
}

// tail tells what the log gets until nobody listens any more.
func (f *Feed) tail(ctx context.Context) error {
	for {
		from, listening := f.position()
		if !listening {
			return nil
		}
		index, cut, err := f.options.Log.Advanced(ctx, from)
		if err != nil {
			return err
		}
		f.catchUp(cut)
		f.learn(index, cut.HLC)
	}
}

func (f *Feed) position() (index uint64, listening bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.index, len(f.channels) > 0
}

// learn takes in new definitions. Whoever follows a projection that was made,
// replaced or dropped is to read its states anew: they changed without an event.
// That covers the events that were told by the old definitions just before.
func (f *Feed) learn(index uint64, at hlc.Timestamp) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.index = max(f.index, index)
	epoch := f.options.Definitions.Epoch()
	if f.epoch == epoch {
		return
	}
	f.epoch = epoch
	for c := range f.channels {
		d, entity := projection.ChannelTarget(c.name, f.options.Definitions.Lookup)
		if d == c.definition {
			continue
		}
		f.unroute(c)
		c.definition, c.entity = d, entity
		c.everything(at)
	}
	for c := range f.channels { // all are out of the old routes
		f.route(c)
	}
}

// catchUp tells the events up to a cut, piece by piece. Events that cannot be read
// cannot be told apart, so everybody is to read everything anew.
func (f *Feed) catchUp(cut projection.Cut) {
	log := f.options.Log.Log(cut)
	for {
		from, listening := f.next()
		if from > cut.Sequence || !listening {
			return
		}
		to := min(cut.Sequence, from+eventsPerRead-1)
		if err := f.load(log, from, to); err != nil {
			f.options.Logger.Error("the change feed cannot read the log", "from", from, "to", to, "error", err)
			f.lose(cut)
			return
		}
		f.tell(to)
	}
}

func (f *Feed) next() (from event.Sequence, listening bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read + 1, len(f.channels) > 0
}

func (f *Feed) load(log event.Reader, from, to event.Sequence) error {
	f.events = f.events[:0]
	for e, err := range log.Log(from, to) {
		if err != nil {
			return err
		}
		f.events = append(f.events, told{e.Entity, e.Kind, e.Version, e.HLC, e.Sequence})
	}
	return nil
}

// tell hands the loaded events to those who follow them. Those up to f.read were
// told, or passed by while nobody listened.
func (f *Feed) tell(to event.Sequence) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.events {
		if e := &f.events[i]; e.sequence > f.read {
			f.dispatch(e)
		}
	}
	f.read = max(f.read, to)
}

func (f *Feed) dispatch(e *told) {
	for _, r := range f.routes {
		if !r.definition.Relevant(e.kind) {
			continue
		}
		for c := range r.all {
			c.changed(e)
		}
		for c := range r.entities[e.entity] {
			c.changed(e)
		}
	}
}

func (f *Feed) lose(cut projection.Cut) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.channels {
		c.everything(cut.HLC)
	}
	f.read = max(f.read, cut.Sequence)
}
