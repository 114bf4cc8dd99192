package engine

import (
	"strings"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// slot is what memory has of an entity's state, nil if nothing: its slot, or what the
// last whole scan found, which becomes one.
func (e *Engine) slot(own *definition, lineage [16]byte, req *projection.Request) *cache.Slot {
	if s := e.slots.Get(cache.SlotKey{Definition: own.number, Entity: req.Entity}); s != nil {
		return s
	}
	return e.listed(own, lineage, req)
}

// listed is what the last whole scan found, as a slot from now on.
func (e *Engine) listed(own *definition, lineage [16]byte, req *projection.Request) *cache.Slot {
	s := own.listing.Load().slot(lineage, req.Entity)
	if s == nil || !req.Cut.Newest || own.retired.Load() {
		return s
	}
	s, _ = e.slots.Put(cache.SlotKey{Definition: own.number, Entity: event.Entity(strings.Clone(string(req.Entity)))}, s)
	return s
}

// peek is slot for who does not count as a user of it.
func (e *Engine) peek(own *definition, lineage [16]byte, entity event.Entity) *cache.Slot {
	if s := e.slots.Peek(cache.SlotKey{Definition: own.number, Entity: entity}); s != nil {
		return s
	}
	return own.listing.Load().slot(lineage, entity)
}

// slot is the read's.
func (r *read) slot() *cache.Slot {
	if r.scan {
		return r.engine.peek(r.own, r.lineage, r.req.Entity)
	}
	return r.engine.slot(r.own, r.lineage, &r.req)
}
