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

	call Call // nil: it could not be sent
}

func (a *asker) inquire(batch []question) *inquiry {
	n := a.node
	i := &inquiry{asker: a, questions: batch, asked: n.options.since(n.started)}
	i.call, _ = n.send(n.life, a.id, request{kind: askTerm}) // without a call it has failed
	return i
}

// until hands on the answer; false if there is none yet when it is late.
func (i *inquiry) until(late time.Time) bool {
	if i.call == nil {
		i.end(nil, ErrNotSent)
		return true
	}
	b, err := responseOf(i.call.Until(late))
	if errors.Is(err, ErrUnanswered) {
		return false
	}
	i.end(b, err)
	return true
}

// leave has another goroutine wait, until the call ends.
func (i *inquiry) leave() {
	n := i.asker.node
	n.tasks.Go(func() {
		if i.call == nil {
			i.end(nil, ErrNotSent)
			return
		}
		ctx, cancel := context.WithTimeout(n.life, askTimeout)
		defer cancel()
		i.end(responseOf(i.call.Wait(ctx)))
	})
}

// end hands on what became of the call.
func (i *inquiry) end(b []byte, err error) {
	var s standing
	if err == nil {
		s, err = parseStanding(b)
	}
	n, a := i.asker.node, i.asker
	if a.took.Store(int64(n.options.since(n.started) - i.asked)); err != nil {
		a.took.Store(int64(askTimeout))
	}
	promised := n.promise(i.asked, s)
	for _, q := range i.questions {
		q.answer <- answer{err == nil && s.term == q.term, promised}
	}
	a.next()
}
