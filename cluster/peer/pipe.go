package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/projsql/projsql/cluster/hop"
)

// pipe is a connection that brief statements of many sessions share: those that wait together
// are written with one call, and answered in their order. It has no goroutine of its own. One
// of those who wait reads for all of them, and hands that on once it has its own answer; so a
// statement that is alone is written and read by its session, and wakes nobody.
type pipe struct {
	*line // in is the reader's, conn everybody's; the rest is guarded by mu
	reply // the reader's: of the first in the queue, as far as it has come

	mu       sync.Mutex
	spare    []byte // out's memory, in turn
	writing  bool   // somebody is in the call
	queue    []*waiting
	reader   *waiting  // of the queue; nil: nobody waits
	heard    time.Time // when an answer came last, or the reader began
	bound    time.Time // the deadline of the reader's wait
	answered int
	flying   int   // batches that were written and are not answered to the last
	err      error // why the pipe is of no use any more
}

const (
	pipeDepth = 64       // statements on their way; more take another pipe
	pipeBytes = 64 << 10 // no message of an answer is longer
	// batchesMax is how many batches may be on their way: what comes meanwhile waits, to leave
	// together.
	batchesMax = 2
)

var (
	errSilent = errors.New("peer: the node is silent")
	errFull   = errors.New("peer: the pipe takes no more")
	errLate   = fmt.Errorf("peer: no answer in time: %w", context.DeadlineExceeded)
)

// waiting is a session that waits for an answer.
type waiting struct {
	wake chan struct{} // it is done, or has become the reader
	seen int           // answers that had come when its statement was sent
	sql  string

	silence time.Duration // of the other, which ends the pipe
	until   time.Time     // it is waited for; zero: until the session's context ends

	// Guarded by the pipe's mu.
	last       bool // of its batch
	done, left bool // left: nobody waits for the answer any more
	answer     hop.Answer
	err        error
}

var sessions = sync.Pool{New: func() any { return &waiting{wake: make(chan struct{}, 1)} }}

// finish gives a session its answer. It is called with the pipe's mu.
func (w *waiting) finish(a hop.Answer, err error) {
	w.done, w.answer, w.err = true, a, err
	w.rouse()
}

// rouse has a session look at where it stands.
func (w *waiting) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// givesUpBefore reports whether a session waits for less than until then.
func (w *waiting) givesUpBefore(t time.Time) bool {
	return !w.done && !w.until.IsZero() && w.until.Before(t)
}

// recycle lets another session use the memory of one that is done; the pipe still has one
// that left.
func (w *waiting) recycle() {
	if w.left {
		return
	}
	select {
	case <-w.wake:
	default:
	}
	*w = waiting{wake: w.wake}
	sessions.Put(w)
}

// ask sends a statement and waits for its answer. An error that is no *sqlstate.Error is
// ctx's, or says that there is no whole answer; again: the statement may be asked for over
// another pipe.
func (p *pipe) ask(ctx context.Context, s *hop.Statement) (a hop.Answer, again bool, err error) {
	w := sessions.Get().(*waiting)
	if err := p.send(w, s); err != nil {
		w.recycle()
		return hop.Answer{}, false, err
	}
	for {
		done, reads := p.state(w)
		switch {
		case done:
			a, err := w.answer, w.err
			again := err != nil && p.unheard(w)
			w.recycle()
			return a, again, err
		case reads:
			p.read(ctx, w)
			continue
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
			p.leave(w, ctx.Err())
		}
	}
}

func (p *pipe) state(w *waiting) (done, reads bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return w.done, p.reader == w
}

// unheard reports whether the pipe broke and nothing was heard since w's statement was sent,
// but was before: the other may have closed it while nobody used it.
func (p *pipe) unheard(w *waiting) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err != nil && p.answered > 0 && p.answered == w.seen
}

// send queues a statement, and writes it unless somebody writes already, who will.
func (p *pipe) send(w *waiting, s *hop.Statement) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.room() {
		return errFull
	}
	b, err := p.encode(p.out, s)
	if err != nil {
		delete(p.prepared, s.SQL)
		return err
	}
	p.out = b
	w.seen, w.sql, w.silence, w.until = p.answered, s.SQL, s.Brief, s.Until
	p.queue = append(p.queue, w)
	if p.reader == nil {
		p.reader, p.heard = w, time.Now()
	} else if w.givesUpBefore(p.bound) {
		p.bound = w.until
		_ = p.conn.SetReadDeadline(p.bound) // a closed connection fails at its next use
	}
	p.flush(s.Brief)
	return nil
}

// room reports whether another statement may be sent. It is called with mu.
func (p *pipe) room() bool { return p.err == nil && len(p.queue) < pipeDepth && p.usable() }

func (p *pipe) roomy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.room()
}

// over reports whether nobody will use the pipe any more.
func (p *pipe) over() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 && !p.usable() {
		p.fail(net.ErrClosed)
	}
	return p.err != nil
}

// idle reports whether nobody uses the pipe, and since when.
func (p *pipe) idle() (since time.Time, idle bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard, len(p.queue) == 0
}

// closeIfIdle reports whether it closed the pipe.
func (p *pipe) closeIfIdle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		p.fail(net.ErrClosed)
	}
	return p.err != nil
}

func (p *pipe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail(net.ErrClosed)
}

// flush writes what waits, as one batch, unless enough are on their way: then the reader
// does when one is answered. It is called with mu, which it releases while it writes.
func (p *pipe) flush(silence time.Duration) {
	for !p.writing && len(p.out) > 0 && p.flying < batchesMax && p.err == nil {
		b := p.out
		p.queue[len(p.queue)-1].last = true
		p.flying++
		p.out, p.writing = p.spare[:0], true
		p.mu.Unlock()
		err := p.conn.SetWriteDeadline(time.Now().Add(silence))
		if err == nil {
			_, err = p.conn.Write(b)
		}
		p.mu.Lock()
		if p.spare, p.writing = b, false; err != nil {
			p.fail(err)
		}
	}
}

// leave has w wait no longer.
func (p *pipe) leave(w *waiting, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(w, err)
}

// drop ends the waiting of w, whose answer is thrown away when it comes. It is called with mu.
func (p *pipe) drop(w *waiting, err error) {
	if w.done {
		return
	}
	w.done, w.left, w.err = true, true, err
	w.rouse()
	if p.reader == w {
		p.handOn()
	}
}

// expire drops those whose time is over. It is called with mu.
func (p *pipe) expire(now time.Time) {
	for _, w := range p.queue {
		if !w.until.IsZero() && !now.Before(w.until) {
			p.drop(w, errLate)
		}
	}
}

// fail ends the pipe, for all who wait. It is called with mu.
func (p *pipe) fail(err error) {
	if p.err != nil {
		return
	}
	p.err = err
	_ = p.conn.Close() // of no use any more
	for _, w := range p.queue {
		if !w.done {
			w.finish(hop.Answer{}, err)
		}
	}
	p.queue, p.reader = nil, nil
}
