package cluster

import (
	"sync"
	"sync/atomic"
	"time"
)

// lease lets a leader answer CONSISTENT without asking, if Options.ReadLease says so:
// until it ends, too few voters would vote for another.
//
// A follower votes for nobody else before electionTimeout has passed since it heard of
// its leader, so what it promises when it is asked is that less the age of what it
// heard. The leader counts from before it asked, and gives up part of it for clocks
// that run at different rates. A voter that starts again first waits for as long, since
// it has forgotten whom it follows. A transfer of the leadership makes voters break the
// promise: there is no lease in a term any more once one is tried, and a vote that
// refers to a transfer of an earlier term is asked for as any other.
type lease struct {
	held atomic.Pointer[held]

	mu     sync.Mutex
	epoch  uint64 // changes when what was promised before no longer counts
	barred uint64 // term in which there is none any more
}

// held is a lease: until then, on this node's clock since its start.
type held struct {
	term  uint64
	until time.Duration
}

// leaseLength is how much of a follower's promise a leader counts on: clocks may run
// at rates that differ by a fifth.
const leaseLength = electionTimeout * 4 / 5

// begin returns the epoch that a round of questions is of.
func (l *lease) begin() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.epoch
}

// extend takes what a majority has promised in a round of an epoch.
func (l *lease) extend(epoch uint64, h held) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if epoch != l.epoch || h.term == l.barred {
		return
	}
	if before := l.held.Load(); before == nil || before.term != h.term || before.until < h.until {
		l.held.Store(&h)
	}
}

// end ends what was promised, e.g. before others vote.
func (l *lease) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.epoch++
	l.held.Store(nil)
}

// bar ends it for the rest of a term.
func (l *lease) bar(term uint64) {
	l.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.barred = term
}

func (l *lease) transferTerm() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.barred
}

// leased reports whether this node, when it is asked, is the leader by a lease: what it
// had applied before the call, and no node any more, is all that was acknowledged.
// Only then: who looks at the position after asking may have slept in between, and
// another may lead.
func (n *Node) leased() bool {
	h := n.lease.held.Load()
	return h != nil && n.options.since(n.started) < h.until &&
		n.leader.term.Load() == h.term && n.raft.CurrentTerm() == h.term // it has voted for nobody newer itself
}

// promise is until when a member that stands so votes for nobody else, if it was asked
// at a time of this node's clock; 0 = it promises nothing.
func (n *Node) promise(asked time.Duration, s standing) time.Duration {
	if !n.options.ReadLease || s.follows != n.id || s.heard < 0 {
		return 0
	}
	return asked + leaseLength - s.heard
}

// heardOf returns whom this node follows and how long ago it heard of it. The order
// matters: what it heard belongs to this or an earlier leader, of this or an earlier
// term than is read afterwards.
func (n *Node) heardOf() (leader string, ago time.Duration) {
	if !n.options.ReadLease {
		return "", -1
	}
	ago = time.Since(n.raft.LastContact())
	_, id := n.raft.LeaderWithID()
	return string(id), ago
}

// awaitPromises waits until what this node may have promised before it started has
// ended.
func (n *Node) awaitPromises() error {
	if empty, err := n.empty(); err != nil || empty || !n.options.ReadLease || n.options.Network == nil {
		return err
	}
	sleep(n.life, electionTimeout)
	return nil
}
