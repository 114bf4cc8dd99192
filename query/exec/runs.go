package exec

import (
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/query/types"
)

// runs are sorted stretches of rows on disk, which become one by merging. Of rows that
// sort alike, those that came first stay first.
type runs struct {
	run   *run
	order *order
	layout
	file  *spill.File
	tapes []*spill.Tape
	heap  []*runReader // of the last merge, the first row on top
	disk  int64        // the most that there was
	taken int
}

// layout is how rows lie with their keys. row is the width of the rows, width that of both: keys lie
// behind the row, but for those that are columns of it; keyed is where each one lies.
type layout struct {
	row, width int
	keyed      []int
}

func (o *order) layout(row int) layout {
	l := layout{row: row, width: row}
	for _, at := range o.columns {
		if at < 0 {
			at = l.width
			l.width++
		}
		l.keyed = append(l.keyed, at)
	}
	return l
}

// widen puts a row and its keys into values.
func (l *layout) widen(values, row, keys []types.Datum) {
	copy(values, row)
	for k, at := range l.keyed {
		values[at] = keys[k]
	}
}

// Bounds of how many runs are merged at once.
const (
	fanInMin = 6
	fanInMax = 512
)

func (r *run) runs(o *order, row int) *runs {
	return &runs{run: r, order: o, layout: o.layout(row)}
}

// write makes a run of rows that are in order.
func (s *runs) write(rows []sorted) error {
	values := make([]types.Datum, s.width)
	return s.writeWide(len(rows), func(i int) []types.Datum {
		s.widen(values, rows[i].row, rows[i].keys)
		return values
	})
}

// writeAll sorts rows and makes a run of them.
func (s *runs) writeAll(rows *wideRows) error {
	rows.sort()
	return s.writeWide(len(rows.places), rows.placed)
}

// writeWide makes a run of n rows that are in order and have their keys.
func (s *runs) writeWide(n int, row func(i int) []types.Datum) error {
	if err := s.run.check(); err != nil {
		return err
	}
	if s.file == nil {
		var err error
		if s.file, err = s.run.files().Create(); err != nil {
			return err
		}
	}
	t := s.file.Tape(s.width)
	for i := range n {
		if i%checkEvery == 0 {
			if err := s.run.check(); err != nil {
				return err
			}
		}
		if err := t.Append(row(i)); err != nil {
			return err
		}
	}
	return s.add(t)
}

func (s *runs) add(t *spill.Tape) error {
	s.tapes = append(s.tapes, t)
	return t.Finish()
}

// merge makes the runs fewer until the rest can be merged while they are read.
func (s *runs) merge() error {
	buffers := min(s.run.memory.work, s.run.memory.bytesMax/4) / (2 * spill.BlockBytes)
	fanIn := int(min(max(buffers, fanInMin), fanInMax))
	s.taken = min(fanIn, len(s.tapes)) * spill.BlockBytes
	if err := s.run.memory.take(s.taken); err != nil {
		return err
	}
	s.disk = s.file.Bytes()
	for len(s.tapes) >= 2*fanIn {
		if err := s.pass(fanIn); err != nil {
			return err
		}
	}
	if more := len(s.tapes) - fanIn; more > 0 {
		if err := s.shorten(more + 1); err != nil {
			return err
		}
	}
	return s.begin(s.tapes)
}

// shorten merges the first n runs into one, in the same file.
func (s *runs) shorten(n int) error {
	rest := s.tapes[n:]
	if err := s.begin(s.tapes[:n]); err != nil {
		return err
	}
	s.tapes = nil
	if err := s.unite(); err != nil {
		return err
	}
	s.tapes = append(s.tapes, rest...)
	s.disk = max(s.disk, s.file.Bytes())
	return nil
}

// pass merges neighbours, as many as go at once, into a file of its own.
func (s *runs) pass(fanIn int) error {
	old, tapes := s.file, s.tapes
	defer old.Close()
	var err error
	if s.file, err = s.run.files().Create(); err != nil {
		return err
	}
	s.tapes = nil
	for len(tapes) > 0 {
		n := min(fanIn, len(tapes))
		if err := s.begin(tapes[:n]); err != nil {
			return err
		}
		if err := s.unite(); err != nil {
			return err
		}
		tapes = tapes[n:]
	}
	s.disk = max(s.disk, old.Bytes()+s.file.Bytes())
	return nil
}

// unite writes what a merge gives as one run.
func (s *runs) unite() error {
	t := s.file.Tape(s.width)
	for n := 0; len(s.heap) > 0; n++ {
		if n%checkEvery == 0 {
			if err := s.run.check(); err != nil {
				return err
			}
		}
		if err := t.Append(s.heap[0].values); err != nil {
			return err
		}
		if err := s.advance(); err != nil {
			return err
		}
	}
	return s.add(t)
}

// runReader is the first unread row of a run.
type runReader struct {
	reader       *spill.Reader
	values, keys []types.Datum
	number       int
}

func (r *runReader) read(s *runs) (bool, error) {
	ok, err := r.reader.Next(r.values)
	for k, at := range s.keyed {
		r.keys[k] = r.values[at]
	}
	return ok, err
}

func (s *runs) begin(tapes []*spill.Tape) error {
	s.heap = s.heap[:0]
	for i, t := range tapes {
		r := &runReader{reader: t.Reader(), values: make([]types.Datum, s.width), keys: make([]types.Datum, len(s.keyed)), number: i}
		ok, err := r.read(s)
		if err != nil {
			return err
		}
		if ok {
			s.heap = append(s.heap, r)
		}
	}
	for i := len(s.heap)/2 - 1; i >= 0; i-- {
		s.sink(i)
	}
	return nil
}

// first is the first row that has not been read, with its keys; false: there is none.
// Both stay until the next advance.
func (s *runs) first() (row, keys []types.Datum, ok bool) {
	if len(s.heap) == 0 {
		return nil, nil, false
	}
	top := s.heap[0]
	return top.values[:s.row], top.keys, true
}

// firstValues is the first row as it lies on the tape.
func (s *runs) firstValues() []types.Datum { return s.heap[0].values }

// advance goes on to the next row.
func (s *runs) advance() error {
	ok, err := s.heap[0].read(s)
	if err != nil {
		return err
	}
	if !ok {
		last := len(s.heap) - 1
		s.heap[0] = s.heap[last]
		s.heap[last] = nil
		s.heap = s.heap[:last]
	}
	s.sink(0)
	return nil
}

func (s *runs) sink(i int) {
	for {
		child := 2*i + 1
		if child >= len(s.heap) {
			return
		}
		if child+1 < len(s.heap) && s.before(child+1, child) {
			child++
		}
		if s.before(i, child) {
			return
		}
		s.heap[i], s.heap[child] = s.heap[child], s.heap[i]
		i = child
	}
}

func (s *runs) before(i, j int) bool {
	a, b := s.heap[i], s.heap[j]
	if c := s.order.compare(a.keys, b.keys); c != 0 {
		return c < 0
	}
	return a.number < b.number
}

// close gives everything back; nil has nothing.
func (s *runs) close() {
	if s == nil {
		return
	}
	s.file.Close()
	s.run.memory.give(s.taken)
	s.heap, s.tapes, s.taken = nil, nil, 0
}
