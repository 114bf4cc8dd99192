package cluster_test

import (
	"context"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

// weather is what becomes of packets, beside cuts, which lose all of them, and delays:
// one may be lost, come twice, or late, so that a later one overtakes it.
type weather struct {
	lostPercent, twicePercent int
	late                      time.Duration // at most
	random                    *rand.Rand
	lost, twice               int // so many were
}

// fate returns after which times a packet arrives, as often as it does.
func (f *fakeNet) fate(from, to string) (after []time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, link := &f.weather, [2]string{from, to}
	if f.cuts[link] {
		return nil
	}
	if w.random == nil {
		return []time.Duration{f.delays[link]}
	}
	copies := 1
	switch p := w.random.IntN(100); {
	case p < w.lostPercent:
		w.lost++
		return nil
	case p < w.lostPercent+w.twicePercent:
		w.twice++
		copies = 2
	}
	for range copies {
		after = append(after, f.delays[link]+time.Duration(w.random.Int64N(int64(w.late)+1)))
	}
	return after
}

// gossipAddr is where a node gossips, nK at 10.0.0.K.
func gossipAddr(name string) string { return "10.0.0." + name[1:] + ":7946" }

func nodeAt(gossipAddr string) string {
	number, _, _ := strings.Cut(strings.TrimPrefix(gossipAddr, "10.0.0."), ":")
	return "n" + number
}

// gossipPort is a node's memberlist.Transport on a fakeNet.
type gossipPort struct {
	network
	streams *fakeListener
	packets chan *memberlist.Packet
	closed  atomic.Bool
}

func (f *fakeNet) gossipPort(name string) *gossipPort {
	p := &gossipPort{network: network{f, name}, streams: f.listen(gossipAddr(name)), packets: make(chan *memberlist.Packet, 256)}
	f.update(func() { f.ports[name] = p })
	return p
}

// FinalAdvertiseAddr implements memberlist.Transport, as do all that follow.
func (p *gossipPort) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	host, _, _ := net.SplitHostPort(gossipAddr(p.name))
	return net.ParseIP(host), 7946, nil
}

// WriteTo sends a packet.
func (p *gossipPort) WriteTo(b []byte, addr string) (time.Time, error) {
	for _, after := range p.fate(p.name, nodeAt(addr)) {
		packet := &memberlist.Packet{Buf: slices.Clone(b), From: fakeAddr(gossipAddr(p.name))}
		time.AfterFunc(after, func() { p.deliver(nodeAt(addr), packet) })
	}
	return time.Now(), nil
}

// deliver hands a packet to who listens; where nobody does, or too many wait, it is lost.
func (p *gossipPort) deliver(to string, packet *memberlist.Packet) {
	p.mu.Lock()
	port := p.ports[to]
	p.mu.Unlock()
	if port == nil || port.closed.Load() {
		return
	}
	packet.Timestamp = time.Now()
	select {
	case port.packets <- packet:
	default:
	}
}

// PacketCh is where packets arrive.
func (p *gossipPort) PacketCh() <-chan *memberlist.Packet { return p.packets }

// DialTimeout opens a stream.
func (p *gossipPort) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return p.connect(ctx, nodeAt(addr), addr)
}

// StreamCh is where streams arrive.
func (p *gossipPort) StreamCh() <-chan net.Conn { return p.streams.conns }

// Shutdown ends it.
func (p *gossipPort) Shutdown() error {
	p.closed.Store(true)
	return p.streams.Close()
}
