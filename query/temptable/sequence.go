package temptable

import (
	"slices"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Sequence gives numbers one after the other. What it has given is not taken back
// by a rollback.
type Sequence struct {
	Name      string
	OID       uint32 // given by CreateSequence
	Type      types.OID
	Start     int64
	Increment int64
	Min, Max  int64
	Cycle     bool
	Owner     uint32 // the OID of the table that it goes with; 0 = none
	Column    string // of the owner
	Comment   string // "" = none

	last    int64
	called  bool // last has been given
	current *int64
	logged  int64 // how many numbers PostgreSQL would have logged ahead
}

// SequencesOf are the sequences that a table's columns own.
func (t *Tables) SequencesOf(o *Table) []*Sequence {
	return slices.DeleteFunc(t.Sequences(), func(q *Sequence) bool { return q.Owner != o.OID })
}

// loggedMax is how many numbers PostgreSQL logs ahead (SEQ_LOG_VALS).
const loggedMax = 32

// Logged is what log_cnt of the sequence tells.
func (s *Sequence) Logged() int64 { return s.logged }

// Last is the number given last, or the one to begin with; called tells which.
func (s *Sequence) Last() (last int64, called bool) { return s.last, s.called }

// Unlog forgets what was logged ahead.
func (s *Sequence) Unlog() { s.logged = 0 }

// Begin makes n the next number.
func (s *Sequence) Begin(n int64) { s.last, s.called, s.logged = n, false, 0 }

// begin makes the start the next number.
func (s *Sequence) begin() { s.Begin(s.Start) }

// Next gives the next number. 2200H at the end, unless it cycles.
func (s *Sequence) Next() (int64, error) {
	if !s.called {
		s.called = true
		return s.given(s.last), nil
	}
	n := s.last + s.Increment
	switch up := s.Increment > 0; {
	case up && (n > s.Max || n < s.last):
		if !s.Cycle {
			return 0, sqlstate.New(sqlstate.SequenceGeneratorLimitExceeded, "nextval: reached maximum value of sequence %q (%d)", s.Name, s.Max)
		}
		n = s.Min
	case !up && (n < s.Min || n > s.last):
		if !s.Cycle {
			return 0, sqlstate.New(sqlstate.SequenceGeneratorLimitExceeded, "nextval: reached minimum value of sequence %q (%d)", s.Name, s.Min)
		}
		n = s.Max
	}
	return s.given(n), nil
}

// given gives a number. Of a temporary sequence PostgreSQL logs others ahead each time.
func (s *Sequence) given(n int64) int64 {
	s.logged = int64(min(loggedMax, s.beyond(n)))
	return s.give(n)
}

// beyond is how many numbers there are behind n.
func (s *Sequence) beyond(n int64) uint64 {
	if s.Increment > 0 {
		return (uint64(s.Max) - uint64(n)) / uint64(s.Increment)
	}
	return (uint64(n) - uint64(s.Min)) / -uint64(s.Increment)
}

func (s *Sequence) give(n int64) int64 {
	s.last, s.current = n, &n
	return n
}

// Current is the number that Next or Set gave last; false: neither has.
func (s *Sequence) Current() (int64, bool) {
	if s.current == nil {
		return 0, false
	}
	return *s.current, true
}

// Forget forgets what Next or Set gave; the next number stays.
func (s *Sequence) Forget() { s.current = nil }

// Set makes n the last number, or the next one. 22003 outside the bounds.
func (s *Sequence) Set(n int64, called bool) error {
	if n < s.Min || n > s.Max {
		return sqlstate.New(sqlstate.NumericValueOutOfRange, "setval: value %d is out of bounds for sequence %q (%d..%d)", n, s.Name, s.Min, s.Max)
	}
	if called {
		s.give(n)
	}
	s.last, s.called, s.logged = n, called, 0
	return nil
}

func (s *Sequence) name() string { return s.Name }

// Sequences returns the sequences by name.
func (t *Tables) Sequences() []*Sequence { return kind[*Sequence](t) }

// CreateSequence makes a sequence and gives it an OID. 42P07 if its name is taken.
func (t *Tables) CreateSequence(s Sequence) (*Sequence, error) {
	oid, err := t.claim(s.Name)
	if err != nil {
		return nil, err
	}
	s.OID = oid
	s.begin()
	t.put(&s)
	return &s, nil
}

// Restart makes a sequence begin anew, unless the transaction is rolled back.
func (t *Tables) Restart(s *Sequence) {
	last, called := s.last, s.called
	t.undo = append(t.undo, undo{func() { s.last, s.called = last, called }, false})
	s.begin()
}

// AlterSequence makes a sequence another one, which began as a copy of it. 42P07 if
// another name is taken.
func (t *Tables) AlterSequence(s *Sequence, to Sequence) error {
	if to.Name != s.Name && !t.Free(to.Name) {
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", to.Name)
	}
	was := *s
	t.resequence(s, to)
	t.undo = append(t.undo, undo{func() { t.resequence(s, was) }, true})
	return nil
}

// resequence leaves a session's current number as it is.
func (t *Tables) resequence(s *Sequence, to Sequence) {
	delete(t.byName, s.Name)
	to.current = s.current
	*s = to
	t.byName[s.Name] = s
	t.shapes++
}
