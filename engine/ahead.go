package engine

import (
	"context"
	"runtime"
	"sync"

	"github.com/projsql/projsql/engine/projection"
)

// foldersMax bounds the goroutines that fold chunks.
const foldersMax = 8

// ahead runs a scan: the caller's goroutine and some others take chunks off the walk by turns
// and fold them; the caller's hands on the answers, in order. All have ended when it returns.
func (s *scan) ahead(ctx context.Context, made *lister, each projection.EachState) error {
	ctx, cancel := context.WithCancel(ctx)
	folders := min(runtime.GOMAXPROCS(0), foldersMax)
	l := s.line(ctx, folders)
	var running sync.WaitGroup
	defer l.stop()
	defer running.Wait()
	defer cancel()
	if !l.alone { // as many as processors: long chunks the caller leaves to them
		for range folders {
			running.Go(func() { l.foldAll(ctx) })
		}
	}
	for c := l.first(ctx); c != nil; c = l.first(ctx) {
		if err := s.deliver(ctx, c, made, each); err != nil {
			return err
		}
		s.engine.free(c)
	}
	return context.Cause(ctx)
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
		if !o.HasState() {
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
