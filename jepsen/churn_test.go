package jepsen

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// churn is a cluster whose members come and go under load.
type churn struct {
	t       *testing.T
	random  *rand.Rand
	cluster Nodes
	load    *workload
	members []*Process // that should be there in the end
	done    map[string]int
}

// TestClusterChurn kills, pauses, drains, adds and removes nodes of five at random under
// writers and readers, moves the leader, removes it while it leads, and once empties a node's disk. In the end
// every acknowledged event is at every member once, and the members' logs are the same
// in order, stamps and content; no transaction that defines is there by half; no consistent read was behind, none that may be stale by more than it may. DURATION sets how long
// (default 5s; make jepsen-cluster: 20m), SEED repeats the order of troubles.
func TestClusterChurn(t *testing.T) {
	c := &churn{t: t, done: map[string]int{}}
	seed := uint64(envInt(t, "SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("SEED=%d", seed)
	c.random = rand.New(rand.NewPCG(seed, 0))
	for range 5 {
		c.add()
	}
	if err := c.cluster.AwaitVoters(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	first := c.members[0] // was told of nobody to join
	first.Flags = append(first.Flags, "--join", c.members[1].Flags[slices.Index(c.members[1].Flags, "--gossip-addr")+1])
	exec1(t, first, accountProjection)
	c.load = &workload{nodes: c.members, stop: make(chan struct{}), pace: 10 * time.Millisecond}
	var clients sync.WaitGroup
	for i := range clusterClients * len(c.members) {
		clients.Go(func() { c.load.write(rand.New(rand.NewPCG(seed, uint64(i+1))), i) })
		clients.Go(func() { c.load.read(t, i) })
	}
	for i := range c.members {
		clients.Go(func() { c.load.readStale(t, i) })
	}
	for i := range 3 {
		clients.Go(func() { c.load.define(i) })
	}
	c.trouble(c.until(env(t, "DURATION", 5*time.Second, time.ParseDuration)))
	close(c.load.stop)
	clients.Wait()
	t.Logf("%v; %d appends and %d definitions acknowledged, %d consistent reads, %d that may be stale", c.done, c.load.acked, len(c.load.defined), c.load.reads, c.load.stale)
	if c.load.acked == 0 || len(c.load.defined) == 0 || c.load.reads == 0 || c.load.stale == 0 || len(c.done) == 0 {
		t.Error("nothing happened: the test tests nothing")
	}
	c.judge()
}

func (c *churn) until(d time.Duration) func() bool {
	end := time.Now().Add(d)
	return func() bool { return time.Now().After(end) || c.t.Failed() }
}

// trouble makes one after the other until it is over; the disk is emptied in the middle.
func (c *churn) trouble(over func() bool) {
	kinds := []struct {
		name string
		do   func(*Process) error
	}{
		{"kills", c.kill}, {"kills", c.kill}, {"kills", c.kill}, {"pauses", c.pause}, {"drains", c.drain}, {"joins", c.join}, {"transfers", c.transfer}, {"replaced leaders", c.replace},
	}
	for round := 0; !over(); round++ {
		k := kinds[c.random.IntN(len(kinds))]
		victim := c.members[c.random.IntN(len(c.members))]
		switch round {
		case 1:
			k.name, k.do, victim = "emptied disks", c.empty, c.members[1+c.random.IntN(4)]
		case 3:
			k.name, k.do = "replaced leaders", c.replace
		}
		began := time.Now()
		if err := k.do(victim); err != nil {
			c.t.Errorf("%s at %s: %v", k.name, victim.Addr, err)
		}
		c.done[k.name]++
		c.t.Logf("%s at %s: %v", k.name, victim.Addr, time.Since(began).Round(time.Millisecond))
		time.Sleep(time.Duration(c.random.IntN(2000)) * time.Millisecond) // the load's length is the experiment
	}
}

func (c *churn) add() {
	c.t.Helper()
	p := newServer(c.t)
	if err := c.cluster.Add(c.t.Context(), p); err != nil {
		c.t.Fatal(err)
	}
	c.members = append(c.members, p)
}

func (c *churn) away() { time.Sleep(time.Duration(c.random.IntN(5000)) * time.Millisecond) }

func (c *churn) kill(p *Process) error {
	if err := p.Kill(); err != nil {
		return err
	}
	c.away()
	return p.Start(c.t.Context())
}

func (c *churn) pause(p *Process) error {
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	c.away()
	return p.cmd.Process.Signal(syscall.SIGCONT)
}

// empty loses a node's disk: it comes back with its name and nothing else.
func (c *churn) empty(p *Process) error {
	if err := errors.Join(p.Kill(), os.RemoveAll(p.Dir)); err != nil {
		return err
	}
	return p.Start(c.t.Context())
}

// replace removes the leader while it leads, and has a new node take its name.
func (c *churn) replace(*Process) error {
	leader := leaderOf(c.t, c.members)
	if err := c.operate(without(c.members, leader)[c.random.IntN(4)], "remove", leader.Name); err != nil {
		return err
	}
	c.away()
	return c.empty(leader)
}

func (c *churn) drain(p *Process) error {
	if err := c.operate(p, "drain", p.Name); err != nil {
		return err
	}
	c.away()
	return c.operate(p, "undrain", p.Name)
}

func (c *churn) transfer(p *Process) error {
	err := c.operate(p, "transfer-leader", p.Name)
	var exit *exec.ExitError
	if errors.As(err, &exit) { // it need not be able to lead now
		return nil
	}
	return err
}

// join adds a node and removes it again.
func (c *churn) join(at *Process) error {
	p := newServer(c.t)
	if err := c.cluster.Add(c.t.Context(), p); err != nil {
		return err
	}
	c.away()
	if err := c.operate(at, "remove", p.Name); err != nil {
		return err
	}
	return p.Kill()
}

// operate runs projsql cluster at a node; it goes on where the leader moves.
func (c *churn) operate(at *Process, args ...string) (err error) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Second) {
		ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
		var out []byte
		out, err = exec.CommandContext(ctx, at.Binary, append([]string{"cluster", "--pg-addr", at.Addr}, args...)...).CombinedOutput()
		cancel()
		if err == nil {
			return nil
		}
		err = fmt.Errorf("%w: %s", err, out)
	}
	return err
}

// judge waits until all members are there and compares what they have.
func (c *churn) judge() {
	c.t.Helper()
	await(c.t, "all members to serve", func() bool {
		serving := 0
		err := c.members[0].ask(c.t.Context(), &serving, "SELECT CASE WHEN bool_and(state = 'serving' AND lag_events = 0) THEN count(*) ELSE 0 END FROM projsql.nodes")
		return err == nil && serving == len(c.members)
	})
	verifyReplicas(c.t, c.members[0])
	for _, p := range c.members {
		c.t.Logf("%s: %d events verified", p.Name, check(c.t, p, c.load.attempts))
		viewsAndEvents.insistWhole(c.t, p, c.load.defined)
	}
}
