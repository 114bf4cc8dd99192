package engine

import (
	"context"
	"errors"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// ReadAhead makes states of entities that are about to be read by themselves, together and so
// for less: each that no cache knows gets its slot, in the order of the request, until enough is
// folded at once. It returns how many of the entities it has looked at, and counts no answers.
// What goes wrong, the reads themselves find.
func (e *Engine) ReadAhead(ctx context.Context, r projection.AheadRequest) int {
	if e.opts.SlotBytesMax < 0 || !r.Cut.Newest || r.Cut.OccurredBy != event.NoTime {
		return len(r.Entities)
	}
	s := newScan(e, projection.ScanRequest{Definition: r.Definition, Cut: r.Cut, Stray: true})
	s.single, s.picked, s.old = true, true, nil
	c := e.chunk()
	n := 0
	for n < len(r.Entities) && len(c.items) < chunkEntitiesMax && c.events < chunkEventsMax {
		s.addAhead(ctx, r.Entities[n], c)
		n++
	}
	if c.done != nil {
		c.fold(ctx, s)
		s.own.counts.ahead.Add(uint64(len(c.items)))
	}
	e.free(c)
	return n
}

// addAhead adds an entity that neither a slot nor a row knows.
func (s *scan) addAhead(ctx context.Context, name event.Entity, c *chunk) {
	if s.engine.peek(s.own, s.lineage, name) != nil {
		return
	}
	if !s.engine.can.Noop {
		if _, err := s.engine.external.Get(s.own.owner(s.lineage), name, nil); !errors.Is(err, cache.ErrMiss) {
			return
		}
	}
	if head, ok, err := s.reader.Head(name); ok && err == nil {
		c.add(ctx, s, &event.EntityHead{Entity: name, Head: head})
	}
}
