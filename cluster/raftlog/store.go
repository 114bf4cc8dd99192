package raftlog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

const (
	logFile          = "raft.db"
	logLockWait      = time.Second
	deleteEntriesMax = 4096 // of one transaction
)

// Store is Raft's log and stable store: raft-boltdb behind a journal and
// checksums, with a write deadline. Entries are durable in the journal first and go
// on into bbolt many at a time; until then they are in memory too. After one failed
// write every later one fails (writer), since nobody knows what the disk holds.
// Reads are safe for concurrent use.
type Store struct {
	path    string
	bolt    *raftboltdb.BoltStore
	tail    *tailLog
	journal *journal
	writer  *writer // of journal, tail and stable keys
	mover   *writer // of the entries in bbolt

	full  chan uint64 // last index of a full segment
	moved chan struct{}
	idle  atomic.Bool // the other segment may be written over

	moving sync.Mutex // who changes the entries in bbolt; before mu
	mu     sync.RWMutex
	young  []raft.Log // not yet in bbolt, to the last entry
	first  uint64     // 0 = empty
	last   uint64
	stored uint64 // last that is in bbolt, 0 = none
}

var (
	_ raft.LogStore          = (*Store)(nil)
	_ raft.MonotonicLogStore = (*Store)(nil)
	_ raft.StableStore       = (*Store)(nil)
)

// Options of a log, all required but the last.
type Options struct {
	SegmentBytes int           // of the journal's two files, each
	WriteTimeout time.Duration // bounds one write
	Failed       func(error)   // called, from any goroutine, when a write fails or takes longer
	Fault        func() error  // asked before each write, for drills: its error is the disk's
}

// Open opens or creates the log in dir. Nothing is written to a log that is there
// before Settle, so that it can be verified first.
func Open(dir string, o Options) (*Store, error) {
	s := &Store{path: filepath.Join(dir, logFile), full: make(chan uint64, 1), moved: make(chan struct{})}
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
	if err := s.openFiles(dir, o.SegmentBytes); err != nil {
		return nil, errors.Join(err, s.closeFiles())
	}
	s.writer = startWriter(filepath.Join(dir, "raft.journal"), o)
	s.mover = startWriter(s.path, o)
	go s.move()
	return s, nil
}

func (s *Store) openFiles(dir string, segmentBytes int) error {
	var records []record
	var err error
	if s.journal, records, err = openJournal(dir, int64(segmentBytes)); err != nil {
		return err
	}
	if err := s.load(records); err != nil {
		return err
	}
	return s.openTail(dir)
}

// createBolt makes a missing file complete before it gets its name: a file that
// is there but short is damage, never a crash at creation.
func (s *Store) createBolt() error {
	if _, err := os.Stat(s.path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fresh := s.path + NewSuffix
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
	return SyncDir(filepath.Dir(s.path))
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
func (s *Store) FirstIndex() (uint64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.first, nil
}

// LastIndex returns the last index in the log, 0 if it is empty.
func (s *Store) LastIndex() (uint64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.last, nil
}

// IsMonotonic tells Raft that entries must follow each other: it deletes what is
// older than a snapshot it installs.
func (s *Store) IsMonotonic() bool { return true }

// GetLog reads one entry and checks it. Errors: raft.ErrLogNotFound, *DamageError.
func (s *Store) GetLog(index uint64, l *raft.Log) error {
	if s.youngLog(index, l) {
		return nil
	}
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
		return s.Damage(index, err)
	}
	*l = stored
	return nil
}

// Path names the file of the entries, for errors.
func (s *Store) Path() string { return s.path }

// Damage returns err as a *DamageError of the entry at index.
func (s *Store) Damage(index uint64, err error) error {
	var damage *DamageError
	if errors.As(err, &damage) {
		return damage
	}
	return &DamageError{File: s.path, Index: index, Cause: err.Error()}
}
