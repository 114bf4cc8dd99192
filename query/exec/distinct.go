package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// distinct keeps the first row of each key.
type distinct struct {
	run   *run
	input operator
	evals []expr.Eval
	types []types.OID
	frame expr.Frame
	seen  *table
	kept  [][]types.Datum
	taken int
}

func (r *run) distinct(n *plan.Distinct) (operator, error) {
	input, err := r.build(n.Input)
	if err != nil {
		return nil, err
	}
	evals, err := r.compileAll(n.Keys)
	return &distinct{run: r, input: input, evals: evals, types: oidsOf(n.Keys)}, err
}

func oidsOf(all []expr.Expr) []types.OID {
	oids := make([]types.OID, len(all))
	for i, e := range all {
		oids[i] = e.Type().OID
	}
	return oids
}

func (d *distinct) open(outer *expr.Frame) error {
	d.release()
	d.frame, d.seen = d.run.frame(outer), newTable(d.types)
	return d.input.open(outer)
}

func (d *distinct) release() {
	d.run.memory.give(d.taken)
	d.taken, d.seen = 0, nil
}

func (d *distinct) close() {
	d.release()
	d.input.close()
}

func (d *distinct) next() ([][]types.Datum, error) {
	key := make([]types.Datum, len(d.evals))
	for {
		batch, err := d.input.next()
		if err != nil || len(batch) == 0 {
			return nil, err
		}
		d.kept = d.kept[:0]
		for _, row := range batch {
			d.frame.Row = row
			if err := evaluate(d.evals, &d.frame, key); err != nil {
				return nil, err
			}
			if _, added := d.seen.put(key); added {
				d.kept = append(d.kept, row)
			}
		}
		if err := d.account(); err != nil {
			return nil, err
		}
		if len(d.kept) > 0 {
			return d.kept, nil
		}
	}
}

func (d *distinct) account() error {
	more := d.seen.bytes - d.taken
	d.taken = d.seen.bytes
	if err := d.run.memory.take(more); err != nil {
		return err
	}
	return d.run.check()
}

// setOp combines two inputs by counting equal rows.
type setOp struct {
	run         *run
	node        *plan.SetOp
	left, right operator
	outer       *expr.Frame

	rows   *table
	counts []setCount
	state  int
	at     int
	out    output
	taken  int
}

type setCount struct{ left, right int64 }

// States of a setOp.
const (
	setLeft  = iota // UNION ALL: passing on the left input
	setRight        // the right one
	setLoad         // the others: reading both
	setEmit
)

func (r *run) setOp(n *plan.SetOp) (operator, error) {
	left, err := r.build(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := r.build(n.Right)
	return &setOp{run: r, node: n, left: left, right: right, out: output{width: n.Width()}}, err
}

func (s *setOp) open(outer *expr.Frame) error {
	s.release()
	s.outer, s.at, s.state = outer, 0, setLoad
	if s.node.Kind == plan.Union && s.node.All {
		s.state = setLeft
	}
	return s.left.open(outer)
}

func (s *setOp) release() {
	s.run.memory.give(s.taken)
	s.taken, s.rows, s.counts = 0, nil, nil
}

func (s *setOp) close() {
	s.release()
	s.left.close()
	s.right.close()
}

func (s *setOp) next() ([][]types.Datum, error) {
	switch s.state {
	case setLeft:
		batch, err := s.left.next()
		if err != nil || len(batch) > 0 {
			return batch, err
		}
		s.state = setRight
		if err := s.right.open(s.outer); err != nil {
			return nil, err
		}
		return s.right.next()
	case setRight:
		return s.right.next()
	case setLoad:
		if err := s.load(); err != nil {
			return nil, err
		}
		s.state = setEmit
	}
	return s.emit()
}

func (s *setOp) load() error {
	s.rows = newTable(s.node.Types)
	if err := s.count(s.left, func(c *setCount) { c.left++ }); err != nil {
		return err
	}
	if err := s.right.open(s.outer); err != nil {
		return err
	}
	return s.count(s.right, func(c *setCount) { c.right++ })
}

func (s *setOp) count(in operator, add func(*setCount)) error {
	for {
		batch, err := in.next()
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, row := range batch {
			n, added := s.rows.put(row)
			if added {
				s.counts = append(s.counts, setCount{})
			}
			add(&s.counts[n])
		}
		more := s.rows.bytes + 16*len(s.counts) - s.taken
		s.taken += more
		if err := s.run.memory.take(more); err != nil {
			return err
		}
		if err := s.run.check(); err != nil {
			return err
		}
	}
}

// times is how often a row of these counts is in the result.
func (s *setOp) times(c *setCount) int64 {
	switch s.node.Kind {
	case plan.Intersect:
		return s.capped(min(c.left, c.right))
	case plan.Except:
		if !s.node.All && c.right > 0 {
			return 0
		}
		return s.capped(max(c.left-c.right, 0))
	}
	return 1
}

func (s *setOp) capped(n int64) int64 {
	if s.node.All {
		return n
	}
	return min(n, 1)
}

func (s *setOp) emit() ([][]types.Datum, error) {
	s.out.reset()
	for s.at < len(s.counts) && !s.out.full() {
		c := &s.counts[s.at]
		times := s.times(c)
		if times == 0 {
			s.at++
			continue
		}
		copy(s.out.add(), s.rows.key(s.at))
		if times == 1 {
			s.at++
			continue
		}
		c.left--
		if s.node.Kind == plan.Intersect {
			c.right--
		}
	}
	return s.out.rows, s.run.check()
}
