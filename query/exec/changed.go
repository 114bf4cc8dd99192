package exec

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// changed does an INSERT, UPDATE or DELETE when its first row is asked for: it reads
// all that it works on, writes, and then gives what RETURNING says.
type changed struct {
	run       *run
	modify    *plan.Modify
	input     operator
	returning operator // nil: none
	given     *given
	set       []expr.Eval // of ON CONFLICT DO UPDATE
	where     expr.Eval
	merge     []mergeAction

	outer *expr.Frame
	done  bool
	chunk chunk
	taken int
}

func (r *run) changed(n *plan.Changed) (operator, error) {
	c := &changed{run: r, modify: n.Modify}
	var err error
	if c.input, err = r.build(n.Modify.Root); err != nil {
		return nil, err
	}
	if n.Modify.Returning != nil {
		if c.returning, err = r.build(n.Modify.Returning); err != nil {
			return nil, err
		}
		c.given = r.given[n.Modify.Given]
	}
	if o := n.Modify.Conflict; o != nil && o.Set != nil {
		if c.set, err = r.compileAll(o.Set); err != nil {
			return nil, err
		}
		c.where, err = r.compileCondition(o.Where)
	}
	for _, a := range n.Modify.Merge {
		if err := c.addMerge(a); err != nil {
			return nil, err
		}
	}
	return c, err
}

func (c *changed) open(outer *expr.Frame) error {
	c.outer = outer
	return nil
}

func (c *changed) close() {
	c.input.close()
	if c.returning != nil {
		c.returning.close()
	}
	c.run.memory.give(c.taken)
	c.taken = 0
}

func (c *changed) next() ([][]types.Datum, error) {
	if err := c.finish(); err != nil || c.returning == nil {
		return nil, err
	}
	return c.returning.next()
}

// finish makes the change, once.
func (c *changed) finish() error {
	if c.done {
		return nil
	}
	c.done = true
	switch {
	case c.modify.Appends():
		return c.append()
	case c.modify.OfEvents():
		return c.nothing()
	}
	rows, err := c.rows()
	if err != nil {
		return err
	}
	if c.modify.Kind == plan.MergeRows {
		n, err := c.merged(rows)
		c.run.writer.Wrote(c.modify, n)
		return err
	}
	var made [][]types.Datum
	if c.modify.Conflict != nil {
		if made, err = c.each(rows); err != nil {
			return err
		}
	} else if made, err = c.all(rows); err != nil {
		return err
	}
	return c.tell(made)
}

// tell counts the rows that were made, and gives them to RETURNING.
func (c *changed) tell(made [][]types.Datum) error {
	c.run.writer.Wrote(c.modify, len(made))
	if c.returning == nil {
		return nil
	}
	c.given.rows = made
	return c.returning.open(c.outer)
}

// append makes the change where events are what is inserted into.
func (c *changed) append() error {
	told, err := c.run.writer.Append(c.run.ctx, c.modify, c.rows)
	if err != nil {
		return err
	}
	return c.tell(told)
}

// nothing is an UPDATE or a DELETE of events, of which the writer takes none: the first that is found ends it.
func (c *changed) nothing() error {
	if err := c.input.open(c.outer); err != nil {
		return err
	}
	batch, err := c.input.next()
	if err == nil && len(batch) > 0 {
		_, err = c.run.writer.Write(c.run.ctx, c.modify, &plan.Changes{})
	}
	if err != nil || c.returning == nil {
		return err
	}
	return c.returning.open(c.outer)
}

// rows reads everything before anything is written.
func (c *changed) rows() ([][]types.Datum, error) {
	if err := c.input.open(c.outer); err != nil {
		return nil, err
	}
	var all [][]types.Datum
	for {
		batch, err := c.input.next()
		if err != nil {
			return nil, err
		}
		if len(batch) == 0 {
			c.input.close()
			return all, nil
		}
		for _, row := range batch {
			bytes := rowBytes(row)
			c.taken += bytes
			if err := c.run.memory.take(bytes); err != nil {
				return nil, err
			}
			all = append(all, c.chunk.keep(row))
		}
		if err := c.run.check(); err != nil {
			return nil, err
		}
	}
}

// all writes the rows at once and returns them without their places.
func (c *changed) all(rows [][]types.Datum) ([][]types.Datum, error) {
	width := c.width()
	changes := &plan.Changes{}
	made := rows[:0:0]
	var stands func(int64) bool
	if c.modify.Kind != plan.InsertRows {
		stands = c.run.writer.Stands(c.modify)
	}
	seen := map[int64]bool{}
	for _, row := range rows {
		if c.modify.Kind != plan.InsertRows {
			place := row[0].Int()
			if seen[place] || !stands(place) {
				continue // a row that joins with several others changes once
			}
			seen[place] = true
			changes.Delete = append(changes.Delete, place)
			row = row[1:]
		}
		made = append(made, row)
		if c.modify.Kind != plan.DeleteRows {
			changes.Insert = append(changes.Insert, row[:width:width])
		}
	}
	if c.modify.Kind == plan.UpdateRows {
		changes.Replaces = changes.Delete
	}
	stored, err := c.run.writer.Write(c.run.ctx, c.modify, changes)
	if c.modify.Stored && err == nil {
		for i := range made {
			made[i] = withSystem(made[i], stored, i, false)
		}
	}
	return made, err
}

// withSystem is a row with the system columns that RETURNING may name behind it. locked says
// that ON CONFLICT has found it, and locked it before it changed it.
func withSystem(row []types.Datum, stored plan.Stored, i int, locked bool) []types.Datum {
	xmax := types.Int(0)
	if locked {
		xmax = stored.Xmin
	}
	return append(row[:len(row):len(row)], stored.Ctid(i), stored.Xmin, xmax)
}

// width is the number of values of the relation's rows.
func (c *changed) width() int {
	n := 0
	for i := range c.modify.Relation.Columns {
		if !c.modify.Relation.Columns[i].Hidden {
			n++
		}
	}
	return n
}

// each inserts row by row, as what stands in the way of one may have come with
// another.
func (c *changed) each(rows [][]types.Datum) ([][]types.Datum, error) {
	made := rows[:0:0]
	for _, row := range rows {
		if err := c.run.check(); err != nil {
			return nil, err
		}
		var stored plan.Stored
		place, existing, mine, err := c.run.writer.Conflict(c.run.ctx, c.modify, row)
		if err != nil {
			return nil, err
		}
		switch {
		case existing == nil:
			stored, err = c.run.writer.Write(c.run.ctx, c.modify, &plan.Changes{Insert: [][]types.Datum{row}})
		case c.set == nil:
			continue
		case mine:
			return nil, sqlstate.New(sqlstate.CardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time").
				WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
		default:
			row, stored, err = c.update(place, existing, row)
		}
		if err != nil {
			return nil, err
		}
		if row == nil {
			continue
		}
		if c.modify.Stored {
			row = withSystem(row, stored, 0, existing != nil)
		}
		made = append(made, row)
	}
	return made, nil
}

// update is DO UPDATE; nil: its WHERE is not met.
func (c *changed) update(place int64, existing, excluded []types.Datum) (row []types.Datum, stored plan.Stored, err error) {
	frame := c.run.frame(c.outer)
	frame.Row = slices.Concat(existing, excluded)
	if c.where != nil {
		ok, err := isTrue(c.where, &frame)
		if err != nil || !ok {
			return nil, stored, err
		}
	}
	row = make([]types.Datum, len(c.set))
	if err := evaluate(c.set, &frame, row); err != nil {
		return nil, stored, err
	}
	stored, err = c.run.writer.Write(c.run.ctx, c.modify, &plan.Changes{Delete: []int64{place}, Insert: [][]types.Datum{row}, Replaces: []int64{place}})
	return row, stored, err
}
