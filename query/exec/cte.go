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
	done      bool
	rows      [][]types.Datum
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

func (w *with) next() ([][]types.Datum, error) { return w.body.next() }

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
	s.taken, s.done, s.rows, s.working, s.seen, s.chunk = 0, false, nil, nil, nil, chunk{}
}

// load makes all rows once.
func (s *cteState) load() error {
	if s.done {
		return nil
	}
	s.done = true
	if s.recursive != nil && !s.cte.All {
		s.seen = newTable(s.cte.Types)
	}
	round, err := s.collect(s.first)
	if err != nil || s.recursive == nil {
		return err
	}
	for len(round) > 0 {
		s.working = round
		if round, err = s.collect(s.recursive); err != nil {
			return err
		}
	}
	return nil
}

// collect runs a term and returns the rows it added.
func (s *cteState) collect(op operator) ([][]types.Datum, error) {
	if err := op.open(s.outer); err != nil {
		return nil, err
	}
	from := len(s.rows)
	for {
		batch, err := op.next()
		if err != nil {
			return nil, err
		}
		if len(batch) == 0 {
			op.close()
			return s.rows[from:len(s.rows):len(s.rows)], nil
		}
		for _, row := range batch {
			if err := s.keep(row); err != nil {
				return nil, err
			}
		}
		if err := s.run.check(); err != nil {
			return nil, err
		}
	}
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
	rows  [][]types.Datum
	ready bool
	out   output
}

func (r *run) cteScan(n *plan.CTEScan) (operator, error) {
	return &cteScan{state: r.ctes[n.CTE], node: n, out: output{width: len(n.Columns)}}, nil
}

func (c *cteScan) open(*expr.Frame) error {
	c.ready = false
	return nil
}

func (c *cteScan) close() { c.rows = nil }

func (c *cteScan) next() ([][]types.Datum, error) {
	if !c.ready {
		c.ready = true
		c.rows = c.state.working
		if !c.node.Working {
			if err := c.state.load(); err != nil {
				return nil, err
			}
			c.rows = c.state.rows
		}
	}
	c.out.reset()
	for len(c.rows) > 0 && !c.out.full() {
		row := c.out.add()
		for i, column := range c.node.Columns {
			row[i] = c.rows[0][column]
		}
		c.rows = c.rows[1:]
	}
	return c.out.rows, c.state.run.check()
}
