package engine

import (
	"sync"
	"sync/atomic"
)

// listings are the newest listing of each definition, bounded in bytes, those that scans
// are making as well. Definitions have them at hand.
type listings struct {
	scans    atomic.Uint64 // that could use a listing
	mu       sync.Mutex
	bytes    int64
	making   int64 // claimed by those that are made
	bytesMax int64 // of either
	of       map[*definition]*listing
}

// claim reserves memory for a listing that is made; false if there is no more.
func (ls *listings) claim(bytes int64) bool {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.making+bytes > ls.bytesMax {
		return false
	}
	ls.making += bytes
	return true
}

func (ls *listings) release(bytes int64) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.making -= bytes
}

// put keeps a listing in the place of the definition's older one, and of those of others
// that were used longest ago where there is no memory for all.
func (ls *listings) put(own *definition, l *listing) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	old := ls.of[own]
	if old != nil && old.lineage == l.lineage && old.sequence > l.sequence {
		return
	}
	ls.remove(own)
	if own.retired.Load() || l.bytes > ls.bytesMax {
		return
	}
	for ls.bytes+l.bytes > ls.bytesMax {
		ls.remove(ls.leastUsed())
	}
	l.used.Store(ls.scans.Add(1))
	if ls.of == nil {
		ls.of = map[*definition]*listing{}
	}
	ls.of[own] = l
	own.listing.Store(l)
	ls.bytes += l.bytes
}

// narrow keeps a part of a listing beside it, in the place of another part, if there is memory.
func (ls *listings) narrow(own *definition, l *listing, part *narrowed) {
	more := part.bytes
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if before := l.narrowed.Load(); before != nil {
		more -= before.bytes
	}
	if ls.of[own] != l || ls.bytes+more > ls.bytesMax {
		return
	}
	l.narrowed.Store(part)
	l.bytes += more
	ls.bytes += more
}

func (ls *listings) leastUsed() (least *definition) {
	for own, l := range ls.of {
		if least == nil || l.used.Load() < ls.of[least].used.Load() {
			least = own
		}
	}
	return least
}

func (ls *listings) remove(own *definition) {
	if old := ls.of[own]; old != nil {
		ls.bytes -= old.bytes
		delete(ls.of, own)
		own.listing.Store(nil)
	}
}

// drop throws a definition's listing away.
func (ls *listings) drop(own *definition) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.remove(own)
}

// clear throws all away.
func (ls *listings) clear() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for own := range ls.of {
		ls.remove(own)
	}
}

// ListingStats is what one definition's listing takes.
type ListingStats struct {
	Projection string
	Version    uint64
	Bytes      uint64
}

// Listings returns the listings that whole scans have left, in no particular order, and
// the memory that those take which are being made.
func (e *Engine) Listings() (all []ListingStats, making uint64) {
	ls := &e.listings
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for own, l := range ls.of {
		all = append(all, ListingStats{own.name, own.version, uint64(l.bytes)})
	}
	return all, uint64(ls.making)
}
