package engine

import (
	"context"
	"errors"
	"sync"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
)

// flight is one read of a newest cut that others of the same state wait for.
type flight struct {
	done    chan struct{} // nil until somebody waits
	plan    plan
	lineage [16]byte
	// Set before done is closed.
	outcome projection.Outcome
	err     error
}

// flights are the reads under way: at most one for each slot key.
type flights struct {
	mu    sync.Mutex
	byKey map[cache.SlotKey]*flight
}

// join returns the flight for a key to wait for, or the caller's own, which it is to fly.
func (fs *flights) join(k cache.SlotKey, own *flight) *flight {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f := fs.byKey[k]; f != nil {
		if f.done == nil {
			f.done = make(chan struct{})
		}
		return f
	}
	if fs.byKey == nil {
		fs.byKey = map[cache.SlotKey]*flight{}
	}
	fs.byKey[k] = own
	return own
}

// land ends a flight: none joins it from here on.
func (fs *flights) land(k cache.SlotKey, f *flight) {
	fs.mu.Lock()
	delete(fs.byKey, k)
	fs.mu.Unlock()
	if f.done != nil {
		close(f.done)
	}
}

// errAborted is a flight's error until it has another. It stays if the flight panics
// or its client gives up.
var errAborted = errors.New("read was aborted")

// fly answers the read, or waits for one under way whose answer serves it too.
func (r *read) fly(ctx context.Context) (projection.Outcome, error) {
	for {
		r.flight = flight{plan: r.plan, lineage: r.lineage, err: errAborted}
		f := r.engine.flights.join(r.slotKey(), &r.flight)
		if f == &r.flight {
			return r.lead(ctx, f)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return projection.Outcome{}, context.Cause(ctx)
		}
		if out, err, ok := r.share(f); ok {
			r.own.counts.shared.Add(1)
			return out, err
		}
	}
}

func (r *read) lead(ctx context.Context, f *flight) (projection.Outcome, error) {
	defer r.engine.flights.land(r.slotKey(), f)
	out, err := r.answer(ctx)
	if err == nil || ctx.Err() == nil {
		f.outcome, f.err = out, err
	}
	return out, err
}

// share returns a landed flight's answer as this read's, if it serves: the same
// history, and at least as new as this read's cut, or as it if that binds. A flight that was aborted tells
// others nothing.
func (r *read) share(f *flight) (projection.Outcome, error, bool) {
	if f.lineage != r.lineage {
		return projection.Outcome{}, nil, false
	}
	if f.err != nil {
		return projection.Outcome{}, f.err, !errors.Is(f.err, errAborted) && f.plan.watermark == r.plan.watermark
	}
	out := f.outcome
	binds := r.req.Cut.Binds
	if out.Snapshot == nil || out.Snapshot.Watermark < r.plan.watermark || binds && out.Snapshot.Watermark > r.plan.watermark {
		return projection.Outcome{}, nil, false
	}
	out.Folded, out.Age, out.Observed = 0, r.req.Cut.Age, observed(&r.req.Cut)
	out.Stores = projection.Stores{} // the flight's, which counts them
	switch {
	case binds:
		out.Generation, out.Position = r.plan.generation, r.plan.sequence
	case out.Snapshot.Watermark == r.plan.watermark:
		out.Generation, out.Position = max(out.Generation, r.plan.generation), max(out.Position, r.plan.sequence)
	}
	return out, nil, true
}
