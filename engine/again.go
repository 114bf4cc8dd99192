package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

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
	entities := len(l.entries) * projection.Partitions / l.share.Count() // about, in all
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
	var made lister
	narrower := !s.share.Covers(l.share)
	if len(changed) > 0 && !narrower && !s.stray { // a listing of more stays until it is of no use
		made = s.lister(len(l.entries) + len(changed))
		defer made.giveUp()
	}
	rest := l.entries
	if narrower {
		rest = s.ofShare(l)
	}
	rest = s.inRange(rest)
	for _, name := range changed {
		n, found := (&listing{entries: rest}).at(name)
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

// narrowed is what a listing has of a share.
type narrowed struct {
	share   projection.Share
	entries []entry
}

// ofShare returns the entries that are of the scan's share; the next scan of it finds them beside
// the listing, if there is memory.
func (s *scan) ofShare(l *listing) []entry {
	before := l.narrowed.Load()
	if before != nil && before.share == s.share {
		return before.entries
	}
	own := &narrowed{share: s.share, entries: make([]entry, 0, len(l.entries)*s.share.Count()/projection.Partitions)}
	for _, x := range l.entries {
		if s.share.Has(x.entity) {
			own.entries = append(own.entries, x)
		}
	}
	s.engine.listings.narrow(s.own, l, own)
	return own.entries
}

// inRange returns the entries that are in the scan's range.
func (s *scan) inRange(entries []entry) []entry {
	l := listing{entries: entries}
	end := len(entries)
	if s.to != "" {
		end, _ = l.at(s.to)
	}
	begin, _ := l.at(s.from)
	return entries[min(begin, end):end]
}

// splitChanged bounds the entities that changed since a listing of which scans of ranges are
// made, as one to so many: a scan of all leaves a newer listing.
const splitChanged = 64

// Split returns where a scan may be cut so that scans of at most parts ranges have as many entities
// each, in ascending order; none where there is no listing from which they would come, or it has fewer
// than entitiesMin.
func (e *Engine) Split(r projection.ScanRequest, parts, entitiesMin int) (at []event.Entity) {
	s := newScan(e, r)
	if s.old == nil || len(s.old.entries) < max(parts, entitiesMin) {
		return nil
	}
	l, changed := s.listed(context.Background())
	if l == nil || len(changed)*splitChanged > len(l.entries) {
		return nil
	}
	for i := 1; i < parts; i++ {
		at = append(at, l.entries[i*len(l.entries)/parts].entity)
	}
	return at
}

// cancelCheckEntries is how many entries are delivered between two looks at the context.
const cancelCheckEntries = 64

func (s *scan) deliverListed(ctx context.Context, entries []entry, made *lister, each projection.EachState) error {
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
		s.watch.lap(projection.PhaseSlotLookup)
		if err := s.tell(x.entity, &out, each); err != nil {
			return err
		}
	}
	return nil
}

func (s *scan) deliverChanged(ctx context.Context, name event.Entity, made *lister, each projection.EachState) error {
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
	return s.tell(name, &out, each)
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
