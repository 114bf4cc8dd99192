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
	rows      [][]types.Datum
	from      int // where the rows of the current term begin
	working   [][]types.Datum
	seen      *table
	chunk     chunk
	taken     int
}

// with runs its body; the WITH queries run when they are first read.
type with struct {
	body   operator
	states []*cteState
}

func (r *run) with(n *plan.With) (operator, error) {
	w := &with{}
	for _, c := range n.CTEs {
		s := &cteState{run: r, cte: c}
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

// next gives the body's rows; at their end, changes that nobody has read are made.
func (w *with) next() ([][]types.Datum, error) {
	rows, err := w.body.next()
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	for _, s := range w.states {
		c, ok := s.first.(*changed)
		if !ok {
			continue
		}
		if err := c.finish(); err != nil {
			return nil, err
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
	s.taken, s.current, s.done, s.rows, s.from, s.working, s.seen, s.chunk = 0, nil, false, nil, 0, nil, nil, chunk{}
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
	for before := len(s.rows); len(s.rows) == before && !s.done; {
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
	s.current, s.from = term, len(s.rows)
	return term.open(s.outer)
}

// round ends a term and begins the recursive one over what it gave.
func (s *cteState) round() error {
	s.current.close()
	s.working = s.rows[s.from:len(s.rows):len(s.rows)]
	if s.recursive == nil || len(s.working) == 0 {
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
	}
	bytes := rowBytes(row)
	s.taken += bytes
	s.rows = append(s.rows, s.chunk.keep(row))
	return s.run.memory.take(bytes)
}

// cteScan reads a WITH query's rows.
type cteScan struct {
	state *cteState
	node  *plan.CTEScan
	rows  [][]types.Datum // of the last round, for the recursive term
	at    int
	ready bool
	out   output
}

func (r *run) cteScan(n *plan.CTEScan) (operator, error) {
	return &cteScan{state: r.ctes[n.CTE], node: n, out: output{width: len(n.Columns)}}, nil
}

func (c *cteScan) open(*expr.Frame) error {
	c.ready, c.at = false, 0
	return nil
}

func (c *cteScan) close() { c.rows = nil }

func (c *cteScan) next() ([][]types.Datum, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	c.out.reset()
	for ; c.at < len(c.rows) && !c.out.full(); c.at++ {
		row := c.out.add()
		for i, column := range c.node.Columns {
			row[i] = c.rows[c.at][column]
		}
	}
	return c.out.rows, c.state.run.check()
}

// fill sees to it that there is a row to read, if there is any.
func (c *cteScan) fill() error {
	if c.node.Working {
		if !c.ready {
			c.ready, c.rows = true, c.state.working
		}
		return nil
	}
	if c.at >= len(c.state.rows) && !c.state.done {
		if err := c.state.more(); err != nil {
			return err
		}
	}
	c.rows = c.state.rows
	return nil
}
