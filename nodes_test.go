package projsql_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql"
	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/peer"
	"github.com/projsql/projsql/internal/seam"
)

// nodes are three members of a cluster in one process, by name, that reach each other over
// loopback. However slow the machine is, they wait for owners, keep their leader, and take
// only those for gone that were closed: what differs from run to run is how long all takes.
type nodes struct {
	secret []byte // that they share; nil: none
	dbs    map[string]*projsql.DB
	conns  map[string]*pgx.Conn // a session at each
	addrs  map[string]string
	rooms  map[string]seam.Rooms
	places map[string]place // where each is, also when it is opened again

	cluster func(*cluster.Options)   // may be nil
	gossips []string                 // where they gossiped first
	gone    atomic.Pointer[[]string] // names of those that were closed
}

// place is what a node keeps from one start to the next.
type place struct{ dir, raft, pg string }

// patient is a setting of sessions that wait until the nodes agree who leads.
const patient = "projsql.freshness='consistent on stale wait 5min'"

// directory finds members by gossip, which may take one that is slow for dead.
type directory struct {
	cluster.Directory
	nodes *nodes
}

// Members returns all, those alive that were not closed.
func (d *directory) Members() []cluster.Member {
	members, gone := slices.Clone(d.Directory.Members()), *d.nodes.gone.Load()
	for i := range members {
		members[i].Alive = members[i].Alive || !slices.Contains(gone, members[i].Name)
	}
	return members
}

func openNodes(t testing.TB, change ...func(*nodes)) *nodes {
	t.Helper()
	n := &nodes{
		dbs: map[string]*projsql.DB{}, conns: map[string]*pgx.Conn{}, addrs: map[string]string{}, rooms: map[string]seam.Rooms{}, places: map[string]place{},
	}
	for _, change := range change {
		change(n)
	}
	n.gone.Store(&[]string{})
	for _, name := range []string{"n1", "n2", "n3"} {
		gossip := n.open(t, name, n.gossips)
		n.gossips = append(n.gossips, gossip.Addr())
	}
	for _, name := range []string{"n1", "n2", "n3"} { // each by what it sees itself
		n.awaitOwners(t, name)
	}
	return n
}

// addressed is what tells where a node gossips.
type addressed interface{ Addr() string }

func (n *nodes) open(t testing.TB, name string, join []string) (gossip addressed) {
	t.Helper()
	at, known := n.places[name]
	if !known {
		at = place{t.TempDir(), "127.0.0.1:0", "127.0.0.1:0"}
	}
	pg, raft := listen(t, at.pg), listen(t, at.raft)
	n.places[name] = place{at.dir, raft.Addr().String(), pg.Addr().String()}
	hooks := seam.Hooks{Network: func(w *cluster.Network) {
		gossip = w.Directory.(addressed)
		w.Directory = &directory{w.Directory, n}
		w.RelayPatience, w.ElectionTimeout = 10*time.Minute, time.Minute
		w.Relay.(*peer.Client).ConnectTimeout = time.Minute
	}, Cluster: n.cluster, Opened: func(r seam.Rooms) { n.rooms[name] = r }}
	db, err := projsql.Open(seam.With(t.Context(), hooks), projsql.Options{
		Dir: at.dir, NodeName: name, DrainTimeout: 500 * time.Millisecond,
		Cluster: &projsql.ClusterOptions{Raft: raft, PGAddr: pg.Addr().String(), GossipAddr: "127.0.0.1:0", Join: join, Secret: n.secret},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- db.ServePG(ctx, pg) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-served, db.Close()); err != nil {
			t.Error(err)
		}
	})
	n.dbs[name], n.conns[name], n.addrs[name] = db, connect(t, db, patient), pg.Addr().String()
	return gossip
}

// dial opens a session at a node over TCP, with settings as connection strings have them.
func (n *nodes) dial(t testing.TB, name string, settings ...string) *pgx.Conn {
	t.Helper()
	host, port, err := net.SplitHostPort(n.addrs[name])
	if err != nil {
		t.Fatal(err)
	}
	settings = slices.Concat([]string{"user=ann", patient, "dbname=projsql sslmode=disable host=" + host, "port=" + port}, settings)
	conn, err := pgx.Connect(t.Context(), strings.Join(settings, " "))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// close ends a node, which the others are told.
func (n *nodes) close(name string) error {
	gone := append(slices.Clone(*n.gone.Load()), name)
	n.gone.Store(&gone)
	return n.dbs[name].Close()
}

// reopen starts a node again that was closed.
func (n *nodes) reopen(t testing.TB, name string) {
	t.Helper()
	back := slices.DeleteFunc(slices.Clone(*n.gone.Load()), func(gone string) bool { return gone == name })
	n.gone.Store(&back)
	n.open(t, name, n.gossips)
}

func (n *nodes) awaitOwners(t testing.TB, name string) {
	t.Helper()
	await(t, "three nodes serve and own", func() bool {
		var serving, owners int
		err := n.conns[name].QueryRow(t.Context(), "SELECT count(*), count(DISTINCT owner) FROM projsql.nodes n, projsql.partitions WHERE state = 'serving' AND role <> 'learner' AND name = owner").Scan(&serving, &owners)
		return err == nil && serving == 256 && owners == 3
	})
}

func listen(t testing.TB, addr string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// await waits until a condition holds, for as long as a slow machine may take.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(5 * time.Minute); !holds(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

// run returns what a node answers to statements, one after the other, as psql -At shows it.
func (n *nodes) run(ctx context.Context, name, script string) string {
	var out strings.Builder
	for _, sql := range strings.SplitAfter(script, ";\n") {
		results, err := n.conns[name].PgConn().Exec(ctx, sql).ReadAll()
		for _, r := range results {
			for _, row := range r.Rows {
				fmt.Fprintf(&out, "%s\n", bytes.Join(row, []byte("|")))
			}
		}
		var e *pgconn.PgError
		if errors.As(err, &e) {
			fmt.Fprintf(&out, "%s: %s\n", e.Code, strings.Join(slices.DeleteFunc([]string{e.Message, e.Detail, e.Hint}, isEmpty), "\n  "))
		} else if err != nil {
			fmt.Fprintln(&out, err)
		}
	}
	return actualTime.ReplaceAllString(out.String(), "actual time=T")
}

var actualTime = regexp.MustCompile(`actual time=[0-9.]+`)

func isEmpty(s string) bool { return s == "" }

// do runs statements that have no answer and must not fail.
func (n *nodes) do(t testing.TB, name string, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if out := n.run(t.Context(), name, sql); out != "" {
			t.Fatalf("%s at %s: %s", sql, name, out)
		}
	}
}
