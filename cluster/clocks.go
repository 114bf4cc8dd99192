package cluster

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// clocks are what this node knows of the others' wall clocks, and whether its own is
// off: further from those of a majority than it may drift. A node whose clock is off
// does not lead: what it stamped would run ahead of time, or stand still. Order never
// depends on it.
type clocks struct {
	mu       sync.Mutex
	readings map[string]clockReading // by member
	off      bool
	righted  chan struct{} // told when it is no longer off
	offset   time.Duration // of this node's clock, as of the last look
}

// clockReading is what a member's clock showed at a moment of this node's own
// monotonic clock, give or take slack.
type clockReading struct {
	at    time.Time
	wall  time.Time
	slack time.Duration
}

// ahead is how far the member's clock is ahead of one that shows now.
func (r clockReading) ahead(now time.Time) time.Duration {
	return r.wall.Add(now.Sub(r.at)).Sub(now.Round(0))
}

// beyond reports whether the member's clock is certainly further away than limit.
func (r clockReading) beyond(now time.Time, limit time.Duration) bool {
	return r.ahead(now).Abs()-r.slack > limit
}

// judgeClock tells how far a clock that shows now is ahead of the others', by the
// median of all with its own, and whether a majority of all is certainly further away
// than limit: then it is this clock that is off, not the others'.
func judgeClock(readings map[string]clockReading, now time.Time, limit time.Duration) (offset time.Duration, off bool) {
	offsets, far := []time.Duration{0}, 0
	for _, r := range readings {
		offsets = append(offsets, -r.ahead(now))
		far += count(r.beyond(now, limit))
	}
	slices.Sort(offsets)
	return offsets[len(offsets)/2], far > len(offsets)/2
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
	asked := n.options.Now()
	a, err := n.askTerm(ctx, id)
	if err != nil || a.wall.IsZero() {
		return
	}
	slack := n.options.Now().Sub(asked) / 2
	n.clocks.mu.Lock()
	defer n.clocks.mu.Unlock()
	if n.clocks.readings == nil {
		n.clocks.readings = map[string]clockReading{}
	}
	n.clocks.readings[id] = clockReading{at: asked.Add(slack), wall: a.wall, slack: slack}
}

// lookAtClock judges this node's clock by what is known of the others', and logs when
// the judgement changes.
func (n *Node) lookAtClock() (off bool) {
	c := &n.clocks
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.off
	c.offset, c.off = judgeClock(c.readings, n.options.Now(), n.options.DriftMax)
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
	return known && r.beyond(n.options.Now(), n.options.DriftMax)
}

// abdicate has a member lead whose clock is right.
func (n *Node) abdicate() {
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
