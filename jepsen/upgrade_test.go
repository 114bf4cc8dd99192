package jepsen

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestClusterRollingUpgrade restarts the nodes of three one after the other, each with a new
// binary, under writers, readers and shared scans at the others: these meet no error, no
// consistent read is behind, no scan mixes positions, and in the end every acknowledged event
// is at every node once. A transaction that defines is refused at a new node (55000) until all are, at once, and stops
// no older one. PROJSQL_BEFORE is the binary to begin with (default: the same).
func TestClusterRollingUpgrade(t *testing.T) {
	var c Nodes
	var after string
	for range 3 {
		p := newServer(t)
		after = p.Binary
		p.Binary = cmp.Or(os.Getenv("PROJSQL_BEFORE"), after)
		if p.Binary == after { // an earlier one may not know the flag
			p.Flags = steady
		}
		if err := c.Add(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.AwaitVoters(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	exec1(t, c.All[0], accountProjection)
	var attempts []*attempt
	for i, p := range c.All {
		attempts = append(attempts, upgrade(t, p, after, without(c.All, p), uint64(i))...)
		if err := define(t, p, fmt.Sprint("v", i)); err != nil && (i == len(c.All)-1 || codeOf(err) != "55000") {
			t.Errorf("a transaction that defines, after %d of %d restarts: %v", i+1, len(c.All), err)
		}
	}
	for _, p := range c.All {
		check(t, p, attempts)
	}
	verifyReplicas(t, c.All[0])
}

// define makes a view in a transaction block.
func define(t *testing.T, at *Process, view string) error {
	t.Helper()
	conn := connect(t, at, 1)[0]
	defer conn.Close(t.Context())
	_, err := conn.Exec(t.Context(), "BEGIN; CREATE VIEW "+view+" AS SELECT 1 AS a; COMMIT")
	t.Logf("a transaction that defines: %v", err)
	return err
}

// upgrade restarts a node with another binary under the load of the others, and returns what
// these tried to append.
func upgrade(t *testing.T, p *Process, binary string, others []*Process, seed uint64) []*attempt {
	t.Helper()
	w := &workload{nodes: others, stop: make(chan struct{}), pace: time.Millisecond}
	var scans atomic.Int64
	var clients sync.WaitGroup
	for i := range clusterClients * len(others) {
		clients.Go(func() { w.write(rand.New(rand.NewPCG(seed, uint64(i))), i) })
		clients.Go(func() { w.read(t, i) })
	}
	for _, at := range others {
		clients.Go(func() { scans.Add(scanUntil(t, at, w.stop)) })
	}
	time.Sleep(time.Second) // the length of each phase is the experiment
	before, began := w.acknowledged(), time.Now()
	if err := p.Stop(); err != nil {
		t.Errorf("graceful shutdown of %s: %v", p.Name, err)
	}
	p.Binary = binary
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	time.Sleep(2 * time.Second)
	await(t, "an append since", func() bool { return w.acknowledged() > before })
	close(w.stop)
	clients.Wait()
	var sent int64
	if err := others[0].ask(t.Context(), &sent, "SELECT sent FROM projsql.fragments"); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s was away for %v: %d appends before, %d since; %d reads, %d scans; %s sent %d fragments",
		p.Name, took.Round(time.Millisecond), before, w.acknowledged()-before, w.reads, scans.Load(), others[0].Name, sent)
	if !w.lastError().IsZero() {
		t.Errorf("a client of another node met an error: %v", w.err)
	}
	if scans.Load() == 0 || sent == 0 {
		t.Error("nothing happened: the test tests nothing")
	}
	return w.attempts
}

// eventsMissed are those that a scan over the owners has not, or has too many, against the
// log at the same position.
const eventsMissed = `SELECT s.n - e.n FROM (SELECT coalesce(sum(_generation), 0)::bigint AS n FROM account) s, (SELECT count(*) AS n FROM events) e`

// scanUntil asks a node for scans that the owners share, and returns how many it answered.
func scanUntil(t *testing.T, at *Process, stop chan struct{}) (answers int64) {
	conn, err := at.Connect(t.Context())
	if err == nil {
		defer conn.Close(t.Context())
		_, err = conn.Exec(t.Context(), "SET projsql.distribute = on")
	}
	for err == nil {
		var missed int64
		if err = conn.QueryRow(t.Context(), eventsMissed).Scan(&missed); missed != 0 {
			t.Errorf("a scan at %s is off by %d events", at.Name, missed)
			return answers
		}
		answers++
		select {
		case <-stop:
			return answers
		default:
		}
	}
	t.Errorf("a scan at %s: %v", at.Name, err)
	return answers
}
