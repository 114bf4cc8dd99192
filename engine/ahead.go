package engine

import (
	"context"
	"runtime"
	"sync"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Limits of a chunk, and of those who fold chunks.
const (
	chunkEntitiesMax = 64
	chunkEventsMax   = 4096 // to fold; an entity with more is a chunk of its own
	foldersMax       = 8
)

// chunk is some entities of a scan, in order. Its items are answered once it is done.
type chunk struct {
	items  []scanned
	todos  []todo // of the items; never moved
	events int
	toFold bool
	done   chan struct{} // closed once it is; nil: there is nothing to fold
	// Set before done is closed.
	err      error // ends the scan after the items
	panicked any   // what a fold panicked with: raised again where the scan was called
}

// ahead runs a scan: one goroutine walks the entities, some fold chunks of them, and
// the caller's gets the answers in order. All have ended when it returns.
func (s *scan) ahead(ctx context.Context, each func(event.Entity, *projection.Outcome) error) error {
	ctx, cancel := context.WithCancel(ctx)
	folders := min(runtime.GOMAXPROCS(0), foldersMax)
	order, work := make(chan *chunk, folders), make(chan *chunk)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() { s.walk(ctx, order, work) })
	for range folders {
		running.Go(func() {
			for c := range work {
				c.fold(ctx, s)
			}
		})
	}
	for c := range order {
		if err := s.deliver(ctx, c, each); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// walk cuts the entities into chunks. The first are small: who wants one row does not
// wait for many.
func (s *scan) walk(ctx context.Context, order, work chan<- *chunk) {
	defer close(work)
	defer close(order)
	size := 1
	c := s.engine.chunk()
	for head, err := range s.heads() {
		if err != nil {
			c.err = err
			break
		}
		if !c.add(ctx, s, &head) {
			continue
		}
		if len(c.items) < size && c.events < chunkEventsMax {
			continue
		}
		if !c.send(ctx, order, work) {
			return
		}
		size = min(2*size, chunkEntitiesMax)
		c = s.engine.chunk()
	}
	c.send(ctx, order, work)
}

// chunk returns an empty one.
func (e *Engine) chunk() *chunk {
	if c, ok := e.chunks.Get().(*chunk); ok {
		return c
	}
	return &chunk{items: make([]scanned, 0, chunkEntitiesMax), todos: make([]todo, 0, chunkEntitiesMax)}
}

// free takes back a chunk that has been delivered.
func (e *Engine) free(c *chunk) {
	clear(c.items)
	clear(c.todos)
	*c = chunk{items: c.items[:0], todos: c.todos[:0]}
	e.chunks.Put(c)
}

// add reports whether the entity is part of the scan.
func (c *chunk) add(ctx context.Context, s *scan, h *event.EntityHead) bool {
	n := len(c.items)
	c.items = append(c.items, scanned{})
	c.todos = c.todos[:len(c.todos)+1] // zero: that is how free leaves them
	events, ok := s.project(ctx, h, &c.items[n], &c.todos[len(c.todos)-1])
	if !ok {
		c.items, c.todos = c.items[:n], c.todos[:len(c.todos)-1]
		return false
	}
	c.events += events
	if c.items[n].todo == nil {
		c.todos = c.todos[:len(c.todos)-1]
	} else if !c.toFold {
		c.toFold, c.done = true, make(chan struct{})
	}
	return true
}

// send gives the chunk to the caller, and to a folder if need be; false if the scan
// has ended.
func (c *chunk) send(ctx context.Context, order, work chan<- *chunk) bool {
	toFold := c.toFold // the chunk is the caller's from here on
	select {
	case order <- c:
	case <-ctx.Done():
		return false
	}
	if !toFold {
		return true
	}
	select {
	case work <- c:
		return true
	case <-ctx.Done():
		return false
	}
}

// fold answers the items that are not yet, up to the first error.
func (c *chunk) fold(ctx context.Context, s *scan) {
	defer close(c.done)
	defer func() { c.panicked = recover() }()
	events, done := s.cursor()
	defer done()
	for i := range c.items {
		if err := c.items[i].fold(ctx, events); err != nil {
			c.items, c.err = c.items[:i], err
			return
		}
	}
}

// deliver waits for the chunk and hands its answers on.
func (s *scan) deliver(ctx context.Context, c *chunk, each func(event.Entity, *projection.Outcome) error) error {
	if c.done != nil {
		select {
		case <-c.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if c.panicked != nil {
		panic(c.panicked)
	}
	for i := range c.items {
		item := &c.items[i]
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s.own.counts.answered(&item.outcome)
		if item.outcome.State() == nil {
			continue
		}
		if err := each(item.entity, &item.outcome); err != nil {
			return err
		}
	}
	if err := c.err; err != nil {
		s.own.counts.failed.Add(1)
		return err
	}
	s.engine.free(c)
	return nil
}
