package cluster

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/cluster/raftlog"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Node is a member of a database's Raft group: it appends to the log, fixes what
// statements read, and has its Projector and Machine answer. It is safe for
// concurrent use.
type Node struct {
	options   Options
	id        string
	cluster   string // its id; "" without a Network
	logs      *raftlog.Store
	snapshots *snapshots
	frontier  frontier
	batcher   *batcher
	forwarder *forwarder
	leader    leadership
	rounds    *rounds
	leaders   leaderWatch
	led       atomic.Pointer[lead]      // the last leader that answered
	askers    sync.Map                  // voter's id → *asker
	known     atomic.Pointer[time.Time] // when this node knew itself current, last
	placed    atomic.Pointer[ownership]
	relays    relayCounts
	scatters  scatterCounts
	seen      sightings // of the reconciler
	clocks    clocks
	lease     lease
	acks      acks

	handedOver handOvers
	members    atomic.Pointer[map[string]memberRecord]
	transport  *raft.NetworkTransport // nil without a Network
	started    time.Time

	life    context.Context // ends with the node
	endLife context.CancelFunc

	failed   chan struct{} // closed when the node cannot go on
	silenced sync.Once
	mute     chan struct{} // closed when raft may answer nobody any more: it is gone, or the node has failed
	raftGone chan struct{} // closed when none of raft's goroutines runs any more, and its transport is closed
	tasks    sync.WaitGroup

	mu       sync.Mutex
	raft     *raft.Raft
	shutdown bool  // raft was told to end
	err      error // why failed is closed
}

// Open starts a node from what its directory and its machine hold; a new
// directory becomes a group of one voter. The node serves when WaitReady returns.
//
// A log or a snapshot that is not what was written is an error with SQLSTATE XX001
// that names the file. The machine stays the caller's if Open fails, else Close
// closes it.
func Open(o Options) (*Node, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	n := &Node{
		options: o, started: o.Now(),
		failed: make(chan struct{}), raftGone: make(chan struct{}), mute: make(chan struct{}),
	}
	n.life, n.endLife = context.WithCancel(context.Background())
	if err := n.open(); err != nil {
		n.endLife()
		if n.logs != nil {
			err = errors.Join(err, n.logs.Close())
		}
		return nil, err
	}
	return n, nil
}

func (n *Node) open() (err error) {
	n.logs, err = raftlog.Open(n.options.Dir, raftlog.Options{
		SegmentBytes: n.options.JournalBytes, WriteTimeout: n.options.WriteTimeout, Failed: n.fail, Fault: n.options.fault,
	})
	if err != nil {
		return err
	}
	if n.snapshots, err = openSnapshots(n.options.Dir, n.options.Machine); err != nil {
		return err
	}
	extent, err := n.logs.Verify(n.snapshots.index())
	if err != nil {
		return err
	}
	if err := n.verifyMachine(extent); err != nil {
		return err
	}
	if err := n.logs.Settle(n.snapshots.index()); err != nil {
		return err
	}
	if n.id, err = n.loadID(); err != nil {
		return err
	}
	if err := n.enter(); err != nil {
		return err
	}
	return n.start(extent)
}

// start brings up raft and the node's own goroutines.
func (n *Node) start(x raftlog.Extent) error {
	fsm, err := newFSM(n, x)
	if err != nil {
		return err
	}
	n.observeFrontier()
	n.leader.changes, n.clocks.righted = make(chan bool, 16), make(chan struct{}, 1)
	n.batcher = newBatcher(n)
	n.forwarder = &forwarder{node: n}
	n.rounds = newRounds(n.askForPosition, n.options.Now)
	if err := n.awaitPromises(); err != nil {
		return err
	}
	r, err := n.startRaft(fsm)
	if err != nil {
		return err
	}
	n.mu.Lock()
	n.raft = r
	failed := n.err != nil
	n.mu.Unlock()
	if failed {
		n.stopRaft()
	}
	n.tasks.Go(n.batcher.run)
	n.tasks.Go(n.watchLeadership)
	n.tasks.Go(n.watchMachine)
	n.tasks.Go(func() { n.takeSnapshots(fsm.snapshotDue) })
	if n.options.Network != nil {
		if n.OnlyMember() {
			n.electAtOnce()
		}
		n.tasks.Go(n.join)
		n.tasks.Go(n.reconcile)
		n.tasks.Go(n.keepCurrent)
		n.tasks.Go(n.watchLeader)
		n.tasks.Go(n.watchClocks)
		n.tasks.Go(n.keepPlaced)
	}
	return nil
}

// observeFrontier keeps new stamps after those in the store. A clock that is
// further behind is told about; the machine ratifies stamps in any case.
func (n *Node) observeFrontier() {
	_, stamp := n.options.Machine.Frontier()
	if err := n.options.Clock.Observe(stamp); err != nil {
		n.options.Logger.Warn("the clock is behind the log", "error", err)
	}
}

// watchMachine stops the node when its machine fails: the call that would tell may hang.
func (n *Node) watchMachine() {
	select {
	case <-n.options.Machine.Failed():
		n.fail(n.options.Machine.Err())
	case <-n.life.Done():
	}
}

// fail stops the node for good. The first error is the one that is told.
func (n *Node) fail(err error) {
	n.mu.Lock()
	if n.err != nil {
		n.mu.Unlock()
		return
	}
	n.err = err
	close(n.failed)
	n.mu.Unlock()
	n.leader.stop()
	n.stopRaft()
	if n.batcher != nil {
		n.batcher.close(err)
	}
	n.silence() // last: who hears of it finds a node that serves nobody
}

// stopRaft tells raft to end; raftGone is closed when it has.
func (n *Node) stopRaft() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.raft == nil || n.shutdown {
		return
	}
	n.shutdown = true
	ended := n.raft.Shutdown()
	n.tasks.Go(func() {
		_ = ended.Error() // there is none
		close(n.raftGone)
		n.silence()
	})
}

// Failed is closed when the node can no longer be trusted: its log could not be
// written, its machine could not apply, something is damaged. Err says why. The
// process should end; a restart verifies everything.
func (n *Node) Failed() <-chan struct{} { return n.failed }

// Err returns why Failed is closed, nil while it is not.
func (n *Node) Err() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

// Close stops accepting appends, commits what waits, snapshots, and closes the
// log and the machine. When ctx ends, what still waits is refused instead.
func (n *Node) Close(ctx context.Context) error {
	n.batcher.drain(ctx)
	n.stepDown()
	n.leader.stop()
	var err error
	if n.Err() == nil {
		err = n.snapshot()
	}
	n.endLife()
	n.stopRaft()
	n.tasks.Wait()
	return errors.Join(err, n.logs.Close(), n.options.Machine.Close())
}

// Project returns one entity's state at the request's cut.
func (n *Node) Project(ctx context.Context, r projection.Request) (projection.Outcome, error) {
	return n.options.Projector.Project(ctx, r)
}

// Scan calls each with every entity that has a state at the cut, in byte order.
func (n *Node) Scan(ctx context.Context, r projection.ScanRequest, each projection.EachState) error {
	return n.options.Projector.Scan(ctx, r, each)
}

// History calls each with the states that an entity went through; see
// engine.Engine.History.
func (n *Node) History(ctx context.Context, r projection.HistoryRequest, each projection.EachStep) (projection.Outcome, error) {
	return n.options.Projector.History(ctx, r, each)
}

// Log reads events at the cut.
func (n *Node) Log(c projection.Cut) event.Reader { return n.options.Machine.Reader(c) }
