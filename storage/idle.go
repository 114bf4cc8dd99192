package storage

import "sync"

// idleMax bounds the iterators that nobody uses.
const idleMax = 4

// idle keeps iterators over all events between two reads: opening one costs more than
// reading a short entity. They hold memory and files that Pebble has replaced since,
// and lack the newest events, so every write drops them.
type idle struct {
	mu     sync.Mutex
	bodies []*bodies
	writes uint64 // since the content was opened
}

// take returns an iterator that has all there is, nil if there is none, and the writes
// that one made now will have seen.
func (i *idle) take() (b *bodies, writes uint64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if last := len(i.bodies) - 1; last >= 0 {
		b, i.bodies = i.bodies[last], i.bodies[:last]
	}
	return b, i.writes
}

// put keeps an iterator, or reports that it is to be closed.
func (i *idle) put(b *bodies) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	keep := b.writes == i.writes && len(i.bodies) < idleMax
	if keep {
		i.bodies = append(i.bodies, b)
	}
	return keep
}

// drop closes all, after a write and before anyone can ask for what it wrote.
func (i *idle) drop() {
	i.mu.Lock()
	old := i.bodies
	i.bodies = nil
	i.writes++
	i.mu.Unlock()
	for _, b := range old {
		_ = b.it.Close() // has no error: it would not be here
	}
}
