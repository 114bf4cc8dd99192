package cluster

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// position is how far this node has applied: everything up to it is readable and
// the catalog has learned of it.
type position struct {
	Index    uint64 // of the last entry, and its term
	Term     uint64
	Sequence event.Sequence
	HLC      hlc.Timestamp
}

// frontier is the newest position, and wakes those who wait for a later one.
type frontier struct {
	position atomic.Pointer[position]

	mu      sync.Mutex
	moved   chan struct{} // closed at the next advance; nil while nobody waits
	waiters waiters       // for a sequence
}

func (f *frontier) load() *position { return f.position.Load() }

func (f *frontier) advance(p position) {
	f.position.Store(&p)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.moved != nil {
		close(f.moved)
		f.moved = nil
	}
	f.waiters.wake(p.Sequence)
}

// reach returns a position at or after a sequence, nil if ctx or stop ends before.
// An advance wakes those alone whose sequence it reaches.
func (f *frontier) reach(ctx context.Context, stop <-chan struct{}, s event.Sequence) *position {
	f.mu.Lock()
	if p := f.load(); p.Sequence >= s {
		f.mu.Unlock()
		return p
	}
	w := f.waiters.add(s)
	f.mu.Unlock()
	select {
	case <-w.reached:
		return f.load()
	case <-ctx.Done():
	case <-stop:
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiters.remove(w)
	return nil
}

// wait returns the first position that reaches holds for, nil if ctx or stop ends
// before. Every advance wakes it: it is for the few.
func (f *frontier) wait(ctx context.Context, stop <-chan struct{}, reaches func(*position) bool) *position {
	for {
		f.mu.Lock()
		if f.moved == nil {
			f.moved = make(chan struct{})
		}
		moved := f.moved
		f.mu.Unlock()
		if p := f.load(); reaches(p) {
			return p
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil
		case <-stop:
			return nil
		}
	}
}
