package warm

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Log is the log as this node has applied it. It is safe for concurrent use.
type Log interface {
	// Position is how far the node has applied. The index moves with every entry, those
	// of the catalog included; definitions are at least as new.
	Position() (index uint64, c projection.Cut)
	// Advanced waits for a position after an index.
	Advanced(ctx context.Context, after uint64) (index uint64, c projection.Cut, err error)
	// Log reads events at a cut.
	Log(projection.Cut) event.Reader
}

// Definitions is the registry of projections. It is safe for concurrent use.
type Definitions interface {
	All() []*projection.Definition
}

// Rows are the rows to keep warm, e.g. an *engine.Engine's.
type Rows interface {
	Refresh(context.Context, engine.RefreshRequest) (engine.Refreshed, error)
	Mark(*projection.Definition) ([]byte, error)
	SetMark(*projection.Definition, []byte) error
	RowsEpoch() engine.RowsEpoch
}

// ShareDefault is the share of one processor where Options say nothing.
const ShareDefault = 0.25

// Options configure a Warmer. Log, Definitions and Rows are required.
type Options struct {
	Log         Log
	Definitions Definitions
	Rows        Rows
	// Mode tells how a definition's rows are kept, at any moment; nil = Lazy for all.
	Mode func(*projection.Definition) Mode
	// Share of one processor that is worked, above 0, at most 1; 0 = ShareDefault.
	Share  float64
	Logger *slog.Logger     // nil = discard
	Now    func() time.Time // nil = time.Now
}

func (o Options) withDefaults() Options {
	if o.Mode == nil {
		o.Mode = func(*projection.Definition) Mode { return Lazy }
	}
	if o.Share <= 0 || o.Share > 1 {
		o.Share = ShareDefault
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// How often the warmer looks and writes.
const (
	followEvery = 100 * time.Millisecond // what changes within is folded once
	lookEvery   = time.Second            // at definitions and caches, when the log is quiet
	saveEvery   = time.Second            // marks
	retryAfter  = time.Second            // after a failure
)

// Warmer keeps rows warm until it is closed. It is safe for concurrent use.
type Warmer struct {
	options Options
	cancel  context.CancelFunc
	done    chan struct{}

	// Of the goroutine.
	pace   pace
	epoch  engine.RowsEpoch
	began  bool
	warned time.Time

	mu   sync.Mutex // guards the jobs' fields too, which only the goroutine writes
	jobs []*job     // by name
}

// Start starts a warmer; Close ends it.
func Start(o Options) *Warmer {
	o = o.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	w := &Warmer{options: o, cancel: cancel, done: make(chan struct{}), pace: pace{share: o.Share}}
	go w.run(ctx)
	return w
}

// Close ends the work and writes down how far it is.
func (w *Warmer) Close() error {
	w.cancel()
	<-w.done
	return nil
}

func (w *Warmer) run(ctx context.Context) {
	defer close(w.done)
	defer w.save(0)
	w.pace.begin()
	for ctx.Err() == nil {
		index, cut := w.options.Log.Position()
		more, err := w.round(ctx, cut)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			w.failed(ctx, err)
		case !more:
			w.await(ctx, index)
		}
	}
}

// round does a bounded piece of work for everybody; more says that there is some left.
func (w *Warmer) round(ctx context.Context, cut projection.Cut) (more bool, err error) {
	cut.Newest = true
	w.learn(&cut)
	for _, do := range []func(context.Context, *projection.Cut) (bool, error){w.follow, w.census, w.fill} {
		again, err := do(ctx, &cut)
		if err == nil && again {
			err = w.pace.rest(ctx)
		}
		if err != nil {
			return false, err
		}
		more = more || again
	}
	w.save(saveEvery)
	return more, nil
}

// await waits for the log to go on, and a little longer.
func (w *Warmer) await(ctx context.Context, index uint64) {
	look, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	if _, _, err := w.options.Log.Advanced(look, index); err != nil {
		if look.Err() == nil {
			_ = pause(ctx, retryAfter) // the log has failed: the node is about to end
		}
		return
	}
	_ = pause(ctx, followEvery)
	w.pace.begin()
}

// failed tells of an error, now and then, and waits before the work is tried again.
func (w *Warmer) failed(ctx context.Context, err error) {
	if errors.Is(err, engine.ErrRetired) {
		return
	}
	const warnEvery = time.Minute
	if now := time.Now(); now.Sub(w.warned) >= warnEvery {
		w.warned = now
		w.options.Logger.Warn("rows cannot be kept warm at the moment", "error", err)
	}
	w.set(func(j *job) { j.failing = j.mode != Off })
	_ = pause(ctx, retryAfter)
}
