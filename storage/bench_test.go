package storage_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// BenchmarkHead reads the cached head of a hot entity in stores of two sizes.
func BenchmarkHead(b *testing.B) {
	for _, events := range []int{1_000, 200_000} {
		b.Run(fmt.Sprintf("events=%d", events), func(b *testing.B) {
			s := filled(b, storage.Options{}, 100, events)
			r := s.Reader(newest(s))
			b.ReportAllocs()
			for b.Loop() {
				if _, ok, err := r.Head("acct:7"); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}

// BenchmarkEntity replays one entity of 100,000 events, from memory and from
// tables.
func BenchmarkEntity(b *testing.B) {
	for _, flushed := range []bool{false, true} {
		b.Run(fmt.Sprintf("flushed=%v", flushed), func(b *testing.B) {
			s := filled(b, storage.Options{}, 1, 100_000)
			flush(b, s, flushed)
			r := s.Reader(newest(s))
			b.ReportAllocs()
			report := perEvent(b)
			events, bytes := 0, 0
			for b.Loop() {
				for e, err := range r.Entity("acct:0", 0, 0) {
					if err != nil {
						b.Fatal(err)
					}
					events++
					bytes += len(e.Data)
				}
			}
			report(events)
			b.SetBytes(int64(bytes / b.N))
		})
	}
}

// BenchmarkLog reads a whole log of events interleaved over many entities.
func BenchmarkLog(b *testing.B) {
	for _, entities := range []int{100, 20_000} {
		b.Run(fmt.Sprintf("entities=%d", entities), func(b *testing.B) {
			s := filled(b, storage.Options{}, entities, 100_000)
			flush(b, s, true)
			r := s.Reader(newest(s))
			b.ReportAllocs()
			report := perEvent(b)
			events := 0
			for b.Loop() {
				for _, err := range r.Log(0, 0) {
					if err != nil {
						b.Fatal(err)
					}
					events++
				}
			}
			report(events)
		})
	}
}

// BenchmarkApply appends 200-byte events to 1,000 entities, so many a command.
func BenchmarkApply(b *testing.B) {
	for _, batch := range []int{1, 64, 1024} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			s := filled(b, storage.Options{}, 1_000, 10_000)
			index, _ := s.Applied()
			report := perEvent(b)
			events := 0
			for b.Loop() {
				index++
				c := event.Command{Stamp: hlc.New(int64(index), 0)}
				for range batch {
					events++
					d := event.Draft{
						ID: event.NewID(), Entity: event.Entity(fmt.Sprintf("acct:%d", events*7919%1000)), Kind: "Paid",
						Data: fmt.Appendf(nil, `{"amount": %150d}`, events), OccurredAt: event.NoTime,
					}
					c.Transactions = append(c.Transactions, event.Transaction{Drafts: []event.Draft{d}})
				}
				if _, err := s.Apply([]event.Entry{entry(index, c)}); err != nil {
					b.Fatal(err)
				}
			}
			report(events)
		})
	}
}

// BenchmarkApplyNewEntities appends the first events of entities to a young store, 64
// a command.
func BenchmarkApplyNewEntities(b *testing.B) {
	s := filled(b, storage.Options{}, 1, 1)
	index, _ := s.Applied()
	report := perEvent(b)
	events := 0
	for b.Loop() {
		index++
		c := event.Command{Stamp: hlc.New(int64(index), 0)}
		for range 64 {
			events++
			d := event.Draft{
				ID: event.NewID(), Entity: event.Entity(fmt.Sprintf("acct:%x", uint32(events)*2654435761)), Kind: "Paid",
				Data: fmt.Appendf(nil, `{"amount": %150d}`, events), OccurredAt: event.NoTime,
			}
			c.Transactions = append(c.Transactions, event.Transaction{Drafts: []event.Draft{d}})
		}
		if _, err := s.Apply([]event.Entry{entry(index, c)}); err != nil {
			b.Fatal(err)
		}
	}
	report(events)
}

func flush(b *testing.B, s *storage.Store, flushed bool) {
	if !flushed {
		return
	}
	if _, err := s.Flush(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkShortEntity replays entities of 10 events in no order.
func BenchmarkShortEntity(b *testing.B) {
	for _, flushed := range []bool{false, true} {
		b.Run(fmt.Sprintf("flushed=%v", flushed), func(b *testing.B) {
			const entities = 2000
			s := filled(b, storage.Options{}, entities, 10*entities)
			flush(b, s, flushed)
			r := s.Reader(newest(s))
			names := make([]event.Entity, entities)
			for i := range names {
				names[i] = event.Entity(fmt.Sprintf("acct:%d", i))
			}
			b.ReportAllocs()
			report := perEvent(b)
			events := 0
			for i := 0; b.Loop(); i += 7 {
				for _, err := range r.Entity(names[i%entities], 0, 10) {
					if err != nil {
						b.Fatal(err)
					}
					events++
				}
			}
			report(events)
		})
	}
}

// cpuTime is what the process has used of all processors: on a busy machine a better
// measure than the clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// perEvent reports the processors' and the clock's nanoseconds for each event; it is
// called before the first.
func perEvent(b *testing.B) func(events int) {
	begun := cpuTime()
	return func(events int) {
		b.ReportMetric(float64(cpuTime()-begun)/float64(events), "cpu-ns/event")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
	}
}
