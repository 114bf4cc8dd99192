package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// mergeAction is a WHEN of MERGE, compiled.
type mergeAction struct {
	*plan.MergeAction
	where expr.Eval // nil: always
	row   []expr.Eval
}

func (c *changed) addMerge(a *plan.MergeAction) error {
	made := mergeAction{MergeAction: a}
	var err error
	if a.Where != nil {
		if made.where, err = c.run.compileCondition(a.Where); err != nil {
			return err
		}
	}
	made.row, err = c.run.compileAll(a.Row)
	c.merge = append(c.merge, made)
	return err
}

// merging writes what MERGE does in its order: changes of one kind that follow each other at once.
type merging struct {
	c       *changed
	kind    plan.ModifyKind // of waiting
	waiting plan.Changes
	touched map[int64]bool // places of rows that were changed
	stands  func(int64) bool
	done    int
}

// merged takes the first action that each row is for, and returns how many rows were changed.
func (c *changed) merged(rows [][]types.Datum) (int, error) {
	m := &merging{c: c, touched: map[int64]bool{}, stands: c.run.writer.Stands(c.modify)}
	frame := c.run.frame(c.outer)
	for _, frame.Row = range rows {
		err := c.run.check()
		if err == nil {
			err = m.row(&frame)
		}
		if err != nil {
			if earlier := m.flush(); earlier != nil {
				return 0, earlier
			}
			return 0, err
		}
	}
	return m.done, m.flush()
}

func (m *merging) row(frame *expr.Frame) error {
	matched := !frame.Row[0].IsNull()
	for i := range m.c.merge {
		a := &m.c.merge[i]
		if a.Matched != matched {
			continue
		}
		if a.where != nil {
			ok, err := isTrue(a.where, frame)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
		}
		return m.take(a, frame)
	}
	return nil
}

// take does an action for a row.
func (m *merging) take(a *mergeAction, frame *expr.Frame) error {
	if a.Kind == 0 {
		return nil
	}
	row := make([]types.Datum, len(a.row))
	if err := evaluate(a.row, frame, row); err != nil {
		return err
	}
	if a.Kind != m.kind {
		if err := m.flush(); err != nil {
			return err
		}
		m.kind = a.Kind
	}
	w := &m.waiting
	if a.Kind != plan.InsertRows {
		place := frame.Row[0].Int()
		if m.touched[place] || !m.stands(place) {
			return sqlstate.New(sqlstate.CardinalityViolation, "MERGE command cannot affect row a second time").
				WithHint("Ensure that not more than one source row matches any one target row.")
		}
		m.touched[place] = true
		w.Delete = append(w.Delete, place)
	}
	if a.Kind != plan.DeleteRows {
		w.Insert = append(w.Insert, row)
	}
	if a.Kind == plan.UpdateRows {
		w.Replaces = w.Delete
	}
	m.done++
	return nil
}

func (m *merging) flush() error {
	changes := m.waiting
	m.waiting = plan.Changes{}
	if len(changes.Delete) == 0 && len(changes.Insert) == 0 {
		return nil
	}
	_, err := m.c.run.writer.Write(m.c.run.ctx, m.c.modify, &changes)
	return err
}
