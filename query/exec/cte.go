package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// cteState is the rows of a WITH query in the current run of its With.
type cteState struct {
	run       *run
	cte       *plan.CTE
	first     operator
	recursive operator
	outer     *expr.Frame
	current   operator // the term that gives rows; nil: none has begun
	done      bool
	rows      rowList
	from      int    // where the rows of the current term begin
	working   [2]int // where those that the term before gave begin and end
	seen      *table
	taken     int // for seen
}

// with runs its body; the WITH queries run when they are first read.
type with struct {
	body   operator
	states []*cteState
}

func (r *run) with(n *plan.With) (operator, error) {
	w := &with{}
	for _, c := range n.CTEs {
		s := &cteState{run: r, cte: c, rows: rowList{run: r}}
		r.ctes[c] = s
		var err error
		if s.first, err = r.build(c.Plan); err != nil {
			return nil, err
		}
		if c.Recursive != nil {
			if s.recursive, err = r.build(c.Recursive); err != nil {
				return nil, err
			}
		}
		w.states = append(w.states, s)
	}
	var err error
	w.body, err = r.build(n.Body)
	return w, err
}

func (w *with) open(outer *expr.Frame) error {
	for _, s := range w.states {
		s.release()
		s.outer = outer
	}
	return w.body.open(outer)
}

// next gives the body's rows; at their end, changes are made that nobody has read, or not to their end.
func (w *with) next() ([][]types.Datum, error) {
	rows, err := w.body.next()
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	for _, s := range w.states {
		for plan.ModifyOf(s.cte.Plan) != nil && !s.done {
			if err := s.more(); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

func (w *with) close() {
	w.body.close()
	for _, s := range w.states {
		s.release()
		s.first.close()
		if s.recursive != nil {
			s.recursive.close()
		}
	}
}

func (s *cteState) release() {
	s.run.memory.give(s.taken)
	s.rows.release()
	s.taken, s.current, s.done, s.from, s.working, s.seen = 0, nil, false, 0, [2]int{}, nil
}

// more makes at least one more row, unless there are no more: who wants ten rows of
// an endless query gets them.
func (s *cteState) more() error {
	if s.current == nil {
		if s.recursive != nil && !s.cte.All {
			s.seen = newTable(s.cte.Types)
		}
		if err := s.begin(s.first); err != nil {
			return err
		}
	}
	for before := s.rows.Len(); s.rows.Len() == before && !s.done; {
		batch, err := s.current.next()
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			if err := s.round(); err != nil {
				return err
			}
		}
		for _, row := range batch {
			if err := s.keep(row); err != nil {
				return err
			}
		}
		if err := s.run.check(); err != nil {
			return err
		}
	}
	return nil
}

func (s *cteState) begin(term operator) error {
	s.current, s.from = term, s.rows.Len()
	return term.open(s.outer)
}

// round ends a term and begins the recursive one over what it gave.
func (s *cteState) round() error {
	s.current.close()
	s.working = [2]int{s.from, s.rows.Len()}
	if s.recursive == nil || s.from == s.rows.Len() {
		s.done = true
		return nil
	}
	return s.begin(s.recursive)
}

func (s *cteState) keep(row []types.Datum) error {
	if s.seen != nil {
		if _, added := s.seen.put(row); !added {
			return nil
		}
		more := s.seen.bytes - s.taken
		s.taken += more
		if err := s.run.memory.take(more); err != nil {
			return err
		}
	}
	return s.rows.add(row)
}

// cteScan reads a WITH query's rows.
type cteScan struct {
	state   *cteState
	node    *plan.CTEScan
	at, end int // of the state's rows
	ready   bool
	out     output
	usage   *plan.Usage
}

func (r *run) cteScan(n *plan.CTEScan) (operator, error) {
	return &cteScan{state: r.ctes[n.CTE], node: n, out: output{width: len(n.Columns)}, usage: r.usage(n)}, nil
}

func (c *cteScan) open(*expr.Frame) error {
	c.ready, c.at, c.end = false, 0, 0
	return nil
}

func (c *cteScan) close() {}

func (c *cteScan) next() ([][]types.Datum, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	c.out.reset()
	for ; c.at < c.end && !c.out.full(); c.at++ {
		from, err := c.state.rows.Row(c.at)
		if err != nil {
			return nil, err
		}
		row := c.out.add()
		for i, column := range c.node.Columns {
			row[i] = from[column]
		}
	}
	return c.out.rows, c.state.run.check()
}

// fill sees to it that there is a row to read, if there is any.
func (c *cteScan) fill() error {
	if c.node.Working {
		if !c.ready {
			c.ready, c.at, c.end = true, c.state.working[0], c.state.working[1]
		}
		return nil
	}
	if c.at >= c.state.rows.Len() && !c.state.done {
		if err := c.state.more(); err != nil {
			return err
		}
	}
	c.end = c.state.rows.Len()
	c.usage.Stored(c.state.rows.DiskBytes())
	return nil
}
