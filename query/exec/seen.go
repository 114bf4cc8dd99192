package exec

import (
	"iter"

	"github.com/projsql/projsql/query/types"
)

// seen is a set of keys, NULLs equal to each other. Short ones lie where they are looked for.
type seen struct {
	types []types.OID
	kind  shortKind
	short []shortKey // slots with linear probing; their length is 0 or a power of two
	used  int        // of them
	table *table     // of the other keys; nil: there is none
	bytes int
}

const (
	seenBytes      = 128 // of an empty one
	seenSlotsLeast = 16
)

func newSeen(oids []types.OID) *seen { return &seen{types: oids, kind: shortKindOf(oids)} }

// hash is that of a key in a table, too.
func (s *seen) hash(key []types.Datum) uint64 {
	return (&table{types: s.types, kind: s.kind}).hash(key)
}

func (s *seen) equal(a, b []types.Datum) bool { return (&table{types: s.types}).equal(a, b) }

func (s *seen) empty() bool { return s.used == 0 && s.table == nil }

func (s *seen) has(key []types.Datum, h uint64) bool {
	if k, ok := s.shortOf(key); ok {
		return s.used > 0 && s.short[s.slot(k, h)] == k
	}
	if s.table == nil {
		return false
	}
	n, _ := s.table.probe(key, h)
	return n >= 0
}

// put reports whether a key is new. The set keeps a copy of its own.
func (s *seen) put(key []types.Datum, h uint64) (added bool) {
	k, ok := s.shortOf(key)
	if !ok {
		return s.putOther(key, h)
	}
	if 2*s.used >= len(s.short) {
		s.grow()
	}
	i := s.slot(k, h)
	if s.short[i] == k {
		return false
	}
	s.short[i] = k
	s.used++
	return true
}

func (s *seen) putOther(key []types.Datum, h uint64) (added bool) {
	before := 0
	if s.table == nil {
		s.table = newTable(s.types)
	} else {
		before = s.table.bytes
	}
	_, added = s.table.putHashed(key, h)
	s.bytes += s.table.bytes - before
	return added
}

// shortOf returns a key's shortKey if that is all of it.
func (s *seen) shortOf(key []types.Datum) (k shortKey, ok bool) {
	if s.kind == notShort {
		return k, false
	}
	k = s.kind.of(key[0])
	return k, !k.long()
}

// slot is that of a key, or the one that is free for it.
func (s *seen) slot(k shortKey, h uint64) uint32 {
	mask := uint32(len(s.short) - 1)
	i := uint32(h) & mask
	for s.short[i] != k && s.short[i] != (shortKey{}) {
		i = (i + 1) & mask
	}
	return i
}

// unite adds the keys of another set of the same types, and tells of each that is new; check is asked
// now and then whether to go on.
func (s *seen) unite(other *seen, check func() error, fresh func(k shortKey, key []types.Datum)) error {
	n := 0
	for k := range other.shorts() {
		if n++; n%uniteRows == 0 {
			if err := check(); err != nil {
				return err
			}
		}
		if 2*s.used >= len(s.short) {
			s.grow()
		}
		if i := s.slot(k, k.hash()); s.short[i] != k {
			s.short[i] = k
			s.used++
			fresh(k, nil)
		}
	}
	if other.table == nil {
		return check()
	}
	for n := range other.table.count {
		if n%uniteRows == 0 {
			if err := check(); err != nil {
				return err
			}
		}
		if key := other.table.key(n); s.putOther(key, s.hash(key)) {
			fresh(shortKey{}, key)
		}
	}
	return nil
}

// uniteRows is after how many keys it is asked whether to go on.
const uniteRows = 1 << 14

// shorts are the short keys. They do not come in the order of their slots: another set, which they are put
// into, would fill up from one end.
func (s *seen) shorts() iter.Seq[shortKey] {
	return func(yield func(shortKey) bool) {
		mask := len(s.short) - 1
		for n := range len(s.short) {
			if k := s.short[n*seenStride&mask]; k != (shortKey{}) && !yield(k) {
				return
			}
		}
	}
}

// seenStride is odd, so that all slots are met.
const seenStride = 0x9E3779B1

func (s *seen) grow() {
	old := s.short
	s.short = make([]shortKey, max(seenSlotsLeast, 2*len(old)))
	s.bytes += shortKeyBytes * (len(s.short) - len(old))
	for _, k := range old {
		if k != (shortKey{}) {
			s.short[s.slot(k, k.hash())] = k
		}
	}
}

// all calls each with every key.
func (s *seen) all(each func(key []types.Datum)) {
	for _, k := range s.short {
		if k != (shortKey{}) {
			each([]types.Datum{k.value()})
		}
	}
	if s.table != nil {
		for n := range s.table.count {
			each(s.table.key(n))
		}
	}
}
