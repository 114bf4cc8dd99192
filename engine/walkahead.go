package engine

import (
	"context"
	"strings"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// walkTimeMax is how long a walk folds: reads that come to the stretch wait for it.
const walkTimeMax = 5 * time.Millisecond

// walkEntitiesMax is how many states a walk makes.
const walkEntitiesMax = 256

// walkPassesMax is how many entities a walk looks at for each that it may take.
const walkPassesMax = 8

// WalkAhead makes states of the entities behind one, in slots, for what they cost a scan: a part of
// what reads of single entities would take. It ends before an entity that has many events to fold,
// which somebody would wait for who comes to the stretch meanwhile, and after 5 ms. It counts no answers. What goes
// wrong, the reads themselves find. It may be called at any time.
func (e *Engine) WalkAhead(ctx context.Context, r projection.WalkRequest) projection.Walked {
	if e.opts.SlotBytesMax < 0 || !r.Cut.Newest || r.Cut.OccurredBy != event.NoTime {
		return projection.Walked{}
	}
	s := newScan(e, projection.ScanRequest{Definition: r.Definition, Cut: r.Cut, From: r.After + "\x00"})
	s.single, s.until = true, e.now()+walkTimeMax
	s.openRows()
	defer s.rows.close()
	c := e.chunk()
	defer e.free(c)
	s.stretch(ctx, &r, c)
	if c.done != nil {
		c.fold(ctx, s)
	}
	n := len(c.items)
	if n == 0 || c.panicked != nil {
		return projection.Walked{}
	}
	s.warmRows(ctx, c)
	s.own.counts.ahead.Add(uint64(n))
	return projection.Walked{Entities: n, Middle: c.items[n/2].entity, Last: c.items[n-1].entity}
}

// stretch adds the entities that are wanted to a chunk.
func (s *scan) stretch(ctx context.Context, r *projection.WalkRequest, c *chunk) {
	most := min(r.Max, walkEntitiesMax)
	looks := walkPassesMax * most
	for head, err := range s.heads() {
		if looks--; err != nil || looks < 0 || len(c.items) >= most {
			return
		}
		if r.Owned != nil && !r.Owned(head.Entity) {
			s.picked = true
			continue
		}
		head.Entity = event.Entity(strings.Clone(string(head.Entity))) // a slot keeps it, and its neighbours with it
		if c.add(ctx, s, &head) && c.events > chunkEventsMax {
			c.dropLast()
			return
		}
	}
}

// warmRows puts the states of rows that answer into slots.
func (s *scan) warmRows(ctx context.Context, c *chunk) {
	for i := range c.items {
		if item := &c.items[i]; item.strategy == projection.ExternalCacheThenReplay && item.row.current {
			row := item.row.snapshot // which is one of many in a piece of memory
			s.read(item).warm(ctx, &projection.Snapshot{State: row.State, Generation: row.Generation, Watermark: row.Watermark, HLC: row.HLC})
		}
	}
}
