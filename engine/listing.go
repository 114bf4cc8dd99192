package engine

import (
	"sort"
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
	blocks   []*block      // which newer listings share
	entries  int
	bytes    int64
	used     atomic.Uint64 // when a scan went on from it last, in scans
	narrowed atomic.Pointer[narrowed]
}

// narrowed is what a listing has of a share.
type narrowed struct {
	share  projection.Share
	blocks []*block
	bytes  int64
}

// blockOf returns the number of the block that an entity belongs to.
func blockOf(blocks []*block, e event.Entity) int {
	return max(0, sort.Search(len(blocks), func(i int) bool { return blocks[i].first > e })-1)
}

// slot returns an entity's state as a slot, nil if there is none in this history.
func (l *listing) slot(lineage [16]byte, e event.Entity) *cache.Slot {
	if l == nil || l.lineage != lineage || len(l.blocks) == 0 {
		return nil
	}
	x, found := l.blocks[blockOf(l.blocks, e)].entry(e)
	if !found || x.snapshot == nil {
		return nil
	}
	return cache.NewSlot(x.snapshot, lineage, l.known(&x))
}

// known says when an entry was last known current.
func (l *listing) known(x *entry) cache.Known {
	return cache.Known{At: l.knownAt, Sequence: l.sequence, Generation: x.generation}
}

// last returns the last of the entries.
func (l *listing) last() (e event.Entity, generation event.Version) {
	b := l.blocks[len(l.blocks)-1]
	n := b.core.entries - 1
	e, generation = event.Entity(b.core.Entities.At(n)), event.Version(b.core.Generation.At(n))
	if k := len(b.changed) - 1; k >= 0 && b.changed[k].entity >= e {
		e, generation = b.changed[k].entity, b.changed[k].generation
	}
	return e, generation
}

// lister makes a listing while a scan goes on; end or giveUp ends it.
type lister struct {
	made    *listing     // nil: none is to be kept
	lists   *atomic.Bool // made is not nil
	crowded *atomic.Bool // it had no room; nil: of a share
	fold    projection.Fold
	names   []byte  // room for names
	next    []entry // of the block that is made next
	pending int64   // what they take
	of      *listings
	claimed int64
}

const (
	listingShare     = 4 // where nothing is said, listings take one part in so many of the slots' memory
	listingNameBytes = 16 << 10
	claimBytes       = 64 << 10  // at a time, while a listing is made
	pendingBytesMax  = 256 << 10 // of entries that are not in a block yet
)

// lister returns one that lists if the scan's answers are all there are at the log's end.
func (s *scan) lister() lister {
	e := s.engine
	if s.stray || !s.cut.Newest || s.cut.OccurredBy != event.NoTime || e.listings.bytesMax <= 0 || s.own.retired.Load() {
		return lister{}
	}
	l := &listing{lineage: s.lineage, share: s.share, sequence: s.cut.Sequence, knownAt: e.knownAt(&s.cut)}
	made := lister{made: l, of: &e.listings, lists: &s.lists, fold: s.d.Fold}
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
	l.next = append(l.next, x)
	l.pending += x.sizeBytes()
	if len(l.next) == blockEntries || l.pending > pendingBytesMax {
		l.flush()
	}
	if l.made != nil && l.made.bytes+l.pending > l.claimed && !l.claim() {
		l.giveUp()
	}
}

// flush puts the entries that wait into a block.
func (l *lister) flush() {
	blocks := newBlocks(l.fold, l.next)
	clear(l.next)
	l.next, l.pending = l.next[:0], 0
	for _, b := range blocks {
		l.keepBlock(b)
	}
}

// keepBlock lists a whole block.
func (l *lister) keepBlock(b *block) {
	if l.made == nil {
		return
	}
	l.made.blocks = append(l.made.blocks, b)
	l.made.entries += b.entries
	if l.made.bytes += b.bytes + int64(unsafe.Sizeof(b)); l.made.bytes > l.claimed && !l.claim() {
		l.giveUp()
	}
}

func (l *lister) claim() bool {
	short := l.made.bytes + l.pending - l.claimed
	more := short + claimBytes
	if !l.of.claim(more) {
		more = short // the last of it
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
	l.made, l.next = nil, nil
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
		l.flush()
	}
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

// Listed returns how many entities have a state, by what the last scan of all has left; false if
// there is nothing left. It reads memory alone, and counts what has not changed once.
func (e *Engine) Listed(d *projection.Definition) (states int, known bool) {
	l := e.definitions.of(d).listing.Load()
	if l == nil || !l.share.Whole() || l.lineage != e.log.Lineage() {
		return 0, false
	}
	for _, b := range l.blocks {
		states += b.states()
	}
	return states, true
}
