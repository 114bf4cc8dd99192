package raftlog

import (
	"errors"
	"fmt"

	"github.com/hashicorp/raft"
)

// Extent is what a verified log holds.
type Extent struct {
	First, Last uint64 // 0 = empty
	LastTerm    uint64
	Bytes       uint64 // of the entries' data
}

// Verify reads the whole log: every entry from the first to the last must be there
// and pass its checksum, and nothing may be missing at either end. snapshotIndex
// is what the newest snapshot covers.
func (s *Store) Verify(snapshotIndex uint64) (Extent, error) {
	var x Extent
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

func (s *Store) verifyEnds(x Extent, snapshotIndex uint64) error {
	if x.Last > 0 && x.First > snapshotIndex+1 {
		return &DamageError{File: s.path, Index: snapshotIndex + 1, Cause: fmt.Sprintf("the log begins at %d", x.First)}
	}
	if last := max(x.Last, snapshotIndex); last < s.tail.tail.LastIndex {
		return &DamageError{File: s.path, Index: last + 1, Cause: fmt.Sprintf("the log ends before its last entry, %d", s.tail.tail.LastIndex)}
	}
	return nil
}

func (s *Store) verifyEntry(index uint64, x *Extent) error {
	var l raft.Log
	if err := s.GetLog(index, &l); err != nil {
		return s.Damage(index, err)
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
func (s *Store) verifyTerm(x Extent) error {
	term, err := s.GetUint64([]byte(KeyCurrentTerm))
	if err != nil && !errors.Is(err, ErrKeyNotFound) {
		return err
	}
	if term < x.LastTerm {
		return &DamageError{File: s.path, Cause: fmt.Sprintf("current term %d is before the log's last, %d", term, x.LastTerm)}
	}
	return nil
}
