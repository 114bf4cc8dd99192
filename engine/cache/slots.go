package cache

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Known says when and where a state was last known to be current. Any mix of the
// fields of two true Knowns of one state, each the larger, is true as well, for all
// three only grow together; so they can be raised one by one without a lock.
type Known struct {
	At         time.Duration // by the engine's monotonic clock; Never = at no known time
	Sequence   event.Sequence
	Generation event.Version // of the entity at Sequence
}

// Slot is one state that is kept in memory. All but its Known is immutable.
type Slot struct {
	Snapshot *projection.Snapshot
	Lineage  [16]byte

	at         atomic.Int64
	sequence   atomic.Uint64
	generation atomic.Uint64
	reads      atomic.Uint32
}

// NewSlot returns a slot that nobody shares yet.
func NewSlot(s *projection.Snapshot, lineage [16]byte, k Known) *Slot {
	slot := &Slot{}
	slot.Set(s, lineage, k)
	return slot
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
	raiseInt(&s.at, int64(k.At))
	raise(&s.sequence, uint64(k.Sequence))
	raise(&s.generation, uint64(k.Generation))
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
// its snapshot, the table's node.
const slotOverheadBytes = 320

// initialSlotsMax bounds what is allocated for slots that are not there yet.
const initialSlotsMax = 1 << 16

// Slots is the group-local cache: states in memory, bounded in bytes. It is safe
// for concurrent use.
//
// It stands on otter (W-TinyLFU): a scan, whose states are read once, cannot push
// out states that are read often; what Put stores is there for the next Get unless
// evicted, as its table is updated before Put returns (ristretto drops sets under
// load and shows them late); and Compute is atomic per key, which makes Put's
// comparison possible. Housekeeping runs on the calling goroutine: there is none to
// wait for at the end, and a full cache slows those who fill it.
type Slots struct {
	table    *otter.Cache[SlotKey, *Slot]
	bytesMax uint64
}

// NewSlots returns slots that hold up to bytesMax bytes; 0 or less holds nothing.
func NewSlots(bytesMax int64) (*Slots, error) {
	if bytesMax <= 0 {
		return &Slots{}, nil
	}
	table, err := otter.New(&otter.Options[SlotKey, *Slot]{
		MaximumWeight: uint64(bytesMax),
		Weigher:       weigh,
		Executor:      func(fn func()) { fn() },
		// Without it the policy begins to count reads when it is half full, and a scan that
		// comes after finds every slot equally cold.
		InitialCapacity: int(min(bytesMax/slotOverheadBytes, initialSlotsMax)),
	})
	return &Slots{table: table, bytesMax: uint64(bytesMax)}, err
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

func weigh(k SlotKey, s *Slot) uint32 { return uint32(min(s.Bytes(k.Entity), math.MaxUint32)) }

// The table's policy is told of a slot's first reads and then of one in so many: it
// forgets counts above fifteen anyway, and being told costs more than the look-up.
const (
	readsTold      = 8
	readsToldEvery = 8
)

// Get returns the slot, nil if there is none.
func (s *Slots) Get(k SlotKey) *Slot {
	if s.table == nil {
		return nil
	}
	e, ok := s.table.GetEntryQuietly(k)
	if !ok {
		return nil
	}
	if n := e.Value.reads.Add(1); n <= readsTold || n%readsToldEvery == 0 {
		s.table.GetIfPresent(k)
	}
	return e.Value
}

// Peek is Get without counting as a use.
func (s *Slots) Peek(k SlotKey) *Slot {
	if s.table == nil {
		return nil
	}
	if entry, ok := s.table.GetEntryQuietly(k); ok {
		return entry.Value
	}
	return nil
}

// Put stores a slot unless the one that is there has a newer state of the same
// lineage; one with an equal state stays, and learns what the new one knows. It
// returns the slot that is right now, and whether that is the given one.
func (s *Slots) Put(k SlotKey, slot *Slot) (*Slot, bool) {
	if s.table == nil {
		return slot, false
	}
	kept := slot
	s.table.Compute(k, func(old *Slot, found bool) (*Slot, otter.ComputeOp) {
		if !found || !old.supersedes(slot) {
			return slot, otter.WriteOp
		}
		kept = old
		return old, otter.CancelOp
	})
	if kept.Snapshot.Watermark == slot.Snapshot.Watermark && kept != slot {
		kept.Confirm(slot.Known())
	}
	return kept, kept == slot
}

func (s *Slot) supersedes(other *Slot) bool {
	return s.Lineage == other.Lineage && s.Snapshot.Watermark >= other.Snapshot.Watermark
}

// Delete removes a slot.
func (s *Slots) Delete(k SlotKey) {
	if s.table != nil {
		s.table.Invalidate(k)
	}
}

// DeleteFunc removes the slots whose keys match and returns how many there were. It
// looks at every key.
func (s *Slots) DeleteFunc(match func(SlotKey) bool) int {
	if s.table == nil {
		return 0
	}
	n := 0
	for k := range s.table.Keys() {
		if !match(k) {
			continue
		}
		if _, ok := s.table.Invalidate(k); ok {
			n++
		}
	}
	return n
}

// Bytes returns the memory in use and its bound. It is not cheap.
func (s *Slots) Bytes() (used, bytesMax uint64) {
	if s.table == nil {
		return 0, 0
	}
	return s.table.WeightedSize(), s.bytesMax
}

// Len returns about how many slots there are.
func (s *Slots) Len() int {
	if s.table == nil {
		return 0
	}
	return s.table.EstimatedSize()
}
