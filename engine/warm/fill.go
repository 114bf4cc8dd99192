package warm

import (
	"context"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Entities in a round: those of a fill are folded one by one, those of a census counted.
const (
	entitiesPerFill   = 256
	entitiesPerCensus = 4096
)

// fill makes the next entities of the first definition that lacks some.
func (w *Warmer) fill(ctx context.Context, cut *projection.Cut) (more bool, err error) {
	for _, j := range w.jobs {
		if j.fills() && j.total > 0 {
			return true, w.fillOn(ctx, j, cut)
		}
	}
	return false, nil
}

// fillOn walks the entities as they were where the job follows the log, so that each is
// met once: here, or there when it is new.
func (w *Warmer) fillOn(ctx context.Context, j *job, cut *projection.Cut) error {
	heads, err := w.heads(j.mark.position, j.mark.filled, entitiesPerFill)
	if err != nil {
		return err
	}
	for i := range heads {
		if mark, _ := j.definition.Watermark(&heads[i].Head); mark == 0 {
			continue
		}
		if err := w.refresh(ctx, j, cut, heads[i].Entity); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	j.failing = false
	j.mark.entities += uint64(len(heads))
	if len(heads) < entitiesPerFill {
		j.mark.whole, j.mark.filled = true, ""
		return nil
	}
	j.mark.filled = after(heads[len(heads)-1].Entity)
	return nil
}

// after is the first entity that can follow another.
func after(e event.Entity) event.Entity { return e + "\x00" }

// heads reads some entities at a position, from one on.
func (w *Warmer) heads(at event.Sequence, from event.Entity, n int) ([]event.EntityHead, error) {
	heads := make([]event.EntityHead, 0, n)
	c := projection.Cut{Sequence: at, OccurredBy: event.NoTime}
	for h, err := range w.options.Log.Log(c).Entities(from) {
		if err != nil {
			return nil, err
		}
		if heads = append(heads, h); len(heads) == n {
			break
		}
	}
	return heads, nil
}

// census counts the entities there are, for those who begin to fill: it is what they
// have before them. Counting costs a small part of folding.
func (w *Warmer) census(ctx context.Context, cut *projection.Cut) (more bool, err error) {
	missing := false
	for _, j := range w.jobs {
		missing = missing || j.fills() && j.total == 0
	}
	if !missing {
		return false, nil
	}
	n, from := uint64(0), event.Entity("")
	for {
		heads, err := w.heads(cut.Sequence, from, entitiesPerCensus)
		if err != nil {
			return false, err
		}
		n += uint64(len(heads))
		if len(heads) < entitiesPerCensus {
			break
		}
		from = after(heads[len(heads)-1].Entity)
		if err := w.pace.rest(ctx); err != nil {
			return false, err
		}
	}
	w.set(func(j *job) {
		if j.fills() && j.total == 0 {
			j.total = max(n, 1)
		}
	})
	return true, nil
}
