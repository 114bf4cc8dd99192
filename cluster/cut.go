package cluster

import (
	"context"
	"errors"
	"fmt"
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
	if err := n.answering(); err != nil {
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
		return n.cutAsOfSequence(ctx, f)
	case projection.AsOfOccurred:
		return n.cutAsOfOccurred(ctx, f, floor)
	case projection.AtCut:
		return n.cutGiven(ctx, f)
	}
	return projection.Cut{}, sqlstate.New(sqlstate.InternalError, "unknown freshness level %d", f.Level)
}

// answering returns why this node cannot fix a cut. One that is alone must have
// begun its term; one of a cluster may know enough before it hears of a leader.
func (n *Node) answering() error {
	if n.options.Network == nil {
		return n.Ready()
	}
	return n.usable()
}

// alone reports whether there is nobody to ask: what this node, a group's only
// voter, has acknowledged it had applied before.
func (n *Node) alone() bool { return n.options.Network == nil || n.leader.alone.Load() }

// cutNewest is the cut that has everything that was acknowledged, or read, before.
func (n *Node) cutNewest(ctx context.Context, f projection.Freshness, floor event.Sequence) (projection.Cut, error) {
	known := n.started.Add(n.options.since(n.started)) // before what is committed is read: a pause in between must not make it look newer
	if !n.unasked(ctx, n.committed()) {
		r, err := n.confirmed(ctx, f)
		if err != nil {
			return projection.Cut{}, err
		}
		known = r.at
	}
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

// committed is the index up to which this node knows the log committed; 0 if nobody else can have
// shown what it has not applied.
func (n *Node) committed() uint64 {
	if n.options.Network == nil {
		return 0
	}
	if sole := n.leader.sole.Load(); sole != 0 && n.frontier.load().Index >= sole {
		return 0
	}
	return n.raft.CommitIndex()
}

// unasked reports whether this node leads for sure, alone or by a lease, and waits until it
// has applied what was committed before the call.
func (n *Node) unasked(ctx context.Context, committed uint64) bool {
	if !n.alone() && !n.leased() {
		return false
	}
	_, err := n.applied(&wait{ctx: ctx}, committed)
	return err == nil
}

// confirmed waits for a confirmed position and until this node has applied it.
// Errors: 57P03 if no leader is confirmed in time, PJ001 if this node is behind.
func (n *Node) confirmed(ctx context.Context, f projection.Freshness) (*round, error) {
	w := wait{ctx: ctx, begun: time.Now(), most: patience(f), cause: errImpatient}
	if f.ErrorOnStale {
		w.most = errorOnStaleWait
	}
	defer w.end()
	for pause := pauseMin; ; pause = min(2*pause, pauseMax) {
		r, err := n.current(&w)
		if err == nil {
			return r, nil
		}
		if down := n.usable(); down != nil {
			return nil, down
		}
		if !sleep(w.slow(), pause) {
			return nil, n.unconfirmed(w.slow(), err)
		}
	}
}

// errorOnStaleWait is what ON STALE ERROR allows for asking the leader.
const errorOnStaleWait = 250 * time.Millisecond

// unconfirmed says why no position was confirmed when the wait of ctx ended.
func (n *Node) unconfirmed(ctx context.Context, last error) error {
	cause := context.Cause(ctx)
	if cause != error(errImpatient) || errors.Is(last, errBehind) {
		return n.notMet(ctx)
	}
	return errNotServing("without a leader that a majority confirms").
		WithDetail("This node has known itself current %s ago.", n.ageText()).
		WithHint("MAYBE STALE and AS OF are answered without a leader.")
}

func (n *Node) cutMaybeStale(ctx context.Context, f projection.Freshness, floor event.Sequence) (projection.Cut, error) {
	if f.AgeMax < 0 {
		return projection.Cut{}, sqlstate.New(sqlstate.InvalidParameterValue, "the age of a state cannot be negative")
	}
	if c, fresh := n.cutLocal(floor); fresh && c.Age < f.AgeMax && !n.alone() {
		c.StaleMax = f.AgeMax
		return c, nil
	}
	c, err := n.cutNewest(ctx, f, floor)
	c.StaleMax = f.AgeMax
	if codeOf(err) == sqlstate.CannotConnectNow && n.usable() == nil {
		return c, n.tooStale()
	}
	return c, err
}

// cutLocal is what this node has and how old that is; false if it is behind the
// floor or has never known itself current.
func (n *Node) cutLocal(floor event.Sequence) (projection.Cut, bool) {
	at := n.knownAt() // before the frontier is read: that covers at least what was confirmed then
	p := n.frontier.load()
	c := projection.Cut{
		Sequence: p.Sequence, HLC: p.HLC, Newest: true, KnownAt: at, Floor: floor, OccurredBy: event.NoTime,
	}
	if at.IsZero() {
		return c, false
	}
	c.Age = max(0, n.options.Now().Sub(at))
	return c, p.Sequence >= floor
}

// cutAtLeast needs no leader where this node covers the stamp.
func (n *Node) cutAtLeast(ctx context.Context, f projection.Freshness, floor event.Sequence) (projection.Cut, error) {
	if err := n.closeStamp(ctx, f, f.HLC); err != nil {
		return projection.Cut{}, err
	}
	if n.frontier.load().Sequence < floor {
		if _, err := n.waitFor(ctx, f, floor); err != nil {
			return projection.Cut{}, err
		}
	}
	c, _ := n.cutLocal(floor)
	c.HLC = max(c.HLC, f.HLC)
	return c, nil
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

func (n *Node) cutAsOfSequence(ctx context.Context, f projection.Freshness) (projection.Cut, error) {
	if f.Sequence > n.frontier.load().Sequence && !n.alone() {
		if _, err := n.confirmed(ctx, f); err != nil {
			return projection.Cut{}, err
		}
	}
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
	if latest := n.options.Now().Add(n.options.DriftMax); int64(f.OccurredAt) > latest.UnixMicro() {
		return projection.Cut{}, sqlstate.New(sqlstate.InvalidParameterValue, "the time of AS OF OCCURRED is in the future").
			WithDetail("It is %s.", time.UnixMicro(int64(f.OccurredAt)).UTC().Format(time.RFC3339Nano))
	}
	c, err := n.cutNewest(ctx, f, floor)
	c.Newest, c.OccurredBy = false, f.OccurredAt
	return c, err
}

// cutGiven covers a cut that another node has fixed. Without Binds it is all that this
// node has; what this node knew current then it had applied before.
func (n *Node) cutGiven(ctx context.Context, f projection.Freshness) (projection.Cut, error) {
	c := f.Given.Cut
	if n.options.Network == nil || f.Given.Cluster != n.cluster || f.Given.To != n.id {
		return c, sqlstate.New(sqlstate.InvalidAuthorizationSpecification, "the statement is for another node")
	}
	if f.Given.Vouch.Term != 0 {
		if err := n.vouched(ctx, f); err != nil {
			return c, err
		}
	}
	known := n.knownAt()
	p := n.frontier.load()
	if p.Sequence < c.Sequence {
		n.hear(f.Given.Tidings)
		f.Wait = n.givenWait(f)
		var err error
		if p, err = n.waitFor(ctx, f, c.Sequence); err != nil {
			return c, err
		}
	}
	switch {
	case !c.Binds:
		c.Sequence, c.HLC, c.KnownAt = p.Sequence, max(c.HLC, p.HLC), known
	case c.Newest && p.Sequence == c.Sequence:
		c.KnownAt = known
	}
	return c, nil
}

// givenWait is for how long a cut of another node's is waited for: that can answer itself.
func (n *Node) givenWait(f projection.Freshness) time.Duration {
	patience := n.options.Network.RelayPatience / 8
	if f.Given.Brief {
		patience = min(patience, briefWait)
	}
	return patience
}

// closeStamp returns when no event can get a stamp at or before ts any more: the
// clock is moved beyond it, and what was stamped before that is applied. So a
// stamp after the last event, with nothing on its way, is closed at once.
func (n *Node) closeStamp(ctx context.Context, f projection.Freshness, ts hlc.Timestamp) error {
	if ts <= n.frontier.load().HLC {
		return nil
	}
	if !n.alone() {
		return n.closeAnywhere(ctx, f, ts)
	}
	if err := n.observe(ts); err != nil {
		return err
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

// observe moves the clock beyond ts.
func (n *Node) observe(ts hlc.Timestamp) error {
	err := n.options.Clock.Observe(ts)
	if err == nil {
		return nil
	}
	e := sqlstate.New(sqlstate.InvalidParameterValue, "the position %d is in the future", ts).WithDetail("%v", err)
	e.Cause = err
	return e
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
	return context.WithTimeoutCause(ctx, patience(f), errImpatient)
}

// patience is how long the freshness says to wait.
func patience(f projection.Freshness) time.Duration {
	switch {
	case f.ErrorOnStale:
		return 0
	case f.Wait <= 0:
		return projection.WaitDefault
	}
	return f.Wait
}

var errImpatient = sqlstate.New(sqlstate.FreshnessNotMet, "no reachable replica met the freshness in time")

// notMet says why the wait of ctx ended: too long, or the caller left.
func (n *Node) notMet(ctx context.Context) error {
	cause := context.Cause(ctx)
	if cause != error(errImpatient) {
		return errCanceled(cause)
	}
	return n.tooStale()
}

// tooStale is PJ001 with how far this node is.
func (n *Node) tooStale() error {
	p := n.frontier.load()
	e := *errImpatient
	return e.WithDetail("The frontier is sequence %d, hlc %d; its age is %s.", p.Sequence, p.HLC, n.ageText())
}

// ageText says how long ago this node knew itself current.
func (n *Node) ageText() string {
	age, known := n.age()
	if !known {
		return "unknown"
	}
	return fmt.Sprintf("%d ms", age.Milliseconds())
}
