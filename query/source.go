package query

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/query/appends"
	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/scatter"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// source is what one statement reads: everything at one cut, with the
// transaction's own appends folded in where the statement sees them. It
// implements plan.Source.
type source struct {
	session   *Session
	out       Out // for notices
	freshness projection.Freshness
	alone     bool // one state is all that is read
	blind     bool // nothing is read of the own appends but what they will be
	opened    bool
	cut       projection.Cut
	pending   *appends.Pending // nil: no own appends, or not seen
	scatter.Tally
	rows    int                                     // that the statement gave
	barrier time.Duration                           // for the position
	tables  map[*temptable.Table]*temptable.Version // as the statement found them
	writer  *changeWriter
	outer   *source // of the statement that calls the function which this one is in; nil: it is in none
	fresh   bool    // what has changed since outer began is seen
	runs    bool    // functions that are called append events
}

// ready fixes the position, the first time.
func (r *source) ready(ctx context.Context) error {
	if r.opened {
		return nil
	}
	if r.outer != nil {
		return r.adopt(ctx)
	}
	s := r.session
	began := s.now()
	cut, own, err := s.readCut(ctx, r.freshness, r.alone)
	if err != nil {
		return err
	}
	r.cut, r.opened, r.barrier = cut, true, s.now().Sub(began)
	if own && len(s.tx.pending.Drafts) > 0 {
		return r.seePending()
	}
	return nil
}

// seePending has the source see the transaction's own appends, and no later ones: functions that
// the statement calls may append.
func (r *source) seePending() error {
	s := r.session
	if err := s.assignPending(r.cut); err != nil {
		return err
	}
	r.pending = &s.tx.pending
	if !r.blind {
		r.pending.Date()
	}
	if r.runs {
		r.pending = r.pending.Snapshot()
	}
	return nil
}

// finish records the proof of the statement's reads.
func (r *source) finish() error {
	if r.Reads > 0 {
		r.session.last.set(r.Of, &r.Last, r.Reads)
	}
	return r.proveScan()
}

type sourceKey struct{}

// withSource lets functions of a statement read where the statement reads.
func withSource(ctx context.Context, r *source) context.Context {
	return context.WithValue(ctx, sourceKey{}, r)
}

func sourceFrom(ctx context.Context) (*source, bool) {
	r, ok := ctx.Value(sourceKey{}).(*source)
	return r, ok
}

// assignPending works out the versions of the buffered appends at a cut.
func (s *Session) assignPending(cut projection.Cut) error {
	now := event.Micros(s.txStart().UnixMicro())
	return s.tx.pending.Assign(s.server.options.Backend.Log(cut), now)
}

// Project implements plan.Source.
func (r *source) Project(ctx context.Context, d *projection.Definition, e event.Entity) (projection.Outcome, error) {
	return r.project(ctx, projection.Request{Definition: d, Entity: e})
}

// Changed implements plan.Source.
func (r *source) Changed(ctx context.Context, d *projection.Definition, e event.Entity, generation event.Version) (projection.Outcome, error) {
	own := r.own(e)
	if len(own) == 0 {
		return r.project(ctx, projection.Request{Definition: d, Entity: e, IfNot: event.Expect(generation)})
	}
	if own[len(own)-1].Version == generation {
		return projection.Outcome{Unchanged: true, Generation: generation, Strategy: projection.GroupLocalHit, Cache: projection.Bypassed, Observed: projection.Fresh}, nil
	}
	return r.project(ctx, projection.Request{Definition: d, Entity: e})
}

func (r *source) project(ctx context.Context, q projection.Request) (projection.Outcome, error) {
	q.Cut, q.Timed = r.cut, r.Timed
	q.Cut.Binds = !r.alone // a newer state would not fit the others
	read := r.session.server.options.Backend.Project
	if r.alone && r.pending == nil {
		read = r.session.anywhere
	}
	o, err := read(ctx, q)
	if err != nil {
		return o, err
	}
	r.Note(q.Definition, &o)
	r.session.saw(&o)
	return o, r.fold(q.Definition, q.Entity, &o)
}

// Scan implements plan.Source: the states of the log merged with those that the
// transaction's own appends make or change.
func (r *source) Scan(ctx context.Context, d *projection.Definition, in projection.Range, pace *fair.Pace, each func(event.Entity, *projection.Outcome) error) error {
	if r.freshness.Given != nil {
		return r.scanGiven(ctx, d, in, pace, each)
	}
	backend := r.session.server.options.Backend
	all := projection.ScanRequest{Definition: d, Cut: r.cut, From: in.From, To: in.To, Loose: true, Timed: r.Timed, Pace: pace}
	if r.pending == nil {
		all.Runs = true
		return backend.Scan(ctx, all, func(e event.Entity, o *projection.Outcome) error {
			r.Note(d, o)
			return each(e, o)
		})
	}
	own := r.pending.Entities()
	err := backend.Scan(ctx, all, func(e event.Entity, o *projection.Outcome) error {
		for len(own) > 0 && own[0] < e {
			if err := r.scanOwn(ctx, d, own[0], each); err != nil {
				return err
			}
			own = own[1:]
		}
		if len(own) > 0 && own[0] == e {
			own = own[1:]
			return r.scanOwn(ctx, d, e, each)
		}
		r.Note(d, o)
		return each(e, o)
	})
	for _, e := range own {
		if err != nil {
			return err
		}
		err = r.scanOwn(ctx, d, e, each)
	}
	return err
}

func (r *source) scanOwn(ctx context.Context, d *projection.Definition, e event.Entity, each func(event.Entity, *projection.Outcome) error) error {
	o, err := r.Project(ctx, d, e)
	if err != nil || !o.HasState() {
		return err
	}
	return each(e, &o)
}

func (r *source) own(e event.Entity) []*event.Event {
	if r.pending == nil {
		return nil
	}
	return r.pending.Of(e)
}

// fold adds the transaction's own events to an outcome.
func (r *source) fold(d *projection.Definition, entity event.Entity, o *projection.Outcome) error {
	own := r.own(entity)
	if len(own) == 0 {
		return nil
	}
	snapshot := &projection.Snapshot{}
	if o.Snapshot != nil {
		snapshot.State, snapshot.Watermark, snapshot.HLC = o.State(), o.Snapshot.Watermark, o.Snapshot.HLC
	}
	state, folded, err := foldOwn(d, snapshot.State, own)
	if err != nil {
		return err
	}
	o.Generation = own[len(own)-1].Version
	o.Folded += folded
	if o.Snapshot == nil && folded == 0 {
		return nil
	}
	snapshot.State, snapshot.Generation = state, o.Generation
	o.Snapshot = snapshot
	return nil
}

func foldOwn(d *projection.Definition, prev projection.State, own []*event.Event) (projection.State, int, error) {
	acc, folded := d.Fold.Start(prev), 0
	for _, e := range own {
		if !d.Relevant(e.Kind) {
			continue
		}
		if err := acc.Step(e); err != nil {
			return nil, 0, eventError(e, err)
		}
		folded++
	}
	return acc.State(), folded, nil
}

// eventError names the event that a fold failed on.
func eventError(e *event.Event, err error) error {
	var named *projection.EventError
	if errors.As(err, &named) {
		return err
	}
	return &projection.EventError{Entity: e.Entity, Version: e.Version, Kind: e.Kind, Err: err}
}

// History implements plan.Source: the log's steps, then those that the transaction's
// own appends make.
func (r *source) History(ctx context.Context, q projection.HistoryRequest, each projection.EachStep) error {
	q.Cut, q.Timed = r.cut, r.Timed
	note := r.Steps(q.Definition)
	last, err := r.session.server.options.Backend.History(ctx, q, func(e *event.Event, o *projection.Outcome) error {
		note(o)
		return each(e, o)
	})
	if err == nil {
		note(&last)
	}
	own := r.own(q.Entity)
	if err != nil || len(own) == 0 || q.To != 0 && q.To < own[0].Version {
		return err
	}
	o, err := r.session.server.options.Backend.Project(ctx, projection.Request{Definition: q.Definition, Entity: q.Entity, Cut: r.cut})
	if err != nil {
		return err
	}
	return r.ownHistory(&q, o, own, each)
}

// ownHistory goes on from an outcome with the transaction's own events. What they make
// has the position of the last event that is in the log.
func (r *source) ownHistory(q *projection.HistoryRequest, o projection.Outcome, own []*event.Event, each projection.EachStep) error {
	snapshot := projection.Snapshot{}
	if o.Snapshot != nil {
		snapshot.State, snapshot.Watermark, snapshot.HLC = o.State(), o.Snapshot.Watermark, o.Snapshot.HLC
	}
	for _, e := range own {
		state, folded, err := foldOwn(q.Definition, snapshot.State, []*event.Event{e})
		if err != nil || q.To != 0 && e.Version > q.To {
			return err
		}
		snapshot.State = state
		if folded == 0 || e.Version < q.From {
			continue
		}
		step := o
		step.Snapshot = &projection.Snapshot{State: state, Generation: e.Version, Watermark: snapshot.Watermark, HLC: snapshot.HLC}
		step.Generation, step.Folded = e.Version, step.Folded+1
		if err := each(e, &step); err != nil {
			return err
		}
	}
	return nil
}

// Scatter implements plan.Scatterer.
func (r *source) Scatter(ctx context.Context, f *plan.Fragment, params []types.Datum) []plan.Strand {
	return r.shared().Scatter(ctx, f, params)
}

// Divide implements plan.Divider.
func (r *source) Divide(ctx context.Context, s *plan.Scan) []plan.Part {
	return r.shared().Divide(ctx, s)
}

// shared is the statement as one whose scans may be shared.
func (r *source) shared() *scatter.Statement {
	s := r.session
	return &scatter.Statement{
		Source: r, By: s.server.scans, Tally: &r.Tally, Cut: r.cut, Distribute: s.settings.Raw(distributeSetting),
		Foreign: r.freshness.Given != nil, Pending: r.pending != nil, Uncommitted: s.tx.defined != nil,
		Workers: scatter.Workers{
			Forced:    s.settings.On("force_parallel_mode"),
			PerGather: s.number("max_parallel_workers_per_gather"), Max: s.number("max_parallel_workers"),
		},
		Settings: s.relaySettings,
		Options: func(ctx context.Context) exec.Options {
			return exec.Options{Env: s.surroundings(ctx), Limits: s.limits, Temp: s.server.options.Temp}
		},
	}
}

func (s *Session) number(setting string) int {
	n, _ := strconv.Atoi(s.settings.Raw(setting)) // it was checked when it was set
	return n
}

// Log implements plan.Source.
func (r *source) Log() event.Reader {
	log := r.session.server.options.Backend.Log(r.cut)
	if r.pending == nil {
		return log
	}
	return &appends.Overlay{Reader: log, Pending: r.pending}
}

// Node implements plan.Source.
func (r *source) Node() string { return r.session.server.options.NodeName }
