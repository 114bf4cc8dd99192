package engine

import (
	"context"
	"iter"
	"sync"

	"github.com/projsql/projsql/internal/fair"
)

// line is the way of the chunks: in the order of the walk to the caller of a scan, and each to
// one goroutine that folds it. Nobody waits for somebody who walks: whoever is to fold takes
// the next chunk off the walk, the caller too while it has nothing to hand on.
type line struct {
	scan  *scan
	alone bool        // nobody folds but the caller
	order chan *chunk // to the caller; closed at the end
	stop  func()      // ends the walk; for when nobody walks any more

	mu   sync.Mutex
	next func() (*chunk, bool) // of the walk
	left *chunk                // in order, and for another than the caller to fold
	done bool                  // order is closed
}

func (s *scan) line(ctx context.Context, folders int) *line {
	l := &line{scan: s, alone: folders == 1, order: make(chan *chunk, 2*folders)}
	l.next, l.stop = iter.Pull(func(yield func(*chunk) bool) { s.walk(ctx, yield) })
	return l
}

// foldAll folds chunk after chunk until there are no more, or the scan has ended.
func (l *line) foldAll(ctx context.Context) {
	pace := fair.Pace{For: l.scan.pace}
	for {
		c, more := l.take(ctx)
		if !more {
			return
		}
		if c != nil {
			c.fold(ctx, l.scan)
			pace.Worked()
		}
	}
}

func (l *line) take(ctx context.Context) (toFold *chunk, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.left; c != nil {
		l.left = nil
		return c, true
	}
	return l.advance(ctx)
}

// advance puts the next chunk in order once there is room, and returns it if it is to be
// folded. The lock is held.
func (l *line) advance(ctx context.Context) (toFold *chunk, more bool) {
	if l.done || ctx.Err() != nil {
		return nil, false
	}
	c, ok := l.next()
	if !ok {
		l.done = true
		close(l.order)
		return nil, false
	}
	if c.done != nil {
		toFold = c // else it is the caller's from here on
	}
	select {
	case l.order <- c:
		return toFold, true
	case <-ctx.Done():
		return nil, false
	}
}

// first returns the next chunk in order, nil at the end. While others fold it the caller's
// goroutine folds later ones.
func (l *line) first(ctx context.Context) *chunk {
	for {
		select {
		case c := <-l.order:
			for c != nil && c.pending() && l.help(ctx) {
			}
			return c
		default:
		}
		if l.help(ctx) {
			continue
		}
		select {
		case c := <-l.order:
			return c
		case <-ctx.Done():
			return nil
		}
	}
}

// help takes a step of the others' work on the caller's goroutine; false if there is none that
// it need not wait for. A long chunk it leaves to others: it would hand on late what they
// answer meanwhile.
func (l *line) help(ctx context.Context) bool {
	if !l.mu.TryLock() {
		return false
	}
	if l.left != nil || len(l.order) == cap(l.order) {
		l.mu.Unlock()
		return false
	}
	c, more := l.advance(ctx)
	if c != nil && c.events >= chunkEventsMax && !l.alone {
		l.left, c = c, nil
	}
	l.mu.Unlock()
	if c != nil {
		c.fold(ctx, l.scan)
	}
	return more
}
