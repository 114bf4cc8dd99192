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
	stores     = int(projection.StoreOutcomes)
)

// counts are what one projection has been asked and how it went, since the engine
// began, over all its versions.
type counts struct {
	answers        [strategies][statuses][observeds]atomic.Pointer[answersByStores]
	externalStores [stores]atomic.Uint64
	slotStores     [stores]atomic.Uint64
	unchanged      atomic.Uint64
	folded         atomic.Uint64 // events
	ahead          atomic.Uint64 // states made ahead of reads
	shared         atomic.Uint64 // reads that took another's answer
	failed         atomic.Uint64 // reads
	decodeFailed   atomic.Uint64
	getFailed      atomic.Uint64
	prefetchFailed atomic.Uint64
}

// answersByStores counts answers that are alike by what became of their states: most
// kinds of answers never are.
type answersByStores [stores][stores]atomic.Uint64

func (c *counts) answered(o *projection.Outcome) {
	if o.Unchanged {
		c.unchanged.Add(1)
		return
	}
	c.answeredMany(o, 1)
}

// answeredMany counts n answers like o, none of them unchanged.
func (c *counts) answeredMany(o *projection.Outcome, n int) {
	alike := &c.answers[o.Strategy][o.Cache][o.Observed]
	own := alike.Load()
	if own == nil {
		alike.CompareAndSwap(nil, new(answersByStores))
		own = alike.Load()
	}
	own[o.Stores.External][o.Stores.Slot].Add(uint64(n))
}

func (c *counts) stored(s projection.Stores) {
	c.externalStores[s.External].Add(1)
	c.slotStores[s.Slot].Add(1)
}
