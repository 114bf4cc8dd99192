package storage

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/projsql/projsql/storage/event"
)

const headShards = 64

// headCache holds newest heads, bounded in bytes. Apply writes every head it
// changes through to it; readers fill it with what they load. Safe for concurrent use.
type headCache struct {
	seed   maphash.Seed
	shards [headShards]headShard
}

// headShard is a part of the cache with its own clock hand (second chance).
type headShard struct {
	mu       sync.RWMutex
	slots    map[event.Entity]*headSlot
	ring     []*headSlot
	hand     int
	bytes    int
	bytesMax int
	// writes counts Apply's writes. A reader that saw another number before it loaded
	// may hold an older head and must not put it here.
	writes uint64
	whole  bool // has every head of its entities: none was evicted, and the store was empty

	hits, misses atomic.Uint64
	_            [64]byte // keeps the counters of two shards apart
}

type headSlot struct {
	entity event.Entity
	head   *head
	at     int // in the ring
	used   atomic.Bool
}

const headSlotBytes = 128 // slot, ring and map

func newHeadCache(bytesMax int64) *headCache {
	c := &headCache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].slots = make(map[event.Entity]*headSlot)
		c.shards[i].bytesMax = int(bytesMax / headShards)
	}
	return c
}

func (c *headCache) shard(e event.Entity) *headShard {
	return &c.shards[maphash.String(c.seed, string(e))%headShards]
}

// get returns the entity's head, or nil and a ticket for fill.
func (c *headCache) get(e event.Entity) (h *head, ticket uint64) {
	s := c.shard(e)
	s.mu.RLock()
	slot, ticket := s.slots[e], s.writes
	if slot != nil {
		h = slot.head
	}
	s.mu.RUnlock()
	if h == nil {
		return nil, ticket
	}
	s.hits.Add(1)
	if !slot.used.Load() {
		slot.used.Store(true)
	}
	return h, ticket
}

// startEmpty tells the cache that the store has no entity yet.
func (c *headCache) startEmpty() {
	for i := range c.shards {
		c.shards[i].whole = true
	}
}

// lacks reports whether it is certain that the entity has no event: most that are
// new to a young store cost no search.
func (c *headCache) lacks(e event.Entity) bool {
	s := c.shard(e)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.whole && s.slots[e] == nil
}

// missed counts a head that had to be loaded.
func (c *headCache) missed(e event.Entity) { c.shard(e).misses.Add(1) }

// fill keeps a head that was loaded after get gave the ticket, unless Apply has
// written to the shard since.
func (c *headCache) fill(e event.Entity, h *head, ticket uint64) {
	s := c.shard(e)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writes == ticket {
		s.put(e, h)
	}
}

// write keeps a head that Apply has committed.
func (c *headCache) write(e event.Entity, h *head) {
	s := c.shard(e)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	s.put(e, h)
}

func (s *headShard) put(e event.Entity, h *head) {
	slot := s.slots[e]
	if slot == nil {
		slot = &headSlot{entity: event.Entity(strings.Clone(string(e))), at: len(s.ring)}
		s.slots[slot.entity] = slot
		s.ring = append(s.ring, slot)
		s.bytes += headSlotBytes + len(e)
	} else {
		s.bytes -= slot.head.sizeBytes()
	}
	slot.head = h
	s.bytes += h.sizeBytes()
	for s.bytes > s.bytesMax && len(s.ring) > 0 {
		s.evict()
	}
}

// evict drops the next slot that was not used since the hand last passed.
func (s *headShard) evict() {
	for {
		if s.hand >= len(s.ring) {
			s.hand = 0
		}
		if slot := s.ring[s.hand]; !slot.used.Swap(false) {
			s.drop(slot)
			return
		}
		s.hand++
	}
}

func (s *headShard) drop(slot *headSlot) {
	s.whole = false
	end := len(s.ring) - 1
	s.ring[slot.at], s.ring[end].at = s.ring[end], slot.at
	s.ring[end] = nil
	s.ring = s.ring[:end]
	delete(s.slots, slot.entity)
	s.bytes -= headSlotBytes + len(slot.entity) + slot.head.sizeBytes()
}

// headCacheStats are the sums over the shards.
type headCacheStats struct {
	hits, misses uint64
	bytes        int64
}

func (c *headCache) stats() (t headCacheStats) {
	for i := range c.shards {
		s := &c.shards[i]
		t.hits += s.hits.Load()
		t.misses += s.misses.Load()
		s.mu.RLock()
		t.bytes += int64(s.bytes)
		s.mu.RUnlock()
	}
	return t
}
