package exec

import (
	"cmp"
	"errors"
	"math"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// valuer is a state with SQL values: the declared columns, in order.
type valuer interface{ Values() []types.Datum }

// packedValuer has the values of states that are packed.
type packedValuer interface {
	Value(column, state int) types.Datum
	// Fill writes the values of the states from one on into column at of rows.
	Fill(column, state int, rows [][]types.Datum, at int)
}

// errEnough ends a scan, or a subquery, whose rows nobody wants any more.
var errEnough = errors.New("no more rows are wanted")

// projectionScan reads the states of all entities, or of those that are named.
func (r *run) projectionScan(n *plan.Scan) (operator, error) {
	b, err := r.bounds(&n.Bounds)
	if err != nil {
		return nil, err
	}
	d := n.Relation.Definition
	return r.scanner(len(n.Columns), n.Filter, func(s *scanner, f *feed) {
		some, err := b.entityList(s.outer())
		switch {
		case err != nil:
			f.fail(err)
		case some != nil:
			s.projectEach(f, d, *some, n.Columns)
		default:
			if in, some := entityRange(b.within, s.outer()); some {
				s.projectAll(f, d, in, n.Columns)
			}
		}
	})
}

func (s *scanner) projectAll(f *feed, d *projection.Definition, in projection.Range, columns []int) {
	node := s.run.source.Node()
	err := s.run.source.Scan(s.run.ctx, d, in, &s.run.pace, func(e event.Entity, o *projection.Outcome) error {
		if o.Count() > 1 {
			return s.projectRun(f, d, columns, o, node)
		}
		row := f.out.add()
		fillState(row, columns, d, e, o, node)
		if !s.emit(f, row) {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		f.fail(err)
	}
}

// projectRun emits the states of an outcome of many.
func (s *scanner) projectRun(f *feed, d *projection.Definition, columns []int, o *projection.Outcome, node string) error {
	for from := o.At; from < o.End; {
		rows := f.out.addMany(min(o.End-from, f.size-len(f.out.rows)))
		fillRun(rows, columns, d, o, from, node)
		if !s.emitMany(f, rows) {
			return errEnough
		}
		from += len(rows)
	}
	return nil
}

func (s *scanner) projectEach(f *feed, d *projection.Definition, entities []string, columns []int) {
	for _, e := range entities {
		o, err := s.run.source.Project(s.run.ctx, d, event.Entity(e))
		if err != nil {
			f.fail(err)
			return
		}
		if !o.HasState() {
			continue
		}
		row := f.out.add()
		fillState(row, columns, d, event.Entity(e), &o, s.run.source.Node())
		if !s.emit(f, row) {
			return
		}
	}
}

func fillState(row []types.Datum, columns []int, d *projection.Definition, e event.Entity, o *projection.Outcome, node string) {
	packed, values := valuesOf(o)
	for i, c := range columns {
		switch {
		case c == plan.GenerationColumn:
			row[i] = types.Int(int64(o.Generation))
		case c == 0:
			row[i] = types.String(string(e))
		case c > len(d.Columns):
			row[i] = SystemValue(d, o, node, c-1-len(d.Columns))
		case packed != nil:
			row[i] = packed.Value(c-1, o.At)
		case values == nil:
			row[i] = types.Null
		default:
			row[i] = values[c-1]
		}
	}
}

// valuesOf returns what has an outcome's declared columns, or their values; nil: there are none.
func valuesOf(o *projection.Outcome) (packedValuer, []types.Datum) {
	if o.Run != nil {
		if packed, ok := o.Run.States.(packedValuer); ok {
			return packed, nil
		}
	}
	if v, ok := o.State().(valuer); ok {
		return nil, v.Values()
	}
	return nil, nil
}

// fillRun fills a row for each state of an outcome of many, from the one numbered from on.
func fillRun(rows [][]types.Datum, columns []int, d *projection.Definition, o *projection.Outcome, from int, node string) {
	packed, ok := o.Run.States.(packedValuer)
	for i, c := range columns {
		switch {
		case c == plan.GenerationColumn:
			for k, row := range rows {
				row[i] = types.Int(o.Run.Generation.At(from + k))
			}
		case c == 0:
			for k, row := range rows {
				row[i] = types.String(o.Run.Entities.At(from + k))
			}
		case c <= len(d.Columns) && ok:
			packed.Fill(c-1, from, rows, i)
		default:
			fillEach(rows, i, c, d, o, from, node)
		}
	}
}

// fillEach fills column at with column c of the states, one by one.
func fillEach(rows [][]types.Datum, at, c int, d *projection.Definition, o *projection.Outcome, from int, node string) {
	one, proof, column := *o, projection.Snapshot{}, []int{c}
	one.Snapshot = &proof
	for k, row := range rows {
		one.At = from + k
		one.Generation = event.Version(o.Run.Generation.At(one.At))
		o.Run.Prove(one.At, &proof)
		fillState(row[at:at+1], column, d, event.Entity(o.Run.Entities.At(one.At)), &one, node)
	}
}

// SystemValue returns system column index (plan.SystemGeneration …) of an outcome of
// a definition's, that node answered unless it says who did.
func SystemValue(d *projection.Definition, o *projection.Outcome, node string, index int) types.Datum {
	switch index {
	case plan.SystemGeneration:
		return types.Int(int64(o.Generation))
	case plan.SystemStrategy:
		return types.String(o.Strategy.String())
	case plan.SystemCacheStatus:
		return types.String(o.Cache.String())
	case plan.SystemFreshness:
		return types.String(o.Observed.String())
	case plan.SystemAgeMS:
		return types.Int(o.Age.Milliseconds())
	case plan.SystemNode:
		return types.String(cmp.Or(o.Node, node))
	case plan.SystemEncoded:
		if state := o.State(); state != nil {
			return types.String(string(d.Fold.Encode(nil, state)))
		}
	}
	if o.Snapshot == nil {
		return types.Null
	}
	if index == plan.SystemWatermark {
		return types.Int(int64(o.Snapshot.Watermark))
	}
	return types.Int(int64(o.Snapshot.HLC))
}

// pointScan reads one entity.
func (r *run) pointScan(n *plan.PointScan) (operator, error) {
	entity, err := r.compile(n.Entity)
	if err != nil {
		return nil, err
	}
	generation, err := r.compile(n.Generation)
	if err != nil {
		return nil, err
	}
	s, err := r.scanner(len(n.Columns), n.Filter, func(s *scanner, f *feed) {
		e, err := entity(s.outer())
		if err != nil {
			f.fail(err)
			return
		}
		if e.IsNull() || len(e.Str()) == 0 || len(e.Str()) > event.EntityBytesMax {
			return
		}
		o, ok, err := s.readPoint(n.Relation.Definition, event.Entity(e.Str()), generation)
		if err != nil {
			f.fail(err)
			return
		}
		if !ok {
			return
		}
		row := f.out.add()
		fillState(row, n.Columns, n.Relation.Definition, event.Entity(e.Str()), &o, s.run.source.Node())
		s.emit(f, row)
	})
	s.single = true
	return s, err
}

// readPoint reads an entity; ok is false if that gives no row.
func (s *scanner) readPoint(d *projection.Definition, e event.Entity, generation expr.Eval) (projection.Outcome, bool, error) {
	if generation == nil {
		o, err := s.run.source.Project(s.run.ctx, d, e)
		return o, err == nil && o.HasState(), err
	}
	g, err := generation(s.outer())
	if err != nil {
		return projection.Outcome{}, false, err
	}
	known := event.Version(math.MaxUint64) // NULL, too: whoever knows none
	if !g.IsNull() && g.Int() >= 0 {
		known = event.Version(g.Int())
	}
	o, err := s.run.source.Changed(s.run.ctx, d, e, known)
	return o, err == nil && !o.Unchanged, err
}
