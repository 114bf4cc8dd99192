package cluster

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/projsql/projsql/storage/event"
)

// forwarder sends this node's proposals to the leader: all that wait in one call, a
// few calls at a time.
type forwarder struct {
	node *Node

	mu      sync.Mutex
	waiting []*proposal
	flights int
}

const (
	flightsMax     = 4
	forwardTimeout = 30 * time.Second // a leader that is slow, but stays the leader
)

// submit queues p and returns as batcher.submit does.
func (f *forwarder) submit(ctx context.Context, p *proposal) error {
	b := f.node.batcher
	p.begin()
	if err := b.slots.Acquire(ctx, int64(p.bytes)); err != nil {
		return errCanceled(err)
	}
	f.mu.Lock()
	f.waiting = append(f.waiting, p)
	if f.flights < flightsMax {
		f.flights++
		f.node.tasks.Go(f.fly)
	}
	f.mu.Unlock()
	return b.await(ctx, p)
}

func (f *forwarder) fly() {
	for {
		batch := f.take()
		if batch == nil {
			return
		}
		f.send(batch)
	}
}

// take moves what fits into one call from the queue. What changes the catalog flies alone: a leader of before that does not know
// its format refuses it, and nothing else.
func (f *forwarder) take() (batch []*proposal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken, bytes, drafts := 0, 0, 0
	for _, p := range f.waiting {
		bytes += p.bytes
		drafts += len(p.transaction.Drafts)
		o := &f.node.options
		if len(batch) > 0 && (bytes > o.EntryBytesMax || drafts > o.EntryDraftsMax || p.defines() || batch[0].defines()) {
			break
		}
		taken++
		if p.state.CompareAndSwap(proposalWaiting, proposalTaken) {
			batch = append(batch, p)
		} else {
			f.node.batcher.slots.Release(int64(p.bytes))
		}
	}
	f.waiting = append(f.waiting[:0:0], f.waiting[taken:]...)
	if batch == nil {
		f.flights--
	}
	return batch
}

func (f *forwarder) send(batch []*proposal) {
	body, err := f.call(batch)
	answers := results{rest: body}
	for _, p := range batch {
		fate := err
		if err == nil {
			p.receipts, fate = answers.next()
			if errors.Is(fate, errMessage) {
				fate = errUnknownFate(fate)
			}
		}
		f.node.batcher.slots.Release(int64(p.bytes))
		p.done <- fate
	}
}

// call has the leader commit a batch, and waits until this node has applied it too,
// so that who appended reads it here. It returns the results that the leader sent.
func (f *forwarder) call(batch []*proposal) ([]byte, error) {
	ctx, cancel := context.WithTimeout(f.node.life, forwardTimeout)
	defer cancel()
	rest, err := f.node.askLeader(ctx, requestOf(batch))
	if err != nil && !errors.Is(err, errBehind) { // the appends are in the log: reads will wait
		return nil, fateOf(err)
	}
	return rest, nil
}

func requestOf(batch []*proposal) request {
	var c event.Command
	kind := askAppend
	for _, p := range batch {
		if p.changes != nil {
			kind, c.Changes = askChange, p.changes
			continue
		}
		c.Transactions = append(c.Transactions, p.transaction)
	}
	return request{kind: kind, body: event.AppendCommand(nil, &c)}
}

// fateOf says what an error of a call to the leader means for what it carried.
func fateOf(err error) error {
	var other *notLeaderError
	var lost *lostError
	switch {
	case errors.Is(err, ErrNotSent), errors.As(err, &other):
		return errNotServing("without a leader")
	case errors.As(err, &lost):
		return errUnknownFate(lost.cause)
	}
	return err
}
