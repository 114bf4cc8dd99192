package exec

import "github.com/projsql/projsql/query/types"

// rowIndex finds the rows of a store by their keys, which are some of their columns. Rows
// with the same key are a ring, in the order in which they were added.
type rowIndex struct {
	rows    *rowStore
	columns []int
	keys    *table // for hashing and comparing

	slots hashSlots // to the last row of each ring
	used  int
	next  []int32    // of each row, in its ring
	short []shortKey // of each row, where keys are of a kind
	bytes int

	key, other []types.Datum

	tags []uint32 // of the keys that are looked for
	near approach
}

const rowLinkBytes = 4

func newRowIndex(rows *rowStore, columns []int, oids []types.OID) *rowIndex {
	return &rowIndex{rows: rows, columns: columns, keys: newTable(oids), slots: newHashSlots()}
}

// add finds the store's last row from now on, unless its key has a NULL.
func (x *rowIndex) add() {
	n := int32(len(x.next))
	x.next = append(x.next, n)
	x.bytes += rowLinkBytes
	x.key = x.keyOf(n, x.key)
	if x.keys.kind != notShort {
		x.short = append(x.short, x.keys.kind.of(x.key[0]))
		x.bytes += shortKeyBytes
	}
	if hasNull(x.key) {
		return
	}
	tag := uint32(x.keys.hash(x.key))
	slot := x.slot(tag, x.key)
	if last := x.slots[slot].number - 1; last >= 0 {
		x.next[n], x.next[last] = x.next[last], n
	} else if x.used++; 2*x.used > len(x.slots) {
		x.bytes += hashSlotBytes * len(x.slots)
		x.slots = x.slots.grown()
		slot = x.slot(tag, x.key)
	}
	x.slots[slot] = hashSlot{tag, n + 1}
}

// slot returns the slot of a key, or the one that is free for it.
func (x *rowIndex) slot(tag uint32, key []types.Datum) uint32 {
	var k shortKey
	kind := x.keys.kind
	if kind != notShort {
		k = kind.of(key[0])
	}
	mask := uint32(len(x.slots) - 1)
	for i := tag & mask; ; i = (i + 1) & mask {
		s := x.slots[i]
		switch {
		case s.number == 0:
			return i
		case s.tag != tag || kind != notShort && x.short[s.number-1] != k:
		case kind != notShort && !k.long() || x.equal(s.number-1, key):
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

// find puts the last row of each key's ring into lasts, -1 where there is none; keys are one
// behind the other.
func (x *rowIndex) find(keys []types.Datum, lasts []int32) {
	w := len(x.columns)
	x.near.values(keys)
	x.tags = x.tags[:0]
	for i := range lasts {
		x.tags = append(x.tags, uint32(x.keys.hash(keys[i*w:(i+1)*w])))
	}
	x.approach(lasts)
	for i := range lasts {
		key := keys[i*w : (i+1)*w]
		if lasts[i] = x.slots[x.slot(x.tags[i], key)].number - 1; hasNull(key) {
			lasts[i] = -1
		}
	}
}

// approach brings near what the keys with the tags are compared with; likely has room for them.
func (x *rowIndex) approach(likely []int32) {
	if x.used < approachAfter {
		return
	}
	for i, tag := range x.tags {
		likely[i] = x.slots.first(tag)
	}
	more := 0
	for i, n := range likely {
		switch {
		case n < 0:
			continue
		case x.keys.kind != notShort:
			x.near.seen += uint64(x.next[n])
			if !x.short[n].long() {
				continue
			}
		case x.rows.row(int(n))[x.columns[0]].IsNull():
			continue
		}
		likely[more], more = likely[i], more+1
	}
	for _, n := range likely[:more] {
		x.near.values(x.keyOf(n, x.other))
		x.near.seen += uint64(x.next[n])
	}
}
