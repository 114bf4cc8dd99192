package exec

import (
	"errors"
	"math"
	"slices"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// historyScan reads the states that an entity went through.
func (r *run) historyScan(n *plan.HistoryScan) (operator, error) {
	evals, err := r.compileAll([]expr.Expr{n.Entity, n.From, n.To})
	if err != nil {
		return nil, err
	}
	h := historyEvals{entity: evals[0], from: evals[1], to: evals[2]}
	if h.version.low, err = r.compileAll(n.Version.Low); err != nil {
		return nil, err
	}
	if h.version.high, err = r.compileAll(n.Version.High); err != nil {
		return nil, err
	}
	return r.scanner(len(n.Columns), n.Filter, func(s *scanner, f *feed) {
		q, ok, err := h.request(s.outer())
		if err != nil {
			f.fail(err)
			return
		}
		if ok {
			q.Definition = n.Relation.Definition
			s.history(f, q, n.Columns)
		}
	})
}

// historyEvals are the compiled arguments of project_history.
type historyEvals struct {
	entity, from, to expr.Eval
	version          rangeEvals
}

// request computes the arguments; ok is false if no event can meet them.
func (h *historyEvals) request(f *expr.Frame) (q projection.HistoryRequest, ok bool, err error) {
	entity, err := h.entity(f)
	if err != nil || entity.IsNull() || len(entity.Str()) == 0 || len(entity.Str()) > event.EntityBytesMax {
		return q, false, err
	}
	versions, ok, err := h.version.span(f)
	if !ok {
		return q, false, err
	}
	from, err := orElse(h.from, f, math.MinInt64)
	if err != nil {
		return q, false, err
	}
	to, err := orElse(h.to, f, math.MaxInt64)
	if err != nil {
		return q, false, err
	}
	versions.from, versions.to = max(versions.from, from), min(versions.to, to)
	q.Entity = event.Entity(entity.Str())
	q.From, q.To = event.Version(versions.low()), event.Version(versions.high())
	return q, !versions.empty(), nil
}

// orElse is the value of an argument that may be missing or NULL.
func orElse(e expr.Eval, f *expr.Frame, otherwise int64) (int64, error) {
	if e == nil {
		return otherwise, nil
	}
	v, err := e(f)
	if err != nil || v.IsNull() {
		return otherwise, err
	}
	return v.Int(), nil
}

func (s *scanner) history(f *feed, q projection.HistoryRequest, columns []int) {
	w := historyRow{columns: columns, definition: q.Definition, node: s.run.source.Node()}
	w.data = slices.Contains(columns, plan.HistoryDeclared+len(w.definition.Columns)+plan.SystemColumns+plan.HistoryData)
	err := s.run.source.History(s.run.ctx, q, func(e *event.Event, o *projection.Outcome) error {
		if w.data {
			var err error
			if e, err = q.Definition.Shown(e, &w.shown); err != nil {
				return err
			}
		}
		w.fill(f.out.add(), e, o)
		if !s.emit(f, f.out.rows[len(f.out.rows)-1]) {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		f.fail(err)
	}
}

// historyRow fills rows of project_history.
type historyRow struct {
	columns    []int
	definition *projection.Definition
	node       string
	arena      arena
	data       bool        // is read
	shown      event.Event // the last event that was upcast
}

func (w *historyRow) fill(row []types.Datum, e *event.Event, o *projection.Outcome) {
	var values []types.Datum
	if v, ok := o.State().(valuer); ok {
		values = v.Values()
	}
	system := plan.HistoryDeclared + len(w.definition.Columns)
	for i, c := range w.columns {
		switch {
		case c < plan.HistoryDeclared:
			row[i] = historyPosition(e, c)
		case c >= system+plan.SystemColumns:
			row[i] = w.extra(e, o, c-system-plan.SystemColumns)
		case c >= system:
			row[i] = SystemValue(w.definition, o, w.node, c-system)
		case values == nil:
			row[i] = types.Null
		default:
			row[i] = values[c-plan.HistoryDeclared]
		}
	}
}

func historyPosition(e *event.Event, column int) types.Datum {
	switch column {
	case plan.HistoryVersion:
		return types.Int(int64(e.Version))
	case plan.HistoryHLC:
		return positionValue(e, plan.EventHLC)
	}
	return types.String(string(e.Kind))
}

func (w *historyRow) extra(e *event.Event, o *projection.Outcome, column int) types.Datum {
	switch column {
	case plan.HistoryExists:
		return types.Bool(o.HasState())
	case plan.HistoryOccurredAt:
		return positionValue(e, plan.EventOccurredAt)
	case plan.HistoryEventID:
		return idValue(e.ID)
	}
	return w.arena.keep(alias(e.Data).Str())
}
