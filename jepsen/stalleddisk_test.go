//go:build disks

package jepsen

import (
	"math/rand/v2"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// TestClusterStalledDisk freezes the file system of one node of three under writers, definers and readers: of a
// follower, which holds up nobody; of the leader for moments, and for longer than a write may take: then it ends, and
// another leads. In the end what TestClusterChurn judges is judged. It takes root. STALLS says how often (default 4),
// SEED repeats the order.
func TestClusterStalledDisk(t *testing.T) {
	seed := uint64(envInt(t, "SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("SEED=%d", seed)
	c := &churn{t: t, done: map[string]int{}, random: rand.New(rand.NewPCG(seed, 0))}
	for range 3 {
		p := newServer(t)
		mountDisk(t, p.Dir)
		p.Patience, p.Flags = "2s", []string{"--election-timeout", "3s"} // a disk hangs, and the machine may be busy
		if err := c.cluster.Add(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		c.members = append(c.members, p)
		t.Cleanup(func() { _ = thaw(p) }) // else it cannot be killed
	}
	if err := c.cluster.AwaitVoters(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	exec1(t, c.members[0], accountProjection)
	c.load = &workload{nodes: c.members, stop: make(chan struct{}), pace: 10 * time.Millisecond}
	var clients sync.WaitGroup
	for i := range c.members {
		clients.Go(func() { c.load.write(rand.New(rand.NewPCG(seed, uint64(i+1))), i) })
		clients.Go(func() { c.load.read(t, i) })
		clients.Go(func() { c.load.readStale(t, i) })
	}
	clients.Go(func() { c.load.define(0) })
	for i := range envInt(t, "STALLS", 4) {
		if t.Failed() {
			break
		}
		c.stall(i)
	}
	close(c.load.stop)
	clients.Wait()
	t.Logf("%v; %d appends and %d definitions acknowledged, %d consistent reads, %d that may be stale", c.done, c.load.acked, len(c.load.defined), c.load.reads, c.load.stale)
	if c.load.acked == 0 || len(c.load.defined) == 0 || c.load.reads == 0 || c.load.stale == 0 {
		t.Error("nothing happened: the test tests nothing")
	}
	for _, p := range c.members {
		p.Patience = "3min"
	}
	c.judge()
}

// stall freezes a disk: by turns the leader's for a moment, a follower's, and the leader's until it ends.
func (c *churn) stall(turn int) {
	c.t.Helper()
	leader := leaderOf(c.t, c.members)
	victim, name := leader, "the leader's disk"
	if turn%3 == 1 {
		victim, name = without(c.members, leader)[c.random.IntN(2)], "a follower's disk"
	}
	if out, err := exec.Command("fsfreeze", "-f", victim.Dir).CombinedOutput(); err != nil {
		c.t.Fatalf("fsfreeze: %v\n%s", err, out)
	}
	before, began := c.load.acknowledged(), time.Now()
	switch turn % 3 {
	case 0:
		time.Sleep(time.Duration(c.random.IntN(5000)) * time.Millisecond)
	default:
		time.Sleep(time.Second) // what was on its way has arrived
		before = c.load.acknowledged()
		await(c.t, "an append while a disk hangs", func() bool { return c.load.acknowledged() > before })
		name += " for longer"
		time.Sleep(time.Until(began.Add(20 * time.Second)))
	}
	frozen, meanwhile := time.Since(began), c.load.acknowledged()-before
	if err := thaw(victim); err != nil {
		c.t.Fatal(err)
	}
	if turn%3 == 2 {
		if err := victim.Wait(); err == nil {
			c.t.Error("a node whose disk hung ends as if nothing were wrong")
		}
		if err := victim.Start(c.t.Context()); err != nil {
			c.t.Fatal(err)
		}
	}
	await(c.t, "the node to serve", func() bool {
		var n int64
		err := victim.ask(c.t.Context(), &n, "SELECT count(*) FROM events")
		if exited(victim) { // a follower whose write was on its way
			err = victim.Start(c.t.Context())
		}
		return err == nil
	})
	c.done[name]++
	c.t.Logf("%s, %s: frozen for %v, %d appends meanwhile", name, victim.Name, frozen.Round(time.Millisecond), meanwhile)
}

// exited reports whether a process is gone.
func exited(p *Process) bool {
	select {
	case err := <-p.done:
		p.done <- err
		return true
	default:
		return false
	}
}

func thaw(p *Process) error { return exec.Command("fsfreeze", "-u", p.Dir).Run() }
