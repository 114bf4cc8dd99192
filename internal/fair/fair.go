// Package fair lets others have the processor. Go's scheduler takes it from a goroutine after 10 ms,
// and asks its poller what has come on the sockets when a processor has nothing to run, else every
// 10 ms. So a short request waits for tens of milliseconds beside a few goroutines that compute, or
// whose next request is always there.
package fair

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Poll has Go ask its poller, so that it knows who can go on. Where somebody has it ask already, that
// is enough: the caller goes on at once. It may be called by many at once.
func Poll() {
	if d := theDetour(); d != nil {
		d.pass(false)
	}
}

// Pace is of one goroutine that computes for long. Its zero value is ready; it must not be copied.
type Pace struct {
	// For is of the goroutine that this one helps, and goes on detours for; nil: none.
	For *Pace

	since  time.Time
	period time.Duration
	helped atomic.Int64 // when a helper went last, in nanoseconds from epoch; 0: never
}

var epoch = time.Now()

const (
	periodMin  = 200 * time.Microsecond // while others want the processor
	periodMax  = time.Millisecond       // while nobody does, though all are at work
	periodIdle = 8 * time.Millisecond   // while there is an idle one, which short requests find by itself
	// Who has helpers goes when none of them has for so long: all that they do passes through his hands.
	periodHelped = 2 * time.Millisecond

	brief = 50 * time.Microsecond // who is back earlier has kept nobody waiting
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
	if h := p.helped.Load(); h != 0 && now.Sub(epoch)-time.Duration(h) < periodHelped {
		p.since = epoch.Add(time.Duration(h))
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
	if p.For != nil {
		p.For.helped.Store(int64(p.since.Sub(epoch)))
	}
	switch {
	case p.since.Sub(now) >= brief:
		p.period = periodMin
	case idle:
		p.period = min(2*p.period, periodIdle)
	default:
		p.period = max(periodMin, min(2*p.period, periodMax))
	}
}
