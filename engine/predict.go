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
	out.Folded = p.ahead(out.Strategy, slot)
	return out, nil
}

// ahead is how many events a strategy reads at most.
func (p *plan) ahead(s projection.Strategy, slot *cache.Slot) int {
	var base event.Version
	switch s {
	case projection.Empty, projection.GroupLocalHit:
		return 0
	case projection.GroupLocalIncremental:
		base = slot.Snapshot.Generation
	}
	return int(p.last - min(base, p.last))
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
