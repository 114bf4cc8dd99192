// Package gossip finds the members of a cluster with memberlist: who they are, where
// they listen and whether they seem alive. It implements cluster.Directory.
//
// What it knows is a hint. It knows nothing of Raft: who votes and who leads is not
// decided here.
package gossip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/projsql/projsql/cluster"
)

// Options configure a Gossip.
type Options struct {
	Addr      string   // host:port to listen on; port 0 = any
	Advertise string   // host that others reach; "" = Addr's
	Join      []string // gossip addresses of members
	// PeersFile remembers the others' addresses for the next start; "" = nowhere.
	PeersFile string
	// Keys encrypt what is sent, by the first, and decrypt it, by any: 16, 24 or 32 bytes
	// each. None: it is sent in the clear.
	Keys   [][]byte
	Logger *slog.Logger
	// Transport carries what is sent; nil: UDP and TCP at Addr.
	Transport memberlist.Transport
}

const (
	joinInterval = time.Second
	lostJoins    = 5           // of so many, one is for those that are not seen
	joinTimeout  = time.Minute // for a node that belongs to no cluster yet
	leaveTimeout = time.Second
)

// Gossip is this node's membership. It is safe for concurrent use.
type Gossip struct {
	options Options
	list    *memberlist.Memberlist // nil before Announce
	life    context.Context
	end     context.CancelFunc
	tasks   sync.WaitGroup
	closing sync.Once

	mu      sync.Mutex
	self    cluster.Member
	members map[string]cluster.Member // the others and this node, by id
	sorted  []cluster.Member          // members by name, as Members returned them; nil: they have changed
	addrs   map[string]string         // their gossip addresses
	foreign error                     // that a peer is of another cluster
	twin    *cluster.Member           // who else is known by this node's id
}

// New returns a Gossip that Announce starts.
func New(o Options) *Gossip {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	g := &Gossip{options: o, members: map[string]cluster.Member{}, addrs: map[string]string{}}
	g.life, g.end = context.WithCancel(context.Background())
	return g
}

// Announce begins to gossip. A node of no cluster waits until it has found one. It is
// called once.
func (g *Gossip) Announce(ctx context.Context, self cluster.Member) (string, error) {
	g.self = self
	if _, err := encodeMeta(self); err != nil {
		return "", err
	}
	config, err := g.config()
	if err != nil {
		return "", err
	}
	if g.list, err = memberlist.Create(config); err != nil {
		return "", fmt.Errorf("gossip: %w", err)
	}
	g.options.Logger.Info("gossip", "addr", g.list.LocalNode().Address())
	known := g.candidates()
	if self.Cluster == "" {
		return g.find(ctx, known)
	}
	if err := g.join(known); err != nil && g.isForeign() != nil {
		return "", g.isForeign()
	}
	g.tasks.Go(g.stayTogether)
	return self.Cluster, nil
}

// config listens on another port if the one that was asked for is taken and nobody
// relies on it.
func (g *Gossip) config() (*memberlist.Config, error) {
	host, port, err := splitAddr(g.options.Addr)
	if err != nil {
		return nil, err
	}
	c := memberlist.DefaultLANConfig()
	c.Name = g.self.ID
	c.BindAddr, c.BindPort, c.AdvertisePort = host, port, port
	if g.options.Advertise != "" {
		if c.AdvertiseAddr, err = resolve(g.options.Advertise); err != nil {
			return nil, err
		}
	}
	c.ProbeInterval, c.ProbeTimeout, c.SuspicionMult = 500*time.Millisecond, 250*time.Millisecond, 4
	c.GossipInterval, c.PushPullInterval = 200*time.Millisecond, 10*time.Second
	c.TCPTimeout = 2 * time.Second
	c.EnableCompression = false // it costs more than the few bytes that are sent
	c.DeadNodeReclaimTime = time.Second
	c.Label = "projsql"
	c.LogOutput = logWriter{g.options.Logger}
	c.Transport = g.options.Transport
	c.Delegate, c.Events, c.Merge, c.Alive, c.Conflict = (*delegate)(g), (*delegate)(g), (*delegate)(g), (*delegate)(g), (*delegate)(g)
	if len(g.options.Keys) > 0 {
		if c.Keyring, err = memberlist.NewKeyring(g.options.Keys, g.options.Keys[0]); err != nil {
			return nil, fmt.Errorf("gossip key: %w", err)
		}
	}
	return c, nil
}

func splitAddr(addr string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, err
	}
	if host, err = resolve(host); err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(text)
	return host, port, err
}

func resolve(host string) (string, error) {
	ip, err := net.ResolveIPAddr("ip", host)
	if err != nil {
		return "", err
	}
	return ip.String(), nil
}

// candidates are the addresses to join: those given and those remembered.
func (g *Gossip) candidates() []string {
	all := append(slices.Clone(g.options.Join), readPeers(g.options.PeersFile)...)
	slices.Sort(all)
	return slices.Compact(all)
}

func (g *Gossip) join(addrs []string) error {
	if len(addrs) == 0 {
		return nil
	}
	_, err := g.list.Join(addrs)
	return err
}

// find joins a cluster that must exist and returns its id.
func (g *Gossip) find(ctx context.Context, addrs []string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, joinTimeout, fmt.Errorf("gossip: no cluster was found at %s", strings.Join(addrs, ", ")))
	defer cancel()
	for {
		err := g.join(addrs)
		if id := g.found(); id != "" {
			g.tasks.Go(g.stayTogether)
			g.adopt(id)
			return id, nil
		}
		g.options.Logger.Info("gossip: no cluster yet", "join", addrs, "error", err)
		if !sleep(ctx, joinInterval) {
			return "", errors.Join(context.Cause(ctx), err)
		}
	}
}

// found returns the id of the cluster that the others are of, "" if there is none.
func (g *Gossip) found() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.members {
		if m.Cluster != "" {
			return m.Cluster
		}
	}
	return ""
}

// adopt tells the others that this node is of the cluster. They hear of it later if they
// do not within leaveTimeout.
func (g *Gossip) adopt(id string) {
	g.mu.Lock()
	g.self.Cluster = id
	g.mu.Unlock()
	if err := g.list.UpdateNode(leaveTimeout); err != nil {
		g.options.Logger.Debug("gossip: it takes long to tell the others", "error", err)
	}
}

// stayTogether joins the others again: all of them while none is seen, e.g. when all were
// away, and now and then those that are not. memberlist gives the dead up after half a
// minute, so two parts of a cluster that were apart for longer would stay apart.
func (g *Gossip) stayTogether() {
	for n := 1; sleep(g.life, joinInterval); n++ {
		var addrs []string
		switch {
		case g.list.NumMembers() <= 1:
			addrs = g.candidates()
		case n%lostJoins == 0:
			addrs = g.lost()
		}
		if err := g.join(addrs); err != nil {
			g.options.Logger.Debug("gossip: nobody is there", "error", err)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Members returns all that are known, in the order of their names.
func (g *Gossip) Members() []cluster.Member {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sorted == nil {
		g.sorted = slices.SortedFunc(maps.Values(g.members), func(a, b cluster.Member) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
		})
	}
	return g.sorted
}

// Twin returns who else is known by this node's id, at another address: this node itself, where it was before, or
// one that runs with a copy of its data. false: nobody.
func (g *Gossip) Twin() (cluster.Member, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.twin == nil {
		return cluster.Member{}, false
	}
	return *g.twin, true
}

// Addr returns where this node gossips, "" before Announce.
func (g *Gossip) Addr() string {
	if g.list == nil {
		return ""
	}
	return g.list.LocalNode().Address()
}

// Close tells the others that this node leaves, and ends. Further calls do nothing.
func (g *Gossip) Close() (err error) {
	g.closing.Do(func() { err = g.close() })
	return err
}

func (g *Gossip) close() error {
	g.end()
	g.tasks.Wait()
	if g.list == nil {
		return nil
	}
	if _, other := g.Twin(); !other { // who else has the id does not leave
		if err := g.list.Leave(leaveTimeout); err != nil {
			g.options.Logger.Debug("gossip: nobody was told", "error", err)
		}
	}
	return g.list.Shutdown()
}

func (g *Gossip) isForeign() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.foreign
}
