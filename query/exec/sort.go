package exec

import (
	"math"
	"sort"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// order compares rows by sort keys that are kept beside them.
type order struct {
	evals []expr.Eval
	types []types.OID
	desc  []bool
	first []bool // NULLs first
}

func (r *run) order(keys []plan.SortKey) (*order, error) {
	o := &order{}
	for _, k := range keys {
		eval, err := r.compile(k.Expr)
		if err != nil {
			return nil, err
		}
		o.evals = append(o.evals, eval)
		o.types = append(o.types, k.Expr.Type().OID)
		o.desc, o.first = append(o.desc, k.Desc), append(o.first, k.NullsFirst)
	}
	return o, nil
}

func (o *order) compare(a, b []types.Datum) int { return o.compareFrom(0, a, b) }

// compareFrom compares from a key on.
func (o *order) compareFrom(first int, a, b []types.Datum) int {
	for i := first; i < len(o.types); i++ {
		if c := o.one(i, o.types[i], a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

func (o *order) one(i int, t types.OID, a, b types.Datum) int {
	if a.IsNull() || b.IsNull() {
		switch {
		case a.IsNull() && b.IsNull():
			return 0
		case a.IsNull() == o.first[i]:
			return -1
		}
		return 1
	}
	c := types.Compare(t, a, b)
	if o.desc[i] {
		return -c
	}
	return c
}

// sorted is a row with its keys; seq keeps rows with equal keys in their order.
type sorted struct {
	keys, row []types.Datum
	seq       int
	bytes     int
}

// sortedBytes is the memory of a sorted beside its values.
const sortedBytes = 64

// sortRows sorts rows by their keys, and those with equal keys as they are.
func sortRows(rows []sorted, o *order) {
	inOrder(rows, o.sort(len(rows), func(i int) []types.Datum { return rows[i].keys }))
}

// sorter sorts its input, or keeps the first rows of it.
type sorter struct {
	run   *run
	input operator
	order *order
	top   *limitEvals // nil: all
	frame expr.Frame
	keys  []types.Datum // of the row being added

	rows  []sorted
	chunk chunk
	at    int
	ready bool
	out   [][]types.Datum
	most  int // rows wanted
	taken int
}

func (r *run) sort(n *plan.Sort) (operator, error) {
	input, err := r.build(n.Input)
	if err != nil {
		return nil, err
	}
	o, err := r.order(n.Keys)
	if err != nil {
		return nil, err
	}
	s := &sorter{run: r, input: input, order: o, keys: make([]types.Datum, len(n.Keys))}
	if n.Top != nil {
		s.top, err = r.limits(n.Top)
	}
	return s, err
}

func (s *sorter) open(outer *expr.Frame) error {
	s.release()
	s.frame, s.ready, s.at, s.most = s.run.frame(outer), false, 0, math.MaxInt
	if s.top != nil {
		skip, count, err := s.top.counts(s.run, outer)
		if err != nil {
			return err
		}
		if count >= 0 && skip+count >= 0 && skip+count < math.MaxInt32 {
			s.most = int(skip + count)
		}
	}
	return s.input.open(outer)
}

func (s *sorter) release() {
	s.run.memory.give(s.taken)
	s.taken, s.rows, s.chunk = 0, nil, chunk{}
}

func (s *sorter) close() {
	s.release()
	s.input.close()
}

func (s *sorter) next() ([][]types.Datum, error) {
	if !s.ready {
		if err := s.load(); err != nil {
			return nil, err
		}
		s.ready = true
	}
	s.out = s.out[:0]
	for ; s.at < len(s.rows) && len(s.out) < batchRows; s.at++ {
		s.out = append(s.out, s.rows[s.at].row)
	}
	return s.out, s.run.check()
}

func (s *sorter) load() error {
	seq := 0
	for {
		batch, err := s.input.next()
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		if err := s.run.check(); err != nil {
			return err
		}
		for _, row := range batch {
			seq++
			if err := s.add(row, seq); err != nil {
				return err
			}
		}
	}
	if s.most < math.MaxInt { // they are a heap, which has its own order
		sort.Slice(s.rows, func(i, j int) bool { return s.less(&s.rows[i], &s.rows[j]) })
		return nil
	}
	if err := s.take(abbreviatedBytes * len(s.rows)); err != nil {
		return err
	}
	sortRows(s.rows, s.order)
	return nil
}

func (s *sorter) less(a, b *sorted) bool {
	if c := s.order.compare(a.keys, b.keys); c != 0 {
		return c < 0
	}
	return a.seq < b.seq
}

// add keeps a row; of a top-k sort only while it is among the first.
func (s *sorter) add(row []types.Datum, seq int) error {
	s.frame.Row = row
	keys := s.keys
	if err := evaluate(s.order.evals, &s.frame, keys); err != nil {
		return err
	}
	if s.most == 0 {
		return nil
	}
	full := len(s.rows) >= s.most
	if full && s.order.compare(keys, s.rows[0].keys) >= 0 {
		return nil
	}
	kept := sorted{seq: seq, bytes: sortedBytes + rowBytes(row) + rowBytes(keys)}
	if s.most == math.MaxInt {
		kept.keys, kept.row = s.chunk.keep(keys), s.chunk.keep(row)
	} else {
		kept.keys, kept.row = cloneRow(keys), cloneRow(row)
	}
	if err := s.take(kept.bytes); err != nil {
		return err
	}
	switch {
	case s.most == math.MaxInt:
		s.rows = append(s.rows, kept)
	case full:
		s.take(-s.rows[0].bytes)
		s.rows[0] = kept
		s.sink(0)
	default:
		s.rows = append(s.rows, kept)
		s.rise(len(s.rows) - 1)
	}
	return nil
}

func (s *sorter) take(n int) error {
	s.taken += n
	return s.run.memory.take(n)
}

func cloneRow(row []types.Datum) []types.Datum {
	made := make([]types.Datum, len(row))
	for i, d := range row {
		made[i] = types.Clone(d)
	}
	return made
}

// rise and sink keep rows a heap with the last row of the order on top.
func (s *sorter) rise(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !s.less(&s.rows[parent], &s.rows[i]) {
			return
		}
		s.rows[parent], s.rows[i] = s.rows[i], s.rows[parent]
		i = parent
	}
}

func (s *sorter) sink(i int) {
	for {
		last := i
		for _, child := range []int{2*i + 1, 2*i + 2} {
			if child < len(s.rows) && s.less(&s.rows[last], &s.rows[child]) {
				last = child
			}
		}
		if last == i {
			return
		}
		s.rows[last], s.rows[i] = s.rows[i], s.rows[last]
		i = last
	}
}
