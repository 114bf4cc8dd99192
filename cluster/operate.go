package cluster

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/wire/sqlstate"
)

// operation is what an operator, or a node that joins, asks the leader for.
type operation struct {
	Op   string
	ID   string `json:",omitempty"` // of a node that joins
	Name string `json:",omitempty"`
}

const (
	opJoin     = "join"
	opDrain    = "drain"
	opUndrain  = "undrain"
	opRemove   = "remove"
	opTransfer = "transfer"
)

// Drain makes a member stop voting, leading and owning partitions; it goes on
// answering. It returns when that is in the log; Members shows how far it is. It may
// be repeated. Errors: 42704 if there is no such member, 55000 if there is no other, 57P03 without a leader.
func (n *Node) Drain(ctx context.Context, name string) error {
	return n.operate(ctx, operation{Op: opDrain, Name: name})
}

// Undrain takes Drain back.
func (n *Node) Undrain(ctx context.Context, name string) error {
	return n.operate(ctx, operation{Op: opUndrain, Name: name})
}

// Remove makes a member leave the cluster, as soon as the others can decide without
// it. Its data cannot join again. Errors as Drain's.
func (n *Node) Remove(ctx context.Context, name string) error {
	return n.operate(ctx, operation{Op: opRemove, Name: name})
}

// TransferLeader makes another member lead: the named one, or with "" any voter.
// Errors as Drain's; 55000 if it cannot lead.
func (n *Node) TransferLeader(ctx context.Context, name string) error {
	return n.operate(ctx, operation{Op: opTransfer, Name: name})
}

// operate has the leader do it, whoever that is.
func (n *Node) operate(ctx context.Context, o operation) error {
	if n.options.Network == nil {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "this node is not part of a cluster")
	}
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, commitPatience)
	defer cancel()
	for pause := pauseMin; ; pause = min(2*pause, pauseMax) {
		err := n.operateOnce(ctx, body)
		var lost *lostError
		unanswered := errors.As(err, &lost)
		retry := unanswered || errors.Is(err, ErrNotSent) || codeOf(err) == sqlstate.CannotConnectNow
		if retry && n.usable() == nil && sleep(ctx, pause) {
			continue // every operation may be repeated
		}
		switch {
		case unanswered:
			return sqlstate.New(sqlstate.StatementCompletionUnknown, "the leader has not answered").WithHint("Ask again: what is done already is not done twice.")
		case errors.Is(err, ErrNotSent):
			return errNotServing("without a leader")
		}
		return err
	}
}

func (n *Node) operateOnce(ctx context.Context, body []byte) error {
	if n.leader.serving.Load() {
		return n.answerOperate(body)
	}
	_, id := n.raft.LeaderWithID()
	if id == "" {
		return errNotServing("without a leader")
	}
	ctx, end := n.leaders.attend(ctx)
	defer end()
	_, err := n.call(ctx, string(id), request{kind: askOperate, body: body})
	return err
}

// answerOperate does it, as the leader.
func (n *Node) answerOperate(body []byte) error {
	var o operation
	if err := json.Unmarshal(body, &o); err != nil {
		return errMessage
	}
	if !n.leader.serving.Load() {
		return n.notLeader()
	}
	if o.Op == opJoin {
		return n.admit(o)
	}
	if o.Op == opTransfer && o.Name == "" {
		return n.transfer("")
	}
	id, m, err := n.named(o.Name)
	if err != nil {
		return err
	}
	if (o.Op == opDrain || o.Op == opRemove) && n.only(id) {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "node %q is the only one of the cluster", o.Name).
			WithHint("Let another node join first: nobody could take over.")
	}
	switch o.Op {
	case opDrain:
		m.Draining = true
	case opUndrain:
		m.Draining = false
	case opRemove:
		m.Removed = true
	case opTransfer:
		return n.transfer(id)
	default:
		return sqlstate.New(sqlstate.FeatureNotSupported, "operation %q is not supported", o.Op)
	}
	return n.putMember(id, m)
}

// only reports whether there is no member beside one.
func (n *Node) only(id string) bool {
	for other, m := range n.catalogued() {
		if other != id && !m.Removed {
			return false
		}
	}
	return true
}

// named finds a member by its name.
func (n *Node) named(name string) (string, memberRecord, error) {
	for id, m := range n.catalogued() {
		if m.Name == name && !m.Removed {
			return id, m, nil
		}
	}
	return "", memberRecord{}, sqlstate.New(sqlstate.UndefinedObject, "there is no node %q in the cluster", name)
}

// Roles of a member.
const (
	noMember = ""
	learner  = "learner"
	voter    = "voter"
)

// suffrage returns a member's role in the newest configuration.
func (n *Node) suffrage(id string) string {
	for _, s := range n.configuration().Servers {
		switch {
		case string(s.ID) != id:
		case s.Suffrage == raft.Voter:
			return voter
		default:
			return learner
		}
	}
	return noMember
}
