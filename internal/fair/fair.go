// Package fair lets others have the processor. Go's scheduler takes it from a goroutine after 10 ms,
// and asks its poller what has come on the sockets when a processor has nothing to run, else every
// 10 ms. So a short request waits for tens of milliseconds beside a few goroutines that compute, or
// whose next request is always there.
package fair

import (
	"runtime"
	"time"
)

// Poll has Go ask its poller, so that it knows who can go on. The caller goes on first, or not at all
// later: where somebody asks already, that is enough.
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
	periodMin = 200 * time.Microsecond
	periodMax = time.Millisecond
	alone     = 50 * time.Microsecond // who is back earlier has kept nobody waiting
)

// Worked is called between two pieces of work, of some microseconds each, without locks held. Now
// and then it lets run who can: every 200 µs of work while others want the processor, less often else.
// It costs a reading of the clock.
func (p *Pace) Worked() {
	now := time.Now()
	switch {
	case p.since.IsZero():
		p.since, p.period = now, periodMin
		return
	case now.Sub(p.since) < p.period:
		return
	}
	if d := theDetour(); d != nil {
		d.pass(true)
	}
	runtime.Gosched() // who was found runs
	p.since = time.Now()
	if p.since.Sub(now) < alone {
		p.period = min(2*p.period, periodMax)
	} else {
		p.period = periodMin
	}
}
