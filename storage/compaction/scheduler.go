// Package compaction says when a Pebble database may compact.
package compaction

import (
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// Open opens the Pebble database in dir, whose compactions run once it is open. Pebble's own
// scheduler starts them before, and every 100 ms as long as nobody unregisters it: where Open
// fails then, for want of room, they work on what is closed, and end the process. o gets a
// scheduler, and serves one database.
func Open(dir string, o *pebble.Options) (*pebble.DB, error) {
	s := &scheduler{ConcurrencyLimitScheduler: pebble.NewConcurrencyLimitSchedulerWithNoPeriodicGrantingForTest()}
	o.Experimental.CompactionScheduler = s
	db, err := pebble.Open(dir, o)
	if err == nil {
		s.opened.Store(true)
		s.grant()
	}
	return db, err
}

// scheduler lets compactions run as Pebble's does, but not before the database is open, and
// looks for more to run when one ends and when a memtable was flushed: nothing else
// changes how many may.
type scheduler struct {
	*pebble.ConcurrencyLimitScheduler
	opened atomic.Bool
}

// TrySchedule implements pebble.CompactionScheduler.
func (s *scheduler) TrySchedule() (bool, pebble.CompactionGrantHandle) {
	if !s.opened.Load() {
		return false, nil
	}
	return s.ConcurrencyLimitScheduler.TrySchedule()
}

// UpdateGetAllowedWithoutPermission implements pebble.CompactionScheduler. The database's lock
// is held.
func (s *scheduler) UpdateGetAllowedWithoutPermission() {
	go s.grant()
}

// grant starts what waits, if it may run: who gives a turn back hands it on.
func (s *scheduler) grant() {
	if granted, turn := s.TrySchedule(); granted {
		turn.Done()
	}
}
