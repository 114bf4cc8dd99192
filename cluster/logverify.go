package cluster

import (
	"errors"
	"fmt"

	"github.com/hashicorp/raft"
)

// logExtent is what a verified log holds.
type logExtent struct {
	First, Last uint64 // 0 = empty
	LastTerm    uint64
	Bytes       uint64 // of the entries' data
}

// verify reads the whole log: every entry from the first to the last must be there
// and pass its checksum, and nothing may be missing at either end. snapshotIndex
// is what the newest snapshot covers.
func (s *logStore) verify(snapshotIndex uint64) (logExtent, error) {
	var x logExtent
	var err error
	if x.First, err = s.FirstIndex(); err != nil {
		return x, err
	}
	if x.Last, err = s.LastIndex(); err != nil {
		return x, err
	}
	if err := s.verifyEnds(x, snapshotIndex); err != nil {
		return x, err
	}
	for index := x.First; index <= x.Last && index > 0; index++ {
		if err := s.verifyEntry(index, &x); err != nil {
			return x, err
		}
	}
	return x, s.verifyTerm(x)
}

func (s *logStore) verifyEnds(x logExtent, snapshotIndex uint64) error {
	if x.Last > 0 && x.First > snapshotIndex+1 {
		return &DamageError{File: s.path, Index: snapshotIndex + 1, Cause: fmt.Sprintf("the log begins at %d", x.First)}
	}
	if last := max(x.Last, snapshotIndex); last < s.tail.tail.LastIndex {
		return &DamageError{File: s.path, Index: last + 1, Cause: fmt.Sprintf("the log ends before its last entry, %d", s.tail.tail.LastIndex)}
	}
	return nil
}

func (s *logStore) verifyEntry(index uint64, x *logExtent) error {
	var l raft.Log
	if err := s.GetLog(index, &l); err != nil {
		return s.damage(index, err)
	}
	if l.Term < x.LastTerm {
		return &DamageError{File: s.path, Index: index, Cause: fmt.Sprintf("term %d after term %d", l.Term, x.LastTerm)}
	}
	if index == s.tail.tail.LastIndex && checksumLog(&l) != s.tail.tail.LastSum {
		return &DamageError{File: s.path, Index: index, Cause: "not the entry that was written last"}
	}
	x.LastTerm = l.Term
	x.Bytes += uint64(len(l.Data))
	return nil
}

// verifyTerm: a node that forgot a term could vote twice in it.
func (s *logStore) verifyTerm(x logExtent) error {
	term, err := s.GetUint64([]byte(keyCurrentTerm))
	if err != nil && !errors.Is(err, raftboltNotFound) {
		return err
	}
	if term < x.LastTerm {
		return &DamageError{File: s.path, Cause: fmt.Sprintf("current term %d is before the log's last, %d", term, x.LastTerm)}
	}
	return nil
}
