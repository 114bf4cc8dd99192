package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Limits of what is kept of entities that cannot be folded.
const (
	// PoisonedMax is the most entities of one projection that Poisoned tells of.
	PoisonedMax        = 1000
	poisonMessageBytes = 1000
)

// Poisoned is an entity whose events cannot be folded past one of them, so that every
// read of its state fails.
type Poisoned struct {
	Projection string
	Entity     event.Entity
	Version    event.Version // of the event that the fold fails on
	Kind       event.Kind
	Code       sqlstate.Code
	Message    string    // its first bytes
	Since      time.Time // when this engine met it first

	lineage [16]byte
}

// poison is what one definition has met of poisoned entities.
type poison struct {
	count    atomic.Int32 // of byEntity
	mu       sync.Mutex
	byEntity map[event.Entity]Poisoned
}

// add keeps p unless there is no room or the definition is retired. It reports whether
// that is news.
func (ps *poison) add(p Poisoned, retired *atomic.Bool) bool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	old, known := ps.byEntity[p.Entity]
	if known && old.Version == p.Version && old.lineage == p.lineage {
		return false
	}
	if retired.Load() || !known && len(ps.byEntity) >= PoisonedMax {
		return false
	}
	if ps.byEntity == nil {
		ps.byEntity = map[event.Entity]Poisoned{}
	}
	ps.byEntity[p.Entity] = p
	ps.count.Store(int32(len(ps.byEntity)))
	return true
}

// heal forgets an entity that was folded up to a version. It costs one load where
// nothing is poisoned.
func (ps *poison) heal(e event.Entity, to event.Version) {
	if ps.count.Load() == 0 {
		return
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if old, ok := ps.byEntity[e]; ok && old.Version <= to {
		delete(ps.byEntity, e)
		ps.count.Store(int32(len(ps.byEntity)))
	}
}

func (ps *poison) clear() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.byEntity = nil
	ps.count.Store(0)
}

// of returns what belongs to one history of the log.
func (ps *poison) of(lineage [16]byte) (all []Poisoned) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, p := range ps.byEntity {
		if p.lineage == lineage {
			all = append(all, p)
		}
	}
	return all
}

// Poisoned returns the entities that reads, scans and refreshes of this engine have
// failed on and that no later one could fold, at most PoisonedMax of each projection, by
// projection and entity. Entities that nobody read are not among them.
func (e *Engine) Poisoned() (all []Poisoned) {
	lineage := e.log.Lineage()
	for own := range e.definitions.all() {
		all = append(all, own.poison.of(lineage)...)
	}
	slices.SortFunc(all, func(a, b Poisoned) int {
		return cmp.Or(strings.Compare(a.Projection, b.Projection), strings.Compare(string(a.Entity), string(b.Entity)))
	})
	return all
}

// poisoned takes note of an event that the fold fails on. A fold that leaves events out
// proves nothing.
func (r *read) poisoned(ctx context.Context, failed *projection.EventError) {
	if r.filtered() {
		return
	}
	said := sqlstate.Of(failed.Err)
	p := Poisoned{
		Projection: r.own.name, Entity: failed.Entity, Version: failed.Version, Kind: failed.Kind,
		Code: said.Code, Message: strings.ToValidUTF8(said.Message[:min(len(said.Message), poisonMessageBytes)], ""),
		Since: r.engine.opts.Now(), lineage: r.lineage,
	}
	if r.own.poison.add(p, &r.own.retired) {
		r.warn(ctx, "event cannot be folded: reads of the entity fail", failed)
	}
}

// healed takes note that the entity's events up to a version were folded.
func (r *read) healed(to event.Version) {
	if !r.filtered() {
		r.own.poison.heal(r.req.Entity, to)
	}
}
