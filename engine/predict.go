package engine

import (
	"context"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Predict tells how Project would answer now, without folding, caching or counting:
// the outcome has the strategy, the entity's generation and, in Folded, the most
// events that would be read. A row of the external cache, if there is one, makes
// them fewer. Errors are those of reading the log.
func (e *Engine) Predict(_ context.Context, req projection.Request) (projection.Outcome, error) {
	lineage, reader := e.reader(req.Cut)
	head, _, err := reader.Head(req.Entity)
	if err != nil {
		return projection.Outcome{}, err
	}
	p := planOf(req.Definition, &head)
	slot := e.slots.Get(cache.SlotKey{Definition: e.definitions.of(req.Definition).number, Entity: req.Entity})
	fact := e.judge(slot, lineage, &p, &req)
	out := projection.Outcome{Generation: p.generation, Strategy: decide(e.facts(&p, &req.Cut, fact))}
	var base event.Version
	switch out.Strategy {
	case projection.Empty, projection.GroupLocalHit:
		return out, nil
	case projection.GroupLocalIncremental:
		base = slot.Snapshot.Generation
	}
	out.Folded = int(p.last - min(base, p.last))
	return out, nil
}
