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
	last   atomic.Pointer[filter] // asked for: one of owners
	mu     sync.RWMutex
	owners map[absentOwner]*filter
}

type absentOwner struct {
	name    string
	version uint64
}

// Sizes of a filter: Bloom filters of two bits an entity, both in one word, since looking at
// a word costs more than the bits in it. The first entities have a small one: it stays in the
// processor's cache.
const (
	wordsFew          = 1 << 10
	wordsMany         = 1 << 13
	entitiesPerWord   = 8
	entitiesFew       = entitiesPerWord * wordsFew
	filterEntitiesMax = entitiesFew + entitiesPerWord*wordsMany // with more it tells little
)

// filter holds the entities that may have a row.
type filter struct {
	owner    absentOwner
	all      bool // every entity may
	entities atomic.Int64
	few      *[wordsFew]atomic.Uint64                 // of the first entitiesFew
	many     atomic.Pointer[[wordsMany]atomic.Uint64] // of those after them; nil: there are none
}

func newAbsent() *absent {
	return &absent{seed: maphash.MakeSeed(), owners: map[absentOwner]*filter{}}
}

// of returns the owner's filter. A new one asks hasRows, once.
func (a *absent) of(o Owner, hasRows func() bool) *filter {
	k := absentOwner{o.Name, o.Version}
	if last := a.last.Load(); last != nil && last.owner == k {
		return last
	}
	if f := a.find(k); f != nil {
		return f
	}
	return a.make(k, hasRows)
}

func (a *absent) find(k absentOwner) *filter {
	a.mu.RLock()
	defer a.mu.RUnlock()
	f := a.owners[k]
	if f != nil {
		a.last.Store(f)
	}
	return f
}

func (a *absent) make(k absentOwner, hasRows func() bool) *filter {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.owners[k]
	if f == nil {
		f = &filter{owner: k, all: hasRows()}
		if !f.all {
			f.few = new([wordsFew]atomic.Uint64)
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
	a.last.Store(nil)
}

// entityHash places an entity among the words of a filter.
type entityHash uint64

func (a *absent) hash(e event.Entity) entityHash {
	return entityHash(maphash.String(a.seed, string(e)))
}

// bits are the entity's among words, as many as a power of two, and the word that they are in.
func (h entityHash) bits(words int) (word int, bits uint64) {
	return int(h) & (words - 1), 1<<(h>>52&63) | 1<<(h>>58)
}

// add tells that entities are about to get rows.
func (f *filter) add(hashes ...entityHash) {
	if f.all || f.entities.Load() > filterEntitiesMax {
		return
	}
	words := f.few[:]
	if f.entities.Add(int64(len(hashes))) > entitiesFew {
		words = f.later()
	}
	for _, h := range hashes {
		word, bits := h.bits(len(words))
		words[word].Or(bits)
	}
}

// later returns the words of entities after the first ones.
func (f *filter) later() []atomic.Uint64 {
	many := f.many.Load()
	if many == nil {
		f.many.CompareAndSwap(nil, new([wordsMany]atomic.Uint64))
		many = f.many.Load()
	}
	return many[:]
}

// lacks reports whether the entity has no row for certain.
func (f *filter) lacks(h entityHash) bool {
	if f.all || f.entities.Load() > filterEntitiesMax || has(f.few[:], h) {
		return false
	}
	many := f.many.Load()
	return many == nil || !has(many[:], h)
}

func has(words []atomic.Uint64, h entityHash) bool {
	word, bits := h.bits(len(words))
	return words[word].Load()&bits == bits
}

// hasRows reports whether an owner has a row, or whether that cannot be told.
func (p *Pebble) hasRows(db *pebble.DB, o Owner) bool {
	if p.write() != nil {
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
