package cluster

import (
	"context"
	"sync"
	"sync/atomic"
)

// leadership is whether this node leads and may serve: it must have applied an
// entry of its own term first, since before that its log may hold acknowledged
// entries that are not applied yet.
type leadership struct {
	serving atomic.Bool
	changes chan bool // from raft

	mu      sync.Mutex
	stopped bool
	moved   chan struct{} // closed when serving or stopped changes; nil while nobody waits
}

func (l *leadership) set(serving bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.serving.Store(serving && !l.stopped)
	l.wake()
}

// stop ends serving for good.
func (l *leadership) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	l.serving.Store(false)
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
	return l.stopped, l.moved
}

// watchLeadership follows raft's elections until raft is gone.
func (n *Node) watchLeadership() {
	for {
		select {
		case leads := <-n.leader.changes:
			n.leader.set(leads && n.beginTerm())
		case <-n.raftGone:
			return
		}
	}
}

// beginTerm commits an entry of this term and reports whether it was applied.
func (n *Node) beginTerm() bool {
	_, err := n.propose(nil)
	if err != nil {
		n.options.Logger.Warn("could not begin the term", "error", err)
		return false
	}
	n.observeFrontier()
	return true
}

// Ready returns nil while this node serves, else why it does not: 57P03, or what
// made it fail.
func (n *Node) Ready() error {
	if n.leader.serving.Load() {
		return nil
	}
	if err := n.Err(); err != nil {
		return err
	}
	if stopped, _ := n.leader.state(); stopped {
		return errNotServing("shutting down")
	}
	return errNotServing("starting")
}

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
