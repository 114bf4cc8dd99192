package hlc

import (
	"fmt"
	"sync/atomic"
	"time"
)

// DriftMaxDefault is Options.DriftMax where it is zero.
const DriftMaxDefault = 500 * time.Millisecond

// Options of a Clock; zero fields mean the defaults.
type Options struct {
	// Now reads the wall clock; default time.Now. It may step back.
	Now func() time.Time
	// DriftMax is how far ahead of the wall clock an observed stamp may be; default
	// DriftMaxDefault.
	DriftMax time.Duration
}

// Clock gives stamps that strictly ascend, whatever the wall clock does. It is
// safe for concurrent use and takes no lock.
type Clock struct {
	now      func() time.Time
	driftMax time.Duration
	last     atomic.Uint64
}

// NewClock returns a clock that has given no stamp yet.
func NewClock(o Options) *Clock {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.DriftMax <= 0 {
		o.DriftMax = DriftMaxDefault
	}
	return &Clock{now: o.Now, driftMax: o.DriftMax}
}

// Wall reads the wall clock.
func (c *Clock) Wall() time.Time { return c.now() }

// Now returns a stamp after every one that the clock has given or observed.
func (c *Clock) Now() Timestamp { return c.Reserve(1) }

// Reserve takes n consecutive stamps (at least one) and returns the first.
func (c *Clock) Reserve(n int) Timestamp {
	n = max(n, 1)
	wall := uint64(FromTime(c.now()))
	for {
		last := c.last.Load()
		first := max(wall, last+1)
		if c.last.CompareAndSwap(last, first+uint64(n)-1) {
			return Timestamp(first)
		}
	}
}

// Observe makes every later stamp ascend from another clock's. A stamp more than
// DriftMax ahead of the wall clock is refused with *DriftError and changes
// nothing: one broken clock must not carry the others away.
func (c *Clock) Observe(remote Timestamp) error {
	now := c.now()
	if remote.Time().Sub(now) > c.driftMax {
		return &DriftError{Remote: remote, Now: now, DriftMax: c.driftMax}
	}
	for {
		last := c.last.Load()
		if last >= uint64(remote) || c.last.CompareAndSwap(last, uint64(remote)) {
			return nil
		}
	}
}

// Time is the wall part, in UTC.
func (t Timestamp) Time() time.Time { return time.UnixMilli(t.WallMS()).UTC() }

// FromTime returns the first stamp of t's millisecond, or the nearest stamp if t
// is before 1970 or needs more than 47 bits (a stamp fits SQL's bigint).
func FromTime(t time.Time) Timestamp {
	return New(min(max(t.UnixMilli(), 0), wallMSMax), 0)
}

const wallMSMax = 1<<47 - 1

// DriftError says that an observed stamp is too far ahead of the wall clock.
type DriftError struct {
	Remote   Timestamp
	Now      time.Time
	DriftMax time.Duration
}

func (e *DriftError) Error() string {
	ahead := e.Remote.Time().Sub(e.Now)
	if ahead > 24*time.Hour {
		return fmt.Sprintf("clock reading %d is of %s, more than %v ahead", e.Remote, e.Remote.Time().Format("2006-01-02"), e.DriftMax)
	}
	return fmt.Sprintf("clock reading %d is %v ahead, more than %v", e.Remote, ahead, e.DriftMax)
}
