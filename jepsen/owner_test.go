package jepsen

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// ownerOf returns the node that owns the entity "hot", and its name. It does not lead when
// ownerOf returns: what its loss costs is not an election.
func ownerOf(t *testing.T, nodes []*Process) (*Process, string) {
	t.Helper()
	conn := connect(t, nodes[0], 1)[0]
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), "EXPLAIN SELECT * FROM project('account', 'hot')")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	name := ""
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, "Owner: "); ok {
			name, _, _ = strings.Cut(rest, " ")
		}
	}
	var addr string
	if err := conn.QueryRow(t.Context(), "SELECT pg_addr FROM projsql.nodes WHERE name = $1", name).Scan(&addr); err != nil {
		t.Fatalf("owner %q: %v", name, err)
	}
	for i, p := range nodes {
		if p.Addr == addr {
			leadElsewhere(t, nodes, p, nodes[(i+1)%len(nodes)])
			return p, name
		}
	}
	t.Fatalf("no node is at %s", addr)
	return nil, ""
}

// leadElsewhere has another node lead than the given one.
func leadElsewhere(t *testing.T, nodes []*Process, but, other *Process) {
	t.Helper()
	for deadline := time.Now().Add(patience); leaderOf(t, nodes) == but; time.Sleep(100 * time.Millisecond) {
		conn := connect(t, other, 1)[0]
		_, err := conn.Exec(t.Context(), "SELECT projsql_cluster_transfer_leader(name) FROM projsql.nodes WHERE pg_addr = $1", other.Addr)
		conn.Close(t.Context())
		if time.Now().After(deadline) {
			t.Fatalf("the owner leads: %v", err)
		}
	}
}

func without(nodes []*Process, one *Process) (rest []*Process) {
	for _, p := range nodes {
		if p != one {
			rest = append(rest, p)
		}
	}
	return rest
}

// TestClusterKillOwner kills the owner of an entity with kill -9 while clients of the other
// nodes append to it and read it: none of them meets an error, no acknowledged append is
// missing, and no consistent read goes backwards. OWNER_KILLS sets how often (default 1).
func TestClusterKillOwner(t *testing.T) {
	nodes := newCluster(t, 3, steady...)
	exec1(t, nodes[0], accountProjection)
	exec1(t, nodes[0], `INSERT INTO events (entity, kind, data) VALUES ('hot', 'Deposited', '{"amount": 1.5}')`)
	for kill := range envInt(t, "OWNER_KILLS", 1) {
		owner, name := ownerOf(t, nodes)
		w := &workload{nodes: without(nodes, owner), stop: make(chan struct{})}
		var clients sync.WaitGroup
		for i := range clusterClients * len(w.nodes) {
			clients.Go(func() { w.write(rand.New(rand.NewPCG(2, uint64(i))), i) })
			clients.Go(func() { w.read(t, i) })
		}
		relayed := relayedTo(t, w.nodes[0], name)
		time.Sleep(2 * time.Second) // the load's length is the experiment
		before := w.acknowledged()
		if err := owner.Kill(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Second)
		close(w.stop)
		clients.Wait()
		t.Logf("kill %d: %s answered for others: %v; %d appends before, %d after; %d reads; errors: %v",
			kill+1, name, relayed, before, w.acknowledged()-before, w.reads, !w.lastError().IsZero())
		if !w.lastError().IsZero() {
			t.Errorf("a client of another node met an error: %v", w.err)
		}
		if err := owner.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, p := range nodes {
			check(t, p, w.attempts)
		}
	}
}

// relayedTo reports whether a node passes reads of "hot" on to the owner.
func relayedTo(t *testing.T, at *Process, owner string) bool {
	t.Helper()
	conn := connect(t, at, 1)[0]
	defer conn.Close(t.Context())
	for range 50 {
		var node string
		if err := conn.QueryRow(t.Context(), "SELECT _node FROM project('account', 'hot')").Scan(&node); err != nil {
			t.Fatal(err)
		}
		if node == owner {
			return true
		}
	}
	return false
}

// TestClusterPausedOwner stops the owner of an entity with SIGSTOP while another node leads
// and appends. Meanwhile the other nodes answer; and the owner's first answers after
// SIGCONT, some of which it was asked for before, are not behind. OWNER_PAUSES sets how often
// (default 2), OWNER_PAUSE_SECONDS how long at least (default as long as it takes another to append).
func TestClusterPausedOwner(t *testing.T) {
	nodes := newCluster(t, 3, steady...)
	exec1(t, nodes[0], accountProjection)
	exec1(t, nodes[0], `INSERT INTO events (entity, kind, data) VALUES ('hot', 'Deposited', '{"amount": 1}')`)
	answers, meanwhile, refusals := 0, 0, 0
	for pause := range envInt(t, "OWNER_PAUSES", 2) {
		owner, name := ownerOf(t, nodes)
		others := without(nodes, owner)
		exec1(t, nodes[0], `INSERT INTO events (entity, kind, data) VALUES ('hot', 'Deposited', '{"amount": 1}')`) // so that nobody else has the state
		if !relayedTo(t, others[0], name) {
			t.Logf("pause %d: the owner is not asked", pause+1)
		}
		readers, away := connect(t, owner, 32), connect(t, others[0], 8)
		if err := owner.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		paused := time.After(time.Duration(envInt(t, "OWNER_PAUSE_SECONDS", 0)) * time.Second)
		newest := appendElsewhere(t, nodes, owner)
		var mu sync.Mutex
		read := func(c *pgx.Conn, times int, count *int) {
			defer c.Close(context.Background())
			for range times {
				var got int64
				err := c.QueryRow(context.Background(), "SELECT _generation FROM project('account', 'hot')").Scan(&got)
				mu.Lock()
				if err != nil {
					refusals++
				} else if *count++; got < newest {
					t.Errorf("pause %d: a consistent read is at version %d after %d was acknowledged", pause+1, got, newest)
				}
				mu.Unlock()
			}
		}
		var asked, others8 sync.WaitGroup
		for _, c := range readers {
			asked.Go(func() { read(c, 16, &answers) })
		}
		for _, c := range away {
			others8.Go(func() { read(c, 16, &meanwhile) })
		}
		others8.Wait() // the owner answers nothing, they do
		if refusals > 0 {
			t.Errorf("pause %d: %d reads at another node failed", pause+1, refusals)
		}
		<-paused
		if err := owner.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		asked.Wait()
		refusals = 0 // of the paused node itself, which may refuse
	}
	t.Logf("%d answers of paused owners, %d for them meanwhile", answers, meanwhile)
	if answers == 0 || meanwhile == 0 {
		t.Error("nothing was answered: the test tests nothing")
	}
}
