package engine

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// listing is the answer of a whole scan, in byte order of the entities. What the log holds
// up to a sequence never changes, so at a later cut it is right for all entities but those
// that the events in between are of. It never changes.
type listing struct {
	lineage  [16]byte
	sequence event.Sequence
	knownAt  time.Duration // when it was known to be current, by the engine's clock
	entries  []entry
	bytes    int64
}

// entry is one entity's state, which may be none.
type entry struct {
	entity     event.Entity
	snapshot   *projection.Snapshot
	generation event.Version
}

// at returns where an entity is among the entries, or would be.
func (l *listing) at(e event.Entity) (int, bool) {
	return slices.BinarySearchFunc(l.entries, e, func(x entry, e event.Entity) int { return strings.Compare(string(x.entity), string(e)) })
}

// slot returns an entity's state as a slot, nil if there is none in this history.
func (l *listing) slot(lineage [16]byte, e event.Entity) *cache.Slot {
	if l == nil || l.lineage != lineage {
		return nil
	}
	i, found := l.at(e)
	if !found || l.entries[i].snapshot == nil {
		return nil
	}
	return cache.NewSlot(l.entries[i].snapshot, lineage, l.known(i))
}

// known says when an entry was last known current.
func (l *listing) known(i int) cache.Known {
	return cache.Known{At: l.knownAt, Sequence: l.sequence, Generation: l.entries[i].generation}
}

// listings are the newest listing of each definition, bounded in bytes. Definitions have
// them at hand.
type listings struct {
	mu       sync.Mutex
	bytes    int64
	bytesMax int64
	of       map[*definition]*listing
}

// put keeps a listing in the place of the definition's older one, unless there is no
// memory for it.
func (ls *listings) put(own *definition, l *listing) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	old := ls.of[own]
	if old != nil && old.lineage == l.lineage && old.sequence > l.sequence {
		return
	}
	ls.remove(own)
	if own.retired.Load() || ls.bytes+l.bytes > ls.bytesMax {
		return
	}
	if ls.of == nil {
		ls.of = map[*definition]*listing{}
	}
	ls.of[own] = l
	own.listing.Store(l)
	ls.bytes += l.bytes
}

func (ls *listings) remove(own *definition) {
	if old := ls.of[own]; old != nil {
		ls.bytes -= old.bytes
		delete(ls.of, own)
		own.listing.Store(nil)
	}
}

// drop throws a definition's listing away.
func (ls *listings) drop(own *definition) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.remove(own)
}

// clear throws all away.
func (ls *listings) clear() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for own := range ls.of {
		ls.remove(own)
	}
}

// lister makes a listing while a scan goes on.
type lister struct {
	made     *listing     // nil: none is to be kept
	lists    *atomic.Bool // made is not nil
	names    []byte       // room for names
	bytesMax int64
}

const (
	listingShare     = 4 // listings take at most one part in so many of the slots' memory, beside it
	listingNameBytes = 64 << 10
	entryBytes       = int64(unsafe.Sizeof(entry{}))
	snapshotBytes    = int64(unsafe.Sizeof(projection.Snapshot{}))
)

// lister returns one that lists if the scan's answers are all there are at the log's end.
func (s *scan) lister(sizeHint int) lister {
	e := s.engine
	if !s.cut.Newest || s.cut.OccurredBy != event.NoTime || e.listings.bytesMax <= 0 || s.own.retired.Load() {
		return lister{}
	}
	s.lists.Store(true)
	l := &listing{lineage: s.lineage, sequence: s.cut.Sequence, knownAt: e.knownAt(&s.cut), entries: make([]entry, 0, sizeHint)}
	return lister{made: l, bytesMax: e.listings.bytesMax, lists: &s.lists}
}

// add lists an entity whose name is a reader's memory.
func (l *lister) add(name event.Entity, o *projection.Outcome) {
	if l.made != nil {
		l.keep(entry{l.own(name), o.Snapshot, o.Generation})
	}
}

func (l *lister) keep(x entry) {
	if l.made == nil {
		return
	}
	l.made.bytes += entryBytes + snapshotBytes + int64(len(x.entity))
	if x.snapshot != nil && x.snapshot.State != nil {
		l.made.bytes += 2 * int64(x.snapshot.State.SizeBytes()) // readers keep an encoded row of it
	}
	if l.made.entries = append(l.made.entries, x); l.made.bytes > l.bytesMax {
		l.made = nil
		l.lists.Store(false)
	}
}

// own copies a name beside the others: who walks them walks memory in its order.
func (l *lister) own(name event.Entity) event.Entity {
	if len(l.names) < len(name) {
		l.names = make([]byte, max(listingNameBytes, len(name)))
	}
	b := l.names[:copy(l.names, name)]
	l.names = l.names[len(b):]
	return event.Entity(unsafe.String(unsafe.SliceData(b), len(b)))
}

// end keeps what was listed, of a scan that came to its end.
func (s *scan) end(l *lister) {
	if l.made != nil {
		s.engine.listings.put(s.own, l.made)
	}
}
