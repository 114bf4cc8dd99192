package exec

import (
	"sync/atomic"

	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/query/types"
)

// own is a sort of some of the rows by one of several goroutines.
func (s *sorting) own() *sorting {
	order, pace := *s.order, new(fair.Pace)
	order.stop = func() bool {
		pace.Worked()
		return order.over()
	}
	return &sorting{order: &order, key: s.key, told: s.told, all: s.all}
}

// abbreviateShared has each of those who sort set the numbers of a part of the rows.
func (s *sorting) abbreviateShared(a types.Abbreviator, k int) {
	parts := 1 + len(s.beside)
	var short, stopped atomic.Bool
	failed := s.beside.share(func(i int) {
		own := s.own()
		if !own.abbreviateRange(a, k, i*len(s.all)/parts, (i+1)*len(s.all)/parts) {
			short.Store(true)
		}
		if own.stopped {
			stopped.Store(true)
		}
	})
	s.end(failed, stopped.Load())
	if short.Load() {
		s.told = min(s.told, k)
	}
}

// radixShared has each of those who sort take the next rows, which share their first bits, until none are left.
func (s *sorting) radixShared(rest [][]abbreviated, k int) {
	var next atomic.Int64
	var stopped atomic.Bool
	failed := s.beside.share(func(int) {
		own := s.own()
		for i := int(next.Add(1)) - 1; i < len(rest) && !own.stopped; i = int(next.Add(1)) - 1 {
			own.radix(rest[i], k)
		}
		if own.stopped {
			stopped.Store(true)
		}
	})
	s.end(failed, stopped.Load())
}

// end keeps why others ended before they were done.
func (s *sorting) end(failed error, stopped bool) {
	s.stopped = s.stopped || stopped || failed != nil
	if s.failed == nil {
		s.failed = failed
	}
}
