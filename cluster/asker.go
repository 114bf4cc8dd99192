package cluster

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// asker asks one voter for its term: one call at a time, each for all the rounds
// that wait when it is made.
type asker struct {
	node *Node
	id   string

	took atomic.Int64 // by the last call, in ns; that of one that failed is askTimeout

	mu      sync.Mutex
	waiting []question
	running bool
}

type question struct {
	term   uint64
	answer chan<- answer // buffered
}

const askTimeout = roundTimeout

func (n *Node) asker(id string) *asker {
	if a, ok := n.askers.Load(id); ok {
		return a.(*asker)
	}
	a, _ := n.askers.LoadOrStore(id, &asker{node: n, id: id})
	return a.(*asker)
}

// expected is how long a call may take: one that is on its way is in front of it.
func (a *asker) expected() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	took := time.Duration(a.took.Load())
	if a.running {
		took += askTimeout
	}
	return took
}

// ask asks at once if the voter is asked nothing else; who calls then waits for the
// inquiry, or leaves it.
func (a *asker) ask(q question) *inquiry {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running {
		a.waiting = append(a.waiting, q)
		return nil
	}
	a.running = true
	return a.inquire([]question{q})
}

// next asks what has come meanwhile.
func (a *asker) next() {
	a.mu.Lock()
	defer a.mu.Unlock()
	batch := a.waiting
	a.waiting = nil
	if a.running = batch != nil; a.running {
		a.inquire(batch).leave()
	}
}

// inquiry is one call of an asker.
type inquiry struct {
	asker     *asker
	questions []question
	asked     time.Duration // on this node's clock since its start

	call   Call // nil: it could not be sent
	ctx    context.Context
	cancel context.CancelFunc
}

func (a *asker) inquire(batch []question) *inquiry {
	i := &inquiry{asker: a, questions: batch, asked: a.node.options.since(a.node.started)}
	i.ctx, i.cancel = context.WithTimeout(a.node.life, askTimeout)
	i.call, _ = a.node.send(i.ctx, a.id, request{kind: askTerm}) // without a call it has failed
	return i
}

// wait hands on the answer; false if ctx has ended before.
func (i *inquiry) wait(ctx context.Context) bool {
	var b []byte
	err := ErrNotSent
	if i.call != nil {
		b, err = responseOf(i.call.Wait(ctx))
	}
	if errors.Is(err, ErrUnanswered) {
		return false
	}
	var s standing
	if err == nil {
		s, err = parseStanding(b)
	}
	i.cancel()
	n, a := i.asker.node, i.asker
	if a.took.Store(int64(n.options.since(n.started) - i.asked)); err != nil {
		a.took.Store(int64(askTimeout))
	}
	promised := n.promise(i.asked, s)
	for _, q := range i.questions {
		q.answer <- answer{err == nil && s.term == q.term, promised}
	}
	a.next()
	return true
}

// leave has another goroutine wait, until the call ends.
func (i *inquiry) leave() {
	i.asker.node.tasks.Go(func() { i.wait(context.Background()) })
}

// hedgeAfter is when another voter is asked instead of those who have not answered.
const hedgeAfter = 2 * time.Millisecond

// hedges ends contexts that have been open for hedgeAfter, or up to twice that: with one
// timer for all of them, since to set one that is due before all others may wake a
// processor, which costs more than a question.
type hedges struct {
	mu         sync.Mutex
	young, old []context.CancelFunc
	running    bool
}

// soon returns a context that ends with ctx, when it is canceled, or soon.
func (h *hedges) soon(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.young = append(h.young, cancel)
	if !h.running {
		h.running = true
		time.AfterFunc(hedgeAfter, h.tick)
	}
	return ctx, cancel
}

func (h *hedges) tick() {
	h.mu.Lock()
	late := h.old
	h.old, h.young = h.young, nil
	if h.running = len(h.old) > 0; h.running {
		time.AfterFunc(hedgeAfter, h.tick)
	}
	h.mu.Unlock()
	for _, cancel := range late {
		cancel()
	}
}
