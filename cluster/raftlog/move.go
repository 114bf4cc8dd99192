package raftlog

import (
	"fmt"
	"slices"

	"github.com/hashicorp/raft"
)

// load puts the log together from what bbolt and the journal hold.
func (s *Store) load(records []record) error {
	err := guard(s.path, 0, func() (err error) {
		if s.first, err = s.bolt.FirstIndex(); err != nil {
			return err
		}
		s.stored, err = s.bolt.LastIndex()
		return err
	})
	if err != nil {
		return err
	}
	s.last = s.stored
	t := replay(records)
	if t.from == 0 || len(t.entries) == 0 && s.stored == 0 {
		return nil
	}
	return s.join(&t)
}

// join puts what the journal tells behind what bbolt holds. bbolt may hold less,
// when a segment was not moved on; it holds more only when a crash came between the
// last record, a deletion at the end, and its doing.
func (s *Store) join(t *told) error {
	keep := s.stored // of bbolt's
	if t.cut > 0 {
		keep = min(keep, t.cut-1)
	}
	switch {
	case s.stored > 0 && t.from > keep+1:
		return &DamageError{File: s.journal.segments[0].path, Index: keep + 1, Cause: fmt.Sprintf("the journal begins at %d", t.from)}
	case t.last() < s.stored && t.cut == 0:
		return &DamageError{File: s.journal.segments[0].path, Index: t.last() + 1, Cause: fmt.Sprintf("the journal ends before %d, which %s has", s.stored, logFile)}
	}
	s.last = t.last()
	if from := max(keep+1, t.from); from <= s.last {
		s.young = t.entries[from-t.from:]
	}
	if s.stored == 0 {
		s.first = t.from
	}
	return nil
}

// Settle moves on what the journal held when the log was opened, and makes it ready
// for writes. The log was verified. One that ends before the snapshot is deleted:
// what comes next will not follow it.
func (s *Store) Settle(snapshotIndex uint64) error {
	s.moving.Lock()
	defer s.moving.Unlock()
	if s.last < snapshotIndex {
		s.first, s.last, s.young = 0, 0, nil
	}
	if err := s.deleteStored(s.last+1, s.stored); err != nil {
		return err
	}
	s.stored = min(s.stored, s.last)
	if err := s.store(s.last); err != nil {
		return err
	}
	s.idle.Store(true)
	return s.journal.begin()
}

// move moves full segments into bbolt.
func (s *Store) move() {
	defer close(s.moved)
	for last := range s.full {
		s.moving.Lock()
		err := s.store(last)
		s.moving.Unlock()
		if err != nil {
			continue // told by the writer, which takes no more
		}
		s.idle.Store(true)
	}
}

// store moves the young entries up to an index into bbolt, in one transaction. What
// was deleted meanwhile has never to go there.
func (s *Store) store(last uint64) error {
	sealed := s.sealYoung(last)
	if len(sealed) == 0 {
		return nil
	}
	err := s.mover.do(func() error {
		return guard(s.path, last, func() error { return s.bolt.StoreLogs(sealed) })
	}, nil)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored = sealed[len(sealed)-1].Index
	s.dropYoung(s.stored)
	return nil
}

func (s *Store) sealYoung(last uint64) (sealed []*raft.Log) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range s.young {
		if s.young[i].Index <= last {
			sealed = append(sealed, sealLog(&s.young[i]))
		}
	}
	return sealed
}

// dropYoung forgets the young entries up to an index. mu is held.
func (s *Store) dropYoung(last uint64) {
	n := 0
	for n < len(s.young) && s.young[n].Index <= last {
		n++
	}
	s.young = slices.Delete(s.young, 0, n)
}

// youngLog reads an entry that is not in bbolt yet. Its checksum was checked when
// it was read from the journal.
func (s *Store) youngLog(index uint64, l *raft.Log) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.young) == 0 || index < s.young[0].Index || index > s.last {
		return false
	}
	*l = s.young[index-s.young[0].Index]
	return true
}
