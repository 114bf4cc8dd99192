package jepsen

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const clusterClients = 4 // writers at each node, and as many readers

// TestClusterKillLeader kills the leader of three nodes with kill -9 under writers
// and readers at every node, and starts it again. No acknowledged append is missing
// at any node, none is there twice, and no consistent read misses what was
// acknowledged, or read, before it began, at whichever node. CLUSTER_KILLS sets how
// often (default 2).
func TestClusterKillLeader(t *testing.T) {
	ctx := t.Context()
	nodes := newCluster(t, 3)
	exec1(t, nodes[0], accountProjection)
	w := &workload{nodes: nodes, stop: make(chan struct{})}
	var clients sync.WaitGroup
	for i := range clusterClients * len(nodes) {
		clients.Go(func() { w.write(rand.New(rand.NewPCG(1, uint64(i))), i) })
		clients.Go(func() { w.read(t, i) })
	}
	for kill := range envInt(t, "CLUSTER_KILLS", 2) {
		time.Sleep(2 * time.Second) // the load's length is the experiment
		leader := leaderOf(t, nodes)
		if err := leader.Kill(); err != nil {
			t.Fatal(err)
		}
		before, killed := w.acknowledged(), time.Now()
		time.Sleep(4 * time.Second)
		t.Logf("kill %d: %d appends acknowledged before, %d in the 4 s after; the last error came %v after the kill",
			kill+1, before, w.acknowledged()-before, w.lastError().Sub(killed).Round(time.Millisecond))
		await(t, "an append while the leader is away", func() bool { return w.acknowledged() > before })
		if err := leader.Start(ctx); err != nil {
			t.Fatal(err)
		}
	}
	close(w.stop)
	clients.Wait()
	for i, p := range nodes {
		events := check(t, p, w.attempts)
		t.Logf("node %d: %d events verified, %d consistent reads", i+1, events, w.reads)
	}
	verifyReplicas(t, nodes[0])
	for _, p := range nodes {
		if err := p.Stop(); err != nil {
			t.Errorf("graceful shutdown: %v", err)
		}
	}
}

// verifyReplicas has the nodes compare their logs, and logs the figure.
func verifyReplicas(t *testing.T, p *Process) {
	t.Helper()
	out, err := exec.Command(p.Binary, "verify", "--pg-addr", p.Addr).CombinedOutput()
	if err != nil {
		t.Errorf("projsql verify: %v", err)
	}
	t.Logf("projsql verify\n%s", out)
}

// steady are flags of nodes that keep their leader while it lives, however busy the machine is.
var steady = []string{"--election-timeout", "1m"}

// newCluster starts nodes that form a cluster, and waits until all vote.
func newCluster(t *testing.T, n int, flags ...string) []*Process {
	t.Helper()
	var c Nodes
	for range n {
		p := newServer(t)
		p.Flags = flags
		if err := c.Add(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.AwaitVoters(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return c.All
}

func leaderOf(t *testing.T, nodes []*Process) *Process {
	t.Helper()
	p, err := (&Nodes{All: nodes}).Leader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// workload is what the clients did. The account "hot" is appended to by all.
type workload struct {
	nodes []*Process
	stop  chan struct{}
	pace  time.Duration // between two calls of a client

	mu       sync.Mutex
	attempts []*attempt
	acked    int
	defined  map[string]bool // what transactions have made, as was acknowledged
	version  int64           // of "hot", acknowledged or read
	hot      []hotAck        // in their order
	reads    int
	stale    int // reads that may be so
	erred    time.Time
	err      error // the last
}

// hotAck is the newest version of "hot" that was acknowledged by a moment.
type hotAck struct {
	at      time.Time
	version int64
}

// hotBy returns the newest version of "hot" of those that were acknowledged by then.
func (w *workload) hotBy(then time.Time) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.hot) - 1; i >= 0; i-- {
		if !w.hot[i].at.After(then) {
			return w.hot[i].version
		}
	}
	return 0
}

func (w *workload) acknowledged() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.acked
}

func (w *workload) lastError() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.erred
}

func (w *workload) failed(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.erred, w.err = time.Now(), err
}

func (w *workload) known() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.version
}

// each runs do with connections until the workload stops; after an error it goes to
// the next node.
func (w *workload) each(at int, do func(context.Context, *pgx.Conn) error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { <-w.stop; cancel() }()
	for ; ctx.Err() == nil; at++ {
		conn, err := w.nodes[at%len(w.nodes)].Connect(ctx)
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		for err == nil && ctx.Err() == nil {
			// What began is finished, so that its fate is known.
			err = do(context.Background(), conn)
			time.Sleep(w.pace)
		}
		if err != nil {
			w.failed(err)
		}
		conn.Close(context.Background())
	}
}

func (w *workload) write(random *rand.Rand, at int) {
	w.each(at, func(ctx context.Context, conn *pgx.Conn) error {
		entity := "hot"
		if random.IntN(4) > 0 {
			entity = fmt.Sprint("acct:", random.IntN(accounts))
		}
		a := &attempt{ids: []uuid.UUID{uuid.New()}}
		w.mu.Lock()
		w.attempts = append(w.attempts, a)
		w.mu.Unlock()
		var version int64
		err := conn.QueryRow(ctx, `INSERT INTO events (event_id, entity, kind, data) VALUES ($1, $2, 'Deposited', '{"amount": 1.5}') RETURNING version`,
			a.ids[0], entity).Scan(&version)
		if err != nil {
			return err
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		a.acked = true
		w.acked++
		if entity == "hot" {
			w.version = max(w.version, version)
			if n := len(w.hot); n > 0 {
				version = max(version, w.hot[n-1].version)
			}
			w.hot = append(w.hot, hotAck{time.Now(), version})
		}
		return nil
	})
}

// define makes views, each with an event of its name in one transaction.
func (w *workload) define(at int) {
	made := 0
	w.each(at, func(ctx context.Context, conn *pgx.Conn) error {
		made++
		name, a := fmt.Sprintf("v_%d_%d", at, made), &attempt{ids: []uuid.UUID{uuid.New()}}
		w.mu.Lock()
		w.attempts = append(w.attempts, a)
		w.mu.Unlock()
		_, err := conn.Exec(ctx, fmt.Sprintf(`BEGIN; CREATE VIEW %[1]s AS SELECT 1 AS a;
			INSERT INTO events (event_id, entity, kind, data) VALUES ('%[2]s', '%[1]s', 'Deposited', '{"amount": 1.5}'); COMMIT`, name, a.ids[0]))
		if err == nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			a.acked = true
			if w.defined == nil {
				w.defined = map[string]bool{}
			}
			w.defined[name] = true
		}
		time.Sleep(200 * time.Millisecond) // every change of the catalog is every session's
		return err
	})
}

// hotVersion is what a node answers of "hot"; clause may say with which freshness.
func hotVersion(ctx context.Context, t *testing.T, conn *pgx.Conn, clause string) (version int64, err error) {
	err = conn.QueryRow(ctx, "SELECT _generation FROM project('account', 'hot')"+clause).Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) && !slices.Contains(unavailable, refused.Code) {
		t.Errorf("a read failed: %v", err)
	}
	return version, err
}

// unavailable are the codes of reads that a node cannot answer now; 58030: since its disk has failed.
var unavailable = []string{"57P03", "57P01", "PJ001", "58030"}

const staleness = 500 * time.Millisecond

// readStale reads what may be older than all that is acknowledged, by staleness at most.
func (w *workload) readStale(t *testing.T, at int) {
	w.each(at, func(ctx context.Context, conn *pgx.Conn) error {
		atLeast := w.hotBy(time.Now().Add(-staleness))
		got, err := hotVersion(ctx, t, conn, " WITH FRESHNESS MAYBE STALE '500 ms'")
		if err != nil {
			return err
		}
		if got < atLeast {
			t.Errorf("a read that may be %v old at %s:%d is at version %d, %d was acknowledged before", staleness, conn.Config().Host, conn.Config().Port, got, atLeast)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.stale++
		return nil
	})
}

func (w *workload) read(t *testing.T, at int) {
	w.each(at, func(ctx context.Context, conn *pgx.Conn) error {
		known := w.known()
		got, err := hotVersion(ctx, t, conn, "")
		if err != nil {
			return err
		}
		if got < known {
			t.Errorf("a consistent read at %s:%d is at version %d after %d was acknowledged or read", conn.Config().Host, conn.Config().Port, got, known)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.version = max(w.version, got)
		w.reads++
		return nil
	})
}
