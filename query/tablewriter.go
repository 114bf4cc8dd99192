package query

import (
	"context"
	"errors"
	"slices"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// changeWriter changes for one statement what it changes. It implements plan.Writer.
type changeWriter struct {
	*tableWriter
	*appender
}

func newChangeWriter(src *source) *changeWriter {
	return &changeWriter{tableWriter: newTableWriter(src), appender: newAppender(src)}
}

// tableWriter changes temporary tables for one statement.
type tableWriter struct {
	source *source
	wrote  map[*plan.Modify]int
	rules  map[*temptable.Table]*tabledef.Rules
	mine   map[temptable.RowID]bool // rows that ON CONFLICT has made or changed
}

func newTableWriter(src *source) *tableWriter {
	return &tableWriter{source: src, wrote: map[*plan.Modify]int{}, rules: map[*temptable.Table]*tabledef.Rules{}, mine: map[temptable.RowID]bool{}}
}

func (w *tableWriter) table(m *plan.Modify) (*temptable.Table, error) {
	for _, t := range w.source.session.tables.All() {
		if t.OID == m.Relation.OID {
			return t, nil
		}
	}
	return nil, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", m.Relation.Name)
}

func (w *tableWriter) rulesOf(t *temptable.Table) (*tabledef.Rules, error) {
	if r := w.rules[t]; r != nil {
		return r, nil
	}
	r, err := w.source.session.tableOptions("").Rules(&t.Shape)
	w.rules[t] = r
	return r, err
}

// Write implements plan.Writer.
func (w *tableWriter) Write(ctx context.Context, m *plan.Modify, c *plan.Changes) (plan.Stored, error) {
	if m.OfEvents() {
		return plan.Stored{}, sqlstate.New(sqlstate.FeatureNotSupported, appendOnly).WithHint(appendOnlyHint)
	}
	s := w.source.session
	t, err := w.table(m)
	if err != nil {
		return plan.Stored{}, err
	}
	rules, err := w.rulesOf(t)
	if err != nil {
		return plan.Stored{}, err
	}
	change := temptable.Change{Insert: c.Insert, Delete: rowIDs(c.Delete), Replaces: rowIDs(c.Replaces)}
	if right, err := rules.Hold(s.surroundings(ctx), c.Insert); err != nil {
		return plan.Stored{}, w.first(t, &change, right, err)
	}
	made, err := s.tables.Change(t, change)
	if m.Conflict != nil && err == nil {
		for _, id := range made {
			w.mine[id] = true
		}
	}
	first := t.LastPlace() + 1 - uint32(len(c.Insert))
	return plan.Stored{
		Ctid: func(i int) types.Datum { return t.Place(first + uint32(i)) },
		Xmin: types.Int(int64(s.tables.By())),
	}, err
}

// first is the error of the first row that is wrong: right rows come before the one of err, and
// keys may exclude one of these.
func (w *tableWriter) first(t *temptable.Table, c *temptable.Change, right int, err error) error {
	before := temptable.Change{Insert: c.Insert[:right]}
	if c.Replaces != nil {
		before.Replaces = c.Replaces[:right]
		before.Delete = slices.DeleteFunc(slices.Clone(before.Replaces), func(id temptable.RowID) bool { return id == 0 })
	}
	tables := w.source.session.tables
	mark := tables.Mark()
	defer tables.Rollback(mark)
	var duplicate *temptable.DuplicateError
	if _, earlier := tables.Change(t, before); errors.As(earlier, &duplicate) {
		return earlier
	}
	return err
}

func rowIDs(places []int64) []temptable.RowID {
	if places == nil {
		return nil
	}
	all := make([]temptable.RowID, len(places))
	for i, p := range places {
		all[i] = temptable.RowID(p)
	}
	return all
}

// Stands implements plan.Writer.
func (w *tableWriter) Stands(m *plan.Modify) func(int64) bool {
	t, err := w.table(m)
	if err != nil {
		return func(int64) bool { return false }
	}
	then := w.source.tables[t]
	if then == nil {
		then = t.Version()
	}
	unchanged := then.Unchanged(t.Version())
	return func(place int64) bool { return unchanged(temptable.RowID(place)) }
}

// Conflict implements plan.Writer.
func (w *tableWriter) Conflict(ctx context.Context, m *plan.Modify, row []types.Datum) (int64, []types.Datum, bool, error) {
	t, err := w.table(m)
	if err != nil {
		return 0, nil, false, err
	}
	rules, err := w.rulesOf(t)
	if err != nil {
		return 0, nil, false, err
	}
	if _, err := rules.Hold(w.source.session.surroundings(ctx), [][]types.Datum{row}); err != nil {
		return 0, nil, false, err
	}
	keys := make([]int, len(m.Conflict.Keys))
	for i, k := range m.Conflict.Keys {
		keys[i] = uniqueKeys(t)[k]
	}
	id, existing, err := t.Conflict(keys, row)
	return int64(id), existing, w.mine[id], err
}

// uniqueKeys are the indexes of the keys that a relation shows.
func uniqueKeys(t *temptable.Table) (all []int) {
	for i := range t.Keys {
		if !t.Keys[i].Plain {
			all = append(all, i)
		}
	}
	return all
}

// Wrote implements plan.Writer.
func (w *tableWriter) Wrote(m *plan.Modify, rows int) { w.wrote[m] = rows }
