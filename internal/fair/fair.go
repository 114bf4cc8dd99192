// Package fair lets others have the processor. Go's scheduler takes it from a goroutine after 10 ms,
// and asks its poller what has come on the sockets when a processor has nothing to run, else every
// 10 ms. So a short request waits for tens of milliseconds beside a few goroutines that compute, or
// whose next request is always there.
package fair

import (
	"runtime"
	"time"
)

// Poll has Go ask its poller, so that it knows who can go on. Where somebody has it ask already, that
// is enough: the caller goes on at once. It may be called by many at once.
func Poll() {
	if d := theDetour(); d != nil {
		d.pass(false)
	}
}

// Pace is of one goroutine that computes for long. Its zero value is ready.
type Pace struct {
	since  time.Time
	period time.Duration
}

const (
	periodMin  = 200 * time.Microsecond // while others want the processor
	periodMax  = time.Millisecond       // while nobody does, though all are at work
	periodIdle = 8 * time.Millisecond   // while there is an idle one, which short requests find by itself
	brief      = 50 * time.Microsecond  // who is back earlier has kept nobody waiting
)

// Worked is called between two pieces of work, of some microseconds each, and holding no lock that a
// short request waits for. Now and then it lets run who can. Between that it costs a reading of the
// clock.
func (p *Pace) Worked() {
	now := time.Now()
	switch {
	case p.since.IsZero():
		p.since, p.period = now, periodMin
		return
	case now.Sub(p.since) < p.period:
		return
	}
	// The thread of an idle processor takes over whoever it finds in the poller: going on there costs
	// the memory that this one's had at hand.
	idle := false
	if d := theDetour(); d != nil {
		thread := threadID()
		d.pass(true)
		idle = threadID() != thread
	}
	if !idle {
		runtime.Gosched() // who was found runs
	}
	p.since = time.Now()
	switch {
	case p.since.Sub(now) >= brief:
		p.period = periodMin
	case idle:
		p.period = min(2*p.period, periodIdle)
	default:
		p.period = max(periodMin, min(2*p.period, periodMax))
	}
}
