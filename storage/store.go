// Package storage keeps the log of a database in Pebble.
package storage

import (
	"errors"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

var errFilling = errors.New("storage: being written")

// Store is one node's copy of a database's log: the machine that cluster drives
// and the log that engine reads.
type Store struct{}

// Open opens the store in dir, or makes one.
func Open(dir string, o Options) (*Store, error) { return nil, errFilling }

// Apply applies entries in order as one atomic write and returns one result an
// entry. Entries at or below the applied index are skipped (their result has the
// frontier only); an entry with an empty command only moves the index. An error
// is final: the store is unusable.
func (s *Store) Apply(entries []event.Entry) ([]event.Result, error) { return nil, errFilling }

// Applied returns the index and term of the last applied entry, in memory.
func (s *Store) Applied() (index, term uint64) { return 0, 0 }

// Flush makes everything applied durable and returns the index it covers.
func (s *Store) Flush() (index uint64, err error) { return 0, errFilling }

// Frontier is the last sequence and stamp that readers see.
func (s *Store) Frontier() (event.Sequence, hlc.Timestamp) { return 0, 0 }

// Records returns all catalog records, by name.
func (s *Store) Records() ([]event.Record, error) { return nil, errFilling }

// Reader reads at a cut.
func (s *Store) Reader(c projection.Cut) event.Reader { return nil }

// Lineage identifies this history of the log.
func (s *Store) Lineage() [16]byte { return [16]byte{} }

// Checkpoint writes a complete, flushed copy to a new directory and returns the
// applied index and term in it.
func (s *Store) Checkpoint(dir string) (index, term uint64, err error) { return 0, 0, errFilling }

// Restore replaces the content by that of a directory that Checkpoint wrote,
// which it consumes.
func (s *Store) Restore(dir string) error { return errFilling }

// Failed is closed when the store has found damage or lost its disk; Err says how.
func (s *Store) Failed() <-chan struct{} { return nil }

// Err returns what made the store unusable, nil if it is well.
func (s *Store) Err() error { return nil }

// Stats returns what metrics show.
func (s *Store) Stats() Stats { return Stats{} }

// Close waits for readers in flight, flushes and closes.
func (s *Store) Close() error { return errFilling }

// Stats are numbers for metrics. Counters start at Open.
type Stats struct {
	Events, Entities uint64 // in the log
	DiskBytes        uint64
	WriteStalls      uint64 // times that Pebble made Apply wait
	HeadHits         uint64
	HeadMisses       uint64
	HeadCacheBytes   int64
	BlockHits        int64
	BlockMisses      int64
}
