package warm

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// eventsPerRound bounds what is read of the log at a time, and so held in memory.
const eventsPerRound = 2048

// change is that an entity got an event of a kind.
type change struct {
	entity event.Entity
	kind   event.Kind
	first  bool // of the entity
}

// follow folds on what changed, for the jobs that are furthest behind.
func (w *Warmer) follow(ctx context.Context, cut *projection.Cut) (more bool, err error) {
	from, to := w.stretch(cut)
	if from >= to {
		return false, nil
	}
	changes, err := changed(w.options.Log.Log(*cut), from+1, to)
	if err != nil {
		return false, err
	}
	for _, j := range w.jobs {
		if j.mode == Off || j.mark.position != from {
			continue
		}
		if err := w.foldOn(ctx, j, cut, changes); err != nil {
			return false, err
		}
		w.mu.Lock()
		j.mark.position, j.failing = to, false
		j.mark.entities += news(j, changes)
		w.mu.Unlock()
	}
	return true, nil
}

// stretch is where the furthest behind are, and how far they go now: to where others are.
func (w *Warmer) stretch(cut *projection.Cut) (from, to event.Sequence) {
	from = cut.Sequence
	for _, j := range w.jobs {
		if j.mode != Off {
			from = min(from, j.mark.position)
		}
	}
	to = min(cut.Sequence, from+eventsPerRound)
	for _, j := range w.jobs {
		if j.mode != Off && j.mark.position > from {
			to = min(to, j.mark.position)
		}
	}
	return from, to
}

// changed returns what changed in a part of the log, by entity, each once.
func changed(log event.Reader, from, to event.Sequence) ([]change, error) {
	var all []change
	for e, err := range log.Log(from, to) {
		if err != nil {
			return nil, err
		}
		all = append(all, change{e.Entity, e.Kind, e.Version == 1})
	}
	slices.SortStableFunc(all, func(a, b change) int { return strings.Compare(string(a.entity), string(b.entity)) })
	return slices.CompactFunc(all, func(a, b change) bool { return a.entity == b.entity && a.kind == b.kind && !b.first }), nil
}

// news is how many entities are new among those that the job has made.
func news(j *job, changes []change) (n uint64) {
	if j.mode != On {
		return 0
	}
	for i := range changes {
		if c := &changes[i]; c.first && (j.mark.whole || c.entity < j.mark.filled) {
			n++
		}
	}
	return n
}

func (w *Warmer) foldOn(ctx context.Context, j *job, cut *projection.Cut, changes []change) error {
	var last event.Entity
	for i := range changes {
		c := &changes[i]
		if c.entity == last || !j.definition.Relevant(c.kind) || (j.fills() && c.entity >= j.mark.filled) {
			continue // what is not made yet is made later
		}
		last = c.entity
		if err := w.refresh(ctx, j, cut, c.entity); err != nil {
			return err
		}
	}
	return nil
}

// refresh makes one row right. An event that does not fold is no reason to stop: readers
// of its entity learn of it.
func (w *Warmer) refresh(ctx context.Context, j *job, cut *projection.Cut, e event.Entity) error {
	r, err := w.options.Rows.Refresh(ctx, engine.RefreshRequest{
		Definition: j.definition, Entity: e, Cut: *cut, KnownOnly: j.mode == Lazy,
	})
	var bad *projection.EventError
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	w.mu.Lock()
	switch {
	case err != nil:
		j.counts.failed++
	case r == engine.RowWritten:
		j.counts.written++
	case r == engine.RowCurrent:
		j.counts.current++
	}
	w.mu.Unlock()
	return w.pace.rest(ctx)
}
