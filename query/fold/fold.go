package fold

import (
	"fmt"
	"sync"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// fixedEnv is the surroundings of every fold, on every node.
var fixedEnv = &expr.Env{Env: types.NewEnv()}

// fold implements projection.Fold. It is immutable once compiled, but for its pool.
type fold struct {
	name    string
	columns []column
	byKind  map[event.Kind]handler // clauses of WHEN ANY included
	others  handler                // of kinds that are not in byKind
	pool    sync.Pool              // of *accumulator, done
}

func (f *fold) handlerOf(k event.Kind) handler {
	if h, ok := f.byKind[k]; ok {
		return h
	}
	return f.others
}

// Start implements projection.Fold.
func (f *fold) Start(prev projection.State) projection.Accumulator {
	a := f.accumulator()
	a.start(prev)
	return a
}

func (f *fold) accumulator() *accumulator {
	if a, ok := f.pool.Get().(*accumulator); ok {
		return a
	}
	a := &accumulator{fold: f, row: make([]types.Datum, len(f.columns)+len(eventColumns))}
	a.frame = expr.Frame{Row: a.row, Env: fixedEnv}
	return a
}

// accumulator folds into a row of its own: the state's columns, then the event's.
type accumulator struct {
	fold    *fold
	frame   expr.Frame
	row     []types.Datum
	exists  bool // the row is a state, not just the defaults
	results []types.Datum
	kind    event.Kind // of the last event, and its handler
	handler handler
	batch   *batch // that it is part of; nil: it is by itself
}

func (a *accumulator) start(prev projection.State) {
	if row, ok := prev.(*Row); ok && row != nil {
		copy(a.row, row.values)
		a.exists = true
		return
	}
	a.reset()
}

func (a *accumulator) reset() {
	for i := range a.fold.columns {
		a.row[i] = a.fold.columns[i].initial
	}
	a.exists = false
}

// Step implements projection.Accumulator.
func (a *accumulator) Step(e *event.Event) error {
	if e.Kind != a.kind {
		a.kind, a.handler = e.Kind, a.fold.handlerOf(e.Kind)
	}
	for i := range a.handler.reads {
		r := &a.handler.reads[i]
		a.row[r.at] = r.of(e)
	}
	for _, c := range a.handler.clauses {
		matched, err := a.try(c, e)
		if err != nil {
			return explained(err, e, mendFold)
		}
		if matched {
			return nil
		}
	}
	return nil
}

// try runs the clause if its condition is true.
func (a *accumulator) try(c *clause, e *event.Event) (bool, error) {
	if c.condition != nil {
		holds, err := c.condition(&a.frame)
		if err != nil || holds.IsNull() || !holds.Bool() {
			return false, err
		}
	}
	switch c.action {
	case remove:
		a.reset()
	case update:
		return true, a.update(c, e)
	}
	return true, nil
}

// update assigns: every right side is computed before any column changes.
func (a *accumulator) update(c *clause, e *event.Event) error {
	if len(c.set) == 1 {
		s := &c.set[0]
		v, err := s.value(&a.frame)
		if err != nil {
			return err
		}
		if s.form >= formBytes {
			v = a.keep(e, s, v)
		}
		a.row[s.column] = v
		if a.exists && !v.IsNull() {
			return nil
		}
		return a.checkNotNull(c)
	}
	a.results = a.results[:0]
	for i := range c.set {
		v, err := c.set[i].value(&a.frame)
		if err != nil {
			return err
		}
		a.results = append(a.results, v)
	}
	for i := range c.set {
		s := &c.set[i]
		a.row[s.column] = a.keep(e, s, a.results[i])
	}
	return a.checkNotNull(c)
}

// keep returns the value in memory that outlives the event. A text that does not
// change is not copied again.
func (a *accumulator) keep(e *event.Event, s *assignment, d types.Datum) types.Datum {
	if s.form < formBytes {
		return d // in no memory of the event's
	}
	if old := a.row[s.column]; s.form == formBytes && !d.IsNull() && !old.IsNull() && d.Str() == old.Str() {
		return old
	}
	return owned(e, d, s.form)
}

// checkNotNull looks at every column when the row comes into being, later at those
// that were assigned.
func (a *accumulator) checkNotNull(c *clause) error {
	if a.exists {
		for i := range c.set {
			if err := a.checkColumn(c.set[i].column); err != nil {
				return err
			}
		}
		return nil
	}
	a.exists = true
	for i := range a.fold.columns {
		if err := a.checkColumn(i); err != nil {
			return err
		}
	}
	return nil
}

func (a *accumulator) checkColumn(i int) error {
	col := &a.fold.columns[i]
	if !col.described.NotNull || !a.row[i].IsNull() {
		return nil
	}
	return a.fold.notNull(col)
}

func (f *fold) notNull(col *column) error {
	err := sqlstate.New(sqlstate.NotNullViolation, "null value in column \"%s\" of relation \"%s\" violates not-null constraint", col.described.Name, f.name)
	err.Table, err.Column = f.name, col.described.Name
	return err
}

// State implements projection.Accumulator.
func (a *accumulator) State() projection.State {
	values := a.row[:len(a.fold.columns)]
	switch {
	case a.batch != nil:
		if !a.exists {
			return nil
		}
		return a.batch.newRow(values)
	case !a.exists:
		a.release()
		return nil
	}
	s := newRow(values)
	a.release()
	return s
}

// release lets go of all memory that is not the accumulator's own.
func (a *accumulator) release() {
	clear(a.row)
	clear(a.results[:cap(a.results)])
	a.kind, a.handler, a.batch = "", handler{}, nil
	a.fold.pool.Put(a)
}

// How to go on from an event that cannot be folded.
const (
	mendFold = "Expect or pass over such events with CREATE OR REPLACE PROJECTION, or change their data with ALTER EVENT KIND ... ADD UPCAST. projsql.poisoned lists such entities."
	mendCode = "Register code that expects or passes over such events, with a greater release, or change their data with ALTER EVENT KIND ... ADD UPCAST. projsql.poisoned lists such entities."
)

// explained says on which event an expression failed, and how to go on unless the error does. Its
// place in the CREATE PROJECTION would be read as one in the statement that asks, so it goes.
func explained(err error, e *event.Event, hint string) error {
	own := *sqlstate.Of(err)
	own.Position = 0
	detail := fmt.Sprintf("While folding version %d of entity %q, kind %q.", e.Version, e.Entity, e.Kind)
	if own.Detail != "" {
		detail = own.Detail + " " + detail
	}
	own.Detail = detail
	if own.Hint == "" {
		own.Hint = hint
	}
	return &own
}
