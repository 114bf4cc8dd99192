package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

const (
	logFile          = "raft.db"
	logLockWait      = time.Second
	deleteEntriesMax = 512 // of one transaction, so that appends are not held up
)

// logStore is Raft's log and stable store: raft-boltdb behind checksums, with a
// write deadline. After one failed write every later one fails (writer), since
// nobody knows what the disk holds. Reads are safe for concurrent use.
type logStore struct {
	path   string
	bolt   *raftboltdb.BoltStore
	tail   *tailLog
	writer *writer
}

var (
	_ raft.LogStore    = (*logStore)(nil)
	_ raft.StableStore = (*logStore)(nil)
)

// openLogStore opens or creates the log in dir. failed is called once, from
// any goroutine, when a write fails or takes longer than timeout.
func openLogStore(dir string, timeout time.Duration, failed func(error)) (*logStore, error) {
	s := &logStore{path: filepath.Join(dir, logFile)}
	if err := s.createBolt(); err != nil {
		return nil, err
	}
	if err := guard(s.path, 0, func() error { return checkPages(s.path) }); err != nil {
		return nil, openError(s.path, err)
	}
	bolt, err := openBolt(s.path)
	if err != nil {
		return nil, err
	}
	s.bolt = bolt
	if err := s.openTail(dir); err != nil {
		return nil, errors.Join(err, bolt.Close())
	}
	s.writer = startWriter(s.path, timeout, failed)
	return s, nil
}

// createBolt makes a missing file complete before it gets its name: a file that
// is there but short is damage, never a crash at creation.
func (s *logStore) createBolt() error {
	if _, err := os.Stat(s.path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fresh := s.path + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	bolt, err := openBolt(fresh)
	if err != nil {
		return err
	}
	if err := bolt.Close(); err != nil {
		return err
	}
	if err := os.Rename(fresh, s.path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(s.path))
}

func openBolt(path string) (bolt *raftboltdb.BoltStore, err error) {
	var file *os.File
	options := raftboltdb.Options{
		Path:                    path,
		MsgpackUseNewTimeFormat: true,
		BoltOptions: &bbolt.Options{
			Timeout:      logLockWait,
			FreelistType: bbolt.FreelistMapType,
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				file, err = os.OpenFile(name, flag, mode)
				return file, err
			},
		},
	}
	err = guard(path, 0, func() error {
		bolt, err = raftboltdb.New(options)
		return err
	})
	if err == nil {
		return bolt, nil
	}
	if file != nil {
		_ = file.Close() // bbolt leaves it open, and locked, when it panics
	}
	return nil, openError(path, err)
}

// openError tells damage from the file system's refusals.
func openError(path string, err error) error {
	var (
		damage *DamageError
		system *os.PathError
	)
	switch {
	case errors.As(err, &damage), errors.As(err, &system):
		return err
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%s is in use by another process", path)
	}
	return &DamageError{File: path, Cause: err.Error()}
}

// guard turns what bbolt does on damaged pages, panics and faults in its memory
// map, into errors.
func guard(path string, index uint64, f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = &DamageError{File: path, Index: index, Cause: fmt.Sprint(p)}
		}
	}()
	return f()
}

// FirstIndex returns the first index in the log, 0 if it is empty.
func (s *logStore) FirstIndex() (index uint64, err error) {
	err = guard(s.path, 0, func() error {
		index, err = s.bolt.FirstIndex()
		return err
	})
	return index, err
}

// LastIndex returns the last index in the log, 0 if it is empty.
func (s *logStore) LastIndex() (index uint64, err error) {
	err = guard(s.path, 0, func() error {
		index, err = s.bolt.LastIndex()
		return err
	})
	return index, err
}

// GetLog reads one entry and checks it. Errors: raft.ErrLogNotFound, *DamageError.
func (s *logStore) GetLog(index uint64, l *raft.Log) error {
	// Decoding leaves alone the fields it does not find: begin with none.
	var stored raft.Log
	err := guard(s.path, index, func() error { return s.bolt.GetLog(index, &stored) })
	if errors.Is(err, raft.ErrLogNotFound) {
		return err
	}
	if err == nil && stored.Index != index {
		err = fmt.Errorf("found entry %d", stored.Index)
	}
	if err == nil {
		err = openLog(&stored)
	}
	if err != nil {
		return s.damage(index, err)
	}
	*l = stored
	return nil
}

func (s *logStore) damage(index uint64, err error) error {
	var damage *DamageError
	if errors.As(err, &damage) {
		return damage
	}
	return &DamageError{File: s.path, Index: index, Cause: err.Error()}
}

// StoreLog stores one entry.
func (s *logStore) StoreLog(l *raft.Log) error { return s.StoreLogs([]*raft.Log{l}) }

// StoreLogs stores entries and returns when they are on stable storage.
func (s *logStore) StoreLogs(logs []*raft.Log) error {
	if len(logs) == 0 {
		return nil
	}
	sealed := make([]*raft.Log, len(logs))
	for i, l := range logs {
		sealed[i] = sealLog(l)
	}
	last := logs[len(logs)-1]
	return s.writer.do(
		func() error { return guard(s.path, last.Index, func() error { return s.bolt.StoreLogs(sealed) }) },
		func() error { return s.advanceTail(last) })
}

func (s *logStore) advanceTail(last *raft.Log) error {
	s.tail.tail.LastIndex, s.tail.tail.LastSum = last.Index, checksumLog(last)
	return s.tail.write()
}

// DeleteRange deletes the entries from lowest to highest, both included.
func (s *logStore) DeleteRange(lowest, highest uint64) error {
	first, err := s.FirstIndex()
	if err != nil {
		return err
	}
	if lowest > first {
		return s.deleteSuffix(lowest, highest)
	}
	for from := lowest; from <= highest; from += deleteEntriesMax {
		to := min(highest, from+deleteEntriesMax-1)
		if err := s.writer.do(s.deletion(from, to), nil); err != nil {
			return err
		}
	}
	return nil
}

// deleteSuffix takes the tail back before the entries go, all at once: a crash
// in between must leave neither a gap nor a tail ahead of the log.
func (s *logStore) deleteSuffix(lowest, highest uint64) error {
	var before raft.Log
	if err := s.GetLog(lowest-1, &before); err != nil {
		return err
	}
	remove := s.deletion(lowest, highest)
	return s.writer.do(func() error {
		s.tail.tail.LastIndex, s.tail.tail.LastSum = before.Index, checksumLog(&before)
		if err := s.tail.writeSync(); err != nil {
			return err
		}
		return remove()
	}, nil)
}

func (s *logStore) deletion(lowest, highest uint64) func() error {
	return func() error {
		return guard(s.path, lowest, func() error { return s.bolt.DeleteRange(lowest, highest) })
	}
}

// Close closes the files. A write that hangs keeps them open.
func (s *logStore) Close() error {
	if !s.writer.stop() {
		return nil
	}
	return errors.Join(s.tail.close(), guard(s.path, 0, s.bolt.Close))
}
