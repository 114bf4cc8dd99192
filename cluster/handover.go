package cluster

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/wire/sqlstate"
)

// handOvers remembers to whom raft could not hand over the leadership in a term. It is
// not asked for that again: what is left of a try in which the other did not catch up
// blocks the next for ever, and raft takes no entry while one is under way, in whatever
// term it leads then.
type handOvers struct {
	mu     sync.Mutex
	term   uint64
	failed map[string]bool
}

func (h *handOvers) hasFailed(term uint64, id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.term == term && h.failed[id]
}

func (h *handOvers) fail(term uint64, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.term != term {
		h.term, h.failed = term, map[string]bool{}
	}
	h.failed[id] = true
}

// handOverTimeout bounds each step of a hand-over.
const handOverTimeout = electionTimeout

// transfer hands the leadership to a member, "" for any voter: one that answers.
func (n *Node) transfer(id string) error {
	if id == n.id {
		return nil
	}
	if id != "" && n.suffrage(id) != voter {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "the node cannot lead: it does not vote").
			WithHint("A node that has joined, or is not drained any more, votes once it has caught up.")
	}
	if id != "" && n.clockDisagrees(id) && !n.lookAtClock() {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "the node cannot lead: its clock is off").
			WithDetail("It is more than %v from this node's.", n.options.DriftMax)
	}
	n.lease.bar(n.raft.CurrentTerm())
	err := errors.New("no other voter answers")
	if id = n.heir(id); id != "" {
		err = n.handOver(id)
	}
	if err != nil {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "the leadership could not be transferred").WithDetail("%v", err)
	}
	return nil
}

// heir returns the member if it answers, of all other voters the one that has applied
// most; "" if there is none.
func (n *Node) heir(id string) (best string) {
	ctx, cancel := context.WithTimeout(n.life, handOverTimeout)
	defer cancel()
	candidates := []string{id}
	if id == "" {
		candidates = n.voters()
	}
	applied := n.askApplied(ctx, candidates)
	for _, c := range candidates {
		if at, answered := applied[c]; answered && c != n.id && (best == "" || at > applied[best]) {
			best = c
		}
	}
	return best
}

func (n *Node) handOver(id string) error {
	term := n.raft.CurrentTerm()
	if n.handedOver.hasFailed(term, id) {
		return n.tellToStand(id)
	}
	err := n.await(n.raft.LeadershipTransferToServer(raft.ServerID(id), raft.ServerAddress(id)))
	if err != nil {
		n.handedOver.fail(term, id)
	}
	return err
}

// tellToStand does what raft does last in a transfer: it has the member stand for
// election, which it wins if its log is up to date.
func (n *Node) tellToStand(id string) error {
	request := &raft.TimeoutNowRequest{RPCHeader: raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(n.id)}}
	told := make(chan error, 1)
	n.tasks.Go(func() {
		told <- campaigns{NetworkTransport: n.transport, node: n}.TimeoutNow(raft.ServerID(id), raft.ServerAddress(id), request, &raft.TimeoutNowResponse{})
	})
	late := time.NewTimer(handOverTimeout)
	defer late.Stop()
	select {
	case err := <-told:
		if err != nil {
			return err
		}
	case <-late.C:
		return errors.New("it does not answer")
	case <-n.raftGone:
		return raft.ErrRaftShutdown
	}
	for until := time.Now().Add(handOverTimeout); n.raft.State() == raft.Leader; {
		if time.Now().After(until) || !sleep(n.life, pauseMin) {
			return errors.New("it was not elected")
		}
	}
	return nil
}

// stepDown has another voter lead before this node ends, so that the others need not
// find out that it is gone.
func (n *Node) stepDown() {
	if n.leader.serving.Load() && len(n.voters()) > 1 {
		if err := n.transfer(""); err != nil {
			n.options.Logger.Info("nobody took over the leadership", "error", err)
		}
	}
}
