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
	ask  func(context.Context) (position, error)
	now  func() time.Time
	turn chan struct{} // holds one value, taken while a question is on its way

	mu   sync.Mutex
	next *round // of those who came since the last was asked
}

// round is one question and, when done is closed, its answer.
type round struct {
	done     chan struct{}
	at       time.Time // before it was asked
	position position
	err      error
}

func newRounds(ask func(context.Context) (position, error), now func() time.Time) *rounds {
	r := &rounds{ask: ask, now: now, turn: make(chan struct{}, 1)}
	r.turn <- struct{}{}
	return r
}

// roundTimeout bounds one question; who waits longer asks again.
const roundTimeout = 2 * time.Second

// join returns the answer of a round that is asked after the call. When who asks leaves,
// the round fails for all who wait for it.
func (r *rounds) join(ctx context.Context) (*round, error) {
	mine := r.enter()
	select {
	case <-mine.done:
	case <-r.turn:
		r.run(ctx, mine)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return mine, mine.err
}

func (r *rounds) enter() *round {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == nil {
		r.next = &round{done: make(chan struct{})}
	}
	return r.next
}

// run asks for those who wait in mine, unless that was done, and passes the turn on.
func (r *rounds) run(ctx context.Context, mine *round) {
	defer func() { r.turn <- struct{}{} }()
	if !r.begin(mine) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	mine.position, mine.err = r.ask(ctx)
	close(mine.done)
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
