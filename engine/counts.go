package engine

import (
	"sync/atomic"

	"github.com/projsql/projsql/engine/projection"
)

// Sizes of the closed sets that answers are counted by.
const (
	strategies = int(projection.DirectReplay) + 1
	statuses   = int(projection.Unavailable) + 1
	observeds  = int(projection.NotApplicable) + 1
)

// counts are what one definition has been asked and how it went, since the engine
// began.
type counts struct {
	answers        [strategies][statuses][observeds]atomic.Uint64
	externalStores [storeOutcomes]atomic.Uint64
	slotStores     [storeOutcomes]atomic.Uint64
	unchanged      atomic.Uint64
	folded         atomic.Uint64 // events
	shared         atomic.Uint64 // reads that took another's answer
	failed         atomic.Uint64 // reads
	decodeFailed   atomic.Uint64
	getFailed      atomic.Uint64
	prefetchFailed atomic.Uint64
}

func (c *counts) answered(o *projection.Outcome) {
	if o.Unchanged {
		c.unchanged.Add(1)
		return
	}
	c.answers[o.Strategy][o.Cache][o.Observed].Add(1)
}

// answeredMany counts n answers like o, none of them unchanged.
func (c *counts) answeredMany(o *projection.Outcome, n int) {
	c.answers[o.Strategy][o.Cache][o.Observed].Add(uint64(n))
}

func (c *counts) stored(external, slot storeOutcome) {
	c.externalStores[external].Add(1)
	c.slotStores[slot].Add(1)
}
