package cluster

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// batcher is the group commit: one Raft entry is in flight, and all that comes
// meanwhile travels in the next. An idle one sends at once, nothing ever waits for
// a timer.
type batcher struct {
	node  *Node
	slots *semaphore.Weighted // bytes that may wait

	mu      sync.Mutex
	waiting []*proposal
	stopped error         // refuses new proposals
	flight  chan struct{} // closed when the last entry stamped has landed; nil before the first
	stamp   hlc.Timestamp // of that entry

	wake    chan struct{}
	drained chan struct{} // closed when run has returned
	bytes   atomic.Int64
	items   atomic.Int64
	entries atomic.Uint64
	commits atomic.Uint64
	command event.Command // of run, for reuse
}

// proposal is a transaction or catalog changes on their way into the log.
type proposal struct {
	transaction event.Transaction
	changes     []event.Change // one; nodes of before send several, each for itself
	bytes       int
	state       atomic.Int32
	done        chan error // buffered; receipts are set before

	receipts []event.Receipt
	err      error // of submitAll
}

func (p *proposal) begin() {
	p.done = make(chan error, 1)
	p.state.Store(proposalWaiting)
}

// States of a proposal. Who moves it away from proposalWaiting decides its fate.
const (
	proposalWaiting int32 = iota + 1
	proposalTaken
	proposalCanceled
)

func newBatcher(n *Node) *batcher {
	return &batcher{
		node: n, slots: semaphore.NewWeighted(int64(n.options.QueueBytesMax)),
		wake: make(chan struct{}, 1), drained: make(chan struct{}),
	}
}

// submit queues p and returns when it is applied or refused. When ctx ends before
// p is packed the error is 57014; after that its fate is unknown, 40003.
func (b *batcher) submit(ctx context.Context, p *proposal) error {
	if err := b.start(ctx, p); err != nil {
		return err
	}
	return b.await(ctx, p)
}

// submitAll submits proposals together; each has its error then.
func (b *batcher) submitAll(ctx context.Context, all []*proposal) {
	for _, p := range all {
		p.err = b.start(ctx, p)
	}
	for _, p := range all {
		if p.err == nil {
			p.err = b.await(ctx, p)
		}
	}
}

func (b *batcher) start(ctx context.Context, p *proposal) error {
	p.begin()
	if err := b.slots.Acquire(ctx, int64(p.bytes)); err != nil {
		return errCanceled(err)
	}
	if err := b.enqueue(p); err != nil {
		b.slots.Release(int64(p.bytes))
		return err
	}
	return nil
}

func (b *batcher) await(ctx context.Context, p *proposal) error {
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return b.abandon(p, context.Cause(ctx))
	}
}

func (b *batcher) abandon(p *proposal, cause error) error {
	if p.state.CompareAndSwap(proposalWaiting, proposalCanceled) {
		return errCanceled(cause)
	}
	select {
	case err := <-p.done:
		return err
	default:
		return errUnknownFate(cause)
	}
}

func (b *batcher) enqueue(p *proposal) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped != nil {
		return b.stopped
	}
	b.waiting = append(b.waiting, p)
	b.bytes.Add(int64(p.bytes))
	b.items.Add(1)
	b.signal()
	return nil
}

func (b *batcher) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// run commits batch after batch until the batcher is stopped and empty.
func (b *batcher) run() {
	defer close(b.drained)
	var batch []*proposal
	for {
		var more bool
		if batch, more = b.take(batch[:0]); len(batch) > 0 {
			b.commit(batch)
			clear(batch)
			// Those who got their answer may have more: let them join the next entry.
			runtime.Gosched()
			continue
		}
		if !more {
			return
		}
		<-b.wake
	}
}

// take moves what fits into one entry from the queue to batch. more is false when
// nothing will ever come again.
func (b *batcher) take(batch []*proposal) (_ []*proposal, more bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken, bytes, drafts := 0, 0, 0
	for _, p := range b.waiting {
		bytes += p.bytes
		drafts += len(p.transaction.Drafts) + len(p.transaction.Changes) + len(p.changes)
		if len(batch) > 0 && (bytes > b.node.options.EntryBytesMax || drafts > b.node.options.EntryDraftsMax) {
			break
		}
		taken++
		if p.state.CompareAndSwap(proposalWaiting, proposalTaken) {
			batch = append(batch, p)
		} else {
			b.release(p)
		}
	}
	rest := copy(b.waiting, b.waiting[taken:])
	clear(b.waiting[rest:])
	b.waiting = b.waiting[:rest]
	return batch, b.stopped == nil || rest > 0
}

func (b *batcher) release(p *proposal) {
	b.bytes.Add(int64(-p.bytes))
	b.items.Add(-1)
	b.slots.Release(int64(p.bytes))
}

func (b *batcher) commit(batch []*proposal) {
	drafts, bytes := b.pack(batch)
	stamp, landed := b.takeOff(drafts)
	b.command.Stamp = stamp
	result, err := b.node.propose(event.AppendCommand(make([]byte, 0, bytes), &b.command))
	close(landed)
	b.entries.Add(1)
	transactions, changes := result.Transactions, result.Changes
	for _, p := range batch {
		switch {
		case err != nil:
			p.done <- err
		case p.changes == nil:
			p.done <- p.settle(transactions[0])
			transactions = transactions[1:]
		default:
			p.done <- firstError(changes[:len(p.changes)])
			changes = changes[len(p.changes):]
		}
		b.release(p)
	}
	if err == nil {
		b.commits.Add(uint64(len(batch)))
	}
}

// pack puts a batch into one command, and returns how many drafts that has and about how long
// it is.
func (b *batcher) pack(batch []*proposal) (drafts, bytes int) {
	clear(b.command.Transactions)
	clear(b.command.Changes)
	b.command.Transactions, b.command.Changes = b.command.Transactions[:0], b.command.Changes[:0]
	for _, p := range batch {
		bytes += p.bytes
		if p.changes != nil {
			b.command.Changes = append(b.command.Changes, p.changes...)
			continue
		}
		b.command.Transactions = append(b.command.Transactions, p.transaction)
		drafts += len(p.transaction.Drafts)
	}
	return drafts, bytes
}

// takeOff stamps an entry and makes it known to close in one step.
func (b *batcher) takeOff(drafts int) (hlc.Timestamp, chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flight = make(chan struct{})
	b.stamp = b.node.options.Clock.Reserve(drafts)
	return b.stamp, b.flight
}

// inFlight returns a channel that is closed when every entry that may have been
// given a stamp at or before ts has landed; nil if they have.
func (b *batcher) inFlight(ts hlc.Timestamp) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stamp > ts {
		return nil
	}
	select {
	case <-b.flight:
		return nil
	default:
		return b.flight // a nil channel: nothing was stamped yet
	}
}

func (p *proposal) settle(r event.TransactionResult) error {
	p.receipts = r.Receipts
	return r.Err
}

func firstError(results []event.ChangeResult) error {
	for _, r := range results {
		if r.Err != nil {
			return r.Err
		}
	}
	return nil
}

// close refuses what waits and whatever comes, with err.
func (b *batcher) close(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped == nil {
		b.stopped = err
	}
	for _, p := range b.waiting {
		if p.state.CompareAndSwap(proposalWaiting, proposalTaken) {
			p.done <- err
		}
		b.release(p)
	}
	clear(b.waiting)
	b.waiting = b.waiting[:0]
	b.signal()
}

// drain refuses whatever comes and commits what waits; when ctx ends, it refuses
// that too.
func (b *batcher) drain(ctx context.Context) {
	b.mu.Lock()
	if b.stopped == nil {
		b.stopped = errNotServing("shutting down")
	}
	b.signal()
	b.mu.Unlock()
	select {
	case <-b.drained:
	case <-ctx.Done():
		b.close(errNotServing("shutting down"))
	}
}
