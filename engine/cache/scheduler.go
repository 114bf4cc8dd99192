package cache

import (
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// scheduler starts compactions once the database is open. Pebble's own starts them before, and
// every 100 ms as long as nobody unregisters it: where Open fails then, for want of room, they
// work on what is closed, and end the process. Here one compaction follows the other, so
// nothing is gained by looking every 100 ms whether more may run.
type scheduler struct {
	*pebble.ConcurrencyLimitScheduler
	db     pebble.DBForCompaction
	opened atomic.Bool
}

func newScheduler() *scheduler {
	return &scheduler{ConcurrencyLimitScheduler: pebble.NewConcurrencyLimitSchedulerWithNoPeriodicGrantingForTest()}
}

// Register implements pebble.CompactionScheduler.
func (s *scheduler) Register(goroutines int, db pebble.DBForCompaction) {
	s.db = db
	s.ConcurrencyLimitScheduler.Register(goroutines, db)
}

// TrySchedule implements pebble.CompactionScheduler.
func (s *scheduler) TrySchedule() (bool, pebble.CompactionGrantHandle) {
	if !s.opened.Load() {
		return false, nil
	}
	return s.ConcurrencyLimitScheduler.TrySchedule()
}

// open starts what has waited for the database to be open.
func (s *scheduler) open() {
	s.opened.Store(true)
	waiting, _ := s.db.GetWaitingCompaction()
	if !waiting {
		return
	}
	if granted, handle := s.TrySchedule(); granted && !s.db.Schedule(handle) {
		handle.Done()
	}
}
