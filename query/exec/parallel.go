package exec

import (
	"context"
	"errors"
	"time"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// errApart says that workers cannot do their part: the session then does all.
var errApart = errors.New("workers cannot share this")

// parallel has ranges of a scan read side by side: the session reads the first, workers the others, and
// each builds for himself what stands above the scan, up to an operator whose part it is. What is made once, right sides of joins and answers
// of subqueries, the session makes first, for all. made is what work returned, in the order of the
// ranges; nil: the session is to do everything itself, also after an error, which may be one that it does not meet.
// beside are the workers, who may be asked for more.
func parallel[T any](r *run, s *plan.Scan, of plan.Node, outer *expr.Frame, work func(w *run) (made T, rows int, err error)) (made []T, beside hands, err error) {
	divider, ok := r.source.(plan.Divider)
	if !ok || s == nil || r.main != nil {
		return nil, nil, nil
	}
	ranges := divider.Divide(r.ctx, s)
	if len(ranges) == 0 {
		return nil, nil, nil
	}
	ok, err = r.shares(of, outer)
	if err != nil || !ok {
		return nil, nil, err
	}
	t := &team[T]{work: work, workers: make([]*run, len(ranges)), made: make([]T, len(ranges)), rows: make([]int, len(ranges)), took: make([]time.Duration, len(ranges))}
	if failed := t.run(r, ranges); failed != nil {
		return nil, nil, r.check()
	}
	for i, w := range t.workers {
		r.count(w)
		ranges[i].Done(t.rows[i], t.took[i])
	}
	return t.made, ranges[1:], nil
}

// team is those who read ranges of one scan.
type team[T any] struct {
	work    func(w *run) (made T, rows int, err error)
	workers []*run
	made    []T
	rows    []int
	took    []time.Duration
}

// run returns when nobody works any more. The first error ends all.
func (t *team[T]) run(r *run, ranges []plan.Part) (failed error) {
	ctx, cancel := context.WithCancel(r.ctx)
	var waits []func() error
	defer func() {
		cancel()
		for _, wait := range waits {
			_ = wait()
		}
	}()
	for i, one := range ranges {
		t.workers[i] = r.worker(ctx, one, len(ranges))
		if i > 0 {
			waits = append(waits, one.Go(func() error { return t.do(i, cancel) }))
		}
	}
	failed = t.do(0, cancel)
	for _, wait := range waits {
		if err := wait(); failed == nil {
			failed = err
		}
	}
	return failed
}

func (t *team[T]) do(i int, cancel func()) (err error) {
	w, done, began := t.workers[i], false, time.Now()
	defer func() {
		t.took[i] = time.Since(began)
		if w.space != nil {
			w.space.Close()
		}
		if !done {
			cancel()
		}
	}()
	if t.made[i], t.rows[i], err = t.work(w); err == nil && w.space != nil {
		err = errApart // what it has made is on disk
	}
	done = err == nil
	return err
}

// hands are workers beside the session.
type hands []plan.Part

// share calls do with each number up to that of the hands, 0 in this goroutine, and returns when all have ended.
func (h hands) share(do func(i int)) (failed error) {
	var waits []func() error
	defer func() {
		for _, wait := range waits {
			if err := wait(); failed == nil {
				failed = err
			}
		}
	}()
	for i, one := range h {
		waits = append(waits, one.Go(func() error {
			do(i + 1)
			return nil
		}))
	}
	do(0)
	return nil
}

// worker is a run of a part of the plan for one of some ranges, which share what the statement may still keep.
func (r *run) worker(ctx context.Context, source Source, ranges int) *run {
	env, text := *r.env, *r.env.Env
	env.Env = &text
	limits := r.within
	limits.BytesMax = max(1, (r.memory.bytesMax-r.memory.bytes)/int64(ranges))
	w := newRun(ctx, &Options{Source: source, Env: &env, Params: r.params, Limits: limits, Temp: r.temp, Analyze: r.actual != nil})
	w.main = r
	return w
}

// shares makes what workers share of the operators that this run has built for a tree; false: it is not
// in memory.
func (r *run) shares(n plan.Node, outer *expr.Frame) (ok bool, err error) {
	for _, s := range plan.SubLinks(n) {
		if ok, err = r.subqueries[s].share(outer); err != nil || !ok {
			return false, err
		}
	}
	switch n := n.(type) {
	case *plan.Join:
		j := r.joins[n]
		if j == nil || !j.loaded || j.over.Spilled() {
			return false, nil
		}
		return r.shares(n.Left, outer)
	case *plan.Scan:
		return true, nil
	}
	for _, in := range n.Inputs() {
		if ok, err = r.shares(in, outer); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// count adds what operators of a worker did to those of the session.
func (r *run) count(w *run) {
	for n, did := range w.actual {
		if a := r.actual[n]; a != nil {
			a.Rows += did.Rows
			a.Time = max(a.Time, did.Time)
		}
	}
}

// share answers a subquery that workers look up in; nil is one that nobody asks. What goes wrong may do so
// for a row that there is not: the session finds out by itself.
func (s *subquery) share(outer *expr.Frame) (ok bool, err error) {
	if s == nil {
		return true, nil
	}
	f := s.run.frame(outer)
	switch {
	case s.probe != nil:
		err = s.fill(&f)
	case s.Kind == plan.ExistsSubLink:
		_, err = s.once(s.exists)(&f)
	default:
		_, err = s.once(s.value)(&f)
	}
	if err != nil {
		return false, s.run.check()
	}
	return s.probe == nil || s.probe.keys.keys != nil, nil
}

// answered reports whether nothing is left to be run for the subquery.
func (s *subquery) answered() bool { return s.known || s.probe != nil && s.probe.keys != nil }

// shared is a subquery whose answer the session has.
func (r *run) shared(s *plan.SubLink) (expr.Expr, error) {
	from := r.main.subqueries[s]
	if from == nil || !from.answered() {
		return nil, errApart
	}
	made := &subquery{SubLink: s, run: r, known: from.known, scalar: from.scalar}
	if from.probe == nil {
		return made, nil
	}
	var err error
	if made.probe, err = r.probe(s.Probe); err == nil {
		made.probe.keys, made.probe.rows, made.probe.null = from.probe.keys, from.probe.rows, from.probe.null
	}
	return made, err
}
