package cluster

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

// leadership is whether this node leads and may serve: it must have applied an
// entry of its own term first, since before that its log may hold acknowledged
// entries that are not applied yet.
type leadership struct {
	serving atomic.Bool
	term    atomic.Uint64            // in which it serves; 0 = it does not
	alone   atomic.Bool              // it serves, and nobody else votes: there is nobody to ask
	voters  atomic.Pointer[[]string] // as this leader has made them; nil while it changes them
	sole    atomic.Uint64            // nobody else has been given what comes after this index; 0 = others may have been
	changes chan bool                // from raft

	configuring sync.Mutex // held by who changes the configuration, or notes who is in it

	stopped atomic.Bool // for good

	mu    sync.Mutex
	moved chan struct{} // closed when serving or stopped changes; nil while nobody waits
}

// set makes this node serve in a term, alone if nobody else votes; 0 = not.
func (l *leadership) set(term uint64, alone bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped.Load() {
		term = 0
	}
	l.alone.Store(term != 0 && alone)
	if term == 0 {
		l.sole.Store(0)
	}
	l.term.Store(term)
	l.serving.Store(term != 0)
	l.wake()
}

// stop ends serving for good.
func (l *leadership) stop() {
	l.stopped.Store(true)
	l.set(0, false)
}

// changed wakes those who wait for the node to be ready.
func (l *leadership) changed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake()
}

func (l *leadership) wake() {
	if l.moved != nil {
		close(l.moved)
		l.moved = nil
	}
}

func (l *leadership) state() (stopped bool, moved <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.moved == nil {
		l.moved = make(chan struct{})
	}
	return l.stopped.Load(), l.moved
}

// watchLeadership follows raft's elections until raft is gone.
func (n *Node) watchLeadership() {
	for {
		select {
		case leads := <-n.leader.changes:
			n.leader.set(0, false)
			if leads {
				n.beginTerm()
			}
		case <-n.clocks.righted:
			if n.raft.State() == raft.Leader && !n.leader.serving.Load() {
				n.beginTerm()
			}
		case <-n.raftGone:
			return
		}
	}
}

// beginTerm commits an entry of this term and serves once it is applied, unless the
// clock is off. Raft may refuse the entry for a while: until it knows what became of a
// transfer of an earlier term.
func (n *Node) beginTerm() {
	if n.lookAtClock() {
		if n.mayAbdicate() { // else watchClocks does when it has looked again
			n.abdicate()
		}
		return
	}
	term := n.raft.CurrentTerm()
	for {
		_, err := n.propose(nil)
		leads := n.raft.State() == raft.Leader && n.raft.CurrentTerm() == term
		if err == nil && leads {
			break
		}
		if !leads || n.usable() != nil || !sleep(n.life, pauseMin) {
			if err != nil {
				n.options.Logger.Warn("could not begin the term", "error", err)
			}
			return // a later one's beginning is still to come
		}
	}
	n.observeFrontier()
	n.leader.configuring.Lock()
	defer n.leader.configuring.Unlock()
	n.leader.set(term, n.countVoters())
}

// countVoters notes who votes, and whether this node does alone: when its term begins, and after
// a change of the configuration that it has made itself, since nobody else changes it.
func (n *Node) countVoters() (alone bool) {
	voters := n.voters()
	n.leader.voters.Store(&voters)
	alone = len(voters) == 1 && voters[0] == n.id
	n.leader.alone.Store(alone && n.leader.serving.Load())
	if n.OnlyMember() {
		n.leader.sole.Store(n.raft.LastIndex())
	}
	return alone
}

// reconfigure changes the configuration, of which this node may not be the only member from then on.
func (n *Node) reconfigure(change func() error) error {
	n.leader.configuring.Lock()
	defer n.leader.configuring.Unlock()
	n.leader.sole.Store(0) // before another is given anything
	defer n.countVoters()
	return change()
}

// OnlyMember reports whether nobody else is in the cluster as this node knows it.
func (n *Node) OnlyMember() bool {
	servers := n.configuration().Servers
	return len(servers) == 1 && string(servers[0].ID) == n.id
}

// usable returns nil unless the node has failed or is shutting down.
func (n *Node) usable() error {
	select {
	case <-n.failed:
		return n.Err()
	default:
	}
	if n.leader.stopped.Load() {
		return errNotServing("shutting down")
	}
	return nil
}

// Ready returns nil while this node leads, or follows a leader that a majority
// confirms; else why it does not: 57P03, or what made it fail.
func (n *Node) Ready() error {
	if n.leader.serving.Load() {
		return nil
	}
	if err := n.usable(); err != nil {
		return err
	}
	age, known := n.age()
	switch {
	case !known || n.options.Network == nil:
		return errNotServing("starting")
	case age > readyAgeMax:
		return errNotServing("without a leader that a majority confirms")
	}
	return nil
}

// readyAgeMax is how long a follower may have heard nothing of a leader and still
// be called ready.
const readyAgeMax = 5 * time.Second

// WaitReady returns when this node serves, or why it never will.
func (n *Node) WaitReady(ctx context.Context) error {
	for {
		stopped, moved := n.leader.state()
		err := n.Ready()
		if err == nil || stopped {
			return err
		}
		select {
		case <-moved:
		case <-n.failed:
			return n.Err()
		case <-ctx.Done():
			return err
		}
	}
}
