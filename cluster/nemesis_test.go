package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/wire/sqlstate"
)

// nemesis makes trouble until the clients are done, in some histories at once: who leads first was the only member.
func (h *history) nemesis(done <-chan struct{}) {
	if h.random.IntN(2) == 0 {
		h.outrun()
	}
	for {
		select {
		case <-done:
			return
		case <-time.After(h.upTo(1500*time.Millisecond) + 200*time.Millisecond):
		}
		h.trouble()
	}
}

func (h *history) upTo(d time.Duration) time.Duration {
	return time.Duration(h.random.Int64N(int64(d)))
}

func (h *history) trouble() {
	name, g := h.node(h.random.IntN(3))
	other, _ := h.node(h.random.IntN(3))
	switch h.random.IntN(14) {
	case 0:
		h.net.split([]string{name}, []string{fmt.Sprint("n", h.random.IntN(3)+1), other})
		h.net.update(func() { delete(h.net.cuts, [2]string{name, name}) })
	case 1:
		h.net.cut(name, other)
		h.net.update(func() { delete(h.net.cuts, [2]string{name, name}) })
	case 2:
		h.net.delay(name, other, h.upTo(2500*time.Millisecond))
	case 3:
		if g != nil {
			h.crashAndReturn(name)
		}
	case 4:
		if g != nil {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			_ = g.TransferLeader(ctx, "") // it need not work
			cancel()
		}
	case 5:
		if g != nil && h.hangs {
			release := g.HoldLog()
			time.Sleep(h.upTo(3 * time.Second))
			release()
		}
	case 6:
		h.depose()
	case 7:
		offsets := []time.Duration{0, 400 * time.Millisecond, -400 * time.Millisecond, 3 * time.Second, -3 * time.Second, 5 * time.Minute, -5 * time.Minute}
		h.clocks[name].set(offsets[h.random.IntN(len(offsets))])
	case 8:
		h.handOverAhead()
	case 9:
		if g != nil {
			h.fill(name)
		}
	case 10:
		h.breakConnections()
	case 11:
		late := h.upTo(time.Second)
		w := weather{lostPercent: h.random.IntN(60), twicePercent: h.random.IntN(40), late: late, random: rand.New(rand.NewPCG(h.random.Uint64(), 1))}
		h.net.update(func() { h.net.weather = w })
	case 12:
		h.outrun()
	default:
		h.net.heal()
	}
}

func (h *history) crashAndReturn(name string) {
	h.at(name).Crash()
	h.end(name)
	time.Sleep(h.upTo(2 * time.Second))
	h.comeBack(name)
}

// end closes a node.
func (h *history) end(name string) {
	g := h.at(name)
	h.mu.Lock()
	delete(h.groups, name)
	h.mu.Unlock()
	h.closeNode(name, g)
}

// comeBack starts a node again.
func (h *history) comeBack(name string) {
	again, err := h.open(name) // which may take its time: nobody may wait for a mutex meanwhile
	if err != nil {
		h.t.Error(err)
		return
	}
	h.mu.Lock()
	h.groups[name] = again
	h.mu.Unlock()
	h.net.update(func() { h.net.nodes[name] = again.Node })
}

// fill leaves a node's disk without room for a while. A node that fails by it ends, does
// not start as long as there is none, and comes back when there is.
func (h *history) fill(name string) {
	g, disk := h.at(name), h.disk(name)
	disk.full.Store(true)
	defer disk.full.Store(false)
	time.Sleep(h.upTo(3 * time.Second))
	if !g.failed() {
		disk.full.Store(false)
		time.Sleep(10 * time.Millisecond) // what was refused has told so
	}
	if !g.failed() {
		return
	}
	h.filled.Add(1)
	h.end(name)
	if disk.full.Load() {
		if _, err := h.open(name); codeOf(err) != sqlstate.DiskFull && !errors.Is(err, syscall.ENOSPC) { // of the fake machine, which has no codes
			h.t.Errorf("on a full disk %s starts with %v", name, err)
		}
		time.Sleep(h.upTo(2 * time.Second))
		disk.full.Store(false)
	}
	h.comeBack(name)
}

// breakConnections resets connections between nodes for a while, and so what is asked and
// answered over them.
func (h *history) breakConnections() {
	for until := time.Now().Add(h.upTo(2 * time.Second)); time.Now().Before(until); time.Sleep(h.upTo(100 * time.Millisecond)) {
		h.net.reset(fmt.Sprint("n", h.random.IntN(3)+1), fmt.Sprint("n", h.random.IntN(3)+1))
	}
}

// depose has the others elect while the leader does not notice, since its log hangs and
// what the others said last reaches it late, and asks both sides all the while. It is
// what a pause of the leader looks like, and where a read that nobody has confirmed is old.
func (h *history) depose() {
	name, g := h.serving()
	if g == nil {
		return
	}
	release := func() {}
	if h.hangs {
		release = sync.OnceFunc(g.HoldLog())
		h.extras.Go(func() { h.append(name, g) })
	}
	var peers []string
	for i := range 3 {
		if peer, _ := h.node(i); peer != name {
			peers = append(peers, peer)
			h.net.delay(peer, name, h.upTo(2500*time.Millisecond))
		}
	}
	h.readConsistent(name, g)
	time.Sleep(h.upTo(50 * time.Millisecond))
	for _, peer := range peers {
		h.net.cut(name, peer)
	}
	for until := time.Now().Add(1500*time.Millisecond + h.upTo(2*time.Second)); time.Now().Before(until); {
		if peer := peers[h.random.IntN(2)]; h.at(peer) != nil {
			h.extras.Go(func() { h.append(peer, h.at(peer)) })
		}
		time.Sleep(h.upTo(200 * time.Millisecond))
		h.readConsistent(name, g)
		time.Sleep(h.upTo(100 * time.Millisecond))
	}
	release()
	h.net.heal()
}

// outrun has the leader take its time to apply what it commits, which the others show sooner,
// and asks them all meanwhile.
func (h *history) outrun() {
	name, g := h.serving()
	if g == nil {
		return
	}
	h.takes.set(name, h.upTo(500*time.Millisecond))
	defer h.takes.set(name, 0)
	h.extras.Go(func() { h.append(name, g) })
	for range 12 {
		time.Sleep(h.upTo(50 * time.Millisecond))
		if asked, g := h.node(h.random.IntN(3)); g != nil {
			h.readConsistent(asked, g)
		}
		h.readConsistent(name, g)
	}
}

// handOverAhead has a leader whose clock ran ahead stamp an event, and another lead before
// its own clock has got there.
func (h *history) handOverAhead() {
	name, g := h.serving()
	if g == nil {
		return
	}
	h.net.heal()
	h.clocks[name].set(3 * time.Second)
	h.append(name, g)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = g.TransferLeader(ctx, "") // its clock has it give up the leadership as well
	h.clocks[name].set(0)
	if next, g := h.serving(); g != nil {
		h.append(next, g)
	}
}

func (h *history) readConsistent(name string, g *group) {
	h.extras.Go(func() { h.read(name, g, projection.Freshness{Level: projection.Consistent}) })
}

func (h *history) at(name string) *group {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.groups[name]
}

// serving returns the node that takes itself for the leader, if there is one.
func (h *history) serving() (string, *group) {
	for i := range 3 {
		if name, g := h.node(i); g != nil && g.Status().Role == "leader" {
			return name, g
		}
	}
	return "", nil
}
