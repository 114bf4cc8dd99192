package engine

import (
	"context"
	"runtime"
	"sync"

	"github.com/projsql/projsql/storage/event"
)

// A long replay reads and folds at the same time: one goroutine copies the log into
// stretches of events, the read's own folds them.
const (
	longEventsMin    = 512 // below, a second goroutine costs more than it gives
	stretchEvents    = 128
	stretchBytes     = 16 << 10 // of data and metadata; grows for larger ones
	stretchesPerRead = 3
)

// stretch is some events of one entity, in memory of its own.
type stretch struct {
	events []event.Event
	bytes  []byte
	err    error // ends the replay after the events
}

func (s *stretch) reset() { s.events, s.bytes, s.err = s.events[:0], s.bytes[:0], nil }

// add copies an event; false says that the stretch is full.
func (s *stretch) add(ev *event.Event) bool {
	s.events = append(s.events, *ev)
	own := &s.events[len(s.events)-1]
	own.Data, own.Metadata = s.keep(ev.Data), s.keep(ev.Metadata)
	return len(s.events) < stretchEvents
}

func (s *stretch) keep(b []byte) []byte {
	if b == nil {
		return nil
	}
	if cap(s.bytes)-len(s.bytes) < len(b) {
		s.bytes = make([]byte, 0, max(2*cap(s.bytes), len(b), stretchBytes)) // the old one stays with its events
	}
	n := len(s.bytes)
	s.bytes = append(s.bytes, b...)
	return s.bytes[n:len(s.bytes):len(s.bytes)]
}

// long reports whether a second goroutine pays. Those of a scan are busy already.
func (f *folding) long(from event.Version) bool {
	return !f.scan && f.plan.last >= from+longEventsMin
}

// help claims a processor for reading, half of them at most: copying costs a third
// more, which a node that is busy has not got.
func (e *Engine) help() bool {
	if int(e.helpers.Add(1)) <= runtime.GOMAXPROCS(0)/2 {
		return true
	}
	e.helpers.Add(-1)
	return false
}

func (f *folding) runLong(ctx context.Context, from event.Version) error {
	ctx, cancel := context.WithCancel(ctx)
	full, free := make(chan *stretch, stretchesPerRead), make(chan *stretch, stretchesPerRead)
	for range stretchesPerRead {
		free <- f.engine.stretch()
	}
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	reading.Go(func() { f.readStretches(ctx, from, full, free) })
	for s := range full {
		for i := range s.events {
			if err := f.one(ctx, &s.events[i]); err != nil {
				return err
			}
		}
		if s.err != nil {
			return s.err
		}
		s.reset()
		free <- s
	}
	f.engine.giveBack(free)
	return context.Cause(ctx)
}

// readStretches ends early only if ctx does.
func (f *folding) readStretches(ctx context.Context, from event.Version, full chan<- *stretch, free <-chan *stretch) {
	defer close(full)
	s := <-free
	for ev, err := range f.events.Entity(f.req.Entity, from, f.plan.last) {
		if err != nil {
			s.err = err
			break
		}
		if s.add(ev) {
			continue
		}
		full <- s // has room for all
		select {
		case s = <-free:
		case <-ctx.Done():
			return
		}
	}
	full <- s
}

func (e *Engine) stretch() *stretch {
	if s, ok := e.stretches.Get().(*stretch); ok {
		return s
	}
	return &stretch{events: make([]event.Event, 0, stretchEvents), bytes: make([]byte, 0, stretchBytes)}
}

// stretchBytesKept bounds what a stretch may hold on to between replays.
const stretchBytesKept = 16 * stretchBytes

func (e *Engine) giveBack(free chan *stretch) {
	close(free)
	for s := range free {
		if cap(s.bytes) <= stretchBytesKept {
			e.stretches.Put(s)
		}
	}
}
