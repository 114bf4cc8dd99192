package engine

import (
	"context"
	"iter"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Scan calls each with every entity that has a state at the cut, in byte order, and
// its outcome, which is valid until each returns. All states are right at the one cut, whatever its
// StaleMax. Only entities that changed since a cache last saw them are folded, several
// at a time and ahead of each. An error of each ends the scan and is returned.
func (e *Engine) Scan(ctx context.Context, d *projection.Definition, c projection.Cut, each func(event.Entity, *projection.Outcome) error) error {
	s := newScan(e, d, c)
	defer s.rows.close()
	return s.ahead(ctx, each)
}

// scan is one pass over all entities.
type scan struct {
	engine  *Engine
	own     *definition
	reader  event.Reader
	lineage [16]byte
	d       *projection.Definition
	cut     projection.Cut // as asked
	bound   projection.Cut // the same position, binding
	rows    rows
}

func newScan(e *Engine, d *projection.Definition, c projection.Cut) *scan {
	s := &scan{engine: e, own: e.definitions.of(d), d: d, cut: c, bound: c}
	s.bound.Newest, s.bound.StaleMax = false, 0
	s.lineage, s.reader = e.reader(s.bound)
	if !e.can.Noop && c.OccurredBy == event.NoTime {
		s.rows.open(e.external.Scan(s.own.owner(s.lineage), ""))
	}
	return s
}

// scanned is one entity of a scan and its answer, or how to get it.
type scanned struct {
	entity  event.Entity
	outcome projection.Outcome
	todo    *todo // nil: outcome is set
}

// todo is how to get an answer.
type todo struct {
	strategy projection.Strategy
	read     read
	slot     *cache.Slot // to go on from
	row      probed      // to go on from
}

// project answers for one entity, or says in t how to; events is how many are to be folded
// for it. ok is false if the entity has no relevant event.
func (s *scan) project(ctx context.Context, h *event.EntityHead, item *scanned, t *todo) (events int, ok bool) {
	p := planOf(s.d, &h.Head)
	if p.watermark == 0 {
		return 0, false
	}
	item.entity = h.Entity
	req := projection.Request{Definition: s.d, Entity: h.Entity, Cut: s.bound}
	slot := s.engine.slots.Peek(cache.SlotKey{Definition: s.own.number, Entity: h.Entity})
	fact := s.engine.judge(slot, s.lineage, &p, &req)
	strategy := decide(s.engine.facts(&p, &s.bound, fact))
	if strategy == projection.GroupLocalHit {
		item.outcome = s.engine.hit(slot, fact, &p, &s.bound)
		return 0, true
	}
	t.strategy, t.read = strategy, read{
		engine: s.engine, own: s.own, lineage: s.lineage, req: req, plan: p,
		stored: s.cut, scan: true, rows: &s.rows,
	}
	item.todo = t
	known := event.Version(0)
	switch strategy {
	case projection.GroupLocalIncremental:
		t.slot, known = slot, slot.Known().Generation
	case projection.ExternalCacheThenReplay:
		t.row = t.read.probe(ctx) // rows come in the order of the walk
		known = t.row.generation
	}
	return int(p.last - min(known, p.last)), true
}

// fold answers the item, if it is not yet.
func (i *scanned) fold(ctx context.Context, events entityReader) (err error) {
	t := i.todo
	if t == nil {
		return nil
	}
	t.read.events = events
	switch t.strategy {
	case projection.GroupLocalIncremental:
		i.outcome, err = t.read.incremental(ctx, t.slot)
	case projection.ExternalCacheThenReplay:
		i.outcome, err = t.read.goOn(ctx, t.row)
	default:
		i.outcome, err = t.read.direct(ctx)
	}
	return err
}

// rows walks the external cache's rows in step with the scan's entities.
type rows struct {
	next   func() (event.Entity, cache.ScanRow, bool)
	stop   func()
	entity event.Entity
	row    cache.ScanRow
	ok     bool
}

func (w *rows) open(seq iter.Seq2[event.Entity, cache.ScanRow]) {
	w.next, w.stop = iter.Pull2(seq)
	w.advance()
}

func (w *rows) advance() { w.entity, w.row, w.ok = w.next() }

// at returns the row of an entity, in the form of External.Get. Entities must be
// asked for in byte order.
func (w *rows) at(e event.Entity) (cache.Row, error) {
	for w.ok && w.row.Err == nil && w.entity < e {
		w.advance()
	}
	switch {
	case w.ok && w.row.Err != nil:
		return cache.Row{}, w.row.Err
	case w.ok && w.entity == e:
		return w.row.Row, nil
	default:
		return cache.Row{}, cache.ErrMiss
	}
}

func (w *rows) close() {
	if w.stop != nil {
		w.stop()
	}
}

// heads walks the entities.
func (s *scan) heads() iter.Seq2[event.EntityHead, error] {
	if w, ok := s.reader.(event.Walker); ok {
		return w.Heads("")
	}
	return s.reader.Entities("")
}

// cursor returns what reads many entities best, and what ends it.
func (s *scan) cursor() (events entityReader, done func()) {
	if w, ok := s.reader.(event.Walker); ok {
		c := w.Cursor()
		return c, c.Close
	}
	return s.reader, func() {}
}
