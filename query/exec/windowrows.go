package exec

import (
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// windowRows are the sorted rows that window functions look at, by position: all of the
// input in memory, or, where it does not fit, those of one partition, which may lie on
// disk themselves.
type windowRows struct {
	wideRows
	run   *run
	taken int

	runs   *runs   // of the input; nil: all is in memory
	part   rowList // the partition's rows, as they lie on the runs' tapes
	blank  []types.Datum
	failed error // the first error of row and key, which give NULLs then
	reads  int
	usage  *plan.Usage
}

func (r *run) windowRows(o *order, n *plan.Window) windowRows {
	return windowRows{wideRows: newWideRows(o, n.Input.Width()), run: r, usage: r.usage(n)}
}

// add keeps a row and its keys.
func (s *windowRows) add(row, keys []types.Datum) error {
	if s.run.workFull(s.taken) {
		if err := s.spill(); err != nil {
			return err
		}
	}
	bytes := s.wideRows.add(row, keys)
	s.taken += bytes
	return s.run.memory.take(bytes)
}

// spill writes the rows in memory as a run.
func (s *windowRows) spill() error {
	if s.runs == nil {
		s.runs = s.run.runs(s.order, s.layout.row)
		s.blank = make([]types.Datum, s.width)
		s.part.run = s.run
	}
	if err := s.runs.writeAll(&s.wideRows); err != nil {
		return err
	}
	s.forget()
	return nil
}

func (s *windowRows) forget() {
	s.run.memory.give(s.taken)
	s.taken = 0
	s.clear()
}

// take takes over the rows of ranges; false: there is no room for them.
func (s *windowRows) take(made []*rangeRows) bool {
	s.taken = s.joined(made)
	if err := s.run.memory.take(s.taken); err != nil || s.run.workFull(s.taken) {
		s.forget()
		return false
	}
	return true
}

// sort ends the adding.
func (s *windowRows) sort() error {
	if s.runs == nil {
		s.wideRows.sort()
		return s.run.check()
	}
	if err := s.spill(); err != nil {
		return err
	}
	if err := s.runs.merge(); err != nil {
		return err
	}
	s.usage.Stored(s.runs.disk)
	return nil
}

// partition goes on to the rows that have the same first n keys as the next one, and
// returns where they begin and end; at is where those before ended. There are none at
// the end.
func (s *windowRows) partition(at, n int) (low, high int, err error) {
	if s.runs != nil {
		return s.readPartition(n)
	}
	for high = at; high < len(s.places) && s.equal(at, high, n); {
		high++
	}
	return at, high, nil
}

// equal reports whether two rows have the same first n keys.
func (s *windowRows) equal(i, j, n int) bool {
	from := 0
	if s.runs == nil {
		for a, b := &s.places[i], &s.places[j]; from < min(n, s.told); from++ {
			if a.keys[from] != b.keys[from] {
				return false
			}
		}
	}
	for k := from; k < n; k++ {
		if s.order.one(k, s.order.types[k], s.key(i, k), s.key(j, k)) != 0 {
			return false
		}
	}
	return true
}

func (s *windowRows) sameKeys(a, b []types.Datum, n int) bool {
	for k := range n {
		if s.order.one(k, s.order.types[k], a[k], b[k]) != 0 {
			return false
		}
	}
	return true
}

func (s *windowRows) readPartition(n int) (low, high int, err error) {
	s.part.release()
	_, keys, ok := s.runs.first()
	of := append([]types.Datum(nil), keys...)
	for ok && s.sameKeys(of, keys, n) {
		if err := s.part.add(s.runs.firstValues()); err != nil {
			return 0, 0, err
		}
		if err := s.runs.advance(); err != nil {
			return 0, 0, err
		}
		if high++; high%checkEvery == 0 {
			if err := s.run.check(); err != nil {
				return 0, 0, err
			}
		}
		_, keys, ok = s.runs.first()
	}
	s.usage.Stored(s.runs.disk + s.part.DiskBytes())
	return 0, high, nil
}

// row is the input's row at a position.
func (s *windowRows) row(i int) []types.Datum { return s.wide(i)[:s.layout.row] }

// key is a key of the row at a position.
func (s *windowRows) key(i, k int) types.Datum { return s.wide(i)[s.keyed[k]] }

// wide is the row at a position and its keys.
func (s *windowRows) wide(i int) []types.Datum {
	if s.runs == nil {
		return s.placed(i)
	}
	if s.reads++; s.reads%checkEvery == 0 && s.failed == nil {
		s.failed = s.run.check()
	}
	if s.failed != nil {
		return s.blank
	}
	values, err := s.part.Row(i)
	if err != nil {
		s.failed = err
		return s.blank
	}
	return values
}

func (s *windowRows) release() {
	s.forget()
	if s.runs != nil {
		s.part.release()
		s.runs.close()
	}
	s.runs, s.failed = nil, nil
}
