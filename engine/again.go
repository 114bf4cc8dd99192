package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unsafe"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// changedShare bounds the events since a listing: with more than one to so many entities,
// a walk over heads and rows is no dearer than looking up what changed.
const changedShare = 16

// listed returns a listing to go on from and the entities that changed since, in byte
// order; nil if there is none that serves.
func (s *scan) listed(ctx context.Context) (*listing, []event.Entity) {
	l := s.old
	if l == nil || s.cut.OccurredBy != event.NoTime || s.cut.Sequence < l.sequence || !l.share.Covers(s.share) {
		return nil, nil
	}
	entities := l.entries * projection.Partitions / l.share.Count() // about, in all
	if s.cut.Sequence-l.sequence > event.Sequence(1+entities/changedShare) || !s.stands(l) {
		return nil, nil
	}
	changed, err := s.changed(ctx, l.sequence)
	if err != nil {
		return nil, nil // the walk tells what is wrong with the log, where it matters
	}
	l.used.Store(s.engine.listings.scans.Add(1))
	return l, changed
}

// stands reports whether the log can be read, by the head that a listing ends with.
func (s *scan) stands(l *listing) bool {
	last, generation := l.last()
	h, ok, err := s.reader.Head(last)
	return err == nil && ok && h.Generation >= generation
}

func (s *scan) changed(ctx context.Context, since event.Sequence) ([]event.Entity, error) {
	if s.cut.Sequence == since {
		return nil, nil
	}
	var names []event.Entity
	var events event.Sequence
	for ev, err := range s.reader.Log(since+1, s.cut.Sequence) {
		if err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if events++; s.share.Has(ev.Entity) && ev.Entity >= s.from && (s.to == "" || ev.Entity < s.to) {
			names = append(names, event.Entity(strings.Clone(string(ev.Entity))))
		}
	}
	if events != s.cut.Sequence-since {
		return nil, errors.New("events are missing")
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// again scans a listing, and reads anew what changed.
func (s *scan) again(ctx context.Context, l *listing, changed []event.Entity, each projection.EachState) error {
	a := relisted{scan: s, each: each, most: 1, out: projection.Outcome{
		Snapshot: &projection.Snapshot{}, Strategy: projection.GroupLocalHit, Cache: projection.Hit,
		Observed: observed(&s.bound), Age: s.bound.Age,
	}}
	defer func() { s.own.counts.answeredMany(&a.out, a.answered) }()
	narrower := !s.share.Covers(l.share)
	if len(changed) > 0 && !narrower && !s.stray { // a listing of more stays until it is of no use
		a.made = s.lister()
		defer a.made.giveUp()
	}
	blocks := l.blocks
	if narrower {
		blocks = s.ofShare(l)
	}
	for i := blockOf(blocks, s.from); i < len(blocks) && (i == 0 || s.to == "" || blocks[i].first < s.to); i++ {
		own := changed
		if i+1 < len(blocks) {
			n, _ := slices.BinarySearch(changed, blocks[i+1].first)
			own, changed = changed[:n], changed[n:]
		}
		if err := a.deliverBlock(ctx, blocks[i], own); err != nil {
			return err
		}
	}
	s.end(&a.made)
	return nil
}

// relisted is a scan that goes on from a listing.
type relisted struct {
	*scan
	made lister
	each projection.EachState
	// Of what stands in the listing:
	out      projection.Outcome
	answered int
	most     int // entries that are handed on at once
}

// deliverBlock delivers a block of the listing, whose entities changed since as told.
func (a *relisted) deliverBlock(ctx context.Context, b *block, changed []event.Entity) error {
	from := a.from
	var newer []entry
	for _, name := range changed {
		if err := a.deliverListed(ctx, b, from, name); err != nil {
			return err
		}
		x, ok, err := a.deliverChanged(ctx, name)
		if err != nil {
			return err
		}
		if ok {
			newer = append(newer, x)
		}
		from = name + "\x00" // the name that comes next
	}
	if err := a.deliverListed(ctx, b, from, a.to); err != nil {
		return err
	}
	if a.made.made == nil {
		return nil
	}
	if len(newer) == 0 {
		a.made.keepBlock(b)
		return nil
	}
	for _, b := range b.with(a.d.Fold, newer) {
		a.made.keepBlock(b)
	}
	return nil
}

// ofShare returns what the listing has of the scan's share; the next scan of it finds that beside
// the listing, if there is memory.
func (s *scan) ofShare(l *listing) []*block {
	before := l.narrowed.Load()
	if before != nil && before.share == s.share {
		return before.blocks
	}
	own := &narrowed{share: s.share, blocks: make([]*block, len(l.blocks))}
	for i, b := range l.blocks {
		own.blocks[i] = b.part(s.share)
		own.bytes += own.blocks[i].bytes + int64(unsafe.Sizeof(b))
	}
	s.engine.listings.narrow(s.own, l, own)
	return own.blocks
}

// splitChanged bounds the entities that changed since a listing of which scans of ranges are
// made, as one to so many: a scan of all leaves a newer listing.
const splitChanged = 64

// Split returns where a scan may be cut so that scans of at most parts ranges have as many entities
// each, in ascending order; none where there is no listing from which they would come, or it has fewer
// than entitiesMin.
func (e *Engine) Split(r projection.ScanRequest, parts, entitiesMin int) (at []event.Entity) {
	s := newScan(e, r)
	if s.old == nil || s.old.entries < max(parts, entitiesMin) {
		return nil
	}
	l, changed := s.listed(context.Background())
	if l == nil || len(changed)*splitChanged > l.entries {
		return nil
	}
	for i := 1; i < parts; i++ {
		at = append(at, l.about(i*l.entries/parts))
	}
	return at
}

// about returns the entity of entry i, or one near it: what has changed since blocks were put together is not
// counted within them.
func (l *listing) about(i int) event.Entity {
	for _, b := range l.blocks {
		if i < b.entries {
			return event.Entity(b.core.Entities.At(min(i, b.core.entries-1)))
		}
		i -= b.entries
	}
	last, _ := l.last()
	return last
}

// cancelCheckEntries is how many entries are delivered between two looks at the context.
const cancelCheckEntries = 64

// deliverListed delivers what stands in a block, of the entities from from on and before to, if there is one.
func (a *relisted) deliverListed(ctx context.Context, b *block, from, to event.Entity) error {
	return b.each(from, to, func(c *core, i, end int) error { return a.deliverPacked(ctx, c, i, end) }, func(x *entry) error {
		out := a.out
		out.Snapshot, out.Run, out.Generation = x.snapshot, nil, x.generation
		out.At, out.End = 0, 0
		a.answered++
		if !out.HasState() {
			return nil
		}
		a.watch.lap(projection.PhaseSlotLookup)
		return a.tell(x.entity, &out, a.each)
	})
}

// deliverPacked delivers entries of a core, from i up to end.
func (a *relisted) deliverPacked(ctx context.Context, c *core, i, end int) error {
	out := &a.out
	out.Run = &c.Run
	for i < end {
		n := a.together(c, i, end)
		if (a.answered+n)/cancelCheckEntries != a.answered/cancelCheckEntries && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if a.answered += max(1, n); n == 0 {
			i++
			continue
		}
		out.At, out.End, out.Generation = i, i+n, event.Version(c.Generation.At(i+n-1))
		c.Prove(i+n-1, out.Snapshot)
		a.watch.lap(projection.PhaseSlotLookup)
		if err := a.tell(event.Entity(c.Entities.At(i)), out, a.each); err != nil {
			return err
		}
		i += n
	}
	return nil
}

// together is how many entries from i on are handed on at once; 0: that one has no state. Who wants
// one row does not get many.
func (a *relisted) together(c *core, i, end int) (n int) {
	for n < a.most && i+n < end && c.States.Has(i+n) {
		n++
	}
	if a.runs && n == a.most {
		a.most = min(2*a.most, blockEntries)
	}
	return n
}

// deliverChanged delivers an entity that has changed, and returns its entry; false if it has none.
func (a *relisted) deliverChanged(ctx context.Context, name event.Entity) (entry, bool, error) {
	out, ok, err := a.entity(ctx, name)
	if err != nil {
		a.own.counts.failed.Add(1)
		return entry{}, false, err
	}
	if !ok {
		return entry{}, false, nil
	}
	a.own.counts.answered(&out)
	x := entry{name, out.Snapshot, out.Generation}
	if !out.HasState() {
		return x, true, nil
	}
	return x, true, a.tell(name, &out, a.each)
}

// entity reads one entity at the scan's cut as a single read does; false if it has no
// relevant event.
func (s *scan) entity(ctx context.Context, name event.Entity) (out projection.Outcome, ok bool, err error) {
	h, _, err := s.reader.Head(name)
	if err != nil {
		return projection.Outcome{}, false, err
	}
	item := scanned{entity: name, plan: planOf(s.d, &h)}
	s.watch.lap(projection.PhasePlan)
	if item.plan.watermark == 0 {
		return projection.Outcome{}, false, nil
	}
	r := s.read(&item)
	out, err = r.answer(ctx)
	s.timed(r)
	return out, true, err
}
