package engine

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"time"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/storage/event"
)

// Scan calls each with every entity of the share that has a state at the cut, in byte order,
// and its outcome, which is valid until each returns; its snapshot may be kept. All states are
// right at the one cut, whatever its StaleMax. Rows of the external cache are read beside
// the log's heads: only entities that changed since a cache last saw them are folded,
// several at a time and ahead of each. A scan leaves a listing of its share: the next one takes
// from it what the events since are not of. An error of each ends the scan and is returned. The
// timings of an outcome are of what was done since the one before.
func (e *Engine) Scan(ctx context.Context, r projection.ScanRequest, each projection.EachState) error {
	s := newScan(e, r)
	if l, changed := s.listed(ctx); l != nil {
		s.watch.lap(projection.PhaseLogRead)
		return s.again(ctx, l, changed, each)
	}
	if r.Loose && (r.From != "" || r.To != "") && s.pays(&r) {
		s.from, s.to, s.stray = "", "", r.Stray
	}
	s.openRows()
	defer s.rows.close()
	made, walk := s.lister(), s.ahead
	defer made.giveUp()
	if r.Timed {
		walk = s.inOrder
	}
	if err := walk(ctx, &made, each); err != nil {
		return err
	}
	s.end(&made)
	return nil
}

// scan is one pass over all entities.
type scan struct {
	engine  *Engine
	own     *definition
	reader  event.Reader
	lineage [16]byte
	d       *projection.Definition
	share   projection.Share
	from    event.Entity // and before to, if there is one
	to      event.Entity
	stray   bool           // no listing is made
	runs    bool           // an outcome may be of many states
	cut     projection.Cut // as asked
	bound   projection.Cut // the same position, binding
	rows    rows
	slots   bool          // there are some
	single  bool          // its states are for reads of single entities
	picked  bool          // there may be others between its entities
	until   time.Duration // on the engine's clock: nothing is begun later; 0 = no bound
	old     *listing      // of the scan before, of the same history; nil: none
	oldAt   int           // its block that the walk has come to
	lists   atomic.Bool   // this scan makes one
	pace    *fair.Pace    // the caller's; nil: he computes nothing
	watch   stopwatch     // of one goroutine: it is off where several work
}

func newScan(e *Engine, r projection.ScanRequest) *scan {
	s := &scan{
		engine: e, own: e.definitions.of(r.Definition), d: r.Definition, cut: r.Cut, bound: r.Cut,
		share: r.Share, from: r.From, to: r.To, stray: r.Stray || r.From != "" || r.To != "",
		runs: r.Runs, pace: r.Pace, slots: e.slots.Len() > 0, watch: e.stopwatch(r.Timed),
	}
	s.bound.Newest, s.bound.StaleMax = false, 0
	s.lineage, s.reader = e.reader(s.bound)
	if l := s.own.listing.Load(); l != nil && l.lineage == s.lineage && len(l.blocks) > 0 {
		s.old = l
	}
	return s
}

// looseEntities and looseShare bound a range of which a scan leaves no listing: by a number, and as one part in so
// many of the listing before. What is longer is cheaper from a listing, if it is read again.
const (
	looseEntities = 64
	looseShare    = 64
)

// pays reports whether to read all in place of a range, for the listing that it leaves.
func (s *scan) pays(r *projection.ScanRequest) bool {
	if r.Stray || !s.cut.Newest || s.cut.OccurredBy != event.NoTime || s.engine.listings.bytesMax <= 0 || s.own.retired.Load() || s.own.crowded.Load() {
		return false
	}
	left := looseEntities
	if s.old != nil {
		left = max(left, s.old.entries/looseShare)
	}
	for h, err := range s.heads() {
		if err != nil || s.to != "" && h.Entity >= s.to {
			return false
		}
		if left--; left < 0 {
			return true
		}
	}
	return false
}

func (s *scan) openRows() {
	if !s.engine.can.Noop && s.cut.OccurredBy == event.NoTime {
		s.rows.open(s.engine.external.Scan(s.own.owner(s.lineage), s.from))
		s.watch.lap(projection.PhaseExternalProbe)
	}
}

// heads are those of the entities, each valid until the next.
func (s *scan) heads() iter.Seq2[event.EntityHead, error] {
	return event.HeadsOf(s.reader, s.from)
}

// scanned is one entity of a scan and its answer, or how to get it.
type scanned struct {
	entity   event.Entity
	plan     plan
	strategy projection.Strategy
	slot     *cache.Slot // that answers, or to go on from
	row      probed      // that answers, or to go on from
	folded   foldedState // that answers, unless the slot or the row does
}

// foldedState is what was folded for an item, and how.
type foldedState struct {
	snapshot *projection.Snapshot
	events   int
	cache    projection.CacheStatus // 0: nothing was folded
	reason   string
	stores   projection.Stores
}

// project finds how to answer for one entity; ok is false if it has no relevant event.
func (s *scan) project(ctx context.Context, h *event.EntityHead, item *scanned, c *chunk) (ok bool) {
	item.plan = planOf(s.d, &h.Head)
	s.watch.lap(projection.PhasePlan)
	if item.plan.watermark == 0 {
		return false
	}
	item.entity = h.Entity
	fact := slotNone
	if item.slot = s.slot(h.Entity, c); item.slot != nil {
		fact = s.engine.judge(item.slot, s.lineage, &item.plan, &projection.Request{Cut: s.bound})
	}
	s.watch.lap(projection.PhaseSlotLookup)
	f := s.engine.facts(&item.plan, &s.bound, fact)
	if s.rows.in != nil && fact != slotCurrent {
		s.probe(ctx, item, c)
		f.Row = item.row.current
		s.watch.lap(projection.PhaseExternalProbe)
	}
	item.strategy = decide(f)
	return true
}

// slot is what memory has of the next entity of the walk: its slot, or what the last scan
// listed. It is the chunk's.
func (s *scan) slot(e event.Entity, c *chunk) *cache.Slot {
	if s.slots {
		if slot := s.engine.slots.Peek(cache.SlotKey{Definition: s.own.number, Entity: e}); slot != nil {
			return slot
		}
	}
	if s.old == nil {
		return nil
	}
	blocks := s.old.blocks
	for s.oldAt+1 < len(blocks) && blocks[s.oldAt+1].first <= e {
		s.oldAt++
	}
	x, found := blocks[s.oldAt].entry(e)
	if !found || x.snapshot == nil {
		return nil
	}
	return c.slot(s.old, &x)
}

// probe looks at an entity's row; its state is decoded later, with others.
func (s *scan) probe(ctx context.Context, item *scanned, c *chunk) {
	row, err := s.rows.at(item.entity)
	if err != nil {
		item.row = probed{status: projection.Miss}
		if !errors.Is(err, cache.ErrMiss) {
			item.row = s.read(item).noRow(ctx, err)
		}
		return
	}
	if reason := s.engine.unusable(&row, &item.plan, false); reason != "" {
		item.row = probed{status: projection.Miss, reason: reason}
		return
	}
	item.row = probed{
		snapshot: c.snapshot(&row), generation: row.Generation, status: projection.Hit,
		current: row.Watermark == item.plan.watermark,
	}
	if !row.NoState {
		c.encoded = append(c.encoded, len(c.items)-1)
		c.states = append(c.states, row.State...)
		c.ends = append(c.ends, len(c.states))
	}
}

// events is how many are to be folded for the item.
func (i *scanned) events() int {
	known := event.Version(0)
	switch i.strategy {
	case projection.GroupLocalHit:
		return 0
	case projection.GroupLocalIncremental:
		known = i.slot.Known().Generation
	case projection.ExternalCacheThenReplay:
		if i.row.current {
			return 0
		}
		known = i.row.generation
	}
	return int(i.plan.last - min(known, i.plan.last))
}

// timed takes over what one of the scan's reads has timed.
func (s *scan) timed(r *read) {
	if s.watch.engine != nil {
		s.watch = r.watch
	}
}

// read is the item's read by itself.
func (s *scan) read(item *scanned) *read {
	return &read{
		engine: s.engine, own: s.own, reader: s.reader, lineage: s.lineage, plan: item.plan,
		req:    projection.Request{Definition: s.d, Entity: item.entity, Cut: s.bound},
		stored: s.cut, scan: !s.single, listing: &s.lists, watch: s.watch,
	}
}

// answered reports whether a slot or a row answers the item.
func (i *scanned) answered() bool {
	return i.strategy == projection.GroupLocalHit || i.strategy == projection.ExternalCacheThenReplay && i.row.current
}

// outcome is the item's answer; into is its memory.
func (s *scan) outcome(i *scanned, into *projection.Outcome) *projection.Outcome {
	*into = projection.Outcome{
		Snapshot: i.row.snapshot, Generation: i.plan.generation, Strategy: i.strategy, Cache: projection.Hit,
		Observed: observed(&s.bound), Age: s.bound.Age,
	}
	switch f := &i.folded; {
	case f.cache != 0:
		into.Snapshot, into.Position = f.snapshot, i.plan.sequence
		into.Cache, into.CacheReason, into.Stores, into.Folded = f.cache, f.reason, f.stores, f.events
	case i.strategy == projection.GroupLocalHit:
		into.Snapshot = i.slot.Snapshot
	}
	return into
}

// tell hands an answer on, with what it took.
func (s *scan) tell(e event.Entity, o *projection.Outcome, each projection.EachState) error {
	if s.watch.engine == nil {
		return each(e, o)
	}
	o.Timings = s.watch.take()
	s.watch.pause()
	err := each(e, o)
	s.watch.resume()
	return err
}
