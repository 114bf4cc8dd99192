package cluster

import (
	"context"
	"sync"
	"time"
)

// rounds asks for read positions: one question at a time, each for all who wait
// when it is asked. Who comes while one is on its way waits for the next, since an
// answer may be older than the question of who came later. One of those who wait asks,
// in its own goroutine: to wake another is most of what a question costs.
type rounds struct {
	ask  func(*wait) (position, error)
	now  func() time.Time
	turn chan struct{} // holds one value, taken while a question is on its way

	mu   sync.Mutex
	next *round        // of those who came since the last was asked
	late chan struct{} // closed while the question on its way takes its time
}

// round is one question and, when done is closed, its answer.
type round struct {
	done     chan struct{}
	at       time.Time // before it was asked
	position position
	err      error
}

func newRounds(ask func(*wait) (position, error), now func() time.Time) *rounds {
	r := &rounds{ask: ask, now: now, turn: make(chan struct{}, 1), late: make(chan struct{})}
	r.turn <- struct{}{}
	return r
}

// roundTimeout bounds one question; who waits longer asks again.
const roundTimeout = 2 * time.Second

// hedgeAfter is how long a question is not late.
const hedgeAfter = 2 * time.Millisecond

// wait is how long somebody waits for a round: until ctx ends, and for most if that is not 0.
// Most rounds end before anything could: a timer for each costs more than that, so there is
// none before a question is late.
type wait struct {
	ctx   context.Context
	most  time.Duration
	cause error // of the end after most

	begun  time.Time
	cancel context.CancelFunc
	asks   *rounds // whose question is this one's
	late   bool    // that question
}

// end releases what slow has made.
func (w *wait) end() {
	if w.cancel != nil {
		w.cancel()
	}
}

// slow returns the context that ends when the wait does.
func (w *wait) slow() context.Context {
	if w.most > 0 && w.cancel == nil {
		w.ctx, w.cancel = context.WithDeadlineCause(w.ctx, w.begun.Add(w.most), w.cause)
	}
	return w.ctx
}

// question returns the context of a question that is late, and tells all who wait for it.
func (w *wait) question() (context.Context, context.CancelFunc) {
	if w.asks != nil && !w.late {
		w.late = true
		w.asks.isLate()
	}
	return context.WithTimeout(w.slow(), roundTimeout)
}

// join returns the answer of a round that is asked after the call. When who asks leaves,
// the round fails for all who wait for it.
func (r *rounds) join(w *wait) (*round, error) {
	mine, late := r.enter()
	done := w.ctx.Done()
	for {
		select {
		case <-mine.done:
			return mine, mine.err
		case <-r.turn:
			r.run(w, mine)
			return mine, mine.err
		case <-late:
			late, done = nil, w.slow().Done()
		case <-done:
			return nil, context.Cause(w.ctx)
		}
	}
}

func (r *rounds) enter() (mine *round, late <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == nil {
		r.next = &round{done: make(chan struct{})}
	}
	return r.next, r.late
}

// run asks for those who wait in mine, unless that was done, and passes the turn on.
func (r *rounds) run(w *wait, mine *round) {
	defer func() { r.turn <- struct{}{} }()
	if !r.begin(mine) {
		return
	}
	w.asks = r
	mine.position, mine.err = r.ask(w)
	if w.late {
		r.isOver()
	}
	w.asks, w.late = nil, false
	close(mine.done)
}

// isLate has all who wait look at the time.
func (r *rounds) isLate() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.late)
}

// isOver is called when a question that was late has ended.
func (r *rounds) isOver() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late = make(chan struct{})
}

func (r *rounds) begin(mine *round) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next != mine {
		return false
	}
	r.next = nil
	mine.at = r.now()
	return true
}
