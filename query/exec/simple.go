package exec

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// values gives constant rows.
type values struct {
	run   *run
	rows  [][]expr.Eval
	frame expr.Frame
	at    int
	out   output
	late  late
}

// late is an error that came after rows: it is of those who ask for more. As PostgreSQL computes
// rows one by one, LIMIT, EXISTS and FETCH do not meet errors of rows that they do not take.
type late struct{ err error }

// after returns the rows before an error, or the error if there are none.
func (l *late) after(rows [][]types.Datum, err error) ([][]types.Datum, error) {
	if err != nil && len(rows) > 0 {
		l.err = err
		return rows, nil
	}
	return rows, err
}

func (r *run) values(n *plan.Values) (operator, error) {
	v := &values{run: r, out: output{width: n.Width()}}
	for _, row := range n.Rows {
		evals, err := r.compileAll(row)
		if err != nil {
			return nil, err
		}
		v.rows = append(v.rows, evals)
	}
	return v, nil
}

func (v *values) open(outer *expr.Frame) error {
	v.at, v.frame, v.late = 0, v.run.frame(nil), late{}
	if outer != nil {
		v.frame = *outer
	}
	return nil
}

func (v *values) close() {}

func (v *values) next() ([][]types.Datum, error) {
	v.out.reset()
	if v.late.err != nil {
		return nil, v.late.err
	}
	for ; v.at < len(v.rows) && !v.out.full(); v.at++ {
		if err := evaluate(v.rows[v.at], &v.frame, v.out.add()); err != nil {
			v.out.drop()
			return v.late.after(v.out.rows, err)
		}
	}
	return v.out.rows, nil
}

// given gives rows made before.
type given struct {
	rows [][]types.Datum
	at   int
}

func (g *given) open(*expr.Frame) error {
	g.at = 0
	return nil
}

func (g *given) close() {}

func (g *given) next() ([][]types.Datum, error) {
	from := g.at
	g.at = min(from+batchRows, len(g.rows))
	return g.rows[from:g.at], nil
}

// evaluate fills row with the values of some expressions.
func evaluate(evals []expr.Eval, f *expr.Frame, row []types.Datum) error {
	if err := interrupted(f.Env); err != nil {
		return err
	}
	for i, e := range evals {
		v, err := e(f)
		if err != nil {
			return err
		}
		row[i] = v
	}
	return nil
}

// rowEval computes some expressions of a row.
type rowEval struct {
	evals   []expr.Eval
	columns []int // that the expressions plainly are, which takes no time; nil: they are not
}

func (r *run) compileRow(exprs []expr.Expr) (e rowEval, err error) {
	if columns, ok := plainColumns(exprs); ok {
		e.columns = append([]int{}, columns...)
	}
	e.evals, err = r.compileAll(exprs)
	return e, err
}

// fill fills row with their values.
func (e *rowEval) fill(f *expr.Frame, row []types.Datum) error {
	if e.columns == nil {
		return evaluate(e.evals, f, row)
	}
	for i, c := range e.columns {
		row[i] = f.Row[c]
	}
	return nil
}

// filter keeps rows that meet a condition.
type filter struct {
	run       *run
	input     operator
	condition expr.Eval
	frame     expr.Frame
	kept      [][]types.Datum
	once      bool
	never     bool // once, and not true
	late      late
}

func (r *run) filter(n *plan.Filter) (operator, error) {
	input, err := r.build(n.Input)
	if err != nil {
		return nil, err
	}
	condition, err := r.compileCondition(n.Condition)
	if err != nil {
		return nil, err
	}
	every := &filter{run: r, input: input, condition: condition, once: n.Once}
	if n.Lookup == nil {
		return every, nil
	}
	bare, err := r.build(n.Input)
	if err != nil {
		return nil, err
	}
	return r.lookup(n.Lookup, every, bare, n.Condition)
}

func (o *filter) open(outer *expr.Frame) error {
	o.frame, o.late = o.run.frame(outer), late{}
	if o.once {
		ok, err := isTrue(o.condition, &o.frame)
		if o.never = !ok; err != nil || o.never {
			return err
		}
	}
	return o.input.open(outer)
}

func (o *filter) close() { o.input.close() }

func (o *filter) next() ([][]types.Datum, error) {
	switch {
	case o.never:
		return nil, nil
	case o.once:
		return o.input.next()
	case o.late.err != nil:
		return nil, o.late.err
	}
	for {
		batch, err := o.input.next()
		if err != nil || len(batch) == 0 {
			return nil, err
		}
		o.kept = o.kept[:0]
		for _, row := range batch {
			o.frame.Row = row
			ok, err := isTrue(o.condition, &o.frame)
			if err != nil {
				return o.late.after(o.kept, err)
			}
			if ok {
				o.kept = append(o.kept, row)
			}
		}
		if len(o.kept) > 0 {
			return o.kept, nil
		}
		if err := o.run.check(); err != nil {
			return nil, err
		}
	}
}

// project computes expressions.
type project struct {
	run   *run
	input operator
	evals rowEval
	frame expr.Frame
	out   output
	late  late
}

func (r *run) project(n *plan.Project) (operator, error) {
	input, err := r.build(n.Input)
	if err != nil {
		return nil, err
	}
	if columns, ok := plainColumns(n.Exprs); ok && identity(columns, n.Input.Width()) {
		return input, nil
	}
	evals, err := r.compileRow(n.Exprs)
	p := &project{run: r, input: input, evals: evals, out: output{width: len(n.Exprs)}}
	if slices.ContainsFunc(n.Exprs, plan.Volatile) {
		return &projectEach{project: p}, err
	}
	return p, err
}

// projectEach is project row by row: whoever takes a few rows has no more computed.
type projectEach struct {
	*project
	batch [][]types.Datum
}

func (o *projectEach) open(outer *expr.Frame) error {
	o.batch = nil
	return o.project.open(outer)
}

func (o *projectEach) next() ([][]types.Datum, error) {
	if len(o.batch) == 0 {
		var err error
		if o.batch, err = o.input.next(); err != nil || len(o.batch) == 0 {
			return nil, err
		}
	}
	o.out.reset()
	o.frame.Row, o.batch = o.batch[0], o.batch[1:]
	err := o.evals.fill(&o.frame, o.out.add())
	return o.out.rows, err
}

// plainColumns returns the columns that all expressions plainly are.
func plainColumns(exprs []expr.Expr) ([]int, bool) {
	var all []int
	for _, e := range exprs {
		c, ok := e.(*expr.Column)
		if !ok || c.Level != 0 {
			return nil, false
		}
		all = append(all, c.Index)
	}
	return all, true
}

func identity(columns []int, width int) bool {
	for i, c := range columns {
		if i != c {
			return false
		}
	}
	return len(columns) == width
}

func (o *project) open(outer *expr.Frame) error {
	o.frame, o.late = o.run.frame(outer), late{}
	return o.input.open(outer)
}

func (o *project) close() { o.input.close() }

func (o *project) next() ([][]types.Datum, error) {
	if o.late.err != nil {
		return nil, o.late.err
	}
	batch, err := o.input.next()
	if err != nil || len(batch) == 0 {
		return nil, err
	}
	o.out.reset()
	for _, row := range batch {
		o.frame.Row = row
		if err := o.evals.fill(&o.frame, o.out.add()); err != nil {
			o.out.drop()
			return o.late.after(o.out.rows, err)
		}
	}
	return o.out.rows, nil
}
