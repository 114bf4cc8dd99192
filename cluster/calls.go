package cluster

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// call carries a request to a member.
func (n *Node) call(ctx context.Context, id string, r request) ([]byte, error) {
	c, err := n.send(ctx, id, r)
	if err != nil {
		return nil, err
	}
	return responseOf(c.Wait(ctx))
}

// send sends a request to a member. responseOf reads the outcome.
func (n *Node) send(ctx context.Context, id string, r request) (Call, error) {
	to, ok := n.member(id)
	if !ok || to.PG == "" {
		return nil, fmt.Errorf("%w: nobody knows where node %q is", ErrNotSent, id)
	}
	return n.options.Network.Peers.Send(ctx, to, appendRequest(n.cluster, id, r)), nil
}

func responseOf(b []byte, err error) ([]byte, error) {
	switch {
	case err == nil:
		return parseResponse(b)
	case errors.Is(err, ErrNotSent), errors.Is(err, ErrUnanswered):
		return nil, err
	}
	return nil, &lostError{err}
}

// lostError says that it is unknown whether a request did what it asked for.
type lostError struct{ cause error }

func (e *lostError) Error() string { return e.cause.Error() }

// Unwrap returns what happened to the request.
func (e *lostError) Unwrap() error { return e.cause }

// notLeader says whom to ask instead of this node.
func (n *Node) notLeader() error {
	_, id := n.raft.LeaderWithID()
	return &notLeaderError{leader: string(id)}
}

// Handle answers another node's request. It never passes a request on. An error
// means that there is no answer; what failed is in the response.
func (n *Node) Handle(ctx context.Context, b []byte) ([]byte, error) {
	r, err := parseRequest(n.cluster, n.id, b)
	if err == nil {
		err = n.usable()
	}
	if err == nil {
		b, err = n.answer(ctx, r)
	}
	if err != nil {
		return appendError(nil, err), nil
	}
	return b, nil
}

func (n *Node) answer(ctx context.Context, r request) ([]byte, error) {
	ok := []byte{answered}
	switch r.kind {
	case askTerm:
		return appendStanding(ok, n.standing()), nil
	case askPosition:
		return n.answerPosition(ctx, ok, r.body)
	case askClose:
		return n.answerClose(ctx, ok, r.body)
	case askAppend, askChange:
		return n.answerCommit(ctx, ok, r.body)
	case askStatus:
		b, err := json.Marshal(n.Status())
		return append(ok, b...), err
	case askDigest:
		b, err := n.answerDigest(ctx, r.body)
		return append(ok, b...), err
	case askOperate:
		return ok, n.answerOperate(r.body)
	}
	return nil, sqlstate.New(sqlstate.FeatureNotSupported, "request %d between nodes is not supported", r.kind)
}

func (n *Node) answerPosition(ctx context.Context, b, body []byte) ([]byte, error) {
	if !n.leader.serving.Load() {
		return nil, n.notLeader()
	}
	term, committed, w := n.leader.term.Load(), n.raft.CommitIndex(), wait{ctx: ctx}
	if n.leased() || n.seconded(term, body) {
		p, err := n.applied(&w, committed)
		if err != nil {
			return nil, err
		}
		return appendPosition(b, term, p), nil
	}
	r, err := n.rounds.join(&w)
	if err != nil {
		return nil, n.leadError(err)
	}
	return appendPosition(b, term, r.position), nil
}

// leadError is what a leader answers that could not do what only one can.
func (n *Node) leadError(err error) error {
	if !n.leader.serving.Load() || errors.Is(err, errNoQuorum) {
		return n.notLeader()
	}
	return err
}

func (n *Node) answerClose(ctx context.Context, b, body []byte) ([]byte, error) {
	if len(body) != 8 {
		return nil, errMessage
	}
	if !n.leader.serving.Load() {
		return nil, n.notLeader()
	}
	if err := n.closeAsLeader(ctx, hlc.Timestamp(binary.BigEndian.Uint64(body))); err != nil {
		return nil, err
	}
	return n.appendFrontier(b), nil
}

func (n *Node) appendFrontier(b []byte) []byte {
	return appendPosition(b, n.leader.term.Load(), *n.frontier.load())
}

// answerCommit commits a command's transactions, or its changes, each for itself.
func (n *Node) answerCommit(ctx context.Context, b, body []byte) ([]byte, error) {
	c, err := event.DecodeCommand(body)
	if err != nil {
		return nil, err
	}
	if !n.leader.serving.Load() {
		return nil, n.notLeader()
	}
	proposals := proposalsOf(&c)
	n.batcher.submitAll(ctx, proposals)
	tail := make([]byte, 0, 64*len(proposals))
	for _, p := range proposals {
		tail = appendResult(tail, p.receipts, p.err)
	}
	return append(n.appendFrontier(b), tail...), nil
}

func proposalsOf(c *event.Command) []*proposal {
	if len(c.Changes) > 0 {
		return []*proposal{{changes: c.Changes, bytes: changesBytes(c.Changes)}}
	}
	all := make([]*proposal, len(c.Transactions))
	for i, t := range c.Transactions {
		all[i] = &proposal{transaction: t, bytes: transactionBytes(&t)}
	}
	return all
}
