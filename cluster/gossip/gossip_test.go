package gossip_test

import (
	"context"
	"io"
	"log"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/gossip"
	"github.com/projsql/projsql/wire/sqlstate"
)

const patience = 2 * time.Minute

func open(t *testing.T, o gossip.Options) *gossip.Gossip {
	t.Helper()
	o.Addr = "127.0.0.1:0"
	g := gossip.New(o)
	t.Cleanup(func() { _ = g.Close() })
	return g
}

func announce(t *testing.T, g *gossip.Gossip, m cluster.Member) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	id, err := g.Announce(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// awaitAlive waits until g sees a member as alive, or as not.
func awaitAlive(t *testing.T, g *gossip.Gossip, id string, alive bool) cluster.Member {
	t.Helper()
	return awaitMember(t, g, func(m cluster.Member) bool { return m.ID == id && m.Alive == alive })
}

// awaitMember waits until g sees a member that is as it should be.
func awaitMember(t *testing.T, g *gossip.Gossip, is func(cluster.Member) bool) cluster.Member {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		all := g.Members()
		if i := slices.IndexFunc(all, is); i >= 0 {
			return all[i]
		}
	}
	t.Fatalf("no member is as it should be: %+v", g.Members())
	return cluster.Member{}
}

func first(t *testing.T, o gossip.Options) *gossip.Gossip {
	t.Helper()
	g := open(t, o)
	announce(t, g, cluster.Member{ID: "a", Cluster: "one", Name: "n1", Raft: "127.0.0.1:1", PG: "127.0.0.1:2", Format: 7})
	return g
}

func TestANodeFindsTheClusterAndIsFound(t *testing.T) {
	a := first(t, gossip.Options{})
	b := open(t, gossip.Options{Join: []string{a.Addr()}})
	if id := announce(t, b, cluster.Member{ID: "b", Name: "n2", Raft: "127.0.0.1:3", PG: "127.0.0.1:4"}); id != "one" {
		t.Errorf("it joined cluster %q", id)
	}
	want := cluster.Member{ID: "a", Cluster: "one", Name: "n1", Raft: "127.0.0.1:1", PG: "127.0.0.1:2", Format: 7, Alive: true}
	if got := awaitAlive(t, b, "a", true); got != want {
		t.Errorf("b sees %+v", got)
	}
	if got := awaitAlive(t, a, "b", true); got.Name != "n2" || got.PG != "127.0.0.1:4" {
		t.Errorf("a sees %+v", got)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	awaitAlive(t, a, "b", false)
}

// stuck sends no packet before it is free.
type stuck struct {
	memberlist.Transport
	sends chan struct{}
	free  func()
}

// WriteTo implements memberlist.Transport.
func (s *stuck) WriteTo(b []byte, addr string) (time.Time, error) {
	<-s.sends
	return s.Transport.WriteTo(b, addr)
}

// TestJoiningNeedNotBeHeardAtOnce: a node that takes long to tell the others that it is of
// their cluster is of it, and they hear of it later.
func TestJoiningNeedNotBeHeardAtOnce(t *testing.T) {
	a := first(t, gossip.Options{})
	transport, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{BindAddrs: []string{"127.0.0.1"}, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		t.Fatal(err)
	}
	slow := &stuck{Transport: transport, sends: make(chan struct{})}
	slow.free = sync.OnceFunc(func() { close(slow.sends) })
	b := open(t, gossip.Options{Join: []string{a.Addr()}, Transport: slow})
	t.Cleanup(slow.free) // before b ends
	if id := announce(t, b, cluster.Member{ID: "b", Name: "n2"}); id != "one" {
		t.Errorf("it joined cluster %q", id)
	}
	slow.free()
	awaitMember(t, a, func(m cluster.Member) bool { return m.ID == "b" && m.Cluster == "one" })
}

func TestANodeComesBackByWhatItNoted(t *testing.T) {
	a := first(t, gossip.Options{})
	file := filepath.Join(t.TempDir(), "members")
	b := open(t, gossip.Options{Join: []string{a.Addr()}, PeersFile: file})
	announce(t, b, cluster.Member{ID: "b", Name: "n2"})
	awaitAlive(t, a, "b", true)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	awaitAlive(t, a, "b", false)
	again := open(t, gossip.Options{PeersFile: file})
	announce(t, again, cluster.Member{ID: "b", Cluster: "one", Name: "n2", PG: "elsewhere:1"})
	if got := awaitAlive(t, a, "b", true); got.PG != "elsewhere:1" {
		t.Errorf("a sees %+v", got)
	}
	awaitAlive(t, again, "a", true)
}

func TestAnotherClusterIsRefused(t *testing.T) {
	a := first(t, gossip.Options{})
	stranger := open(t, gossip.Options{Join: []string{a.Addr()}})
	_, err := stranger.Announce(t.Context(), cluster.Member{ID: "x", Cluster: "two", Name: "n9"})
	if state := sqlstate.Of(err); err == nil || state.Code != sqlstate.ObjectNotInPrerequisiteState {
		t.Errorf("error %v", err)
	}
	for _, m := range a.Members() {
		if m.ID == "x" {
			t.Errorf("a knows %+v", m)
		}
	}
}

func TestWithoutTheKeyNobodyJoins(t *testing.T) {
	key, other := []byte("0123456789abcdef"), []byte("fedcba9876543210")
	a := first(t, gossip.Options{Keys: [][]byte{key}})
	for name, keys := range map[string][][]byte{"none": nil, "another": {other}} {
		g := open(t, gossip.Options{Join: []string{a.Addr()}, Keys: keys})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if id, err := g.Announce(ctx, cluster.Member{ID: name, Name: name}); err == nil {
			t.Errorf("with %s key it joined %q", name, id)
		}
		cancel()
	}
	b := open(t, gossip.Options{Join: []string{a.Addr()}, Keys: [][]byte{key, other}}) // while keys are exchanged
	if id := announce(t, b, cluster.Member{ID: "b", Name: "n2"}); id != "one" {
		t.Errorf("it joined cluster %q", id)
	}
}

func TestNamesThatAreTooLongAreRefused(t *testing.T) {
	g := open(t, gossip.Options{})
	if _, err := g.Announce(t.Context(), cluster.Member{ID: "a", Cluster: "one", Name: string(make([]byte, 600))}); err == nil {
		t.Error("a name of 600 bytes was announced")
	}
}
