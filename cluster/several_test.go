package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/gossip"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// several are the nodes of a cluster in one bubble.
type several struct {
	t      testing.TB
	net    *fakeNet
	dir    string
	groups map[string]*group
	disks  map[string]*fakeDisk
	change []func(*cluster.Options)
	drafts uint64
	store  bool // machines are real stores, instead of fakes
	gossip bool // members are found by gossip, instead of at once
	size   int  // of the cluster, at most; by gossip
}

func newSeveral(t testing.TB, change ...func(*cluster.Options)) *several {
	return &several{t: t, net: newFakeNet(), dir: t.TempDir(), groups: map[string]*group{}, disks: map[string]*fakeDisk{}, change: change}
}

// start opens a node; all but the first join.
func (s *several) start(name string) error {
	g, err := s.open(name)
	if err != nil {
		return err
	}
	s.groups[name] = g
	s.net.update(func() { s.net.nodes[name] = g.Node })
	return nil
}

func (s *several) open(name string) (*group, error) {
	join := s.net.id != ""
	g := &group{catalog: &fakeCatalog{}}
	disk := s.disk(name)
	machine, err := s.openMachine(g, filepath.Join(s.dir, name, "store"), disk)
	if err != nil {
		return nil, err
	}
	o := cluster.Options{
		Dir: filepath.Join(s.dir, name, "raft"), NodeName: name, Machine: machine, Projector: fakeProjector{},
		Clock: hlc.NewClock(hlc.Options{}), Catalog: g.catalog, Network: s.net.of(name, join),
	}
	o.FailWrites(disk.refuse)
	if s.gossip {
		g.port = s.net.gossipPort(name)
		g.gossip = gossip.New(gossip.Options{Addr: gossipAddr(name), Join: s.gossipAddrs(name), Transport: g.port})
		o.Network.Directory = g.gossip
	}
	for _, c := range s.change {
		c(&o)
	}
	if g.Node, err = cluster.Open(o); err != nil {
		return nil, errors.Join(err, machine.Close(), o.Network.Listener.Close(), g.leave())
	}
	if s.gossip {
		s.net.id = "formed"
	}
	return g, nil
}

// gossipAddrs are where all others gossip that there may be.
func (s *several) gossipAddrs(name string) (addrs []string) {
	for i := range max(s.size, 3) {
		if other := fmt.Sprint("n", i+1); other != name {
			addrs = append(addrs, gossipAddr(other))
		}
	}
	return addrs
}

// leave ends a node's gossip, if it does.
func (g *group) leave() error {
	if g.gossip == nil {
		return nil
	}
	return errors.Join(g.gossip.Close(), g.port.Shutdown()) // it may not have begun
}

// disk returns a node's disk, which is there from the first look at it on.
func (s *several) disk(name string) *fakeDisk {
	d := s.disks[name]
	if d == nil {
		d = &fakeDisk{}
		s.disks[name] = d
	}
	return d
}

func (s *several) openMachine(g *group, dir string, disk *fakeDisk) (_ cluster.Machine, err error) {
	if s.store {
		g.store, err = storage.Open(dir, storage.Options{CacheBytes: 1 << 20, HeadCacheBytes: 1 << 20, MemTableBytes: 256 << 10, FS: disk.fs()})
		return g.store, err
	}
	if g.machine, err = openFake(dir); err == nil {
		g.machine.refuse = disk.refuse
	}
	return g.machine, err
}

// form starts nodes n1 to nK and waits until all vote.
func (s *several) form(k int) {
	s.t.Helper()
	for i := range k {
		if err := s.start(fmt.Sprint("n", i+1)); err != nil {
			s.t.Fatal(err)
		}
	}
	s.await("all vote", func() bool {
		for _, g := range s.groups {
			if r := g.Status().Role; g.Ready() != nil || r != "leader" && r != "voter" {
				return false
			}
		}
		return true
	})
}

func (s *several) await(what string, holds func() bool) {
	s.t.Helper()
	for range 6000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond) // of the bubble
	}
	for name, g := range s.groups {
		s.t.Logf("%s: %+v, ready: %v", name, g.Status(), g.Ready())
	}
	s.t.Fatalf("never: %s", what)
}

// leader waits for a leader among the nodes that run, but for some.
func (s *several) leader(but ...string) string {
	s.t.Helper()
	var leader string
	s.await("a leader", func() bool {
		for name, g := range s.groups {
			if !slices.Contains(but, name) && g.Status().Role == "leader" {
				leader = name
				return true
			}
		}
		return false
	})
	return leader
}

// others returns the names of the nodes that run, without one, sorted.
func (s *several) others(name string) (names []string) {
	for n := range s.groups {
		if n != name {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// crash ends a node as a power cut does.
func (s *several) crash(name string) {
	s.t.Helper()
	s.groups[name].Crash()
	s.stop(name)
}

// stop closes a node.
func (s *several) stop(name string) {
	s.t.Helper()
	g := s.groups[name]
	delete(s.groups, name)
	s.closeNode(name, g)
}

func (s *several) closeNode(name string, g *group) {
	s.t.Helper()
	s.net.update(func() { delete(s.net.nodes, name) })
	err := errors.Join(g.Close(context.Background()), g.leave())
	if err != nil && !(s.disk(name).refused.Load() > 0 && codeOf(err) == sqlstate.DiskFull) { // its store could not be flushed
		s.t.Error(name, err)
	}
}

func (s *several) close() {
	s.t.Helper()
	s.net.heal()
	for _, name := range s.others("") {
		s.stop(name)
	}
	time.Sleep(time.Minute) // what still travels arrives nowhere
}

func (s *several) append(name string, entity event.Entity) ([]event.Receipt, error) {
	s.drafts++
	return s.groups[name].Append(context.Background(), transaction(draft(s.drafts, entity)))
}

func (s *several) mustAppend(name string, entity event.Entity) event.Receipt {
	s.t.Helper()
	r, err := s.append(name, entity)
	if err != nil {
		s.t.Fatal(err)
	}
	return r[0]
}

func (s *several) consistent(name string) (projection.Cut, error) {
	return s.groups[name].Cut(context.Background(), projection.Freshness{Level: projection.Consistent}, 0)
}

func (s *several) mustRead(name string) projection.Cut {
	s.t.Helper()
	c, err := s.consistent(name)
	if err != nil {
		s.t.Fatalf("%s: %v %s", name, err, sqlstate.Of(err).Detail)
	}
	return c
}

func TestThreeNodesAppendAndReadAnywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		for i := range uint64(9) {
			name := fmt.Sprint("n", i%3+1)
			r := s.mustAppend(name, "a")
			if r.Version != event.Version(i+1) || r.Sequence != event.Sequence(i+1) {
				t.Errorf("receipt %+v of append %d", r, i)
			}
			for _, reader := range s.others("") {
				if c := s.mustRead(reader); c.Sequence != r.Sequence || c.HLC != r.HLC {
					t.Errorf("%s reads at %d, %d after an append got %d, %d", reader, c.Sequence, c.HLC, r.Sequence, r.HLC)
				}
			}
		}
	})
}

// wipe crashes a node and empties its directory.
func (s *several) wipe(name string) {
	s.t.Helper()
	s.crash(name)
	if err := os.RemoveAll(filepath.Join(s.dir, name)); err != nil {
		s.t.Fatal(err)
	}
}
