package exec

import (
	"unsafe"

	"github.com/projsql/projsql/query/types"
)

// approach brings near what a batch of keys is about to be compared with. What is far away is
// waited for, step after step: to the slot, the key, the key's bytes, the state. Where each step is done for
// all keys before the next, the processor waits for several at once.
type approach struct {
	keys []approached
	seen uint64 // so that what is read counts
}

// approached is a table's key.
type approached struct {
	table  *table
	number int32
}

// approachAfter is from how many keys on a table is no more in the processor's nearest caches.
const approachAfter = 1000

// slot begins with a key's hash.
func (a *approach) slot(t *table, h uint64) {
	if t.count < approachAfter {
		return
	}
	if n := t.slots.first(uint32(h)); n >= 0 {
		a.keys = append(a.keys, approached{t, n})
	}
}

// member begins with the hash of a key that is looked for in a set.
func (a *approach) member(s *seen, h uint64) {
	if n := len(s.short); n > approachAfter {
		a.seen += s.short[uint32(h)&uint32(n-1)].high
	}
	if s.table != nil {
		a.slot(s.table, h)
	}
}

// end does the other steps.
func (a *approach) end() {
	more := a.keys[:0]
	for _, k := range a.keys {
		if k.table.approach(int(k.number)) {
			more = append(more, k)
		}
	}
	for _, k := range more {
		a.values(k.table.key(int(k.number)))
	}
	a.keys = a.keys[:0]
}

// values brings near the bytes of values that are near themselves.
func (a *approach) values(all []types.Datum) {
	for _, d := range all {
		if s := d.Str(); s != "" {
			a.seen += uint64(s[0])
		}
	}
}

// states brings near the first states of groups, each of which has width of them.
func (a *approach) states(all []accumulator, width int, groups []int32) {
	if width == 0 || len(all) < approachAfter {
		return
	}
	for _, n := range groups {
		if n >= 0 {
			a.seen += uint64(*firstByte(&all[int(n)*width]))
		}
	}
}

// firstByte is of what a state points to.
func firstByte(a *accumulator) *byte {
	return (*byte)((*[2]unsafe.Pointer)(unsafe.Pointer(a))[1])
}
