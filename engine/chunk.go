package engine

import (
	"context"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Limits of a chunk.
const (
	chunkEntitiesMax = 128
	chunkEventsMax   = 4096 // to fold; an entity with more is a chunk of its own
)

// chunk is some entities of a scan, in order. Its items are answered once it is done;
// then its memory serves again, but for the snapshots, which readers keep.
type chunk struct {
	items     []scanned
	snapshots []projection.Snapshot
	states    []byte // encoded, one after the other
	ends      []int  // of each state
	encoded   []int  // the items that they belong to
	events    int
	out       projection.Outcome // of the item that is delivered
	slots     []cache.Slot       // that are none of the cache's
	writes    rowWrites
	done      chan struct{} // closed once it is; nil: there is nothing to do
	// Set before done is closed.
	err      error // ends the scan after the items
	panicked any   // what a fold panicked with: raised again where the scan was called
}

// chunk returns an empty one.
func (e *Engine) chunk() *chunk {
	if c, ok := e.chunks.Get().(*chunk); ok {
		return c
	}
	return &chunk{items: make([]scanned, 0, chunkEntitiesMax)}
}

// pending reports whether somebody has yet to answer the chunk.
func (c *chunk) pending() bool {
	if c.done == nil {
		return false
	}
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// free takes back a chunk that has been delivered.
func (e *Engine) free(c *chunk) {
	clear(c.items[:cap(c.items)])
	clear(c.slots)
	c.writes.reset()
	*c = chunk{
		items: c.items[:0], states: c.states[:0], ends: c.ends[:0], encoded: c.encoded[:0],
		snapshots: c.snapshots, slots: c.slots[:0], writes: c.writes,
	}
	if cap(c.states)+cap(c.writes.states) <= stateBytesKept {
		e.chunks.Put(c)
	}
}

// stateBytesKept bounds what a chunk may hold on to between scans.
const stateBytesKept = 256 << 10

// add reports whether the entity is part of the scan.
func (c *chunk) add(ctx context.Context, s *scan, h *event.EntityHead) bool {
	n := len(c.items)
	c.items = append(c.items, scanned{})
	item := &c.items[n]
	if !s.project(ctx, h, item, c) {
		c.items = c.items[:n]
		return false
	}
	c.events += item.events()
	if c.done == nil && item.strategy != projection.GroupLocalHit {
		c.done = make(chan struct{})
	}
	return true
}

// dropLast takes back what add added.
func (c *chunk) dropLast() {
	last := len(c.items) - 1
	c.items = c.items[:last]
	if n := len(c.encoded) - 1; n >= 0 && c.encoded[n] == last {
		c.encoded, c.ends, c.states = c.encoded[:n], c.ends[:n], c.states[:0]
		if n > 0 {
			c.states = c.states[:c.ends[n-1]]
		}
	}
}

// newSnapshot is the next of the chunk's own.
func (c *chunk) newSnapshot() *projection.Snapshot {
	if len(c.snapshots) == 0 {
		c.snapshots = make([]projection.Snapshot, max(1, min(2*len(c.items), chunkEntitiesMax)))
	}
	s := &c.snapshots[0]
	c.snapshots = c.snapshots[1:]
	return s
}

// snapshot is one for a row.
func (c *chunk) snapshot(row *cache.Row) *projection.Snapshot {
	s := c.newSnapshot()
	s.Generation, s.Watermark, s.HLC = row.Generation, row.Watermark, row.HLC
	return s
}

// slot is one for an entry of a listing.
func (c *chunk) slot(l *listing, x *entry) *cache.Slot {
	if len(c.slots) == cap(c.slots) { // items point into the piece before
		c.slots = make([]cache.Slot, 0, chunkEntitiesMax)
	}
	c.slots = c.slots[:len(c.slots)+1]
	s := &c.slots[len(c.slots)-1]
	s.Set(x.snapshot, l.lineage, l.known(x))
	return s
}

// decode gives the rows their states. Those that do not decode are no rows.
func (c *chunk) decode(ctx context.Context, s *scan) {
	if len(c.ends) == 0 {
		return
	}
	decodeAll(s.d.Fold, !s.single, c.states, c.ends, func(n int, state projection.State, err error) {
		item := &c.items[c.encoded[n]]
		if err != nil {
			item.row = s.read(item).badRow(ctx, err)
			return
		}
		item.row.snapshot.State = state
	})
	s.watch.lap(projection.PhaseExternalProbe)
}

// decodeAll decodes states, which may share memory if together is set.
func decodeAll(f projection.Fold, together bool, states []byte, ends []int, each func(int, projection.State, error)) {
	if all, ok := f.(projection.ManyDecoder); ok && together {
		all.DecodeMany(states, ends, each)
		return
	}
	from := 0
	for n, end := range ends {
		state, err := f.Decode(states[from:end])
		each(n, state, err)
		from = end
	}
}

// fold answers the items that are not yet, up to the first error or until the scan has no more time.
func (c *chunk) fold(ctx context.Context, s *scan) {
	defer close(c.done)
	defer func() { c.panicked = recover() }()
	c.decode(ctx, s)
	f := s.folder(ctx, c)
	defer f.close(ctx)
	for i := range c.items {
		if s.until > 0 && i > 0 && s.engine.now() > s.until {
			c.items = c.items[:i]
			return
		}
		if err := f.fold(ctx, &c.items[i]); err != nil {
			c.items, c.err = c.items[:i], err
			return
		}
	}
}
