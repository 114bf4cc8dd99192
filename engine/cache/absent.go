package cache

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

// absent remembers, for owners that had no row when they were first met, which entities
// may have one since: the first reads under a new definition search for no rows. It may
// take a row that is there for one that is not, while it is being put, which is a miss,
// and never for long.
type absent struct {
	seed   maphash.Seed
	mu     sync.RWMutex
	owners map[absentOwner]*filter
}

type absentOwner struct {
	name    string
	version uint64
}

// Sizes of a filter: a Bloom filter of two bits an entity.
const (
	filterBits        = 1 << 19
	filterEntitiesMax = filterBits / 8 // with more it tells little
)

// filter holds the entities that may have a row.
type filter struct {
	all      bool // every entity may
	entities atomic.Int64
	bits     []atomic.Uint64
}

func newAbsent() *absent {
	return &absent{seed: maphash.MakeSeed(), owners: map[absentOwner]*filter{}}
}

// of returns the owner's filter. A new one asks hasRows, once.
func (a *absent) of(o Owner, hasRows func() bool) *filter {
	k := absentOwner{o.Name, o.Version}
	a.mu.RLock()
	f := a.owners[k]
	a.mu.RUnlock()
	if f != nil {
		return f
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if f = a.owners[k]; f == nil {
		f = &filter{all: hasRows()}
		if !f.all {
			f.bits = make([]atomic.Uint64, filterBits/64)
		}
		a.owners[k] = f
	}
	return f
}

// forget drops what is known of an owner whose rows were deleted.
func (a *absent) forget(name string, version uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.owners, absentOwner{name, version})
}

// add tells that an entity is about to get a row.
func (a *absent) add(f *filter, e event.Entity) {
	if f.all || f.entities.Load() > filterEntitiesMax {
		return
	}
	f.entities.Add(1)
	for _, bit := range a.bits(e) {
		f.bits[bit/64].Or(1 << (bit % 64))
	}
}

// lacks reports whether the entity has no row for certain.
func (a *absent) lacks(f *filter, e event.Entity) bool {
	if f.all || f.entities.Load() > filterEntitiesMax {
		return false
	}
	for _, bit := range a.bits(e) {
		if f.bits[bit/64].Load()&(1<<(bit%64)) == 0 {
			return true
		}
	}
	return false
}

func (a *absent) bits(e event.Entity) [2]uint64 {
	h := maphash.String(a.seed, string(e))
	return [2]uint64{h % filterBits, (h >> 32) % filterBits}
}

// hasRows reports whether an owner has a row, or whether that cannot be told.
func (p *Pebble) hasRows(db *pebble.DB, o Owner) bool {
	if p.write(db) != nil {
		return true
	}
	prefix := appendKey(nil, o.Name, o.Version, "")
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: prefixEnd(prefix)})
	if err != nil {
		return true
	}
	found := it.First()
	return it.Close() != nil || found
}
