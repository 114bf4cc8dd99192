package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// listing is the answer of a whole scan, in byte order of the entities. What the log holds
// up to a sequence never changes, so at a later cut it is right for all entities but those
// that the events in between are of. It never changes.
type listing struct {
	lineage  [16]byte
	sequence event.Sequence
	entries  []entry
	bytes    int64
}

// entry is one entity's state, which may be none.
type entry struct {
	entity     event.Entity
	snapshot   *projection.Snapshot
	generation event.Version
}

// listings are the newest listing of each definition, bounded in bytes.
type listings struct {
	mu       sync.Mutex
	bytes    int64
	bytesMax int64
	of       map[*definition]*listing
}

// get returns a definition's listing, nil if there is none.
func (ls *listings) get(own *definition) *listing {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return ls.of[own]
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
	ls.bytes += l.bytes
}

func (ls *listings) remove(own *definition) {
	if old := ls.of[own]; old != nil {
		ls.bytes -= old.bytes
		delete(ls.of, own)
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
	clear(ls.of)
	ls.bytes = 0
}

// lister makes a listing while a scan goes on.
type lister struct {
	made     *listing // nil: none is to be kept
	names    []byte   // room for names
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
	l := &listing{lineage: s.lineage, sequence: s.cut.Sequence, entries: make([]entry, 0, sizeHint)}
	return lister{made: l, bytesMax: e.listings.bytesMax}
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

// changedShare bounds the events since a listing: with more than one to so many entities,
// a walk over heads and rows is no dearer than looking up what changed.
const changedShare = 16

// listed returns a listing to go on from and the entities that changed since, in byte
// order; nil if there is none that serves.
func (s *scan) listed(ctx context.Context) (*listing, []event.Entity) {
	l := s.engine.listings.get(s.own)
	if l == nil || l.lineage != s.lineage || s.cut.OccurredBy != event.NoTime || s.cut.Sequence < l.sequence {
		return nil, nil
	}
	if s.cut.Sequence-l.sequence > event.Sequence(1+len(l.entries)/changedShare) || !s.stands(l) {
		return nil, nil
	}
	changed, err := s.changed(ctx, l.sequence)
	if err != nil {
		return nil, nil // the walk tells what is wrong with the log, where it matters
	}
	return l, changed
}

// stands reports whether the log can be read, by the head that a listing ends with.
func (s *scan) stands(l *listing) bool {
	if len(l.entries) == 0 {
		return false
	}
	last := l.entries[len(l.entries)-1]
	h, ok, err := s.reader.Head(last.entity)
	return err == nil && ok && h.Generation >= last.generation
}

func (s *scan) changed(ctx context.Context, since event.Sequence) ([]event.Entity, error) {
	if s.cut.Sequence == since {
		return nil, nil
	}
	var names []event.Entity
	for ev, err := range s.reader.Log(since+1, s.cut.Sequence) {
		if err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		names = append(names, event.Entity(strings.Clone(string(ev.Entity))))
	}
	if uint64(len(names)) != uint64(s.cut.Sequence-since) {
		return nil, errors.New("events are missing")
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// again scans a listing, and reads anew what changed.
func (s *scan) again(ctx context.Context, l *listing, changed []event.Entity, each func(event.Entity, *projection.Outcome) error) error {
	var made lister
	if len(changed) > 0 {
		made = s.lister(len(l.entries) + len(changed))
	}
	rest := l.entries
	for _, name := range changed {
		n, found := slices.BinarySearchFunc(rest, name, func(x entry, name event.Entity) int { return strings.Compare(string(x.entity), string(name)) })
		if err := s.deliverListed(ctx, rest[:n], &made, each); err != nil {
			return err
		}
		if rest = rest[n:]; found {
			rest = rest[1:]
		}
		if err := s.deliverChanged(ctx, name, &made, each); err != nil {
			return err
		}
	}
	if err := s.deliverListed(ctx, rest, &made, each); err != nil {
		return err
	}
	s.end(&made)
	return nil
}

// cancelCheckEntries is how many entries are delivered between two looks at the context.
const cancelCheckEntries = 64

func (s *scan) deliverListed(ctx context.Context, entries []entry, made *lister, each func(event.Entity, *projection.Outcome) error) error {
	out := projection.Outcome{
		Strategy: projection.GroupLocalHit, Cache: projection.Hit,
		Observed: observed(&s.bound), Age: s.bound.Age,
	}
	answered := 0
	defer func() { s.own.counts.answeredMany(&out, answered) }()
	for i := range entries {
		if i%cancelCheckEntries == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		x := &entries[i]
		answered++
		made.keep(*x)
		out.Snapshot, out.Generation = x.snapshot, x.generation
		if out.State() == nil {
			continue
		}
		if err := each(x.entity, &out); err != nil {
			return err
		}
	}
	return nil
}

func (s *scan) deliverChanged(ctx context.Context, name event.Entity, made *lister, each func(event.Entity, *projection.Outcome) error) error {
	out, ok, err := s.entity(ctx, name)
	if err != nil {
		s.own.counts.failed.Add(1)
		return err
	}
	if !ok {
		return nil
	}
	s.own.counts.answered(&out)
	made.keep(entry{name, out.Snapshot, out.Generation})
	if out.State() == nil {
		return nil
	}
	return each(name, &out)
}

// entity reads one entity at the scan's cut as a single read does; false if it has no
// relevant event.
func (s *scan) entity(ctx context.Context, name event.Entity) (out projection.Outcome, ok bool, err error) {
	h, _, err := s.reader.Head(name)
	if err != nil {
		return projection.Outcome{}, false, err
	}
	item := scanned{entity: name, plan: planOf(s.d, &h)}
	if item.plan.watermark == 0 {
		return projection.Outcome{}, false, nil
	}
	out, err = s.read(&item, s.reader).answer(ctx)
	return out, true, err
}
