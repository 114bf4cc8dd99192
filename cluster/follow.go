package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"
)

// lead is who leads in which term.
type lead struct {
	id   string
	term uint64
}

// follow returns when this node has applied a position of the leader's, errBehind if ctx ends before.
// Raft tells followers of a commit with the next entry or after CommitTimeout; the
// leader's answer tells it too, so raft is told at once.
func (n *Node) follow(ctx context.Context, l lead, p position) error {
	if n.frontier.load().Index < p.Index {
		n.learnCommit(l, p)
	}
	if n.frontier.wait(ctx, n.failed, func(at *position) bool { return at.Index >= p.Index }) == nil {
		return errBehind
	}
	return nil
}

// learnCommit hands raft what the leader of a term said, as the message that it
// would have sent: that the entry p.Index of p.Term is committed. Raft commits it
// if it has this very entry and knows of no later term.
func (n *Node) learnCommit(l lead, p position) {
	if l.term == 0 {
		return
	}
	leader := raft.ServerID(l.id)
	request := &raft.AppendEntriesRequest{
		RPCHeader: raft.RPCHeader{
			ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(leader),
			Addr: n.transport.EncodePeer(leader, raft.ServerAddress(leader)),
		},
		Term: l.term, PrevLogEntry: p.Index, PrevLogTerm: p.Term, LeaderCommitIndex: p.Index,
	}
	// An error means a later heartbeat tells it.
	_ = n.transport.AppendEntries(raft.ServerID(n.id), raft.ServerAddress(n.id), request, &raft.AppendEntriesResponse{})
}

// appendTidings tells another node what this one knows committed, and of which leader.
func (n *Node) appendTidings(b []byte) []byte {
	l := lead{n.id, n.leader.term.Load()}
	if l.term == 0 {
		if led := n.led.Load(); led != nil {
			l = *led
		}
	}
	return append(appendPosition(b, l.term, *n.frontier.load()), l.id...)
}

// hear takes another node's tidings.
func (n *Node) hear(tidings string) {
	term, p, id, err := parsePosition([]byte(tidings))
	if err == nil && n.frontier.load().Index < p.Index && string(id) != n.id {
		n.learnCommit(lead{string(id), term}, p)
	}
}

var errBehind = errors.New("this node has not applied yet what the leader has")

// askForPosition returns this node's position once it covers the leader's: one that
// a majority confirms after the call.
func (n *Node) askForPosition(w *wait) (position, error) {
	if n.leader.serving.Load() {
		return n.confirmPosition(w)
	}
	id, err := n.leaderID()
	if err != nil {
		return position{}, err
	}
	c, err := n.send(n.life, id, request{kind: askPosition, body: n.ownTerm()})
	if err != nil {
		return position{}, err
	}
	b, err := responseOf(c.Until(time.Now().Add(hedgeAfter)))
	if errors.Is(err, ErrUnanswered) {
		ctx, cancel := w.question()
		defer cancel()
		ctx, end := n.attendLeader(ctx, id)
		defer end()
		b, err = responseOf(c.Wait(ctx))
	}
	if err != nil {
		return position{}, err
	}
	l, p, _, err := n.takePosition(id, b)
	if err == nil && n.frontier.load().Index < p.Index {
		ctx, cancel := w.question()
		defer cancel()
		err = n.follow(ctx, l, p)
	}
	return *n.frontier.load(), err
}

func (n *Node) leaderID() (string, error) {
	_, id := n.raft.LeaderWithID()
	if id == "" || string(id) == n.id {
		return "", fmt.Errorf("%w: %w", ErrNotSent, errNoLeader)
	}
	return string(id), nil
}

// attendLeader returns a context that ends with ctx, and when a node leads no more.
func (n *Node) attendLeader(ctx context.Context, id string) (context.Context, func()) {
	ctx, end := n.leaders.attend(ctx)
	if now, err := n.leaderID(); err != nil || now != id {
		end() // it has changed before
	}
	return ctx, end
}

// takePosition reads a leader's answer, which begins with a position.
func (n *Node) takePosition(id string, b []byte) (l lead, p position, rest []byte, err error) {
	l.id = id
	if l.term, p, rest, err = parsePosition(b); err != nil {
		return l, p, nil, &lostError{err}
	}
	if before := n.led.Load(); before == nil || *before != l {
		n.led.Store(&l)
	}
	return l, p, rest, nil
}

// askLeader carries a request to the leader and returns the rest of its answer once
// this node has applied the position that the answer begins with.
func (n *Node) askLeader(ctx context.Context, r request) ([]byte, error) {
	id, err := n.leaderID()
	if err != nil {
		return nil, err
	}
	ctx, end := n.attendLeader(ctx, id)
	defer end()
	b, err := n.call(ctx, id, r)
	if err != nil {
		return nil, err
	}
	l, p, rest, err := n.takePosition(id, b)
	if err != nil {
		return nil, err
	}
	return rest, n.follow(ctx, l, p)
}

var errNoLeader = errors.New("no leader is known")
