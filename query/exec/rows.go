package exec

import (
	"context"
	"time"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/query/types"
)

// Source is what a running plan reads.
type Source = plan.Source

// Options are what a plan runs with.
type Options struct {
	Source Source
	// Env is the statement's; nil is PostgreSQL's defaults. Its Context and Done are
	// replaced by those of each Next.
	Env    *expr.Env
	Params []types.Datum
	// Writer does what the plan's plan.Changed say; nil: there are none.
	Writer plan.Writer
	Limits Limits
	// Temp is where operators write what Limits leave no memory for; nil: they end with
	// 53200 instead.
	Temp *spill.Dir
	// Analyze counts rows and measures time for Rows.Actual.
	Analyze bool
}

// Rows is a running query. It is used by one goroutine at a time.
type Rows struct {
	run    *run
	root   operator
	opened bool
	done   bool
}

// Open starts a plan; nothing is read before the first Next.
func Open(ctx context.Context, q *plan.Query, o Options) (*Rows, error) {
	r := newRun(ctx, &o)
	root, err := r.build(q.Root)
	if err != nil {
		return nil, err
	}
	return &Rows{run: r, root: root}, nil
}

// Next returns the next rows, at least one; none at the end. They are valid until
// the next call; their Datums stay valid. After an error only Close may be called.
func (r *Rows) Next(ctx context.Context) ([][]types.Datum, error) {
	if r.done {
		return nil, nil
	}
	r.run.ctx, r.run.env.Context, r.run.env.Done = ctx, ctx, ctx.Done()
	if !r.opened {
		r.opened = true
		if err := r.root.open(nil); err != nil {
			return nil, err
		}
	}
	rows, err := r.root.next()
	r.done = err == nil && len(rows) == 0
	return rows, err
}

// Actual tells what an operator has done so far; nil unless Options.Analyze, or
// if it never ran.
func (r *Rows) Actual(n plan.Node) *plan.Actual {
	a := r.run.actual[n]
	if a == nil || a.Loops == 0 {
		return nil
	}
	return a
}

// Close releases everything. It may be called at any time, and again.
func (r *Rows) Close() {
	if r.root != nil {
		r.root.close()
		r.root, r.done = nil, true
	}
	if r.run.space != nil {
		r.run.space.Close()
	}
}

// measured counts what an operator does.
type measured struct {
	operator
	actual *plan.Actual
}

func (m *measured) open(outer *expr.Frame) error {
	start := time.Now()
	err := m.operator.open(outer)
	m.actual.Loops++
	m.actual.Time += time.Since(start)
	return err
}

func (m *measured) next() ([][]types.Datum, error) {
	start := time.Now()
	rows, err := m.operator.next()
	m.actual.Rows += int64(len(rows))
	m.actual.Time += time.Since(start)
	return rows, err
}
