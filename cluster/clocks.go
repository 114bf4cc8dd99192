package cluster

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// clocks are what this node knows of the others' wall clocks, and whether its own is
// off: a majority agrees, and it is further from them than a clock may drift. A node
// whose clock is off does not lead: what it stamped would run ahead of time, or stand
// still. Order never depends on it.
type clocks struct {
	mu       sync.Mutex
	readings map[string]clockReading // by member
	off      bool
	righted  chan struct{} // told when it is no longer off
	offset   time.Duration // of this node's clock, as of the last look
	gaveUp   time.Duration // since the node's start, when it abdicated last; 0: never
}

// clockReading is what a member's clock showed at a moment since this node's start, give
// or take slack.
type clockReading struct {
	at    time.Duration
	wall  time.Time
	slack time.Duration
}

// instant is what this node's clocks show at once.
type instant struct {
	elapsed time.Duration // since its start
	wall    time.Time
}

func (n *Node) instant() instant {
	return instant{n.options.since(n.started), n.options.Clock.Wall().Round(0)}
}

// ahead is how far the member's clock is ahead of this node's.
func (r clockReading) ahead(now instant) time.Duration {
	return r.wall.Add(now.elapsed - r.at).Sub(now.wall)
}

// beyond reports whether the member's clock is certainly further away than limit.
func (r clockReading) beyond(now instant, limit time.Duration) bool {
	return r.ahead(now).Abs()-r.slack > limit
}

// judgeClock tells how far a clock is ahead of the others', by the median of all with
// its own, and whether it is off: more than half of all are certainly further away than
// limit, and no further from each other. Where no majority agrees nobody knows who is
// right.
func judgeClock(readings map[string]clockReading, now instant, limit time.Duration) (offset time.Duration, off bool) {
	all, far := []time.Duration{0}, []time.Duration(nil)
	for _, r := range readings {
		all = append(all, -r.ahead(now))
		if r.beyond(now, limit) {
			far = append(far, r.ahead(now))
		}
	}
	slices.Sort(all)
	slices.Sort(far)
	rest := majority(len(all)) - 1
	for i := 0; i+rest < len(far); i++ {
		off = off || far[i+rest]-far[i] <= limit
	}
	return all[len(all)/2], off
}

// clockInterval is how often a node looks at the others' clocks.
const clockInterval = 2 * time.Second

// watchClocks compares this node's clock with the others', and gives the leadership
// away while it is off.
func (n *Node) watchClocks() {
	for ok := true; ok; ok = sleep(n.life, clockInterval) {
		n.readClocks()
		if n.lookAtClock() && n.raft.State() == raft.Leader {
			n.abdicate()
		}
	}
}

// readClocks asks all members for the time.
func (n *Node) readClocks() {
	servers := n.configuration().Servers
	current := make(map[string]bool, len(servers))
	var asked sync.WaitGroup
	for _, s := range servers {
		if id := string(s.ID); id != n.id {
			current[id] = true
			asked.Go(func() { n.readClock(n.life, id) })
		}
	}
	asked.Wait()
	n.clocks.mu.Lock()
	defer n.clocks.mu.Unlock()
	for id := range n.clocks.readings {
		if !current[id] {
			delete(n.clocks.readings, id)
		}
	}
}

func (n *Node) readClock(ctx context.Context, id string) {
	asked := n.options.since(n.started)
	a, err := n.askTerm(ctx, id)
	if err != nil || a.wall.IsZero() {
		return
	}
	slack := (n.options.since(n.started) - asked) / 2
	n.clocks.mu.Lock()
	defer n.clocks.mu.Unlock()
	if n.clocks.readings == nil {
		n.clocks.readings = map[string]clockReading{}
	}
	n.clocks.readings[id] = clockReading{at: asked + slack, wall: a.wall, slack: slack}
}

// lookAtClock judges this node's clock by what is known of the others', and logs when
// the judgement changes.
func (n *Node) lookAtClock() (off bool) {
	c := &n.clocks
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.off
	c.offset, c.off = judgeClock(c.readings, n.instant(), n.options.DriftMax)
	switch log := n.options.Logger.With("offset", c.offset, "limit", n.options.DriftMax); {
	case c.off && !was:
		log.Error("the clock is off: this node does not lead until it is right")
	case was && !c.off:
		log.Info("the clock is right again")
		select {
		case c.righted <- struct{}{}:
		default:
		}
	}
	return c.off
}

// clockOffset is how far this node's clock was ahead of the others' at the last look.
func (n *Node) clockOffset() time.Duration {
	n.clocks.mu.Lock()
	defer n.clocks.mu.Unlock()
	return n.clocks.offset
}

// clockDisagrees reports whether a member's clock is certainly further away from this
// node's than it may drift.
func (n *Node) clockDisagrees(id string) bool {
	n.clocks.mu.Lock()
	defer n.clocks.mu.Unlock()
	r, known := n.clocks.readings[id]
	return known && r.beyond(n.instant(), n.options.DriftMax)
}

// mayAbdicate reports whether this node has looked at the others' clocks since it abdicated
// last. Two whose clocks stepped meanwhile each think that the other's is right: they would
// hand over to each other without end.
func (n *Node) mayAbdicate() bool {
	n.clocks.mu.Lock()
	defer n.clocks.mu.Unlock()
	return n.clocks.gaveUp == 0 || n.uptime()-n.clocks.gaveUp >= clockInterval
}

// abdicate has a member lead whose clock is right.
func (n *Node) abdicate() {
	n.clocks.mu.Lock()
	n.clocks.gaveUp = n.uptime()
	n.clocks.mu.Unlock()
	if err := n.transfer(n.successor()); err != nil {
		n.options.Logger.Warn("nobody took over the leadership", "error", err)
	}
}

// successor is a voter whose clock is not that of this node, "" if none is known.
func (n *Node) successor() string {
	for _, id := range n.voters() {
		if id != n.id && n.clockDisagrees(id) {
			return id
		}
	}
	return ""
}
