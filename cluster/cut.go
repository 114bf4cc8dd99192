package cluster

import (
	"context"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Cut fixes what a statement, or a transaction, with the given freshness reads.
// floor is what its session has read or appended before: the cut is not behind it,
// unless an AS OF asks for that.
//
// Errors: PJ001 if this node does not get there within f.Wait (0: WaitDefault),
// 22023 for a position in the future, 57P03 if this node does not serve.
func (n *Node) Cut(ctx context.Context, f projection.Freshness, floor event.Sequence) (projection.Cut, error) {
	if err := n.Ready(); err != nil {
		return projection.Cut{}, err
	}
	switch f.Level {
	case projection.Consistent:
		return n.cutNewest(ctx, f, floor)
	case projection.MaybeStale:
		return n.cutMaybeStale(ctx, f, floor)
	case projection.AtLeast:
		return n.cutAtLeast(ctx, f, floor)
	case projection.AsOfHLC:
		return n.cutAsOfHLC(ctx, f)
	case projection.AsOfSequence:
		return n.cutAsOfSequence(f)
	case projection.AsOfOccurred:
		return n.cutAsOfOccurred(ctx, f, floor)
	}
	return projection.Cut{}, sqlstate.New(sqlstate.InternalError, "unknown freshness level %d", f.Level)
}

// cutNewest is the cut of a group's only voter, which needs to ask nobody: what
// it acknowledged it had applied before.
func (n *Node) cutNewest(ctx context.Context, f projection.Freshness, floor event.Sequence) (projection.Cut, error) {
	known := n.started.Add(n.options.since(n.started)) // before the frontier is read: a pause in between must not make it look newer
	p := n.frontier.load()
	if p.Sequence < floor {
		var err error
		if p, err = n.waitFor(ctx, f, floor); err != nil {
			return projection.Cut{}, err
		}
	}
	return projection.Cut{
		Sequence: p.Sequence, HLC: p.HLC, Newest: true, KnownAt: known, Floor: floor, OccurredBy: event.NoTime,
	}, nil
}

func (n *Node) cutMaybeStale(ctx context.Context, f projection.Freshness, floor event.Sequence) (projection.Cut, error) {
	if f.AgeMax < 0 {
		return projection.Cut{}, sqlstate.New(sqlstate.InvalidParameterValue, "the age of a state cannot be negative")
	}
	c, err := n.cutNewest(ctx, f, floor)
	c.StaleMax = f.AgeMax
	return c, err
}

func (n *Node) cutAtLeast(ctx context.Context, f projection.Freshness, floor event.Sequence) (projection.Cut, error) {
	if err := n.closeStamp(ctx, f, f.HLC); err != nil {
		return projection.Cut{}, err
	}
	c, err := n.cutNewest(ctx, f, floor)
	c.HLC = max(c.HLC, f.HLC)
	return c, err
}

func (n *Node) cutAsOfHLC(ctx context.Context, f projection.Freshness) (projection.Cut, error) {
	if err := n.closeStamp(ctx, f, f.HLC); err != nil {
		return projection.Cut{}, err
	}
	p := n.frontier.load()
	c := projection.Cut{Sequence: p.Sequence, HLC: f.HLC, OccurredBy: event.NoTime}
	if f.HLC >= p.HLC {
		return c, nil
	}
	var err error
	c.Sequence, err = n.Log(c).ByHLC(f.HLC)
	return c, err
}

func (n *Node) cutAsOfSequence(f projection.Freshness) (projection.Cut, error) {
	p := n.frontier.load()
	if f.Sequence > p.Sequence {
		return projection.Cut{}, sqlstate.New(sqlstate.InvalidParameterValue, "sequence %d is in the future", f.Sequence).
			WithDetail("The last sequence is %d.", p.Sequence)
	}
	c := projection.Cut{Sequence: f.Sequence, OccurredBy: event.NoTime}
	if f.Sequence == 0 {
		return c, nil
	}
	for e, err := range n.Log(c).Log(f.Sequence, f.Sequence) {
		if err != nil {
			return c, err
		}
		c.HLC = e.HLC
	}
	return c, nil
}

func (n *Node) cutAsOfOccurred(ctx context.Context, f projection.Freshness, floor event.Sequence) (projection.Cut, error) {
	if latest := n.options.Now().Add(hlc.DriftMaxDefault); int64(f.OccurredAt) > latest.UnixMicro() {
		return projection.Cut{}, sqlstate.New(sqlstate.InvalidParameterValue, "the time of AS OF OCCURRED is in the future").
			WithDetail("It is %s.", time.UnixMicro(int64(f.OccurredAt)).UTC().Format(time.RFC3339Nano))
	}
	c, err := n.cutNewest(ctx, f, floor)
	c.Newest, c.OccurredBy = false, f.OccurredAt
	return c, err
}

// closeStamp returns when no event can get a stamp at or before ts any more: the
// clock is moved beyond it, and what was stamped before that is applied. So a
// stamp after the last event, with nothing on its way, is closed at once.
func (n *Node) closeStamp(ctx context.Context, f projection.Freshness, ts hlc.Timestamp) error {
	if ts <= n.frontier.load().HLC {
		return nil
	}
	if err := n.options.Clock.Observe(ts); err != nil {
		e := sqlstate.New(sqlstate.InvalidParameterValue, "the position %d is in the future", ts).WithDetail("%v", err)
		e.Cause = err
		return e
	}
	landed := n.batcher.inFlight(ts)
	if landed == nil {
		return nil
	}
	ctx, cancel := n.patience(ctx, f)
	defer cancel()
	select {
	case <-landed:
		return n.Ready()
	case <-n.failed:
		return n.Err()
	case <-ctx.Done():
		return n.notMet(ctx)
	}
}

// waitFor returns a position at or after a sequence.
func (n *Node) waitFor(ctx context.Context, f projection.Freshness, s event.Sequence) (*position, error) {
	ctx, cancel := n.patience(ctx, f)
	defer cancel()
	if p := n.frontier.reach(ctx, n.failed, s); p != nil {
		return p, nil
	}
	if err := n.Err(); err != nil {
		return nil, err
	}
	return nil, n.notMet(ctx)
}

// patience bounds a wait as the freshness says.
func (n *Node) patience(ctx context.Context, f projection.Freshness) (context.Context, context.CancelFunc) {
	wait := f.Wait
	if wait <= 0 {
		wait = projection.WaitDefault
	}
	if f.ErrorOnStale {
		wait = 0
	}
	return context.WithTimeoutCause(ctx, wait, errImpatient)
}

var errImpatient = sqlstate.New(sqlstate.FreshnessNotMet, "no reachable replica met the freshness in time")

// notMet says why the wait of ctx ended: too long, or the caller left.
func (n *Node) notMet(ctx context.Context) error {
	cause := context.Cause(ctx)
	if cause != error(errImpatient) {
		return errCanceled(cause)
	}
	p := n.frontier.load()
	e := *errImpatient
	return e.WithDetail("The frontier is sequence %d, hlc %d; its age is 0 ms.", p.Sequence, p.HLC)
}
