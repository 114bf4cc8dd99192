package engine

import (
	"context"
	"runtime"
	"sync"

	"github.com/projsql/projsql/engine/projection"
)

// foldersMax bounds the goroutines that fold chunks.
const foldersMax = 8

// ahead runs a scan: one goroutine walks the entities, some fold chunks of them, and
// the caller's gets the answers in order. All have ended when it returns.
func (s *scan) ahead(ctx context.Context, made *lister, each projection.EachState) error {
	ctx, cancel := context.WithCancel(ctx)
	folders := min(runtime.GOMAXPROCS(0), foldersMax)
	l := line{order: make(chan *chunk, folders), work: make(chan *chunk)}
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() {
		defer close(l.work)
		defer close(l.order)
		s.walk(ctx, func(c *chunk) bool { return l.send(ctx, c) })
	})
	for range folders {
		running.Go(func() {
			for c := range l.work {
				c.fold(ctx, s)
			}
		})
	}
	for c := range l.order {
		if err := s.deliver(ctx, c, made, each); err != nil {
			return err
		}
		s.engine.free(c)
	}
	return context.Cause(ctx)
}

// line is the way of the chunks.
type line struct {
	order chan *chunk // to the caller
	work  chan *chunk // to the folders
}

// send gives the chunk to the caller, and to a folder if need be; false if the scan
// has ended.
func (l *line) send(ctx context.Context, c *chunk) bool {
	toFold := c.done != nil // the chunk is the caller's from here on
	select {
	case l.order <- c:
	case <-ctx.Done():
		return false
	}
	if !toFold {
		return true
	}
	select {
	case l.work <- c:
		return true
	case <-ctx.Done():
		return false
	}
}

// inOrder runs a scan that is timed: one step after the other, since of what is done side
// by side nothing has a time of its own that adds up with the others'.
func (s *scan) inOrder(ctx context.Context, made *lister, each projection.EachState) (err error) {
	s.walk(ctx, func(c *chunk) bool {
		if c.done != nil {
			c.fold(ctx, s)
		}
		err = s.deliver(ctx, c, made, each)
		s.engine.free(c)
		return err == nil
	})
	return err
}

// walk cuts the entities into chunks and sends them, until that is of no use. The first
// are small: who wants one row does not wait for many.
func (s *scan) walk(ctx context.Context, send func(*chunk) bool) {
	size := 1
	c := s.engine.chunk()
	for head, err := range s.heads() {
		if err != nil {
			c.err = err
			break
		}
		if s.to != "" && head.Entity >= s.to {
			break
		}
		if !s.share.Has(head.Entity) {
			continue
		}
		if !c.add(ctx, s, &head) {
			continue
		}
		if len(c.items) < size && c.events < chunkEventsMax {
			continue
		}
		if !send(c) {
			return
		}
		size = min(2*size, chunkEntitiesMax)
		c = s.engine.chunk()
	}
	send(c)
}

// deliver waits for the chunk and hands its answers on.
func (s *scan) deliver(ctx context.Context, c *chunk, made *lister, each projection.EachState) error {
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
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		o := s.outcome(&c.items[i], &c.out)
		s.own.counts.answered(o)
		made.add(c.items[i].entity, o)
		s.watch.lap(projection.PhaseCacheStore)
		if o.State() == nil {
			continue
		}
		if err := s.tell(c.items[i].entity, o, each); err != nil {
			return err
		}
	}
	if c.err != nil {
		s.own.counts.failed.Add(1)
	}
	return c.err
}
