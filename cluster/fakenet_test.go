package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
)

// fakeNet joins the nodes of a bubble: connections for Raft and calls between nodes,
// with delays and cuts by direction. A cut holds back what is sent, as TCP does,
// until it is healed or the sender gives up.
type fakeNet struct {
	mu        sync.Mutex
	listeners map[string]*fakeListener // by node
	nodes     map[string]*cluster.Node // by name; those that run
	members   map[string]cluster.Member
	cuts      map[[2]string]bool
	delays    map[[2]string]time.Duration
	changed   chan struct{}
	calls     func(from, to string)                                        // told of every call, before it travels
	relays    func(to string, s *hop.Statement, g *projection.Given) error // told of every statement that arrives; an error refuses it
	id        string                                                       // of the cluster
	open      map[*connection]bool
	weather   weather
	ports     map[string]*gossipPort // by node; of those that gossip
}

// connection is what a reset ends: a connection of Raft's, or a call that waits.
type connection struct {
	a, b string // in any order
	end  func()
}

func (f *fakeNet) register(a, b string, end func()) (forget func()) {
	c := &connection{a, b, end}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open[c] = true
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.open, c)
	}
}

// reset ends the connections between two nodes, whatever is on its way.
func (f *fakeNet) reset(a, b string) {
	f.mu.Lock()
	var ends []func()
	for c := range f.open {
		if c.a == a && c.b == b || c.a == b && c.b == a {
			ends = append(ends, c.end)
		}
	}
	f.mu.Unlock()
	for _, end := range ends {
		end()
	}
}

var errReset = errors.New("connection reset by peer")

// attend returns a context that ends when the connection to a node is reset.
func (n network) attend(ctx context.Context, to string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	forget := n.register(n.name, to, func() { cancel(errReset) })
	return ctx, func() { forget(); cancel(nil) }
}

func newFakeNet() *fakeNet {
	return &fakeNet{
		listeners: map[string]*fakeListener{}, nodes: map[string]*cluster.Node{}, members: map[string]cluster.Member{},
		cuts: map[[2]string]bool{}, delays: map[[2]string]time.Duration{}, changed: make(chan struct{}),
		open: map[*connection]bool{}, ports: map[string]*gossipPort{},
	}
}

func (f *fakeNet) update(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	close(f.changed)
	f.changed = make(chan struct{})
}

// split cuts all links between two groups of nodes, in both directions.
func (f *fakeNet) split(a, b []string) {
	f.update(func() {
		for _, x := range a {
			for _, y := range b {
				f.cuts[[2]string{x, y}], f.cuts[[2]string{y, x}] = true, true
			}
		}
	})
}

func (f *fakeNet) cut(from, to string) { f.update(func() { f.cuts[[2]string{from, to}] = true }) }

func (f *fakeNet) delay(from, to string, d time.Duration) {
	f.update(func() { f.delays[[2]string{from, to}] = d })
}

func (f *fakeNet) heal() { f.update(func() { clear(f.cuts); clear(f.delays); f.weather = weather{} }) }

// travel returns when something sent now arrives; false if done comes before.
func (f *fakeNet) travel(from, to string, done <-chan struct{}) bool {
	f.mu.Lock()
	delay := f.delays[[2]string{from, to}]
	f.mu.Unlock()
	t := time.NewTimer(delay)
	defer t.Stop()
	select {
	case <-t.C:
	case <-done:
		return false
	}
	for {
		f.mu.Lock()
		cut, changed := f.cuts[[2]string{from, to}], f.changed
		f.mu.Unlock()
		if !cut {
			return true
		}
		select {
		case <-changed:
		case <-done:
			return false
		}
	}
}

// network is what one node sees of a fakeNet.
type network struct {
	*fakeNet
	name string
}

func (f *fakeNet) of(name string, join bool) *cluster.Network {
	n := network{f, name}
	return &cluster.Network{Listener: f.listen(name), Dial: n.dial, Directory: n, Peers: n, Relay: n, Streams: n, RaftAddr: name, PGAddr: name, Join: join}
}

// Announce implements cluster.Directory.
func (n network) Announce(_ context.Context, self cluster.Member) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.id == "":
		n.id = self.Cluster
	case self.Cluster != "" && self.Cluster != n.id:
		return "", errors.New("another cluster")
	}
	n.members[self.ID] = self
	return n.id, nil
}

// Members implements cluster.Directory.
func (n network) Members() (all []cluster.Member) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.members {
		m.Alive = n.nodes[m.Name] != nil
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b cluster.Member) int { return cmpString(a.Name, b.Name) })
	return all
}

func cmpString(a, b string) int {
	if a < b {
		return -1
	} else if a > b {
		return 1
	}
	return 0
}

// Send implements cluster.Caller.
func (n network) Send(ctx context.Context, to cluster.Member, request []byte) cluster.Call {
	ctx, cancel := context.WithCancelCause(ctx)
	c := &fakeCall{done: make(chan struct{}), cancel: cancel}
	go func() {
		defer cancel(nil)
		defer close(c.done)
		c.response, c.err = n.call(ctx, to, request)
	}()
	return c
}

type fakeCall struct {
	done     chan struct{}
	cancel   context.CancelCauseFunc
	response []byte
	err      error
}

func (c *fakeCall) Wait(ctx context.Context) ([]byte, error) {
	select {
	case <-c.done:
	case <-ctx.Done():
		c.cancel(context.Cause(ctx))
		<-c.done
	}
	return c.response, c.err
}

func (c *fakeCall) Until(moment time.Time) ([]byte, error) {
	late := time.NewTimer(time.Until(moment))
	defer late.Stop()
	select {
	case <-c.done:
		return c.response, c.err
	case <-late.C:
		return nil, cluster.ErrUnanswered
	}
}

func (n network) call(ctx context.Context, to cluster.Member, request []byte) ([]byte, error) {
	if n.calls != nil {
		n.calls(n.name, to.Name)
	}
	ctx, end := n.attend(ctx, to.Name)
	defer end()
	if !n.travel(n.name, to.Name, ctx.Done()) {
		return nil, context.Cause(ctx)
	}
	n.mu.Lock()
	node := n.nodes[to.Name]
	n.mu.Unlock()
	if node == nil {
		return nil, fmt.Errorf("%w: connection refused", cluster.ErrNotSent)
	}
	type answer struct {
		b   []byte
		err error
	}
	answered := make(chan answer, 1)
	go func() {
		handling, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		b, err := node.Handle(handling, request)
		answered <- answer{b, err}
	}()
	select {
	case a := <-answered:
		if !n.travel(to.Name, n.name, ctx.Done()) {
			return nil, context.Cause(ctx)
		}
		return a.b, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (n network) dial(ctx context.Context, addr string) (net.Conn, error) {
	return n.connect(ctx, addr, addr)
}

// connect opens a connection to one of a node's addresses.
func (n network) connect(ctx context.Context, to, addr string) (net.Conn, error) {
	if !n.travel(n.name, to, ctx.Done()) || !n.travel(to, n.name, ctx.Done()) {
		return nil, context.Cause(ctx)
	}
	n.mu.Lock()
	l := n.listeners[addr]
	n.mu.Unlock()
	if l == nil {
		return nil, errors.New("connection refused")
	}
	near, a := net.Pipe()
	b, far := net.Pipe()
	forget := n.register(n.name, to, func() { _, _ = a.Close(), b.Close() })
	go func() { defer forget(); n.relay(n.name, to, a, b) }()
	go n.relay(to, n.name, b, a)
	if !l.offer(far) {
		_, _ = near.Close(), far.Close()
		return nil, errors.New("connection refused")
	}
	return near, nil
}

// relay carries what comes from one end to the other, until an end is closed.
func (f *fakeNet) relay(from, to string, in, out net.Conn) {
	chunks := make(chan []byte, 1024)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for b := range chunks {
			if !f.travel(from, to, nil) {
				return
			}
			if _, err := out.Write(b); err != nil {
				_ = in.Close()
				break
			}
		}
		_ = out.Close()
	}()
	buffer := make([]byte, 16<<10)
	for {
		n, err := in.Read(buffer)
		if n > 0 {
			select {
			case chunks <- slices.Clone(buffer[:n]):
			case <-ended:
			}
		}
		if err != nil {
			break
		}
	}
	close(chunks)
}

// listen listens at one of a node's addresses.
func (f *fakeNet) listen(addr string) *fakeListener {
	l := &fakeListener{net: f, name: addr, conns: make(chan net.Conn, 64), closed: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listeners[addr] = l
	return l
}

type fakeListener struct {
	net    *fakeNet
	name   string
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *fakeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// offer has a connection wait to be accepted.
func (l *fakeListener) offer(c net.Conn) bool {
	l.net.mu.Lock()
	defer l.net.mu.Unlock()
	select {
	case <-l.closed:
		return false
	default:
	}
	select {
	case l.conns <- c:
		return true
	default:
		return false
	}
}

// Close refuses what waits to be accepted, too.
func (l *fakeListener) Close() error {
	l.once.Do(func() {
		l.net.mu.Lock()
		defer l.net.mu.Unlock()
		close(l.closed)
		if l.net.listeners[l.name] == l {
			delete(l.net.listeners, l.name)
		}
		for len(l.conns) > 0 {
			_ = (<-l.conns).Close()
		}
	})
	return nil
}

func (l *fakeListener) Addr() net.Addr { return fakeAddr(l.name) }

type fakeAddr string

func (a fakeAddr) Network() string { return "fake" }
func (a fakeAddr) String() string  { return string(a) }

var _ io.Closer = (*fakeListener)(nil)
