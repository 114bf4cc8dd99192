package exec

import "github.com/projsql/projsql/query/types"

// rowIndex finds the rows of a store by their keys, which are some of their columns. Rows
// with the same key are a ring, in the order in which they were added.
type rowIndex struct {
	rows    *rowStore
	columns []int
	keys    *table // for hashing and comparing

	slots []rowSlot
	used  int
	next  []int32 // of each row, in its ring
	bytes int

	key, other []types.Datum

	tags  []uint32 // of the keys that are looked for
	nulls int
}

// rowSlot leads to the last row of a ring. The tag says where the slot is looked for, and, by
// the bits that do not, that others' keys differ.
type rowSlot struct {
	tag  uint32
	last int32 // row + 1; 0: the slot is free
}

const (
	rowSlotBytes = 8
	rowLinkBytes = 4
)

func newRowIndex(rows *rowStore, columns []int, oids []types.OID) *rowIndex {
	return &rowIndex{rows: rows, columns: columns, keys: newTable(oids), slots: make([]rowSlot, tableSlots)}
}

// add finds the store's last row from now on, unless its key has a NULL.
func (x *rowIndex) add() {
	n := int32(len(x.next))
	x.next = append(x.next, n)
	x.bytes += rowLinkBytes
	x.key = x.keyOf(n, x.key)
	if hasNull(x.key) {
		return
	}
	tag := uint32(x.keys.hash(x.key))
	slot := x.slot(tag, x.key)
	if last := x.slots[slot].last - 1; last >= 0 {
		x.next[n], x.next[last] = x.next[last], n
	} else if x.used++; 2*x.used > len(x.slots) {
		x.grow()
		slot = x.slot(tag, x.key)
	}
	x.slots[slot] = rowSlot{tag, n + 1}
}

// slot returns the slot of a key, or the one that is free for it.
func (x *rowIndex) slot(tag uint32, key []types.Datum) uint32 {
	mask := uint32(len(x.slots) - 1)
	for i := tag & mask; ; i = (i + 1) & mask {
		s := x.slots[i]
		if s.last == 0 || s.tag == tag && x.equal(s.last-1, key) {
			return i
		}
	}
}

func (x *rowIndex) equal(n int32, key []types.Datum) bool {
	x.other = x.keyOf(n, x.other)
	return x.keys.equal(x.other, key)
}

// keyOf puts a row's key into buffer.
func (x *rowIndex) keyOf(n int32, buffer []types.Datum) []types.Datum {
	row := x.rows.row(int(n))
	buffer = buffer[:0]
	for _, c := range x.columns {
		buffer = append(buffer, row[c])
	}
	return buffer
}

func (x *rowIndex) grow() {
	old := x.slots
	x.slots = make([]rowSlot, 2*len(old))
	x.bytes += rowSlotBytes * len(old)
	mask := uint32(len(x.slots) - 1)
	for _, s := range old {
		if s.last == 0 {
			continue
		}
		i := s.tag & mask
		for x.slots[i].last != 0 {
			i = (i + 1) & mask
		}
		x.slots[i] = s
	}
}

// find puts the last row of each key's ring into lasts, -1 where there is none; keys are one
// behind the other. Where there are many rows each step waits for memory: it is done for all
// keys before the next, so that the processor waits for several at once.
func (x *rowIndex) find(keys []types.Datum, lasts []int32) {
	w, mask := len(x.columns), uint32(len(x.slots)-1)
	x.tags = x.tags[:0]
	for i := range lasts {
		x.tags = append(x.tags, uint32(x.keys.hash(keys[i*w:(i+1)*w])))
	}
	for i, tag := range x.tags {
		lasts[i] = x.slots[tag&mask].last - 1
	}
	for _, last := range lasts {
		if last >= 0 && x.rows.row(int(last))[x.columns[0]].IsNull() {
			x.nulls++ // there are none: the row is only brought near
		}
	}
	for i, last := range lasts {
		if last >= 0 {
			key := keys[i*w : (i+1)*w]
			if lasts[i] = x.slots[x.slot(x.tags[i], key)].last - 1; hasNull(key) {
				lasts[i] = -1
			}
		}
	}
}
