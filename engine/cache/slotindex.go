package cache

import "sync/atomic"

// slotIndex is a hash table with linear probing. One goroutine at a time changes it, any
// may search it meanwhile: cells go from nil to a slot, from that to newer ones of its key, and to removed.
type slotIndex struct {
	cells []atomic.Pointer[Slot] // a power of two
	used  int                    // that are not nil
}

// removed is in cells whose slot is gone. Its key is nobody's: entities are not empty.
var removed = &Slot{}

func newSlotIndex(slots int) *slotIndex {
	return &slotIndex{cells: make([]atomic.Pointer[Slot], powerOfTwo(max(8, 4*slots)))}
}

func powerOfTwo(atLeast int) int {
	n := 1
	for n < atLeast {
		n *= 2
	}
	return n
}

// find returns the slot of a key, nil if there is none.
func (x *slotIndex) find(h uint64, k *SlotKey) *Slot {
	mask := uint64(len(x.cells) - 1)
	for i := h; ; i++ {
		e := x.cells[i&mask].Load()
		if e == nil || e.hash == h && e.key == *k {
			return e
		}
	}
}

// full reports whether half of the cells are used: more would make for long searches.
func (x *slotIndex) full() bool { return 2*x.used >= len(x.cells) }

// grown returns a copy with room for more than n slots.
func (x *slotIndex) grown(n int) *slotIndex {
	next := newSlotIndex(n)
	for i := range x.cells {
		if e := x.cells[i].Load(); e != nil && e != removed {
			next.add(e)
		}
	}
	return next
}

// add puts a slot in the first cell that has none.
func (x *slotIndex) add(e *Slot) {
	mask := uint64(len(x.cells) - 1)
	for i := e.hash; ; i++ {
		c := &x.cells[i&mask]
		switch c.Load() {
		case nil:
			x.used++
			c.Store(e)
			return
		case removed:
			c.Store(e)
			return
		}
	}
}

// replace puts another slot, of the same key or removed, in the place of one that is in.
func (x *slotIndex) replace(old, e *Slot) {
	mask := uint64(len(x.cells) - 1)
	for i := old.hash; ; i++ {
		if c := &x.cells[i&mask]; c.Load() == old {
			c.Store(e)
			return
		}
	}
}
