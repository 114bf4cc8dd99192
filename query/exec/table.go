package exec

import "github.com/projsql/projsql/query/types"

// table finds the number of a key, which is a list of values, NULLs equal to
// each other. Keys are numbered from 0 in the order of their first appearance.
type table struct {
	types []types.OID
	slots hashSlots
	count int
	keys  []types.Datum // of number i from i*len(types); of a kind, none but where there are long ones
	bytes int
	kind  shortKind
	short []shortKey // of a kind, by number
}

func newTable(oids []types.OID) *table {
	return &table{types: oids, slots: newHashSlots(), kind: shortKindOf(oids)}
}

// key returns the values of a number.
func (t *table) key(n int) []types.Datum {
	if t.kind != notShort && !t.short[n].long() {
		return []types.Datum{t.short[n].value()}
	}
	w := len(t.types)
	return t.keys[n*w : (n+1)*w : (n+1)*w]
}

func (t *table) hash(key []types.Datum) uint64 {
	if t.kind != notShort {
		if k := t.kind.of(key[0]); !k.long() {
			return k.hash()
		}
	}
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
	if t.kind != notShort {
		return t.probeShort(key, t.kind.of(key[0]), h)
	}
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

func (t *table) probeShort(key []types.Datum, k shortKey, h uint64) (number, slot int) {
	tag, mask := uint32(h), uint32(len(t.slots)-1)
	for i := tag & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s.number == 0 {
			return -1, int(i)
		}
		if n := int(s.number) - 1; s.tag == tag && t.short[n] == k && (!k.long() || t.equal(t.key(n), key)) {
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
	t.keep(key)
	if 2*t.count > len(t.slots) {
		t.bytes += hashSlotBytes * len(t.slots)
		t.slots = t.slots.grown()
	}
	return n, true
}

// keep keeps the key of the last number.
func (t *table) keep(key []types.Datum) {
	if t.kind != notShort {
		k := t.kind.of(key[0])
		t.short = append(t.short, k)
		t.bytes += shortKeyBytes
		if !k.long() {
			return
		}
		for len(t.keys) < t.count-1 {
			t.keys = append(t.keys, types.Null)
			t.bytes += types.SizeBytes(types.Null)
		}
	}
	for _, d := range key {
		d = types.Clone(d)
		t.bytes += types.SizeBytes(d)
		t.keys = append(t.keys, d)
	}
}

// approach brings near what the key with a number is compared with, but for bytes elsewhere; more says that
// there are such.
func (t *table) approach(n int) (more bool) {
	if t.kind != notShort {
		return t.short[n].long()
	}
	return !t.keys[n*len(t.types)].IsNull()
}
