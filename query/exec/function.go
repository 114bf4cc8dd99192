package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// setEval starts a function that returns rows.
type setEval func(*expr.Frame) (expr.Rows, error)

// set compiles a call that may return a set; another gives one row.
func (r *run) set(e expr.Expr) (setEval, error) {
	if c, ok := e.(*expr.Call); ok && c.Proc.Row.Set {
		args := make([]expr.Expr, len(c.Args))
		for i, a := range c.Args {
			made, err := r.prepared(a)
			if err != nil {
				return nil, err
			}
			args[i] = made
		}
		call := c.WithChildren(args).(*expr.Call)
		return call.CompileSet(&expr.Compiler{Env: r.env}), nil
	}
	eval, err := r.compile(e)
	if err != nil {
		return nil, err
	}
	return func(f *expr.Frame) (expr.Rows, error) {
		v, err := eval(f)
		if err != nil {
			return nil, err
		}
		row := []types.Datum{v}
		return func() ([]types.Datum, error) {
			out := row
			row = nil
			return out, nil
		}, nil
	}, nil
}

// functionScan runs the calls of a FROM item side by side.
func (r *run) functionScan(n *plan.FunctionScan) (operator, error) {
	calls := make([]setEval, len(n.Calls))
	for i, c := range n.Calls {
		var err error
		if calls[i], err = r.set(c); err != nil {
			return nil, err
		}
	}
	total := 0
	for _, w := range n.Fields {
		total += w
	}
	return r.scanner(len(n.Columns), n.Filter, func(s *scanner, f *feed) {
		sets := make([]expr.Rows, len(calls))
		for i, c := range calls {
			var err error
			if sets[i], err = c(s.outer()); err != nil {
				f.fail(err)
				return
			}
		}
		all := make([]types.Datum, total+1)
		for number := int64(1); ; number++ {
			more, err := nextOfSets(n, sets, all)
			if err != nil {
				f.fail(err)
				return
			}
			if !more {
				return
			}
			all[total] = types.Int(number)
			row := f.out.add()
			for i, c := range n.Columns {
				row[i] = all[c]
			}
			if !s.emit(f, row) {
				return
			}
		}
	})
}

// nextOfSets takes one row of each set that has more; ended ones give NULLs.
func nextOfSets(n *plan.FunctionScan, sets []expr.Rows, all []types.Datum) (more bool, err error) {
	at := 0
	for i, set := range sets {
		fields := all[at : at+n.Fields[i]]
		at += n.Fields[i]
		clear(fields)
		if set == nil {
			continue
		}
		row, err := set()
		if err != nil {
			return false, err
		}
		if row == nil {
			sets[i] = nil
			continue
		}
		more = true
		if n.Spread[i] {
			row = takenApart(row)
		}
		copy(fields, row)
	}
	return more, nil
}

// takenApart is a record's fields.
func takenApart(row []types.Datum) []types.Datum {
	if len(row) == 1 && !row[0].IsNull() {
		if record, ok := row[0].Pointer().(*types.Record); ok {
			return record.Fields
		}
	}
	return row
}

// projectSet adds the values of set-returning calls to rows.
type projectSet struct {
	run   *run
	node  *plan.ProjectSet
	input operator
	calls []setEval
	frame expr.Frame
	out   output

	batch [][]types.Datum
	at    int
	row   []types.Datum // whose sets are being read
	busy  bool          // there is one
	sets  []expr.Rows
	late  late
}

func (r *run) projectSet(n *plan.ProjectSet) (operator, error) {
	input, err := r.build(n.Input)
	if err != nil {
		return nil, err
	}
	p := &projectSet{run: r, node: n, input: input, out: output{width: len(n.Carry) + len(n.Calls)}}
	for _, c := range n.Calls {
		eval, err := r.set(c)
		if err != nil {
			return nil, err
		}
		p.calls = append(p.calls, eval)
	}
	p.sets = make([]expr.Rows, len(p.calls))
	return p, nil
}

func (p *projectSet) open(outer *expr.Frame) error {
	p.frame, p.batch, p.at, p.busy, p.late = p.run.frame(outer), nil, 0, false, late{}
	return p.input.open(outer)
}

func (p *projectSet) close() { p.input.close() }

func (p *projectSet) next() ([][]types.Datum, error) {
	p.out.reset()
	if p.late.err != nil {
		return nil, p.late.err
	}
	if err := p.run.check(); err != nil {
		return nil, err
	}
	for !p.out.full() {
		if !p.busy {
			if more, err := p.take(); err != nil || !more {
				return p.late.after(p.out.rows, err)
			}
		}
		if err := p.emit(); err != nil {
			p.out.drop()
			return p.late.after(p.out.rows, err)
		}
	}
	return p.out.rows, nil
}

// take starts the calls for the next row.
func (p *projectSet) take() (bool, error) {
	if p.at == len(p.batch) {
		var err error
		if p.batch, err = p.input.next(); err != nil || len(p.batch) == 0 {
			p.batch, p.at = nil, 0
			return false, err
		}
		p.at = 0
	}
	p.frame.Row = p.batch[p.at]
	for i, c := range p.calls {
		var err error
		if p.sets[i], err = c(&p.frame); err != nil {
			return false, err
		}
	}
	p.row, p.busy = p.batch[p.at], true
	p.at++
	return true, nil
}

// emit adds one row unless all sets have ended.
func (p *projectSet) emit() error {
	row := p.out.add()
	for i, c := range p.node.Carry {
		row[i] = p.row[c]
	}
	more := false
	for i, set := range p.sets {
		at := len(p.node.Carry) + i
		row[at] = types.Null
		if set == nil {
			continue
		}
		v, err := set()
		if err != nil {
			return err
		}
		if v == nil {
			p.sets[i] = nil
			continue
		}
		more = true
		row[at] = p.value(i, v)
	}
	if !more {
		p.out.drop()
		p.busy = false
	}
	return nil
}

// value is a set's row as one value: a record if it has several columns.
func (p *projectSet) value(i int, row []types.Datum) types.Datum {
	if len(row) == 1 {
		return row[0]
	}
	record := &types.Record{Fields: append([]types.Datum(nil), row...)}
	for _, c := range p.node.Calls[i].Proc.OutColumns() {
		record.Names, record.Types = append(record.Names, c.Name), append(record.Types, c.Type)
	}
	return types.Pointer(record)
}
