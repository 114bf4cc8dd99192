package exec

import "github.com/projsql/projsql/query/types"

// table finds the number of a key, which is a list of values, NULLs equal to
// each other. Keys are numbered from 0 in the order of their first appearance.
type table struct {
	types []types.OID
	slots hashSlots
	count int
	keys  []types.Datum // of number i from i*len(types)
	bytes int
}

const tableBytes = hashSlotBytes*hashSlotsLeast + 128 // of an empty table

func newTable(oids []types.OID) *table {
	return &table{types: oids, slots: newHashSlots()}
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
	tag, mask := uint32(h), uint32(len(t.slots)-1)
	for i := tag & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s.number == 0 {
			return -1, int(i)
		}
		if n := int(s.number) - 1; s.tag == tag && t.equal(t.key(n), key) {
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
	n = t.count
	t.count++
	t.slots[slot] = hashSlot{uint32(h), int32(t.count)}
	for _, d := range key {
		d = types.Clone(d)
		t.bytes += types.SizeBytes(d)
		t.keys = append(t.keys, d)
	}
	if 2*t.count > len(t.slots) {
		t.bytes += hashSlotBytes * len(t.slots)
		t.slots = t.slots.grown()
	}
	return n, true
}
