package cluster

import (
	"context"
	"sync"
	"time"
)

// rounds asks for read positions: one question at a time, each for all who wait
// when it is asked. Who comes while one is on its way waits for the next, since an
// answer may be older than the question of who came later.
type rounds struct {
	ask   func(context.Context) (position, error)
	now   func() time.Time
	life  context.Context // ends them
	tasks *sync.WaitGroup

	mu      sync.Mutex
	next    *round // of those who came since the last was asked
	running bool
}

// round is one question and, when done is closed, its answer.
type round struct {
	done     chan struct{}
	at       time.Time // before it was asked
	position position
	err      error
}

// roundTimeout bounds one question; who waits longer asks again.
const roundTimeout = 2 * time.Second

// join returns the answer of a round that is asked after the call.
func (r *rounds) join(ctx context.Context) (*round, error) {
	r.mu.Lock()
	if r.next == nil {
		r.next = &round{done: make(chan struct{})}
	}
	mine := r.next
	if !r.running {
		r.running = true
		r.tasks.Go(r.run)
	}
	r.mu.Unlock()
	select {
	case <-mine.done:
		return mine, mine.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (r *rounds) run() {
	for {
		mine := r.begin()
		if mine == nil {
			return
		}
		ctx, cancel := context.WithTimeout(r.life, roundTimeout)
		mine.position, mine.err = r.ask(ctx)
		cancel()
		close(mine.done)
	}
}

// begin takes those who wait; nil ends the run.
func (r *rounds) begin() *round {
	r.mu.Lock()
	defer r.mu.Unlock()
	mine := r.next
	r.next = nil
	if mine == nil {
		r.running = false
		return nil
	}
	mine.at = r.now()
	return mine
}
