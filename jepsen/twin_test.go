package jepsen

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestClusterTwins: a node that runs with a copy of another's data is refused while that one runs, whichever is started
// first, and disturbs nobody. When the other is gone, the copy, though older, takes its place elsewhere, and has all that was acknowledged.
func TestClusterTwins(t *testing.T) {
	nodes := newCluster(t, 3, steady...)
	exec1(t, nodes[0], accountProjection)
	w := &workload{nodes: nodes[:2], stop: make(chan struct{}), pace: time.Millisecond}
	var clients sync.WaitGroup
	for i := range w.nodes {
		clients.Go(func() { w.write(rand.New(rand.NewPCG(1, uint64(i))), i) })
		clients.Go(func() { w.read(t, i) })
	}
	original := nodes[2]
	copied := copyOf(t, original)
	if err := original.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused(t, copied, original)
	if err := original.Stop(); err != nil {
		t.Error(err)
	}
	if err := copied.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused(t, original, copied)
	close(w.stop)
	clients.Wait()
	if !w.lastError().IsZero() {
		t.Errorf("a client of another node met an error: %v", w.err)
	}
	for _, p := range []*Process{nodes[0], nodes[1], copied} {
		check(t, p, w.attempts)
	}
	verifyReplicas(t, nodes[0])
}

// copyOf stops a node, and returns one of the same name, with a copy of its data, at other addresses.
func copyOf(t *testing.T, p *Process) *Process {
	t.Helper()
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	c := newServer(t)
	c.Name, c.Flags, c.Dir = p.Name, slices.Clone(p.Flags), filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(c.Dir, os.DirFS(p.Dir)); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"--raft-addr", "--gossip-addr"} {
		addr, err := FreeAddr()
		if err != nil {
			t.Fatal(err)
		}
		c.Flags[slices.Index(c.Flags, flag)+1] = addr
	}
	return c
}

// refused wants that a node does not start, since another has its data.
func refused(t *testing.T, p, other *Process) {
	t.Helper()
	if err := p.Start(t.Context()); err == nil {
		t.Fatal("it starts")
	}
	log, err := os.ReadFile(p.Log.Name())
	if want := fmt.Sprintf("node %q runs at %s with the data of this one", other.Name, other.Addr); err != nil || !strings.Contains(string(log), want) {
		t.Errorf("it does not say that %s; %v", want, err)
	}
}
