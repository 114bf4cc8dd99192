package exec

import (
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// windowRows are the sorted rows that window functions look at, by position: all of the
// input in memory, or, where it does not fit, those of one partition, which may lie on
// disk themselves.
type windowRows struct {
	run   *run
	order *order
	width int
	rows  []sorted
	chunk chunk
	taken int

	runs   *runs   // of the input; nil: rows are all of it
	part   rowList // the partition's rows, as they lie on the runs' tapes
	blank  []types.Datum
	failed error // the first error of row and key, which give NULLs then
	reads  int
	usage  *plan.Usage
}

// add keeps a row and its keys.
func (s *windowRows) add(row, keys []types.Datum) error {
	if s.run.workFull(s.taken) {
		if err := s.spill(); err != nil {
			return err
		}
	}
	kept := sorted{keys: s.chunk.keep(keys), row: s.chunk.keep(row)}
	s.rows = append(s.rows, kept)
	bytes := s.order.keyBytes(keys) + rowBytes(row) + sortedBytes + abbreviatedBytes
	s.taken += bytes
	return s.run.memory.take(bytes)
}

// spill writes the rows in memory as a run.
func (s *windowRows) spill() error {
	if s.runs == nil {
		s.runs = s.run.runs(s.order, s.width)
		s.blank = make([]types.Datum, s.runs.width)
		s.part.run = s.run
	}
	sortRows(s.rows, s.order)
	if err := s.runs.write(s.rows); err != nil {
		return err
	}
	s.forget()
	return nil
}

func (s *windowRows) forget() {
	s.run.memory.give(s.taken)
	s.taken, s.rows, s.chunk = 0, nil, chunk{}
}

// sort ends the adding.
func (s *windowRows) sort() error {
	if s.runs == nil {
		sortRows(s.rows, s.order)
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
	for high = at; high < len(s.rows) && s.sameKeys(s.rows[at].keys, s.rows[high].keys, n); {
		high++
	}
	return at, high, nil
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
func (s *windowRows) row(i int) []types.Datum {
	if s.runs == nil {
		return s.rows[i].row
	}
	return s.values(i)[:s.width]
}

// key is a key of the row at a position.
func (s *windowRows) key(i, k int) types.Datum {
	if s.runs == nil {
		return s.rows[i].keys[k]
	}
	return s.values(i)[s.runs.keyed[k]]
}

func (s *windowRows) values(i int) []types.Datum {
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
