package scatter

import (
	"context"
	"runtime"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// workerFacts are all that the choice depends on how many workers read a scan beside the
// session.
type workerFacts struct {
	Foreign  bool // another node sent it, where others wait too
	Pending  bool // the transaction's own appends are folded in
	Timed    bool // of what is done side by side nothing has a time of its own
	Exhausts bool // all entities are read, and fewer rows come of them
	Workers
	Idle int // processors that no worker uses, but for the session's
}

// workers is how many read beside the session.
func (f workerFacts) workers() int {
	if f.Foreign || f.Pending || f.Timed || !f.Exhausts {
		return 0
	}
	free := f.Idle
	if f.Forced {
		free = f.PerGather
	}
	return max(0, min(f.PerGather, f.Max, free))
}

// workerEntitiesMin is the size from which a scan has workers. A worker costs some 50 µs and an
// entity 0.1: with fewer the session is done as soon.
const workerEntitiesMin = 16384

// workers returns what reads a fragment in several goroutines of this node; nil: one will do.
func (r *Statement) workers(f *plan.Fragment, params []types.Datum) plan.Strand {
	if at := r.cuts(f.Definition, f.Exhausts); len(at) > 0 {
		return r.parts(f, params, at)
	}
	return nil
}

// cuts returns where a scan is cut, so that workers read what is behind; none: it is not.
func (r *Statement) cuts(d *projection.Definition, exhausts bool) []event.Entity {
	facts := workerFacts{
		Foreign: r.Foreign, Pending: r.Pending, Timed: r.Tally.Timed, Exhausts: exhausts, Workers: r.Workers,
		Idle: runtime.GOMAXPROCS(0) - 1 - int(r.By.working.Load()),
	}
	n := facts.workers()
	if n == 0 || r.By.Others == nil {
		return nil
	}
	entities := workerEntitiesMin
	if facts.Forced {
		entities = 0
	}
	return r.By.Others.Split(projection.ScanRequest{Definition: d, Cut: r.Cut}, 1+n, entities)
}

// parts are the ranges of a scan, in their order. It implements plan.Strand.
type parts struct {
	all []*part
	at  int
}

func (r *Statement) parts(f *plan.Fragment, params []types.Datum, at []event.Entity) *parts {
	p := &parts{}
	for _, one := range r.ranges(f.Definition, at) {
		r.Tally.Fragments = append(r.Tally.Fragments, one.report)
		p.all = append(p.all, &part{ofRange: one, fragment: f, params: params})
	}
	return p
}

// ranges are those that a scan is cut into.
func (r *Statement) ranges(d *projection.Definition, at []event.Entity) (all []*ofRange) {
	for i := 0; i <= len(at); i++ {
		one := &ofRange{Statement: r}
		one.report = &Report{Projection: d.Name, Node: r.By.Name, Part: i + 1, Parts: len(at) + 1}
		if i > 0 {
			one.from = at[i-1]
		}
		if i < len(at) {
			one.to = at[i]
		}
		all = append(all, one)
	}
	return all
}

// Divide implements plan.Divider.
func (r *Statement) Divide(_ context.Context, s *plan.Scan) (all []plan.Part) {
	if s.Fragment != nil && r.shares(s.Fragment) != nil {
		return nil // other nodes read it
	}
	at := r.cuts(s.Relation.Definition, true)
	if len(at) == 0 {
		return nil
	}
	for _, one := range r.ranges(s.Relation.Definition, at) {
		all = append(all, one)
	}
	return all
}

// Next implements plan.Strand. The session reads the first range, and then waits for the workers.
func (p *parts) Next(ctx context.Context) ([][]types.Datum, error) {
	for ; p.at < len(p.all); p.at++ {
		if p.at == 0 && p.all[0].rows == nil {
			for _, worker := range p.all[1:] {
				worker.begin(ctx)
			}
		}
		rows, err := p.all[p.at].next(ctx)
		if err != nil || len(rows) > 0 {
			return rows, err
		}
	}
	return nil, nil
}

// Close implements plan.Strand.
func (p *parts) Close() {
	for _, part := range p.all {
		part.close()
	}
}

// part is one range.
type part struct {
	*ofRange
	fragment *plan.Fragment
	params   []types.Datum
	rows     *exec.Rows // of the session's goroutine

	batches chan batch // of a worker; nil: there is none
	cancel  context.CancelFunc
}

// batch is rows that a worker has found, or why it finds no more.
type batch struct {
	rows [][]types.Datum
	err  error
	took time.Duration // since it began
}

// begin starts a worker, until the part is closed: its rows may be wanted long after the
// statement's first answer.
func (p *part) begin(ctx context.Context) {
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.batches = make(chan batch, arrivalsMax)
	p.By.working.Add(1)
	o := p.options(ctx)
	go func() {
		defer close(p.batches)
		defer p.By.working.Add(-1)
		if err := p.work(ctx, o); err != nil {
			select {
			case p.batches <- batch{err: err}:
			case <-ctx.Done():
			}
		}
	}()
}

func (p *part) work(ctx context.Context, o exec.Options) (err error) {
	defer p.By.Guard(&err)
	began := time.Now()
	rows, err := exec.Open(ctx, p.fragment.Query, o)
	if err != nil {
		return err
	}
	defer rows.Close()
	for {
		found, err := rows.Next(ctx)
		if err != nil || len(found) == 0 {
			return err
		}
		select {
		case p.batches <- batch{rows: copied(found), took: time.Since(began)}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// copied returns rows that stay valid.
func copied(rows [][]types.Datum) [][]types.Datum {
	width := len(rows[0])
	made, slab := make([][]types.Datum, len(rows)), make([]types.Datum, 0, width*len(rows))
	for i, row := range rows {
		slab = append(slab, row...)
		made[i] = slab[i*width : (i+1)*width : (i+1)*width]
	}
	return made
}

// options are what it is run with, which the session's goroutine makes.
func (p *part) options(ctx context.Context) exec.Options {
	o := p.Options(ctx)
	o.Source, o.Params = p.ofRange, p.params
	return o
}

func (p *part) next(ctx context.Context) (rows [][]types.Datum, err error) {
	if p.batches != nil {
		rows, err = p.nextFound(ctx)
	} else {
		began := time.Now()
		rows, err = p.nextRead(ctx)
		p.report.Time += time.Since(began)
	}
	if p.report.Rows += int64(len(rows)); err == nil && len(rows) == 0 {
		p.count()
	}
	return rows, err
}

// nextFound takes what the worker has found.
func (p *part) nextFound(ctx context.Context) ([][]types.Datum, error) {
	select {
	case b, more := <-p.batches:
		if more {
			p.report.Time = b.took
		}
		return b.rows, b.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (p *part) nextRead(ctx context.Context) (_ [][]types.Datum, err error) {
	if p.rows == nil {
		if p.rows, err = exec.Open(ctx, p.fragment.Query, p.options(ctx)); err != nil {
			return nil, err
		}
	}
	return p.rows.Next(ctx)
}

// close ends the part, and waits until nothing of it runs any more.
func (p *part) close() {
	if p.rows != nil {
		p.rows.Close()
	}
	if p.batches == nil {
		return
	}
	p.cancel()
	for range p.batches {
	}
	p.batches = nil
}

// ofRange is a source whose scans are of one range.
type ofRange struct {
	*Statement
	from, to event.Entity
	report   *Report
	reads    int
	folded   int
	last     projection.Outcome
}

// Scan implements plan.Source.
func (r *ofRange) Scan(ctx context.Context, d *projection.Definition, in projection.Range, pace *fair.Pace, each func(event.Entity, *projection.Outcome) error) error {
	in, some := in.And(projection.Range{From: r.from, To: r.to})
	if !some {
		return nil
	}
	all := projection.ScanRequest{Definition: d, Cut: r.Cut, From: in.From, To: in.To, Runs: true, Pace: pace}
	return r.By.Reader.Scan(ctx, all, func(e event.Entity, o *projection.Outcome) error {
		r.reads += o.Count()
		r.folded += o.Folded
		r.last = *o
		return each(e, o)
	})
}

// Go implements plan.Part.
func (r *ofRange) Go(work func() error) (wait func() error) {
	var failed error
	ended := make(chan struct{})
	r.By.working.Add(1)
	go func() {
		defer close(ended)
		defer r.By.working.Add(-1)
		defer r.By.Guard(&failed)
		failed = work()
	}()
	return func() error {
		<-ended
		return failed
	}
}

// Done implements plan.Part.
func (r *ofRange) Done(rows int, took time.Duration) {
	r.report.Rows, r.report.Time = int64(rows), took
	r.Tally.Fragments = append(r.Tally.Fragments, r.report)
	r.count()
}

// count adds to the statement what the range's scan has read.
func (r *ofRange) count() {
	r.report.Progress.States, r.report.Progress.Folded = int64(r.reads), int64(r.folded)
	if r.reads > 0 {
		t := r.Tally
		t.Reads += r.reads
		t.Folded += r.folded
		t.Last, t.Of = r.last, r.report.Projection
	}
	r.reads, r.folded = 0, 0
}
