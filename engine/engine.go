package engine

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Engine answers reads of projections of one database on this node. It is safe for
// concurrent use.
type Engine struct {
	opts     Options
	log      Log
	heads    headLog // log, if it is one
	external cache.External
	can      cache.Capabilities
	slots    *cache.Slots
	listings listings
	epoch    time.Time // zero of the engine's monotonic clock

	definitions definitions
	flights     flights
	chunks      sync.Pool // of *chunk, empty
	reads       sync.Pool // of *read, zero
	encodings   sync.Pool // of *[]byte
	metrics     *metrics
	warned      atomic.Int64  // when the next warning may be logged
	purges      atomic.Uint64 // calls of Purge

	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup // background purges; joined under mu, so none joins once closed
	ending atomic.Bool    // tells them to stop early
}

// New returns an engine. Close ends it.
func New(o Options) *Engine {
	o = o.withDefaults()
	e := &Engine{
		opts: o, log: o.Log, external: o.External, can: o.External.Capabilities(),
		slots: cache.NewSlots(o.SlotBytesMax), epoch: o.Now(),
	}
	e.heads, _ = o.Log.(headLog)
	e.listings.bytesMax = o.ListingBytesMax
	e.metrics = newMetrics(e)
	return e
}

// Close waits for background work. Reads that are under way are not waited for.
func (e *Engine) Close() error {
	e.ending.Store(true)
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.work.Wait()
	return e.external.Sync()
}

// Generation returns the number of events of an entity within a cut; 0 if it has
// none. It reads nothing but the entity's head.
func (e *Engine) Generation(c projection.Cut, entity event.Entity) (event.Version, error) {
	h, _, err := e.log.Reader(c).Head(entity)
	return h.Generation, err
}

// now reads the engine's monotonic clock.
func (e *Engine) now() time.Duration { return e.opts.Now().Sub(e.epoch) }

// knownAt is the moment at which the node last knew the cut current. The engine's own
// clock is no substitute: it would call a state current that was so when the
// statement began.
func (e *Engine) knownAt(c *projection.Cut) time.Duration {
	if !c.Newest || c.KnownAt.IsZero() {
		return cache.Never
	}
	return c.KnownAt.Sub(e.epoch)
}
