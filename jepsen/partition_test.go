//go:build partitions

package jepsen

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestClusterPartitions cuts links between five nodes, each in a network namespace of its own, under writers,
// definers and readers of all of them: both ways and one way, so that a leader hears nobody, or nobody hears it.
// Packets are lost, nobody is told. While a majority reaches each other it appends; each time the links are
// mended all append again; and what is judged is what TestClusterChurn judges. It takes root. DURATION says how long
// (default 20s), SEED repeats the order.
func TestClusterPartitions(t *testing.T) {
	seed := uint64(envInt(t, "SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("SEED=%d", seed)
	c := &churn{t: t, done: map[string]int{}, random: rand.New(rand.NewPCG(seed, 0))}
	n := newNetwork(t, 5)
	for i := range n.addrs {
		p := newServer(t)
		p.Name, p.Addr, p.Within, p.Patience = fmt.Sprint("n", i+1), n.addrs[i]+":5433", []string{"ip", "netns", "exec", n.space(i)}, "2s"
		p.Flags = []string{"--insecure", "--node-name", p.Name}
		if i > 0 {
			p.Flags = append(p.Flags, "--join", n.addrs[0]+":7433")
		}
		if c.cluster.All = append(c.cluster.All, p); p.Start(t.Context()) != nil {
			t.Fatalf("%s does not start", p.Name)
		}
	}
	c.members = c.cluster.All
	if err := c.cluster.AwaitVoters(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	exec1(t, c.members[0], accountProjection)
	c.load = &workload{nodes: c.members, stop: make(chan struct{}), pace: 10 * time.Millisecond}
	var clients sync.WaitGroup
	for i := range c.members {
		clients.Go(func() { c.load.write(rand.New(rand.NewPCG(seed, uint64(i+1))), i) })
		clients.Go(func() { c.load.read(t, i) })
		clients.Go(func() { c.load.readStale(t, i) })
		clients.Go(func() { c.load.define(i) })
	}
	for over := c.until(env(t, "DURATION", 20*time.Second, time.ParseDuration)); !over(); {
		c.part(n)
	}
	close(c.load.stop)
	clients.Wait()
	t.Logf("%v; %d appends and %d definitions acknowledged, %d consistent reads, %d that may be stale", c.done, c.load.acked, len(c.load.defined), c.load.reads, c.load.stale)
	if c.load.acked == 0 || len(c.load.defined) == 0 || c.load.reads == 0 || c.load.stale == 0 || len(c.done) == 0 {
		t.Error("nothing happened: the test tests nothing")
	}
	for _, p := range c.members {
		p.Patience = "3min"
	}
	c.judge()
}

// part cuts some links, for a while.
func (c *churn) part(n *netspaces) {
	leader := slices.Index(c.members, leaderOf(c.t, c.members))
	others := slices.DeleteFunc(c.random.Perm(5), func(i int) bool { return i == leader })
	kinds := []struct {
		name     string
		cuts     func(from, to int) bool
		majority bool // reaches each other
	}{
		{"leader apart", func(from, to int) bool { return from == leader || to == leader }, true},
		{"leader deaf", func(_, to int) bool { return to == leader }, true},
		{"leader mute", func(from, _ int) bool { return from == leader }, true},
		{"leader and another apart", func(from, to int) bool {
			return slices.Contains(others[:3], from) != slices.Contains(others[:3], to)
		}, true},
		{"bridge", func(from, to int) bool { // two halves that one is in both of
			return from != others[0] && to != others[0] && slices.Contains(others[1:3], from) != slices.Contains(others[1:3], to)
		}, false},
		{"ring", func(from, to int) bool { return (from-to+5)%5 != 1 && (to-from+5)%5 != 1 }, false},
		{"half of the ways", func(int, int) bool { return c.random.IntN(2) == 0 }, false},
	}
	k := kinds[c.random.IntN(len(kinds))]
	before, began := c.load.acknowledged(), time.Now()
	n.cut(k.cuts)
	time.Sleep(time.Duration(1+c.random.IntN(12)) * time.Second) // its length is the experiment
	took := time.Since(began)
	if k.majority {
		await(c.t, "an append by the majority", func() bool { return c.load.acknowledged() > before })
	}
	n.mend()
	after, mended := c.load.acknowledged(), time.Now()
	for _, p := range c.members {
		insist(c.t, func() error {
			var version int64
			return p.ask(c.t.Context(), &version, `INSERT INTO events (entity, kind, data) VALUES ('mended', 'Deposited', '{"amount": 1}') RETURNING version`)
		})
	}
	c.done[k.name]++
	c.t.Logf("%s, leader %s: %d appends in %v; all append %v after", k.name, c.members[leader].Name, after-before,
		took.Round(time.Millisecond), time.Since(mended).Round(time.Millisecond))
}

// netspaces are hosts on one wire, each in a network namespace.
type netspaces struct {
	t     *testing.T
	wire  string
	addrs []string
}

// nowhere is the link address of no host: what is sent to it is lost.
const nowhere = "02:00:00:00:00:ff"

func newNetwork(t *testing.T, hosts int) *netspaces {
	n := &netspaces{t: t, wire: fmt.Sprint("pj", os.Getpid())}
	t.Cleanup(func() {
		for i := range n.addrs {
			_ = exec.Command("ip", "netns", "del", n.space(i)).Run()
		}
		_ = exec.Command("ip", "link", "del", n.wire).Run()
	})
	n.ip("link add", n.wire, "type bridge")
	n.ip("addr add 10.213.0.254/24 dev", n.wire)
	n.ip("link set", n.wire, "up")
	for i := range hosts {
		addr, space, end := fmt.Sprint("10.213.0.", i+1), n.space(i), fmt.Sprint(n.wire, "e", i)
		n.addrs = append(n.addrs, addr)
		n.ip("netns add", space)
		n.ip("link add", end, "type veth peer name eth0 netns", space)
		n.ip("link set", end, "master", n.wire, "up")
		n.ip("-n", space, "addr add", addr+"/24 dev eth0")
		n.ip("-n", space, "link set eth0 up")
		n.ip("-n", space, "link set lo up")
	}
	return n
}

func (n *netspaces) space(i int) string { return fmt.Sprint(n.wire, "n", i) }

func (n *netspaces) ip(args ...string) {
	n.t.Helper()
	if out, err := exec.Command("ip", strings.Fields(strings.Join(args, " "))...).CombinedOutput(); err != nil {
		n.t.Fatalf("ip %v: %v\n%s", args, err, out)
	}
}

// cut loses what hosts send to others, of those ways that it says.
func (n *netspaces) cut(which func(from, to int) bool) {
	for from := range n.addrs {
		for to, addr := range n.addrs {
			if from != to && which(from, to) {
				n.ip("-n", n.space(from), "neigh replace", addr, "lladdr", nowhere, "dev eth0 nud permanent")
			}
		}
	}
}

func (n *netspaces) mend() {
	for i := range n.addrs {
		n.ip("-n", n.space(i), "neigh flush dev eth0 nud permanent")
	}
}
