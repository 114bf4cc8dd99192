package raftlog

import (
	"errors"
	"fmt"

	"github.com/hashicorp/raft"
)

// StoreLogs stores entries and returns when they are on stable storage. Their data
// must not be changed any more.
func (s *Store) StoreLogs(logs []*raft.Log) error {
	if len(logs) == 0 {
		return nil
	}
	return s.writer.do(
		func() error { return s.append(logs) },
		func() error { return s.advanceTail(logs[len(logs)-1]) })
}

// append runs on the writer's goroutine, as does all else that makes records: each
// tells where the log ended.
func (s *Store) append(logs []*raft.Log) error {
	lowest, previous := s.extent()
	first := logs[0].Index
	if previous > 0 && first != previous+1 {
		return fmt.Errorf("raftlog: entry %d after entry %d", first, previous)
	}
	if err := s.record(place{first, previous, lowest}, logs); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range logs {
		s.young = append(s.young, *l)
	}
	s.last = logs[len(logs)-1].Index
	if s.first == 0 {
		s.first = first
	}
	return nil
}

// record writes to the journal. It turns to the other segment when the active one is
// full, unless the other's entries are still on their way into bbolt.
func (s *Store) record(p place, logs []*raft.Log) error {
	if s.journal.full() && s.idle.CompareAndSwap(true, false) {
		if err := s.journal.begin(); err != nil {
			return err
		}
		s.full <- p.previous
	}
	return s.journal.write(p, logs)
}

func (s *Store) advanceTail(last *raft.Log) error {
	s.tail.tail.LastIndex, s.tail.tail.LastSum = last.Index, checksumLog(last)
	return s.tail.write()
}

// DeleteRange deletes the entries from lowest to highest, both included: a part at
// the front or at the end of the log, or all of it.
func (s *Store) DeleteRange(lowest, highest uint64) error {
	s.moving.Lock()
	defer s.moving.Unlock()
	if first, _ := s.extent(); lowest > first {
		return s.deleteSuffix(lowest)
	}
	return s.deletePrefix(lowest, highest)
}

// deletePrefix deletes in bbolt before it makes a record, so that a crash in between
// leaves a log without a gap.
func (s *Store) deletePrefix(lowest, highest uint64) error {
	if err := s.deleteStored(lowest, min(highest, s.stored)); err != nil {
		return err
	}
	return s.writer.do(func() error { return s.forget(highest) }, nil)
}

// forget notes that nothing up to an index is in the log any more.
func (s *Store) forget(highest uint64) error {
	_, last := s.extent()
	if err := s.record(place{first: last + 1, previous: last, lowest: highest + 1}, nil); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropYoung(highest)
	if s.first = highest + 1; s.first > s.last {
		s.first, s.last = 0, 0
	}
	if s.stored <= highest {
		s.stored = 0
	}
	return nil
}

// deleteSuffix takes the tail back before the entries go: a crash in between must
// not leave a tail ahead of the log.
func (s *Store) deleteSuffix(lowest uint64) error {
	var before raft.Log
	if err := s.GetLog(lowest-1, &before); err != nil {
		return err
	}
	first, last := s.extent()
	err := s.writer.do(func() error {
		s.tail.tail.LastIndex, s.tail.tail.LastSum = before.Index, checksumLog(&before)
		if err := s.tail.writeSync(); err != nil {
			return err
		}
		return s.record(place{first: lowest, previous: last, lowest: first}, nil)
	}, nil)
	if err != nil {
		return err
	}
	if err := s.deleteStored(lowest, s.stored); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if keep := len(s.young) - int(min(last-lowest+1, uint64(len(s.young)))); keep < len(s.young) {
		clear(s.young[keep:])
		s.young = s.young[:keep]
	}
	s.last, s.stored = before.Index, min(s.stored, before.Index)
	return nil
}

// deleteStored deletes entries from bbolt.
func (s *Store) deleteStored(lowest, highest uint64) error {
	for from := lowest; from <= highest; from += deleteEntriesMax {
		to := min(highest, from+deleteEntriesMax-1)
		err := s.mover.do(func() error {
			return guard(s.path, from, func() error { return s.bolt.DeleteRange(from, to) })
		}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) extent() (first, last uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.first, s.last
}

// StoreLog stores one entry.
func (s *Store) StoreLog(l *raft.Log) error { return s.StoreLogs([]*raft.Log{l}) }

// Close closes the files. A write that hangs keeps them open.
func (s *Store) Close() error {
	stopped := s.writer.stop()
	close(s.full)
	<-s.moved
	if !s.mover.stop() || !stopped {
		return nil
	}
	return s.closeFiles()
}

func (s *Store) closeFiles() (err error) {
	if s.tail != nil {
		err = s.tail.close()
	}
	if s.journal != nil {
		err = errors.Join(err, s.journal.close())
	}
	return errors.Join(err, guard(s.path, 0, s.bolt.Close))
}
