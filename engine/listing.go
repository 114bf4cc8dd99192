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

// listing is the answer of a scan of a share, in byte order of the entities. What the log holds
// up to a sequence never changes, so at a later cut it is right for all entities but those
// that the events in between are of. It never changes, but for a part of it that is kept for scans of less.
type listing struct {
	lineage  [16]byte
	share    projection.Share
	sequence event.Sequence
	knownAt  time.Duration // when it was known to be current, by the engine's clock
	entries  []entry
	bytes    int64
	used     atomic.Uint64 // when a scan went on from it last, in scans
	narrowed atomic.Pointer[narrowed]
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

// listings are the newest listing of each definition, bounded in bytes, those that scans
// are making as well. Definitions have them at hand.
type listings struct {
	scans    atomic.Uint64 // that could use a listing
	mu       sync.Mutex
	bytes    int64
	making   int64 // claimed by those that are made
	bytesMax int64 // of either
	of       map[*definition]*listing
}

// claim reserves memory for a listing that is made; false if there is no more.
func (ls *listings) claim(bytes int64) bool {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.making+bytes > ls.bytesMax {
		return false
	}
	ls.making += bytes
	return true
}

func (ls *listings) release(bytes int64) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.making -= bytes
}

// put keeps a listing in the place of the definition's older one, and of those of others
// that were used longest ago where there is no memory for all.
func (ls *listings) put(own *definition, l *listing) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	old := ls.of[own]
	if old != nil && old.lineage == l.lineage && old.sequence > l.sequence {
		return
	}
	ls.remove(own)
	if own.retired.Load() || l.bytes > ls.bytesMax {
		return
	}
	for ls.bytes+l.bytes > ls.bytesMax {
		ls.remove(ls.leastUsed())
	}
	l.used.Store(ls.scans.Add(1))
	if ls.of == nil {
		ls.of = map[*definition]*listing{}
	}
	ls.of[own] = l
	own.listing.Store(l)
	ls.bytes += l.bytes
}

// narrow keeps a part of a listing beside it, in the place of another part, if there is memory.
func (ls *listings) narrow(own *definition, l *listing, part *narrowed) {
	more := int64(cap(part.entries)) * entryBytes
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if before := l.narrowed.Load(); before != nil {
		more -= int64(cap(before.entries)) * entryBytes
	}
	if ls.of[own] != l || ls.bytes+more > ls.bytesMax {
		return
	}
	l.narrowed.Store(part)
	l.bytes += more
	ls.bytes += more
}

func (ls *listings) leastUsed() (least *definition) {
	for own, l := range ls.of {
		if least == nil || l.used.Load() < ls.of[least].used.Load() {
			least = own
		}
	}
	return least
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

// ListingStats is what one definition's listing takes.
type ListingStats struct {
	Projection string
	Version    uint64
	Bytes      uint64
}

// Listings returns the listings that whole scans have left, in no particular order, and
// the memory that those take which are being made.
func (e *Engine) Listings() (all []ListingStats, making uint64) {
	ls := &e.listings
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for own, l := range ls.of {
		all = append(all, ListingStats{own.name, own.version, uint64(l.bytes)})
	}
	return all, uint64(ls.making)
}

// lister makes a listing while a scan goes on; end or giveUp ends it.
type lister struct {
	made    *listing     // nil: none is to be kept
	lists   *atomic.Bool // made is not nil
	crowded *atomic.Bool // it had no room; nil: of a share
	names   []byte       // room for names
	of      *listings
	claimed int64
}

const (
	listingShare     = 4 // where nothing is said, listings take one part in so many of the slots' memory
	listingNameBytes = 64 << 10
	claimBytes       = 64 << 10 // at a time, while a listing is made
	entryBytes       = int64(unsafe.Sizeof(entry{}))
	snapshotBytes    = int64(unsafe.Sizeof(projection.Snapshot{}))
)

// lister returns one that lists if the scan's answers are all there are at the log's end.
func (s *scan) lister(sizeHint int) lister {
	e := s.engine
	if s.stray || !s.cut.Newest || s.cut.OccurredBy != event.NoTime || e.listings.bytesMax <= 0 || s.own.retired.Load() {
		return lister{}
	}
	l := &listing{lineage: s.lineage, share: s.share, sequence: s.cut.Sequence, knownAt: e.knownAt(&s.cut), entries: make([]entry, 0, sizeHint)}
	l.bytes = int64(cap(l.entries)) * entryBytes
	made := lister{made: l, of: &e.listings, lists: &s.lists}
	if s.share.Whole() {
		made.crowded = &s.own.crowded
	}
	if !made.claim() {
		return lister{}
	}
	s.lists.Store(true)
	return made
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
	room := cap(l.made.entries)
	l.made.entries = append(l.made.entries, x)
	l.made.bytes += entryBytes*int64(cap(l.made.entries)-room) + snapshotBytes + int64(len(x.entity))
	if x.snapshot != nil && x.snapshot.State != nil {
		l.made.bytes += 2 * int64(x.snapshot.State.SizeBytes()) // readers keep an encoded row of it
	}
	if l.made.bytes > l.claimed && !l.claim() {
		l.giveUp()
	}
}

func (l *lister) claim() bool {
	more := l.made.bytes - l.claimed + claimBytes
	if !l.of.claim(more) {
		more = l.made.bytes - l.claimed // the last of it
		if !l.of.claim(more) {
			if l.crowded != nil {
				l.crowded.Store(true)
			}
			return false
		}
	}
	l.claimed += more
	return true
}

// giveUp lets go of what was listed.
func (l *lister) giveUp() {
	if l.made == nil {
		return
	}
	l.made = nil
	l.lists.Store(false)
	l.of.release(l.claimed)
	l.claimed = 0
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
		if l.crowded != nil {
			l.crowded.Store(false)
		}
		l.giveUp()
	}
}

// Keeps reports whether this engine has room for what a scan of all entities finds, by the last
// that tried. It counts nothing.
func (e *Engine) Keeps(d *projection.Definition) bool {
	return e.listings.bytesMax > 0 && !e.definitions.of(d).crowded.Load()
}
