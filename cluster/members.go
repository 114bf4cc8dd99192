package cluster

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/projsql/projsql/cluster/hop"
)

// Member is where a node of the cluster is, and what is known of it without asking
// it. It says nothing of who votes: that is in Raft's configuration.
type Member struct {
	ID      string // persistent, of the node's data
	Cluster string // id of the cluster; "" = it has none yet
	Name    string // as projsql.nodes shows it
	Raft    string // host:port of Raft's connections
	PG      string // host:port of the Postgres protocol
	Format  int    // newest of commands that it reads; 0 = its release does not tell
	Alive   bool
}

// Directory finds the members. What it knows is a hint: it may be late, and
// nothing that must be right follows from it. It is safe for concurrent use.
type Directory interface {
	// Announce makes this node known and joins the others. A node without a cluster
	// gets the id of the one that it joined; one of another cluster than the others is
	// an error.
	Announce(ctx context.Context, self Member) (cluster string, err error)
	// Members returns all that are known, this node too, those that were lost too. Nobody
	// changes the slice.
	Members() []Member
}

// Caller carries requests to other nodes, whose Handle answers them. It is safe for
// concurrent use.
type Caller interface {
	// Send does not wait for the other node. ctx bounds how long it takes to reach it.
	Send(ctx context.Context, to Member, request []byte) Call
}

// Call is a request on its way. One goroutine at a time uses it, until it has the outcome.
type Call interface {
	// Wait returns the outcome: the response, or an error; one that is ErrNotSent says that
	// the request has not reached the other node and never will. When ctx ends, the call is
	// given up, and that is the outcome.
	Wait(ctx context.Context) (response []byte, err error)
	// Until is Wait that costs less, for a few milliseconds: ErrUnanswered, at a moment or
	// somewhat later, says that there is no outcome yet.
	Until(moment time.Time) (response []byte, err error)
}

// Relayer has another node's session answer a statement, to which it adds nothing. An
// error is the other's, a *sqlstate.Error, or says that there is no whole answer. It is
// safe for concurrent use.
type Relayer interface {
	Relay(ctx context.Context, to Member, s *hop.Statement) (hop.Answer, error)
}

// Streamer has another node's session run a statement whose rows come while it runs; the
// other node ends it when ctx does. silence is how long it may send nothing while it is
// waited for. Errors are a Relayer's, of Stream or of the rows. It is safe for concurrent use.
type Streamer interface {
	Stream(ctx context.Context, to Member, s *hop.Statement, silence time.Duration) (hop.Rows, error)
}

// ErrNotSent says that a request has not left this node.
var ErrNotSent = errors.New("the request was not sent")

// ErrUnanswered says that a call has no outcome yet.
var ErrUnanswered = errors.New("the request is not answered yet")

// Network is how a node reaches the others of its cluster.
type Network struct {
	Listener  net.Listener // of Raft's connections; the node closes it
	Dial      func(ctx context.Context, addr string) (net.Conn, error)
	Directory Directory
	Peers     Caller
	Relay     Relayer  // nil: every node answers all single reads itself
	Streams   Streamer // nil: every node scans all itself

	RaftAddr string // where the others reach Listener
	PGAddr   string // where they reach this node's Postgres protocol

	// RelayPatience is how long an owner may take to answer a read before the node that was
	// asked answers itself; an owner that is behind says so after an eighth of it. 250 ms.
	RelayPatience time.Duration
	// ElectionTimeout is how long a follower hears nothing before it stands for election;
	// 750 ms, and not less: leases count on that.
	ElectionTimeout time.Duration

	// Join makes a node without data a member of the cluster that the Directory finds;
	// otherwise it becomes the first of a new one.
	Join bool
	// VotersMax is how many members vote; the others are learners. 5.
	VotersMax int
}

// member returns what the directory knows of a node.
func (n *Node) member(id string) (Member, bool) {
	if n.options.Network == nil {
		return Member{}, false
	}
	for _, m := range n.options.Network.Directory.Members() {
		if m.ID == id {
			return m, true
		}
	}
	return Member{}, false
}
