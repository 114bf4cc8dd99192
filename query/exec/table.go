package exec

import "github.com/projsql/projsql/query/types"

// table finds the number of a key, which is a list of values, NULLs equal to
// each other. Keys are numbered from 0 in the order of their first appearance.
type table struct {
	types  []types.OID
	slots  []int32 // number + 1; 0 = free
	hashes []uint64
	keys   []types.Datum // of number i from i*len(types)
	bytes  int

	near, nulls int // what approach has found
}

const (
	tableSlots = 64
	tableBytes = 4*tableSlots + 128 // of an empty table
)

func newTable(oids []types.OID) *table {
	return &table{types: oids, slots: make([]int32, tableSlots)}
}

// key returns the values of a number.
func (t *table) key(n int) []types.Datum {
	w := len(t.types)
	return t.keys[n*w : (n+1)*w : (n+1)*w]
}

func (t *table) hash(key []types.Datum) uint64 {
	h := uint64(0x9E3779B97F4A7C15)
	for i, oid := range t.types {
		if key[i].IsNull() {
			h = h*31 + 7
			continue
		}
		h = types.Hash(oid, key[i], h)
	}
	return h
}

func (t *table) equal(a, b []types.Datum) bool {
	for i, oid := range t.types {
		switch {
		case a[i].IsNull() || b[i].IsNull():
			if a[i].IsNull() != b[i].IsNull() {
				return false
			}
		case !types.Equal(oid, a[i], b[i]):
			return false
		}
	}
	return true
}

// find returns the key's number, -1 if it is not there.
func (t *table) find(key []types.Datum) int {
	n, _ := t.probe(key, t.hash(key))
	return n
}

func (t *table) probe(key []types.Datum, h uint64) (number, slot int) {
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		n := int(t.slots[i]) - 1
		if n < 0 {
			return -1, int(i)
		}
		if t.hashes[n] == h && t.equal(t.key(n), key) {
			return n, int(i)
		}
	}
}

// put returns the key's number; added says that it is new. The table keeps
// copies of its own.
func (t *table) put(key []types.Datum) (number int, added bool) {
	return t.putHashed(key, t.hash(key))
}

// putHashed is put where the key's hash is known.
func (t *table) putHashed(key []types.Datum, h uint64) (number int, added bool) {
	n, slot := t.probe(key, h)
	if n >= 0 {
		return n, false
	}
	n = len(t.hashes)
	t.slots[slot] = int32(n + 1)
	t.hashes = append(t.hashes, h)
	t.bytes += 16
	for _, d := range key {
		d = types.Clone(d)
		t.bytes += types.SizeBytes(d)
		t.keys = append(t.keys, d)
	}
	if 2*len(t.hashes) > len(t.slots) {
		t.grow()
	}
	return n, true
}

func (t *table) grow() {
	t.slots = make([]int32, 2*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for n, h := range t.hashes {
		i := h & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = int32(n + 1)
	}
}

// approach brings near what is needed to find keys with these hashes: where a table is large, the processor
// then waits for the memory of several at once.
func (t *table) approach(hashes []uint64) {
	mask, w := uint64(len(t.slots)-1), len(t.types)
	if len(t.hashes) < approachAfter {
		return
	}
	for _, h := range hashes {
		if n := int(t.slots[h&mask]) - 1; n >= 0 && t.hashes[n] == h {
			t.near++
		}
	}
	for _, h := range hashes {
		if n := int(t.slots[h&mask]) - 1; n >= 0 && t.keys[n*w].IsNull() {
			t.nulls++
		}
	}
}

// approachAfter is from how many keys on a table is no more in the processor's nearest cache.
const approachAfter = 1000
