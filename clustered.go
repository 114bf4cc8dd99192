package projsql

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/gossip"
	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/cluster/peer"
	"github.com/projsql/projsql/cluster/secret"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/wire"
	"github.com/projsql/projsql/wire/socket"
	"github.com/projsql/projsql/wire/sqlstate"
)

// ClusterOptions say how a node and the others of its cluster reach each other. The
// addresses are those that the others use, host:port.
type ClusterOptions struct {
	Raft     net.Listener // of the replication; the DB owns it
	RaftAddr string       // "": Raft's own
	PGAddr   string       // where ServePG answers, required: nodes call each other there

	GossipAddr string   // where to listen for gossip, TCP and UDP; port 0 = any
	Advertise  string   // host for gossip that others reach; "": GossipAddr's
	GossipKeys [][]byte // encrypt gossip, by the first; 16, 24 or 32 bytes each; none: it is in the clear

	// Secret, of at least 16 bytes, is what all nodes of the cluster share and nobody else
	// knows: by it they know each other, and encrypt what they say to each other, the gossip
	// too unless GossipKeys are given. nil: nodes are not authenticated.
	Secret []byte

	// Join has gossip addresses of a cluster's members. A node without data becomes a
	// member; without Join it becomes the first of a new cluster.
	Join      []string
	VotersMax int // members that vote; the others learn; 5

	// ReadLease lets the leader answer CONSISTENT for some 600 ms after a majority has
	// confirmed that it leads, without asking again. That is right as long as the members'
	// clocks run at the same rate, but for a fifth. All members have it, or none.
	ReadLease bool
	// ElectionTimeout is how long a node hears nothing of the leader before it stands for
	// election, and for twice as long at most; 750 ms, and not less.
	ElectionTimeout time.Duration
	// ClockDriftMax is how far the clock may be from those of a majority of the members
	// before the node refuses to lead; 500 ms.
	ClockDriftMax time.Duration
}

func (o *ClusterOptions) check() error {
	if o.Raft == nil || o.PGAddr == "" || o.GossipAddr == "" {
		return errors.New("projsql: ClusterOptions.Raft, PGAddr and GossipAddr are required")
	}
	return nil
}

// openNetwork prepares what the cluster's node reaches the others with; nil without
// a cluster.
func (db *DB) openNetwork() (*cluster.Network, error) {
	o := db.options.Cluster
	if o == nil {
		return nil, nil
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	raft, dial, keys, err := db.secure(o)
	if err != nil {
		return nil, err
	}
	g := gossip.New(gossip.Options{
		Addr: o.GossipAddr, Advertise: o.Advertise, Join: o.Join, Keys: keys,
		PeersFile: db.options.dir("members"), Logger: db.room("gossip"),
	})
	db.onClose(g.Close)
	calls := peer.New(database, db.nodeTLS())
	calls.Alert = db.alert
	db.onClose(calls.Close)
	db.onClose(func() error {
		_ = o.Raft.Close() // closed already if the node was opened
		return nil
	})
	raftAddr := o.RaftAddr
	if raftAddr == "" {
		raftAddr = o.Raft.Addr().String()
	}
	return &cluster.Network{
		Listener: raft, Dial: dial, Directory: g, Peers: calls, Relay: calls, Streams: calls,
		RaftAddr: raftAddr, PGAddr: o.PGAddr, Join: len(o.Join) > 0, VotersMax: o.VotersMax, ElectionTimeout: o.ElectionTimeout,
	}, nil
}

// secure makes of a cluster's secret what Raft and the gossip are secured with.
func (db *DB) secure(o *ClusterOptions) (raft net.Listener, dial func(context.Context, string) (net.Conn, error), gossipKeys [][]byte, err error) {
	raft = socket.Listen(o.Raft)
	if o.Secret == nil {
		return raft, dialTCP, o.GossipKeys, nil
	}
	if db.secret, err = secret.New(o.Secret); err != nil {
		return nil, nil, nil, fmt.Errorf("projsql: ClusterOptions.Secret: %w", err)
	}
	gossipKeys = o.GossipKeys
	if len(gossipKeys) == 0 {
		gossipKeys = [][]byte{db.secret.Gossip()}
	}
	return tls.NewListener(raft, db.secret.Server()), db.dialTLS, gossipKeys, nil
}

func dialTCP(ctx context.Context, addr string) (net.Conn, error) {
	return socket.Dial(ctx, "tcp", addr)
}

func (db *DB) dialTLS(ctx context.Context, addr string) (net.Conn, error) {
	nc, err := dialTCP(ctx, addr)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(nc, db.secret.Client())
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return conn, nil
}

// nodeTLS is for connections to other nodes; nil without a secret.
func (db *DB) nodeTLS() *tls.Config {
	if db.secret == nil {
		return nil
	}
	return db.secret.Client()
}

// nodesBySecret lets in as a node of the cluster who knows its secret, and leaves the
// others to another.
type nodesBySecret struct {
	secret *secret.Secret
	others wire.Authenticator
}

// Authenticate refuses with 28000 who poses as a node.
func (a nodesBySecret) Authenticate(ctx context.Context, e *wire.Exchange) error {
	if e.User != hop.User {
		return a.others.Authenticate(ctx, e)
	}
	if !a.secret.IsNode(e.TLS) {
		return sqlstate.New(sqlstate.InvalidAuthorizationSpecification, "user \"%s\" is for nodes that know the cluster's secret", hop.User)
	}
	e.Trusted = true // what a node asks for was judged where a client asked it
	return nil
}

// together is how the node is in a cluster; nothing is set of one that is alone.
func (db *DB) together() ClusterOptions {
	if db.options.Cluster == nil {
		return ClusterOptions{}
	}
	return *db.options.Cluster
}

// awaitReady waits until the node answers, unless that needs others: they may need
// this node's answers first.
func (db *DB) awaitReady(ctx context.Context) error {
	if db.options.Cluster != nil && !db.cluster.OnlyMember() {
		return nil
	}
	return db.cluster.WaitReady(ctx)
}

// WaitReady returns when the node answers consistently, or why it never will.
func (db *DB) WaitReady(ctx context.Context) error { return db.cluster.WaitReady(ctx) }

// caughtUpMax is how long a client waits for a node that was just started.
const caughtUpMax = 2 * time.Second

// caughtUp waits, the first time, until the node knows what was committed before: until then its catalog may lack
// definitions, and roles. Error: 57P03, if it takes too long in a cluster that can have roles.
func (db *DB) caughtUp(ctx context.Context) error {
	if db.abreast.Load() {
		return nil
	}
	_, err := db.cluster.Cut(ctx, projection.Freshness{Level: projection.Consistent, Wait: caughtUpMax}, 0)
	if err == nil {
		db.abreast.Store(true)
		return nil
	}
	if db.options.Cluster != nil && db.secret == nil {
		return nil // there are no roles without a secret
	}
	return sqlstate.New(sqlstate.CannotConnectNow, "the database system is starting up").WithDetail("The node does not know yet which roles there are.").
		WithHint("Try again, or connect to another node.")
}

// clusterFunctions are nil for a node that is alone.
func (db *DB) clusterFunctions() query.Cluster {
	if db.options.Cluster == nil {
		return nil
	}
	return db.cluster
}
