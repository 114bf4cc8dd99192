package exec

import (
	"math"
	"slices"

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
	// columns are the columns of the row that the keys plainly are, -1 for others.
	columns []int
	stop    func() bool // says that nobody wants the order any more, and lets others have the processor
	over    func() bool // says so alone, to whoever sorts beside
}

func (r *run) order(keys []plan.SortKey) (*order, error) {
	o := &order{stop: func() bool { return r.check() != nil }, over: func() bool { return r.ctx.Err() != nil }}
	for _, k := range keys {
		eval, err := r.compile(k.Expr)
		if err != nil {
			return nil, err
		}
		o.evals = append(o.evals, eval)
		o.types = append(o.types, k.Expr.Type().OID)
		o.desc, o.first = append(o.desc, k.Desc), append(o.first, k.NullsFirst)
		o.columns = append(o.columns, columnOf(k.Expr))
	}
	return o, nil
}

// columnOf is the column that an expression plainly is; -1: it is none.
func columnOf(e expr.Expr) int {
	if c, ok := e.(*expr.Column); ok && c.Level == 0 {
		return c.Index
	}
	return -1
}

// total is the same order, but rows that compare alike stay as they come: there is one number
// more beside their keys.
func (o *order) total() *order {
	made := *o
	made.types, made.columns = append(slices.Clip(o.types), types.Int8OID), append(slices.Clip(o.columns), -1)
	made.desc, made.first = append(slices.Clip(o.desc), false), append(slices.Clip(o.first), false)
	return &made
}

func (o *order) compare(a, b []types.Datum) int {
	for i, t := range o.types {
		if c := o.one(i, t, a[i], b[i]); c != 0 {
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

// sorted is a row with its keys.
type sorted struct {
	keys, row []types.Datum
	bytes     int
}

// sortedBytes is the memory of a sorted beside its values.
const sortedBytes = 64

// sortRows sorts rows by their keys.
func sortRows(rows []sorted, o *order) {
	places, _ := o.sort(len(rows), func(i, k int) types.Datum { return rows[i].keys[k] })
	inOrder(rows, places, o.stop)
}

// sorter sorts its input, or keeps the first rows of it.
type sorter struct {
	run   *run
	node  *plan.Sort
	input operator
	order *order
	plain *order
	top   *limitEvals // nil: all
	below *gather     // which gives the first rows of each node alone; nil: all come
	seen  int64       // rows
	frame expr.Frame
	keys  []types.Datum // of the row being added

	all   wideRows // where all rows are wanted
	rows  []sorted // where the first are
	at    int
	ready bool
	out   [][]types.Datum
	most  int  // rows wanted; math.MaxInt: all
	heap  bool // rows are the first most of those seen, the last of them on top
	taken int

	runs   *runs // of rows that did not fit into memory; nil: all did
	merged output
	usage  *plan.Usage
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
	s := &sorter{
		run: r, node: n, input: input, plain: o, below: r.gathers[n.Shared], keys: make([]types.Datum, len(n.Keys)+1),
		merged: output{width: n.Width()}, usage: r.usage(n),
	}
	if n.Top != nil {
		s.top, err = r.limits(n.Top)
	}
	return s, err
}

func (s *sorter) open(outer *expr.Frame) error {
	s.release()
	s.frame, s.ready, s.at, s.most, s.heap = s.run.frame(outer), false, 0, math.MaxInt, false
	s.order, s.seen, s.all = s.plain, 0, newWideRows(s.plain, s.merged.width)
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
	s.forget()
	s.runs.close()
	s.runs = nil
}

// forget drops the rows in memory.
func (s *sorter) forget() {
	s.run.memory.give(s.taken)
	s.taken, s.rows = 0, nil
	s.all.clear()
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
	if s.runs != nil {
		return s.nextMerged()
	}
	s.out = s.out[:0]
	s.all.approach(s.at, batchRows)
	for ; s.at < len(s.all.places) && len(s.out) < batchRows; s.at++ {
		s.out = append(s.out, s.all.placed(s.at)[:s.merged.width])
	}
	for ; s.at < len(s.rows) && len(s.out) < batchRows; s.at++ {
		s.out = append(s.out, s.rows[s.at].row)
	}
	return s.out, s.run.check()
}

func (s *sorter) load() error {
	if s.most != math.MaxInt {
		return s.loadAlone()
	}
	done, err := s.loadParallel()
	if err != nil || done {
		return err
	}
	return s.loadAlone()
}

func (s *sorter) loadAlone() error {
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
		if s.seen == 0 && s.below != nil && s.below.shared {
			s.order = s.plain.total()
			s.all = newWideRows(s.order, s.merged.width)
		}
		for _, row := range batch {
			if err := s.add(row); err != nil {
				return err
			}
		}
	}
	switch {
	case s.runs != nil:
		return s.merge()
	case s.heap:
		s.usage.Sorted("top-N heapsort", int64(s.taken), 0)
		s.unheap()
		return nil
	}
	if err := s.take(abbreviatedBytes * len(s.rows)); err != nil {
		return err
	}
	s.usage.Sorted("quicksort", int64(s.taken), 0)
	sortRows(s.rows, s.order)
	s.all.sort()
	return s.run.check()
}

// spill writes the rows in memory as a run. How many are wanted does not matter from
// then on: so many do not fit.
func (s *sorter) spill() error {
	if s.runs == nil {
		s.runs = s.run.runs(s.order, s.merged.width)
	}
	write := s.writeFirst
	if s.most == math.MaxInt {
		write = func() error { return s.runs.writeAll(&s.all) }
	}
	if err := write(); err != nil {
		return err
	}
	s.heap, s.most = false, math.MaxInt
	s.forget()
	return nil
}

// writeFirst writes those that are the first so far.
func (s *sorter) writeFirst() error {
	if s.heap {
		s.unheap()
	} else {
		sortRows(s.rows, s.order)
	}
	return s.runs.write(s.rows)
}

func (s *sorter) merge() error {
	if err := s.spill(); err != nil {
		return err
	}
	if err := s.runs.merge(); err != nil {
		return err
	}
	s.usage.Sorted("external merge", 0, s.runs.disk)
	return nil
}

func (s *sorter) nextMerged() ([][]types.Datum, error) {
	s.merged.reset()
	for !s.merged.full() {
		row, _, ok := s.runs.first()
		if !ok {
			break
		}
		copy(s.merged.add(), row)
		if err := s.runs.advance(); err != nil {
			return nil, err
		}
	}
	return s.merged.rows, s.run.check()
}

// add keeps a row; of a top-k sort, once there are many, only while it is among the
// first.
func (s *sorter) add(row []types.Datum) error {
	s.frame.Row = row
	s.seen++
	s.keys[len(s.order.evals)] = types.Int(s.seen)
	keys := s.keys[:len(s.order.types)]
	if err := evaluate(s.order.evals, &s.frame, keys); err != nil {
		return err
	}
	if s.most == 0 || s.heap && s.order.compare(keys, s.rows[0].keys) >= 0 {
		return nil
	}
	if s.run.workFull(s.taken + abbreviatedBytes*len(s.rows)) {
		if err := s.spill(); err != nil {
			return err
		}
	}
	if s.most == math.MaxInt {
		return s.take(s.all.add(row, keys))
	}
	kept := sorted{keys: cloneRow(keys), row: cloneRow(row), bytes: sortedBytes + rowBytes(row) + rowBytes(keys)}
	if err := s.take(kept.bytes); err != nil {
		return err
	}
	if s.heap {
		s.replaceTop(kept)
		return nil
	}
	s.rows = append(s.rows, kept)
	if s.most < math.MaxInt32 && len(s.rows) > 2*s.most {
		s.makeHeap()
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
