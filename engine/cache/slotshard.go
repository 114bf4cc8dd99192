package cache

import (
	"sync"
	"sync/atomic"
)

// readsMax is how many reads of a slot count: as many rounds of the main queue as it
// outlives.
const readsMax = 3

// slotShard is a part of the slots, with queues of its own.
type slotShard struct {
	index atomic.Pointer[slotIndex] // read without the lock
	live  atomic.Int64

	mu          sync.Mutex
	small, main slotQueue
	ghosts      []uint64 // hashes of slots that left small, each where it overwrites another
	_           [64]byte // keeps the counters of two shards apart
}

func (s *slotShard) init() { s.index.Store(newSlotIndex(0)) }

// put returns the slot that is right, and what the given one takes more than the one
// that it replaced.
func (s *slotShard) put(h uint64, k SlotKey, slot *Slot) (kept *Slot, grown int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.index.Load().find(h, &k)
	if old != nil && old.supersedes(slot) {
		return old, 0
	}
	slot.hash, slot.key, slot.bytes = h, k, slot.Bytes(k.Entity)
	if old == nil {
		s.add(slot)
		return slot, slot.bytes
	}
	slot.reads.Store(old.reads.Load())
	old.queue.replace(old, slot)
	s.index.Load().replace(old, slot)
	return slot, slot.bytes - old.bytes
}

func (s *slotShard) add(e *Slot) {
	q := &s.small
	if g := s.ghost(e.hash); g != nil && *g == e.hash {
		q, *g = &s.main, 0
	}
	q.push(e)
	n := s.live.Add(1)
	index := s.index.Load()
	if index.full() {
		index = index.grown(int(n))
		s.index.Store(index)
	}
	index.add(e)
}

// ghost is where a slot's hash is kept; nil if none was.
func (s *slotShard) ghost(h uint64) *uint64 {
	if len(s.ghosts) == 0 {
		return nil
	}
	return &s.ghosts[h&uint64(len(s.ghosts)-1)]
}

// evict drops one slot and returns what it took; 0 if there is none.
func (s *slotShard) evict() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		q := s.victim()
		e := q.pop()
		if e == nil {
			return 0
		}
		reads := e.reads.Load()
		switch {
		case q == &s.small && reads > 1:
			e.reads.Store(0)
		case q == &s.main && reads > 0:
			e.reads.Store(reads - 1)
		default:
			if q == &s.small {
				s.remember(e.hash)
			}
			s.drop(e)
			return e.bytes
		}
		s.main.push(e)
	}
}

// victim is the queue that gives up a slot: small may have a tenth.
func (s *slotShard) victim() *slotQueue {
	const share = 10
	if s.main.n == 0 || s.small.bytes*share > s.small.bytes+s.main.bytes {
		return &s.small
	}
	return &s.main
}

// remember makes a ghost, one for each slot there is.
func (s *slotShard) remember(h uint64) {
	if n := int(s.live.Load()); len(s.ghosts) < n {
		s.ghosts = make([]uint64, powerOfTwo(n))
	}
	*s.ghost(h) = h
}

func (s *slotShard) drop(e *Slot) {
	s.live.Add(-1)
	s.index.Load().replace(e, removed)
}

func (s *slotShard) deleteFunc(match func(SlotKey) bool) (n int, freed int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range []*slotQueue{&s.small, &s.main} {
		for range q.n {
			e := q.pop()
			if !match(e.key) {
				q.push(e)
				continue
			}
			s.drop(e)
			n, freed = n+1, freed+e.bytes
		}
	}
	return n, freed
}

// slotQueue is a FIFO in a ring.
type slotQueue struct {
	ring  []*Slot // a power of two
	from  int     // the position of the oldest; the ring's length apart are the same place
	n     int
	bytes int64
}

func (q *slotQueue) at(position int) **Slot { return &q.ring[position&(len(q.ring)-1)] }

func (q *slotQueue) push(e *Slot) {
	if q.n == len(q.ring) {
		q.grow()
	}
	e.queue, e.position = q, q.from+q.n
	*q.at(e.position) = e
	q.n++
	q.bytes += e.bytes
}

// replace puts a slot in the place of another.
func (q *slotQueue) replace(old, e *Slot) {
	e.queue, e.position = q, old.position
	*q.at(e.position) = e
	q.bytes += e.bytes - old.bytes
}

// pop takes the oldest; nil if there is none.
func (q *slotQueue) pop() *Slot {
	if q.n == 0 {
		return nil
	}
	e := *q.at(q.from)
	*q.at(q.from) = nil
	q.from++
	q.n--
	q.bytes -= e.bytes
	return e
}

func (q *slotQueue) grow() {
	old := *q
	q.ring = make([]*Slot, max(8, 2*len(q.ring)))
	for i := range q.n {
		*q.at(q.from + i) = *old.at(q.from + i)
	}
}
