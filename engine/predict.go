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
	p, slot, fact, err := e.glance(&req)
	if err != nil {
		return projection.Outcome{}, err
	}
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

// Holds reports whether Project would answer without folding or reading a row. It counts
// nothing.
func (e *Engine) Holds(req projection.Request) bool {
	p, _, fact, err := e.glance(&req)
	if err != nil {
		return false
	}
	strategy := decide(e.facts(&p, &req.Cut, fact))
	return strategy == projection.Empty || strategy == projection.GroupLocalHit || req.IfNot.Set && req.IfNot.Version == p.generation
}

// glance is what a read finds before it folds anything.
func (e *Engine) glance(req *projection.Request) (plan, *cache.Slot, slotFact, error) {
	head, lineage, _, err := e.head(req.Cut, req.Entity)
	if err != nil {
		return plan{}, nil, 0, err
	}
	p := planOf(req.Definition, &head)
	slot := e.peek(e.definitions.of(req.Definition), lineage, req.Entity)
	return p, slot, e.judge(slot, lineage, &p, req), nil
}
