package engine

import (
	"context"
	"iter"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Scan calls each with every entity that has a state at the cut, in byte order, and
// its outcome, which each may keep. All states are right at the one cut, whatever its
// StaleMax. Only entities that changed since a cache last saw them are folded. An error
// of each ends the scan and is returned.
func (e *Engine) Scan(ctx context.Context, d *projection.Definition, c projection.Cut, each func(event.Entity, *projection.Outcome) error) error {
	s := newScan(e, d, c)
	defer s.rows.close()
	for head, err := range s.reader.Entities("") {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		out, err := s.project(ctx, head.Entity, &head.Head)
		if err != nil {
			s.own.counts.failed.Add(1)
			return err
		}
		if out.State() == nil {
			continue
		}
		if err := each(head.Entity, out); err != nil {
			return err
		}
	}
	return nil
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

// project answers for one entity. Only outcomes with a state are counted.
func (s *scan) project(ctx context.Context, entity event.Entity, h *event.Head) (*projection.Outcome, error) {
	p := planOf(s.d, h)
	if p.watermark == 0 {
		return &projection.Outcome{}, nil
	}
	req := projection.Request{Definition: s.d, Entity: entity, Cut: s.bound}
	slot := s.engine.slots.Get(cache.SlotKey{Definition: s.own.number, Entity: entity})
	fact := s.engine.judge(slot, s.lineage, &p, &req)
	if decide(s.engine.facts(&p, &s.bound, fact)) == projection.GroupLocalHit {
		out := s.engine.hit(slot, fact, &p, &s.bound)
		s.own.counts.answered(&out)
		return &out, nil
	}
	return s.fold(ctx, req, p)
}

func (s *scan) fold(ctx context.Context, req projection.Request, p plan) (*projection.Outcome, error) {
	r := newRead(s.engine, s.own, s.reader, s.lineage, req, p, stopwatch{})
	r.scan, r.stored, r.rows = true, s.cut, &s.rows
	out, err := r.answer(ctx)
	if err != nil {
		return nil, err
	}
	s.own.counts.answered(&out)
	return &out, nil
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
