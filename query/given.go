package query

import (
	"context"
	"time"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/storage/event"
)

// progressInterval is how often a node that runs a fragment says how far it is.
const progressInterval = 100 * time.Millisecond

// progressStates is how many states it reads between two looks at the clock.
const progressStates = 256

// scanGiven scans the share of a statement that another node sent, and tells it how far it is.
func (r *source) scanGiven(ctx context.Context, d *projection.Definition, in projection.Range, pace *fair.Pace, each func(event.Entity, *projection.Outcome) error) error {
	given := r.freshness.Given
	if err := sameDefinition(r.freshness, d); err != nil {
		return err
	}
	all := projection.ScanRequest{Definition: d, Cut: r.cut, Share: given.Share, From: in.From, To: in.To, Loose: true, Runs: true, Pace: pace}
	defer r.session.server.scans.Serving()()
	told := time.Now()
	return r.session.server.options.Backend.Scan(ctx, all, func(e event.Entity, o *projection.Outcome) error {
		before := r.Reads
		r.Note(d, o)
		if r.Reads/progressStates != before/progressStates && time.Since(told) >= progressInterval {
			told = time.Now()
			if err := r.tellProgress(); err != nil {
				return err
			}
		}
		return each(e, o)
	})
}

// tellProgress tells the node that sent the statement at once how far this one is.
func (r *source) tellProgress() error {
	if err := r.out.Parameter(hop.ProgressParameter, r.progress().String()); err != nil {
		return err
	}
	if f, ok := r.out.(Flusher); ok {
		return f.Flush()
	}
	return nil
}

func (r *source) progress() hop.Progress {
	return hop.Progress{States: int64(r.Reads), Folded: int64(r.Folded)}
}

// proveScan tells the node that sent the statement what was read for it.
func (r *source) proveScan() error {
	if r.freshness.Given == nil || r.freshness.Given.Share == (projection.Share{}) {
		return nil
	}
	r.session.server.scans.HasServed(r.Reads, r.rows)
	if r.Reads > 0 {
		if err := r.session.prove(&r.freshness, &projection.Cut{}, &r.Last, r.out); err != nil {
			return err
		}
	}
	return r.out.Parameter(hop.ProgressParameter, r.progress().String())
}
