package exec

import (
	"iter"
	"unsafe"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// scanner is the operator of every kind of scan: a producer under a filter.
type scanner struct {
	run     *run
	width   int
	filter  expr.Eval
	single  bool // one row at most
	frame   expr.Frame
	produce func(s *scanner, f *feed)
	pull    *pull
}

func (r *run) scanner(width int, filter expr.Expr, produce func(*scanner, *feed)) (*scanner, error) {
	condition, err := r.compileCondition(filter)
	return &scanner{run: r, width: width, filter: condition, produce: produce}, err
}

func (s *scanner) open(outer *expr.Frame) error {
	s.close()
	s.frame = s.run.frame(outer)
	begin := newPull
	if s.single {
		begin = newSinglePull
	}
	s.pull = begin(func(yield func([][]types.Datum, error) bool) {
		f := newFeed(s.run, s.width, yield)
		s.produce(s, f)
		f.flush()
	})
	return nil
}

func (s *scanner) next() ([][]types.Datum, error) { return s.pull.batch() }

func (s *scanner) close() {
	s.pull.close()
	s.pull = nil
}

// outer is the frame of the rows around, which bounds are computed for.
func (s *scanner) outer() *expr.Frame {
	if s.frame.Up != nil {
		return s.frame.Up
	}
	f := s.run.frame(nil)
	return &f
}

// passes filters a row.
func (s *scanner) passes(row []types.Datum) (bool, error) {
	if s.filter == nil {
		return true, nil
	}
	s.frame.Row = row
	return isTrue(s.filter, &s.frame)
}

func (r *run) scan(n *plan.Scan) (operator, error) {
	if n.Fragment != nil && r.main == nil {
		return r.gather(n)
	}
	if n.Lookup != nil {
		bare, all := *n, *n
		bare.Filter, bare.Lookup, all.Lookup = nil, nil, nil
		unfiltered, err := r.scan(&bare)
		if err != nil {
			return nil, err
		}
		every, err := r.scan(&all)
		if err != nil {
			return nil, err
		}
		return r.lookup(n.Lookup, every, unfiltered, n.Filter)
	}
	switch n.Relation.Kind {
	case plan.EventsRelation:
		return r.eventScan(n)
	case plan.ProjectionRelation:
		return r.projectionScan(n)
	}
	return r.virtualScan(n)
}

func (r *run) virtualScan(n *plan.Scan) (operator, error) {
	need := make([]bool, len(n.Relation.Columns))
	for _, c := range n.Columns {
		need[c] = true
	}
	return r.scanner(len(n.Columns), n.Filter, func(s *scanner, f *feed) {
		for values, err := range n.Relation.Rows(r.ctx, r.source, need) {
			if err != nil {
				f.fail(err)
				return
			}
			row := f.out.add()
			for i, c := range n.Columns {
				row[i] = values[c]
			}
			if !s.emit(f, row) {
				return
			}
		}
	})
}

// emit keeps the last row of the feed if it passes; false ends the scan.
func (s *scanner) emit(f *feed, row []types.Datum) bool {
	ok, err := s.passes(row)
	if err != nil {
		return f.late(err)
	}
	if !ok {
		return f.dropped()
	}
	return f.added()
}

// emitMany keeps those of the last rows of the feed that pass; false ends the scan. Where the condition
// fails for one, the rows before it are handed on first.
func (s *scanner) emitMany(f *feed, rows [][]types.Datum) bool {
	if s.filter == nil {
		return f.added()
	}
	kept := 0
	for i, row := range rows {
		ok, err := s.passes(row)
		if err != nil {
			f.out.dropMany(len(rows) - kept)
			return f.flush() && f.fail(err)
		}
		if !ok {
			continue
		}
		if kept < i {
			copy(rows[kept], row)
		}
		kept++
	}
	return f.droppedMany(len(rows)-kept) && f.added()
}

// alias returns a Datum that shares b, which must not change any more.
func alias(b []byte) types.Datum {
	if len(b) == 0 {
		return types.String("")
	}
	return types.String(unsafe.String(&b[0], len(b)))
}

// eventScan reads the log along the path that the bounds allow.
func (r *run) eventScan(n *plan.Scan) (operator, error) {
	if n.Count {
		return r.countScan()
	}
	b, err := r.bounds(&n.Bounds)
	if err != nil {
		return nil, err
	}
	shapes, err := r.shapes(n)
	if err != nil {
		return nil, err
	}
	return r.scanner(len(n.Columns), n.Filter, func(s *scanner, f *feed) {
		e := &eventFeed{scanner: s, feed: f, columns: n.Columns, shapes: shapes}
		e.read(b, n)
	})
}

func (r *run) countScan() (operator, error) {
	return r.scanner(1, nil, func(_ *scanner, f *feed) {
		count, err := r.source.Log().Count()
		if err != nil {
			f.fail(err)
			return
		}
		f.out.add()[0] = types.Int(int64(count))
	})
}

// eventFeed turns events into rows.
type eventFeed struct {
	*scanner
	feed    *feed
	columns []int
	arena   arena
	shapes  *shapes     // nil: as stored
	shown   event.Event // the last event that was upcast
}

func (e *eventFeed) read(b *boundEvals, n *plan.Scan) {
	path, ok, err := b.path(e.outer(), e.run.source.Log())
	if err != nil {
		e.feed.fail(err)
		return
	}
	if !ok {
		return
	}
	log := e.run.source.Log()
	if !n.InOrder {
		path.narrow(log)
	}
	switch {
	case path.id != nil:
		ev, err := log.ByID(*path.id)
		if err != nil {
			e.feed.fail(err)
		} else if ev != nil {
			e.add(ev)
		}
	case path.entities != nil:
		e.entities(log, path, n.Descending)
	case n.Descending:
		e.backward(path.logBackward(log))
	case path.kinds != nil:
		e.all(event.OfKinds(log, path.kinds, path.sequence.low(), path.sequence.high()))
	default:
		e.all(log.Log(path.sequence.low(), path.sequence.high()))
	}
}

func (e *eventFeed) entities(log event.Reader, p *eventPath, descending bool) {
	for _, entity := range p.entities {
		if !descending {
			if !e.all(log.Entity(entity, event.Version(p.version.low()), event.Version(p.version.high()))) {
				return
			}
			continue
		}
		walk, err := p.entityBackward(log, entity)
		if err != nil {
			e.feed.fail(err)
			return
		}
		if !e.backward(walk) {
			return
		}
	}
}

func (e *eventFeed) all(events iter.Seq2[*event.Event, error]) bool {
	for ev, err := range events {
		if err != nil {
			return e.feed.fail(err)
		}
		if !e.add(ev) {
			return false
		}
	}
	return true
}

// backward emits events from the newest on: stretches are read forward, kept and
// turned round.
func (e *eventFeed) backward(stretches iter.Seq[iter.Seq2[*event.Event, error]]) bool {
	for s := range stretches {
		var kept []*event.Event
		for ev, err := range s {
			if err != nil {
				return e.feed.fail(err)
			}
			kept = append(kept, ev.Clone())
		}
		for i := len(kept) - 1; i >= 0; i-- {
			if !e.add(kept[i]) {
				return false
			}
		}
	}
	return true
}

// add emits one event: the payloads are copied only for rows that pass.
func (e *eventFeed) add(ev *event.Event) bool {
	row := e.feed.out.add()
	shown := ev
	if e.shapes != nil {
		var err error
		if shown, err = e.show(ev, row); err != nil {
			return e.feed.fail(err)
		}
		if shown == nil {
			return e.feed.dropped()
		}
	}
	e.fill(row, shown, ev)
	ok, err := e.passes(row)
	if err != nil {
		return e.feed.late(err)
	}
	if !ok {
		return e.feed.dropped()
	}
	for i, c := range e.columns {
		switch c {
		case plan.EventData, plan.EventMetadata, plan.EventRawData, plan.EventRawMetadata:
			if !row[i].IsNull() {
				row[i] = e.arena.keep(row[i].Str())
			}
		}
	}
	return e.feed.added()
}

// fill makes the row of an event as it is shown, and as it is stored.
func (e *eventFeed) fill(row []types.Datum, shown, stored *event.Event) {
	for i, c := range e.columns {
		switch c {
		case plan.EventRawData:
			row[i] = eventValue(stored, plan.EventData)
		case plan.EventRawMetadata:
			row[i] = eventValue(stored, plan.EventMetadata)
		default:
			row[i] = eventValue(shown, c)
		}
	}
}

// eventValue returns a column of an event; payloads share its bytes.
func eventValue(e *event.Event, column int) types.Datum {
	switch column {
	case plan.EventEntity:
		return types.String(string(e.Entity))
	case plan.EventVersion:
		return types.Int(int64(e.Version))
	case plan.EventKind:
		return types.String(string(e.Kind))
	case plan.EventData:
		return alias(e.Data)
	case plan.EventMetadata:
		if e.Metadata == nil {
			return types.Null
		}
		return alias(e.Metadata)
	case plan.EventID:
		return idValue(e.ID)
	case plan.EventCorrelation:
		return idValue(e.Correlation)
	case plan.EventCausation:
		return idValue(e.Causation)
	case plan.EventRecordedBy:
		return types.String(e.RecordedBy)
	}
	return positionValue(e, column)
}

// positionValue returns a column that an event of an open transaction has not got
// yet.
func positionValue(e *event.Event, column int) types.Datum {
	if column == plan.EventOccurredAt && e.OccurredAt != event.NoTime {
		return types.Int(types.OfUnixMicros(int64(e.OccurredAt)))
	}
	if e.Sequence == 0 {
		return types.Null
	}
	switch column {
	case plan.EventHLC:
		return types.Int(int64(e.HLC))
	case plan.EventSequence:
		return types.Int(int64(e.Sequence))
	}
	return types.Int(int64(e.RecordedAt()) + types.UnixEpochMicros)
}

func idValue(id event.ID) types.Datum {
	if id == (event.ID{}) {
		return types.Null
	}
	return types.String(string(id[:]))
}
