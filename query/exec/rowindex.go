package exec

import "github.com/projsql/projsql/query/types"

// rowIndex finds the rows of a store by their keys, which are some of their columns. Rows
// with the same key are a ring, in the order in which they were added.
type rowIndex struct {
	rows    *rowStore
	columns []int
	keys    *table // for hashing and comparing

	slots  hashSlots   // to the last row of each ring
	shorts []shortSlot // the same, where keys are of a kind
	used   int         // keys
	found  int         // rows that have none that is NULL
	next   []int32     // of each row, in its ring
	bytes  int

	added, other []types.Datum

	short  []shortKey // of the keys that are looked for, where they are of a kind
	hashes []uint64
	near   approach
}

// shortSlot leads to the ring of a key. The rows are + 1; 0: the slot is free.
type shortSlot struct {
	key         shortKey
	first, last int32
}

const shortSlotBytes = 24

const rowLinkBytes = 4

func newRowIndex(rows *rowStore, columns []int, oids []types.OID) *rowIndex {
	x := &rowIndex{rows: rows, columns: columns, keys: newTable(oids)}
	if x.keys.kind == notShort {
		x.slots = newHashSlots()
	} else {
		x.shorts = make([]shortSlot, hashSlotsLeast)
	}
	return x
}

// view finds the same rows for another goroutine. Neither adds any more.
func (x *rowIndex) view(rows *rowStore) *rowIndex {
	v := &rowIndex{rows: rows, columns: x.columns, slots: x.slots, shorts: x.shorts, used: x.used, found: x.found, next: x.next}
	v.keys = newTable(x.keys.types)
	return v
}

// unique reports whether no two rows have the same key.
func (x *rowIndex) unique() bool { return x.used == x.found }

// addAll finds the store's last rows, so many, from now on, but for those whose keys have a NULL.
func (x *rowIndex) addAll(count int) {
	w, first := len(x.columns), len(x.next)
	x.added, x.hashes = x.added[:0], x.hashes[:0]
	for n := range count {
		row := x.rows.row(first + n)
		for _, c := range x.columns {
			x.added = append(x.added, row[c])
		}
	}
	x.near.values(x.added)
	for n := range count {
		x.hashes = append(x.hashes, x.keys.hash(x.added[n*w:]))
	}
	if x.used >= approachAfter {
		x.approachAdded()
	}
	for n, h := range x.hashes {
		x.add(x.added[n*w:(n+1)*w], h)
	}
}

// approachAdded brings near where the keys are put.
func (x *rowIndex) approachAdded() {
	for _, h := range x.hashes {
		if x.keys.kind != notShort {
			x.near.seen += uint64(x.shorts[uint32(h)&uint32(len(x.shorts)-1)].last)
			continue
		}
		x.near.seen += uint64(x.slots[uint32(h)&uint32(len(x.slots)-1)].number)
	}
}

// add finds the next of the store's rows from now on, unless its key has a NULL.
func (x *rowIndex) add(key []types.Datum, h uint64) {
	n := int32(len(x.next))
	x.next = append(x.next, n)
	x.bytes += rowLinkBytes
	if hasNull(key) {
		return
	}
	x.found++
	if x.keys.kind != notShort {
		x.addShort(n, key, h)
		return
	}
	tag := uint32(h)
	slot := x.slot(tag, key)
	if last := x.slots[slot].number - 1; last >= 0 {
		x.next[n], x.next[last] = x.next[last], n
	} else if x.used++; 2*x.used > len(x.slots) {
		x.bytes += hashSlotBytes * len(x.slots)
		x.slots = x.slots.grown()
		slot = x.slot(tag, key)
	}
	x.slots[slot] = hashSlot{tag, n + 1}
}

// addShort is add of a key of a kind.
func (x *rowIndex) addShort(n int32, key []types.Datum, h uint64) {
	k := x.keys.kind.of(key[0])
	s := x.shortSlot(k, h, key)
	if s.last != 0 {
		x.next[n], x.next[s.last-1] = x.next[s.last-1], n
		s.last = n + 1
		return
	}
	*s = shortSlot{k, n + 1, n + 1}
	if x.used++; 2*x.used > len(x.shorts) {
		x.growShort()
	}
}

func (x *rowIndex) growShort() {
	old := x.shorts
	x.bytes += shortSlotBytes * len(old)
	x.shorts = make([]shortSlot, 2*len(old))
	mask := uint32(len(x.shorts) - 1)
	for _, s := range old {
		if s.last == 0 {
			continue
		}
		h := s.key.hash()
		if s.key.long() {
			x.other = x.keyOf(s.last-1, x.other)
			h = x.keys.hash(x.other)
		}
		i := uint32(h) & mask
		for x.shorts[i].last != 0 {
			i = (i + 1) & mask
		}
		x.shorts[i] = s
	}
}

// shortSlot is slot of a key of a kind.
func (x *rowIndex) shortSlot(k shortKey, h uint64, key []types.Datum) *shortSlot {
	mask := uint32(len(x.shorts) - 1)
	for i := uint32(h) & mask; ; i = (i + 1) & mask {
		s := &x.shorts[i]
		if s.last == 0 || s.key == k && (!k.long() || x.equal(s.last-1, key)) {
			return s
		}
	}
}

// slot returns the slot of a key, or the one that is free for it.
func (x *rowIndex) slot(tag uint32, key []types.Datum) uint32 {
	mask := uint32(len(x.slots) - 1)
	for i := tag & mask; ; i = (i + 1) & mask {
		s := x.slots[i]
		if s.number == 0 || s.tag == tag && x.equal(s.number-1, key) {
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

// find puts the first and the last row of each key's ring into rings, -1 where there is none; keys are one
// behind the other.
func (x *rowIndex) find(keys []types.Datum, rings [][2]int32) {
	w := len(x.columns)
	x.near.values(keys)
	x.hashes, x.short = x.hashes[:0], x.short[:0]
	for i := range rings {
		key := keys[i*w : (i+1)*w]
		x.hashes = append(x.hashes, x.keys.hash(key))
	}
	if x.keys.kind != notShort {
		x.findShort(keys, rings)
		return
	}
	x.approach(rings)
	for i, h := range x.hashes {
		key := keys[i*w : (i+1)*w]
		last := x.slots[x.slot(uint32(h), key)].number - 1
		if rings[i] = [2]int32{-1, -1}; last >= 0 && !hasNull(key) {
			rings[i] = [2]int32{x.next[last], last}
		}
	}
}

// findShort is find of keys of a kind.
func (x *rowIndex) findShort(keys []types.Datum, rings [][2]int32) {
	for _, d := range keys {
		x.short = append(x.short, x.keys.kind.of(d))
	}
	if x.used >= approachAfter {
		x.approachShort()
	}
	for i, k := range x.short {
		s := x.shortSlot(k, x.hashes[i], keys[i:i+1])
		rings[i] = [2]int32{s.first - 1, s.last - 1}
	}
}

// approachShort brings near what the keys are compared with.
func (x *rowIndex) approachShort() {
	mask := uint32(len(x.shorts) - 1)
	long := false
	for i, h := range x.hashes {
		s := &x.shorts[uint32(h)&mask]
		x.near.seen += s.key.low + uint64(s.last)
		long = long || x.short[i].long()
	}
	if !long {
		return
	}
	for i, h := range x.hashes {
		if s := &x.shorts[uint32(h)&mask]; s.last != 0 && s.key == x.short[i] && s.key.long() {
			x.near.values(x.keyOf(s.last-1, x.other))
		}
	}
}

// approach brings near what the keys are compared with; likely has room for them.
func (x *rowIndex) approach(likely [][2]int32) {
	if x.used < approachAfter {
		return
	}
	for i, h := range x.hashes {
		likely[i][0] = x.slots.first(uint32(h))
	}
	for _, r := range likely {
		if n := r[0]; n >= 0 && x.rows.row(int(n))[x.columns[0]].IsNull() {
			x.near.seen++
		}
	}
	for _, r := range likely {
		if n := r[0]; n >= 0 {
			x.near.values(x.keyOf(n, x.other))
			x.near.seen += uint64(x.next[n])
		}
	}
}
