package exec

import (
	"context"
	"fmt"

	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// operator gives rows in batches. The rows of a batch are valid until the next
// call of next; the Datums in them for ever.
type operator interface {
	// open starts, or starts again, with the rows around (nil: none).
	open(outer *expr.Frame) error
	// next returns at least one row; none at the end.
	next() ([][]types.Datum, error)
	// close releases what open took; it may be called without open, and again.
	close()
}

// batchRows is the most rows of a batch: enough to make the cost of a call
// vanish, few enough to stay in the processor's cache.
const batchRows = 256

// run is one execution of a plan.
type run struct {
	ctx     context.Context
	source  Source
	params  []types.Datum
	writer  plan.Writer
	given   map[*plan.Given]*given
	gathers map[*plan.Scan]*gather
	within  Limits
	env     *expr.Env
	memory  memory
	temp    *spill.Dir // nil: nothing leaves memory
	space   *spill.Space
	ctes    map[*plan.CTE]*cteState
	actual  map[plan.Node]*plan.Actual // nil unless asked for

	pace       fair.Pace
	main       *run // whose worker this is; nil: it is the session's
	joins      map[*plan.Join]*join
	subqueries map[*plan.SubLink]*subquery
}

func newRun(ctx context.Context, o *Options) *run {
	env := expr.Env{Env: types.NewEnv()}
	if o.Env != nil {
		env = *o.Env
	}
	env.Context, env.Done = ctx, ctx.Done()
	r := &run{ctx: ctx, source: o.Source, params: o.Params, writer: o.Writer, given: map[*plan.Given]*given{}, gathers: map[*plan.Scan]*gather{}, env: &env, ctes: map[*plan.CTE]*cteState{}}
	r.memory, r.within, r.temp = newMemory(&o.Limits), o.Limits, o.Temp
	if o.Analyze {
		r.actual = map[plan.Node]*plan.Actual{}
	}
	return r
}

// check ends a cancelled statement, and lets others have the processor, a cancel too.
func (r *run) check() error {
	r.pace.Worked()
	select {
	case <-r.ctx.Done():
		return cancelled(r.ctx)
	default:
		return nil
	}
}

// interrupted ends a cancelled statement between two rows: one may take long to compute.
func interrupted(env *expr.Env) error {
	select {
	case <-env.Done:
		return cancelled(env.Context)
	default:
		return nil
	}
}

// cancelled is the error of a context that is done: its cause if that has a
// SQLSTATE of its own.
func cancelled(ctx context.Context) error {
	cause := context.Cause(ctx)
	if e := sqlstate.Of(cause); e != nil && e.Code != sqlstate.InternalError {
		return e
	}
	e := sqlstate.New(sqlstate.QueryCanceled, "canceling statement due to user request")
	e.Cause = cause
	return e
}

// frame returns a frame whose row is still to be set.
func (r *run) frame(outer *expr.Frame) expr.Frame {
	return expr.Frame{Params: r.params, Env: r.env, Up: outer}
}

// compile makes an expression ready to run, its subqueries with it; nil stays nil.
func (r *run) compile(e expr.Expr) (expr.Eval, error) {
	e, err := r.prepared(e)
	if e == nil || err != nil {
		return nil, err
	}
	return e.Compile(&expr.Compiler{Env: r.env}), nil
}

// compileCondition is compile for a condition that rows are kept or dropped by. Of those that
// AND joins none is asked behind one that is not true, NULL too: errors of it are not found.
func (r *run) compileCondition(e expr.Expr) (expr.Eval, error) {
	e, err := r.prepared(e)
	if e == nil || err != nil {
		return nil, err
	}
	conditions := plan.Ordered(plan.Conjuncts(e))
	all := make([]expr.Eval, len(conditions))
	for i, c := range conditions {
		all[i] = c.Compile(&expr.Compiler{Env: r.env})
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return func(f *expr.Frame) (types.Datum, error) {
		for _, condition := range all {
			if v, err := condition(f); err != nil || v.IsNull() || !v.Bool() {
				return types.Bool(false), err
			}
		}
		return types.Bool(true), nil
	}, nil
}

// prepared computes what is constant in an expression, and puts runnable subqueries into
// the rest.
func (r *run) prepared(e expr.Expr) (expr.Expr, error) {
	e, err := expr.Simplify(e, r.params, r.env)
	if e == nil || err != nil {
		return nil, err
	}
	var failed error
	e = expr.Transform(e, func(e expr.Expr) expr.Expr {
		s, ok := e.(*plan.SubLink)
		if !ok {
			return e
		}
		made, err := r.subquery(s)
		if err != nil {
			failed = err
			return e
		}
		return made
	})
	return e, failed
}

func (r *run) compileAll(all []expr.Expr) ([]expr.Eval, error) {
	evals := make([]expr.Eval, len(all))
	for i, e := range all {
		var err error
		if evals[i], err = r.compile(e); err != nil {
			return nil, err
		}
	}
	return evals, nil
}

// build makes the operator of a node and everything below it.
func (r *run) build(n plan.Node) (operator, error) {
	if r.actual == nil {
		return r.operator(n)
	}
	a := &plan.Actual{}
	r.actual[n] = a
	op, err := r.operator(n)
	return &measured{operator: op, actual: a}, err
}

func (r *run) operator(n plan.Node) (operator, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return r.scan(n)
	case *plan.PointScan:
		return r.pointScan(n)
	case *plan.HistoryScan:
		return r.historyScan(n)
	case *plan.FunctionScan:
		return r.functionScan(n)
	case *plan.Values:
		return r.values(n)
	case *plan.Given:
		r.given[n] = &given{}
		return r.given[n], nil
	case *plan.Changed:
		return r.changed(n)
	case *plan.Filter:
		return r.filter(n)
	case *plan.Project:
		return r.project(n)
	case *plan.ProjectSet:
		return r.projectSet(n)
	case *plan.Window:
		return r.window(n)
	case *plan.Join:
		return r.join(n)
	case *plan.Aggregate:
		return r.aggregate(n)
	case *plan.Sort:
		return r.sort(n)
	case *plan.Limit:
		return r.limit(n)
	case *plan.Distinct:
		return r.distinct(n)
	case *plan.SetOp:
		return r.setOp(n)
	case *plan.With:
		return r.with(n)
	case *plan.CTEScan:
		return r.cteScan(n)
	}
	panic(fmt.Sprintf("exec: no operator for %T", n))
}

// rowBytes is the memory of a kept row.
func rowBytes(row []types.Datum) int {
	n := 24
	for _, d := range row {
		n += types.SizeBytes(d)
	}
	return n
}

// output is a reusable batch of rows of one width.
type output struct {
	width int
	slab  []types.Datum
	rows  [][]types.Datum
}

// reset makes the batch empty.
func (o *output) reset() {
	o.slab, o.rows = o.slab[:0], o.rows[:0]
}

// add returns a new row to fill.
func (o *output) add() []types.Datum {
	if cap(o.slab)-len(o.slab) < o.width {
		o.slab = make([]types.Datum, 0, max(o.width*min(batchRows, max(16, 4*len(o.rows))), 1))
	}
	at := len(o.slab)
	o.slab = o.slab[:at+o.width]
	row := o.slab[at : at+o.width : at+o.width]
	o.rows = append(o.rows, row)
	return row
}

// addMany returns up to n new rows to fill, one at least.
func (o *output) addMany(n int) [][]types.Datum {
	o.add()
	first := len(o.rows) - 1
	if o.width > 0 {
		n = min(n, 1+(cap(o.slab)-len(o.slab))/o.width)
	}
	for range n - 1 {
		o.add()
	}
	return o.rows[first:]
}

// drop takes back the last row.
func (o *output) drop() { o.dropMany(1) }

// dropMany takes back the last n rows, which were added together.
func (o *output) dropMany(n int) {
	o.slab, o.rows = o.slab[:len(o.slab)-n*o.width], o.rows[:len(o.rows)-n]
}

func (o *output) full() bool { return len(o.rows) >= batchRows }

// chunk gives kept rows memory of their own, many at a time.
type chunk struct{ free []types.Datum }

const chunkDatums = 2048

func (c *chunk) keep(row []types.Datum) []types.Datum {
	if len(c.free) < len(row) {
		c.free = make([]types.Datum, max(chunkDatums, len(row)))
	}
	kept := c.free[:len(row):len(row)]
	c.free = c.free[len(row):]
	copy(kept, row)
	return kept
}

// isTrue evaluates a condition: NULL is not true.
func isTrue(condition expr.Eval, f *expr.Frame) (bool, error) {
	if err := interrupted(f.Env); err != nil {
		return false, err
	}
	v, err := condition(f)
	return err == nil && !v.IsNull() && v.Bool(), err
}
