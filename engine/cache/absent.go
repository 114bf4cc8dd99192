package cache

import (
	"hash/maphash"
	"slices"
	"strings"
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
	last   atomic.Pointer[met] // asked for: one of owners
	mu     sync.RWMutex
	owners map[absentOwner]*met
}

// met is what is known of an owner's entities: which may have a row of their own, and which
// one in a group.
type met struct {
	owner          absentOwner
	single, groups filter
	mu             sync.Mutex
	spans          []span // that groups put since take, in order
}

// span is from an entity to another.
type span struct{ first, last event.Entity }

// spansMax bounds the spans that are told apart: scans put groups in about the order of their entities.
const spansMax = 16

// overlap tells that entities from first to last are about to be in a group, and reports whether one
// may be among them already that is, or is between some that are.
func (m *met) overlap(first, last event.Entity) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	from, _ := slices.BinarySearchFunc(m.spans, first, func(s span, e event.Entity) int { return strings.Compare(string(s.last), string(e)) })
	to := from
	for to < len(m.spans) && m.spans[to].first <= last {
		first, last = min(first, m.spans[to].first), max(last, m.spans[to].last)
		to++
	}
	own := span{event.Entity(strings.Clone(string(first))), event.Entity(strings.Clone(string(last)))}
	m.spans = slices.Replace(m.spans, from, to, own)
	if len(m.spans) > spansMax {
		m.spans[1].first = m.spans[0].first
		m.spans = m.spans[1:]
	}
	return m.groups.all || to > from
}

// lacks reports whether the entity has no row for certain.
func (m *met) lacks(h entityHash) bool { return m.single.lacks(h) && m.groups.lacks(h) }

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
	all      bool // every entity may
	entities atomic.Int64
	few      *[wordsFew]atomic.Uint64                 // of the first entitiesFew
	many     atomic.Pointer[[wordsMany]atomic.Uint64] // of those after them; nil: there are none
}

func newAbsent() *absent {
	return &absent{seed: maphash.MakeSeed(), owners: map[absentOwner]*met{}}
}

// of returns what is known of an owner. A new one asks, once, whether there are rows and groups.
func (a *absent) of(o Owner, ask func() (single, groups bool)) *met {
	k := absentOwner{o.Name, o.Version}
	if last := a.last.Load(); last != nil && last.owner == k {
		return last
	}
	if f := a.find(k); f != nil {
		return f
	}
	return a.make(k, ask)
}

func (a *absent) find(k absentOwner) *met {
	a.mu.RLock()
	defer a.mu.RUnlock()
	m := a.owners[k]
	if m != nil {
		a.last.Store(m)
	}
	return m
}

func (a *absent) make(k absentOwner, ask func() (single, groups bool)) *met {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.owners[k]
	if m == nil {
		single, groups := ask()
		m = &met{owner: k, single: newFilter(single), groups: newFilter(groups)}
		a.owners[k] = m
	}
	return m
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

func newFilter(all bool) filter {
	if all {
		return filter{all: true}
	}
	return filter{few: new([wordsFew]atomic.Uint64)}
}

// any reports whether some entity may have a row.
func (f *filter) any() bool { return f.all || f.entities.Load() > 0 }

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
	if f.all || f.entities.Load() > filterEntitiesMax {
		return false
	}
	if f.entities.Load() == 0 {
		return true
	}
	if has(f.few[:], h) {
		return false
	}
	many := f.many.Load()
	return many == nil || !has(many[:], h)
}

func has(words []atomic.Uint64, h entityHash) bool {
	word, bits := h.bits(len(words))
	return words[word].Load()&bits == bits
}

// met returns what is known of an owner.
func (p *Pebble) met(db *pebble.DB, o Owner) *met {
	return p.absent.of(o, func() (single, groups bool) {
		if p.write() != nil {
			return true, true
		}
		owner := appendKey(nil, o.Name, o.Version, "")
		return hasKeys(db, appendKey(nil, o.Name, o.Version, firstEntity), prefixEnd(owner)),
			hasKeys(db, groupKey(nil, o, ""), appendKey(nil, o.Name, o.Version, firstEntity))
	})
}

// hasKeys reports whether there is a key in the range, or whether that cannot be told.
func hasKeys(db *pebble.DB, from, to []byte) bool {
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: to})
	if err != nil {
		return true
	}
	found := it.First()
	return it.Close() != nil || found
}
