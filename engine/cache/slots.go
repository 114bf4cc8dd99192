package cache

import (
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Known says when and where a state was last known to be current. Any mix of the
// fields of two true Knowns of one state, each the larger, is true as well, for all
// three only grow together; so they can be raised one by one without a lock. Who looks in
// between must not see a position with the generation of an earlier one: they are raised
// from the last field to the first, and read from the first to the last.
type Known struct {
	At         time.Duration // by the engine's monotonic clock; Never = at no known time
	Sequence   event.Sequence
	Generation event.Version // of the entity at Sequence
}

// Slot is one state that is kept in memory. All but its Known is immutable. What a hit reads
// lies together: on a way of pointers it would wait for memory at each.
type Slot struct {
	hash       uint64
	key        SlotKey
	Snapshot   *projection.Snapshot
	at         atomic.Int64
	sequence   atomic.Uint64
	generation atomic.Uint64
	Lineage    [16]byte
	reads      atomic.Uint32 // since it was queued, up to readsMax

	// Guarded by the shard's lock:
	bytes    int64
	queue    *slotQueue
	position int // in it
}

// NewSlot returns a slot that nobody shares yet, with a snapshot of its own.
func NewSlot(s *projection.Snapshot, lineage [16]byte, k Known) *Slot {
	own := &struct {
		Slot
		snapshot projection.Snapshot
	}{snapshot: projection.Snapshot{State: s.State, Generation: s.Generation, Watermark: s.Watermark, HLC: s.HLC}}
	own.snapshot.Memo.Store(s.Memo.Load())
	own.Set(&own.snapshot, lineage, k)
	return &own.Slot
}

// Set makes a slot that nobody shares another one.
func (s *Slot) Set(of *projection.Snapshot, lineage [16]byte, k Known) {
	s.Snapshot, s.Lineage = of, lineage
	s.at.Store(int64(k.At))
	s.sequence.Store(uint64(k.Sequence))
	s.generation.Store(uint64(k.Generation))
}

// Known returns when the slot was last known current.
func (s *Slot) Known() Known {
	return Known{
		At:         time.Duration(s.at.Load()),
		Sequence:   event.Sequence(s.sequence.Load()),
		Generation: event.Version(s.generation.Load()),
	}
}

// Confirm records that the state was found current as k says.
func (s *Slot) Confirm(k Known) {
	raise(&s.generation, uint64(k.Generation))
	raise(&s.sequence, uint64(k.Sequence))
	raiseInt(&s.at, int64(k.At))
}

func raise(a *atomic.Uint64, to uint64) {
	for old := a.Load(); old < to; old = a.Load() {
		if a.CompareAndSwap(old, to) {
			return
		}
	}
}

func raiseInt(a *atomic.Int64, to int64) {
	for old := a.Load(); old < to; old = a.Load() {
		if a.CompareAndSwap(old, to) {
			return
		}
	}
}

// SlotKey names a slot: a definition's version by the number its engine gave it,
// and the entity.
type SlotKey struct {
	Definition uint32
	Entity     event.Entity
}

// slotOverheadBytes is what a slot takes beside its state and its entity: the slot,
// its snapshot, its memo, its place in a queue and the cells of the table.
const slotOverheadBytes = 320

// Shards are as many as keep each at shardBytesMin or more, up to slotShardsMax.
const (
	slotShardsMax = 64
	shardBytesMin = 1 << 20
)

// Slots is the group-local cache: states in memory, bounded in bytes. It is safe for
// concurrent use, and Get takes no lock.
//
// What is evicted is chosen as by S3-FIFO (Yang et al., SOSP 2023): a slot begins in a
// small queue, and only one that is read again before it comes to that queue's end, or
// comes back soon after, moves to the main one; so what is read once cannot push out what
// is read often. A Put is there for the next Get unless evicted, and its comparison with
// what is there is atomic.
type Slots struct {
	seed     maphash.Seed
	shards   []slotShard // a power of two; none: nothing is kept
	bytesMax int64
	bytes    atomic.Int64
	hand     atomic.Uint32 // the shard that evicted last
}

// NewSlots returns slots that hold up to bytesMax bytes; 0 or less holds nothing.
func NewSlots(bytesMax int64) *Slots {
	s := &Slots{seed: maphash.MakeSeed(), bytesMax: max(0, bytesMax)}
	if bytesMax <= 0 {
		return s
	}
	n := 1
	for n < slotShardsMax && int64(2*n)*shardBytesMin <= bytesMax {
		n *= 2
	}
	s.shards = make([]slotShard, n)
	for i := range s.shards {
		s.shards[i].init()
	}
	return s
}

// Bytes is the memory that the slot takes under an entity. It counts the state
// twice: readers keep an encoded row of it in its memo.
func (s *Slot) Bytes(e event.Entity) int64 {
	size := slotOverheadBytes + len(e)
	if s.Snapshot.State != nil {
		size += 2 * s.Snapshot.State.SizeBytes()
	}
	return int64(size)
}

// hash is of a key: its low bits find the cell, its high ones the shard.
func (s *Slots) hash(k *SlotKey) uint64 {
	const odd = 0x9E3779B97F4A7C15 // spreads a small number over all bits
	return maphash.String(s.seed, string(k.Entity)) ^ uint64(k.Definition)*odd
}

func (s *Slots) shard(hash uint64) *slotShard {
	return &s.shards[hash>>32&uint64(len(s.shards)-1)]
}

// Get returns the slot, nil if there is none.
func (s *Slots) Get(k SlotKey) *Slot {
	e := s.find(&k)
	if e == nil {
		return nil
	}
	if n := e.reads.Load(); n < readsMax { // one that is lost beside another does not matter
		e.reads.Store(n + 1)
	}
	return e
}

// Peek is Get without counting as a use.
func (s *Slots) Peek(k SlotKey) *Slot { return s.find(&k) }

func (s *Slots) find(k *SlotKey) *Slot {
	if len(s.shards) == 0 {
		return nil
	}
	h := s.hash(k)
	return s.shard(h).index.Load().find(h, k)
}

// Put stores a slot, which was never put before, unless the one that is there has a newer state of the same
// lineage; one with an equal state stays, and learns what the new one knows. It
// returns the slot that is right now, and whether that is the given one.
func (s *Slots) Put(k SlotKey, slot *Slot) (*Slot, bool) {
	if len(s.shards) == 0 {
		return slot, false
	}
	h := s.hash(&k)
	kept, grown := s.shard(h).put(h, k, slot)
	if kept != slot {
		if kept.Snapshot.Watermark == slot.Snapshot.Watermark {
			kept.Confirm(slot.Known())
		}
		return kept, false
	}
	if s.bytes.Add(grown) > s.bytesMax {
		s.evict()
	}
	return slot, true
}

func (s *Slot) supersedes(other *Slot) bool {
	return s.Lineage == other.Lineage && s.Snapshot.Watermark >= other.Snapshot.Watermark
}

// evict makes room, in one shard after the other: each has about as much as the next.
func (s *Slots) evict() {
	for s.bytes.Load() > s.bytesMax {
		freed := int64(0)
		for range s.shards {
			if freed = s.shards[s.hand.Add(1)&uint32(len(s.shards)-1)].evict(); freed > 0 {
				break
			}
		}
		if freed == 0 {
			return // others evict what there is
		}
		s.bytes.Add(-freed)
	}
}

// DeleteFunc removes the slots whose keys match and returns how many there were. It
// looks at every key.
func (s *Slots) DeleteFunc(match func(SlotKey) bool) (n int) {
	for i := range s.shards {
		deleted, freed := s.shards[i].deleteFunc(match)
		s.bytes.Add(-freed)
		n += deleted
	}
	return n
}

// Bytes returns the memory in use and its bound.
func (s *Slots) Bytes() (used, bytesMax uint64) {
	return uint64(max(0, s.bytes.Load())), uint64(s.bytesMax)
}

// Len returns how many slots there are.
func (s *Slots) Len() int {
	n := int64(0)
	for i := range s.shards {
		n += s.shards[i].live.Load()
	}
	return int(n)
}
