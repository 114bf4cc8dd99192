package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

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

	full  bool           // rows that there is no room for go to disk
	rest  [2]*partitions // of the left and of the right input; nil: there are none
	parts parts
	part  part // that is being worked on
	usage *plan.Usage
}

// setCount is how often a row is in the left input and in the right one.
type setCount [2]int64

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
	return &setOp{run: r, node: n, left: left, right: right, out: output{width: n.Width()}, usage: r.usage(n)}, err
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
	s.forget()
	s.rest[0].close()
	s.rest[1].close()
	s.part.close()
	s.parts.close()
	s.rest = [2]*partitions{}
}

// forget drops the rows in memory.
func (s *setOp) forget() {
	s.run.memory.give(s.taken)
	s.taken, s.rows, s.counts, s.full, s.at = 0, nil, nil, false, 0
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
	for {
		if rows, err := s.emit(); err != nil || len(rows) > 0 {
			return rows, err
		}
		if more, err := s.loadPart(); err != nil || !more {
			return nil, err
		}
	}
}

func (s *setOp) load() error {
	s.rows = newTable(s.node.Types)
	if err := s.count(s.left.next, 0); err != nil {
		return err
	}
	if err := s.right.open(s.outer); err != nil {
		return err
	}
	if err := s.count(s.right.next, 1); err != nil {
		return err
	}
	return s.finishParts()
}

// loadPart counts the rows of the next part on disk, if there is one.
func (s *setOp) loadPart() (bool, error) {
	s.part.read()
	next, ok := s.parts.pop()
	if !ok {
		return false, nil
	}
	s.forget()
	s.part, s.rows = next, newTable(s.node.Types)
	for side, t := range next.tapes {
		if err := s.count(newTapeRows(t, s.node.Width()).next, side); err != nil {
			return false, err
		}
	}
	return true, s.finishParts()
}

// finishParts puts what did not fit to what is still to be done.
func (s *setOp) finishParts() error {
	if s.rest[0] != nil {
		if err := s.parts.push(0, s.rest[0], s.rest[1]); err != nil {
			return err
		}
		s.rest = [2]*partitions{}
	}
	s.usage.Hashed(1+s.parts.count, int64(s.taken), s.parts.disk)
	return nil
}

// count counts the rows of the left input (side 0) or of the right one.
func (s *setOp) count(next func() ([][]types.Datum, error), side int) error {
	for {
		batch, err := next()
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, row := range batch {
			n, err := s.number(row, side)
			if err != nil {
				return err
			}
			if n >= 0 {
				s.counts[n][side]++
			}
		}
		more := s.rows.bytes + 16*len(s.counts) - s.taken
		s.taken += more
		s.full = s.full || s.run.hashFull(s.taken)
		if err := s.run.memory.take(more); err != nil {
			return err
		}
		if err := s.run.check(); err != nil {
			return err
		}
	}
}

// number is where a row is counted; less than 0: it has gone to disk.
func (s *setOp) number(row []types.Datum, side int) (int, error) {
	if !s.full {
		n, added := s.rows.put(row)
		if added {
			s.counts = append(s.counts, setCount{})
		}
		return n, nil
	}
	h := s.rows.hash(row)
	if n, _ := s.rows.probe(row, h); n >= 0 {
		return n, nil
	}
	if s.rest[0] == nil {
		for i := range s.rest {
			var err error
			if s.rest[i], err = s.run.partitions(len(row), s.part.level(), len(s.rest)); err != nil {
				return 0, err
			}
		}
	}
	return -1, s.rest[side].add(h, row)
}

// times is how often a row of these counts is in the result.
func (s *setOp) times(c *setCount) int64 {
	switch s.node.Kind {
	case plan.Intersect:
		return s.capped(min(c[0], c[1]))
	case plan.Except:
		if !s.node.All && c[1] > 0 {
			return 0
		}
		return s.capped(max(c[0]-c[1], 0))
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
		c[0]--
		if s.node.Kind == plan.Intersect {
			c[1]--
		}
	}
	return s.out.rows, s.run.check()
}
