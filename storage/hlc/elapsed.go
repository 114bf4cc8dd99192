package hlc

import "time"

// Elapsed returns a function that tells how long ago a reading of the clock was. nil
// is the system's clock, of which it reads the monotonic half alone: each half costs
// as much as a look-up in a cache.
func Elapsed(now func() time.Time) func(time.Time) time.Duration {
	if now == nil {
		return time.Since
	}
	return func(t time.Time) time.Duration { return now().Sub(t) }
}
