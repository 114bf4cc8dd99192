package storage

import (
	"errors"
	"slices"
	"sync/atomic"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// judge looks for the events that guards exclude: in the content, and among those
// that the running call of Apply has placed before the transaction.
type judge struct {
	predicates func([]byte) (func(*event.Event) bool, error)
	judged     atomic.Uint64        // guards
	reads      atomic.Uint64        // records
	byKind     map[event.Kind][]int // the first of the placed events
	filed      int                  // are in byKind
	places     *places              // nil until something is read
}

func (j *judge) end() {
	clear(j.byKind)
	j.filed = 0
	if j.places != nil {
		j.places.close()
		j.places = nil
	}
}

// judged returns why a transaction's premise or guards refuse it. One whose events are
// all in the log is a retry: they held the first time.
func (a *applier) judged(t *event.Transaction) (refusal, err error) {
	if len(t.Guards) == 0 && t.Premise == (event.Premise{}) {
		return nil, nil
	}
	if len(t.Guards) > event.GuardsMax {
		return tooMany("guards in a transaction", len(t.Guards), event.GuardsMax), nil
	}
	if again, err := a.again(t.Drafts); again || err != nil {
		return nil, err
	}
	if refusal, err := a.changed(t.Premise); refusal != nil || err != nil {
		return refusal, err
	}
	for i := range t.Guards {
		if refusal := event.ValidateGuard(&t.Guards[i], a.meta.sequence); refusal != nil {
			return refusal, nil
		}
		found, err := a.excluded(&t.Guards[i])
		if err != nil {
			return nil, err
		}
		if found != nil {
			return &event.GuardError{Guard: i, Entity: found.Entity, Version: found.Version, Kind: found.Kind, Sequence: found.Sequence}, nil
		}
	}
	return nil, nil
}

// again reports whether all drafts have ids that are in the log.
func (a *applier) again(drafts []event.Draft) (bool, error) {
	for i := range drafts {
		if first, err := a.first(drafts[i].ID); first == nil || err != nil {
			return false, err
		}
	}
	return len(drafts) > 0, nil
}

// excluded returns the first event of the log that a guard looks for, nil if there is
// none.
func (a *applier) excluded(g *event.Guard) (*event.Event, error) {
	a.judge.judged.Add(1)
	matches, err := a.judge.matcher(g)
	if err != nil || g.Since >= a.meta.sequence {
		return nil, err
	}
	if g.Since < a.before.sequence {
		if e, err := a.search(g, matches); e != nil || err != nil {
			return e, err
		}
	}
	return a.searchPlaced(g, matches), nil
}

// matcher compiles a guard's predicate.
func (j *judge) matcher(g *event.Guard) (func(*event.Event) bool, error) {
	if g.Predicate == nil {
		return func(*event.Event) bool { return true }, nil
	}
	if j.predicates == nil {
		return nil, unjudgeable(errors.New("no predicates are known"))
	}
	matches, err := j.predicates(g.Predicate)
	if err != nil {
		return nil, unjudgeable(err)
	}
	return matches, nil
}

// unjudgeable stops the store: a guard that is not understood neither holds nor fails.
func unjudgeable(err error) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "the log has a guard that this release cannot judge: %v", err).
		WithHint("Run the release that the other nodes run.")
}

// searchPlaced looks at what this call of Apply has placed.
func (a *applier) searchPlaced(g *event.Guard, matches func(*event.Event) bool) *event.Event {
	if len(g.Kinds) == 0 {
		for i := range a.placed {
			if e := &a.placed[i].event; a.judge.hit(g, e, matches) {
				return e
			}
		}
		return nil
	}
	a.judge.file(a.placed)
	first := len(a.placed)
	for _, k := range g.Kinds {
		for _, i := range a.judge.byKind[k] {
			if i < first && a.judge.hit(g, &a.placed[i].event, matches) {
				first = i
			}
		}
	}
	if first == len(a.placed) {
		return nil
	}
	return &a.placed[first].event
}

// file puts the events placed since the last time under their kinds.
func (j *judge) file(all []placed) {
	if j.byKind == nil {
		j.byKind = map[event.Kind][]int{}
	}
	for ; j.filed < len(all); j.filed++ {
		k := all[j.filed].event.Kind
		j.byKind[k] = append(j.byKind[k], j.filed)
	}
}

func (j *judge) hit(g *event.Guard, e *event.Event, matches func(*event.Event) bool) bool {
	return e.Sequence > g.Since && g.CoversKind(e.Kind) && g.Covers(e.Entity) && matches(e)
}

// search looks in the content, along the path that reads least.
func (a *applier) search(g *event.Guard, matches func(*event.Event) bool) (*event.Event, error) {
	switch {
	case len(g.Entities) > 0 && len(g.Prefixes) == 0:
		return a.searchEntities(g, matches)
	case len(g.Kinds) > 0:
		walks, err := a.walkKinds(g)
		if err != nil {
			return nil, err
		}
		defer walks.close()
		return a.searchLog(g, matches, walks.next)
	}
	next := g.Since
	return a.searchLog(g, matches, func() (event.Sequence, error) {
		if next++; next > a.before.sequence {
			return 0, nil
		}
		return next, nil
	})
}

func (a *applier) walkKinds(g *event.Guard) (kindWalks, error) {
	walks, err := a.content.walkKinds(a.content.kindNumbers(g.Kinds), g.Since+1)
	for _, w := range walks {
		w.read = func() { a.judge.reads.Add(1) }
	}
	return walks, err
}

// searchLog looks at the events whose sequences next tells. Of entities that the guard
// does not cover the place is all that is read.
func (a *applier) searchLog(g *event.Guard, matches func(*event.Event) bool, next func() (event.Sequence, error)) (*event.Event, error) {
	if a.judge.places == nil {
		var err error
		if a.judge.places, err = a.content.places(); err != nil {
			return nil, err
		}
	}
	for {
		s, err := next()
		if err != nil || s == 0 {
			return nil, err
		}
		p, err := a.judge.places.at(s)
		if err != nil {
			return nil, err
		}
		if !g.Covers(event.Entity(p.entity)) {
			continue
		}
		e, err := a.load(event.Entity(p.entity), &p)
		if err != nil || a.judge.hit(g, e, matches) {
			return e, err
		}
	}
}

// load reads an event that must be there.
func (a *applier) load(entity event.Entity, p *place) (*event.Event, error) {
	a.judge.reads.Add(1)
	e, err := a.content.event(entity, p)
	if err == nil && e == nil {
		err = damage("event %d of entity %q is missing", p.version, entity)
	}
	return e, err
}

// searchEntities walks back over the new events of each entity. Of one without new
// events, or without new ones of the kinds, the head is all that is read.
func (a *applier) searchEntities(g *event.Guard, matches func(*event.Event) bool) (first *event.Event, err error) {
	for _, entity := range g.Entities {
		a.judge.reads.Add(1)
		h, err := a.content.newestHead(entity)
		if err != nil {
			return nil, err
		}
		if h == nil || !hasNews(h, g) {
			continue
		}
		at := place{block: h.block.first}
		for v := h.Generation; v > 0; v-- {
			if at.version = v; v < at.block {
				if at.block, err = a.content.blockOf(entity, v); err != nil {
					return nil, err
				}
			}
			e, err := a.load(entity, &at)
			if err != nil {
				return nil, err
			}
			if e.Sequence <= g.Since {
				break
			}
			if a.judge.hit(g, e, matches) && (first == nil || e.Sequence < first.Sequence) {
				first = e
			}
		}
	}
	return first, nil
}

// hasNews reports whether an entity has an event behind the guard's Since that is of
// one of its kinds.
func hasNews(h *head, g *event.Guard) bool {
	return slices.ContainsFunc(h.Kinds, func(k event.KindHead) bool { return k.Sequence > g.Since && g.CoversKind(k.Kind) })
}
