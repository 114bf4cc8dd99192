package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// limitEvals are compiled LIMIT and OFFSET.
type limitEvals struct{ count, offset expr.Eval }

func (r *run) limits(n *plan.Limit) (*limitEvals, error) {
	l := &limitEvals{}
	var err error
	if l.count, err = r.compile(n.Count); err != nil {
		return nil, err
	}
	l.offset, err = r.compile(n.Offset)
	return l, err
}

// counts returns how many rows to skip and to give; count is -1 for all.
func (l *limitEvals) counts(r *run, outer *expr.Frame) (skip, count int64, err error) {
	f := outer
	if f == nil {
		root := r.frame(nil)
		f = &root
	}
	count = -1
	if l.offset != nil {
		v, err := l.offset(f)
		if err != nil {
			return 0, 0, err
		}
		if !v.IsNull() {
			skip = v.Int()
		}
		if skip < 0 {
			return 0, 0, sqlstate.New(sqlstate.InvalidRowCountInOffset, "OFFSET must not be negative")
		}
	}
	if l.count != nil {
		v, err := l.count(f)
		if err != nil {
			return 0, 0, err
		}
		if !v.IsNull() {
			count = v.Int()
			if count < 0 {
				return 0, 0, sqlstate.New(sqlstate.InvalidRowCountInLimit, "LIMIT must not be negative")
			}
		}
	}
	return skip, count, nil
}

// limiter skips and cuts.
type limiter struct {
	run   *run
	input operator
	evals *limitEvals
	ties  *order // nil unless WITH TIES
	frame expr.Frame

	skip, left int64 // left < 0: no limit
	last       []types.Datum
	done       bool
}

func (r *run) limit(n *plan.Limit) (operator, error) {
	input, err := r.build(n.Input)
	if err != nil {
		return nil, err
	}
	l := &limiter{run: r, input: input}
	if l.evals, err = r.limits(n); err != nil {
		return nil, err
	}
	if n.Ties != nil {
		l.ties, err = r.order(n.Ties)
	}
	return l, err
}

func (l *limiter) open(outer *expr.Frame) error {
	var err error
	l.frame, l.last, l.done = l.run.frame(outer), nil, false
	if l.skip, l.left, err = l.evals.counts(l.run, outer); err != nil {
		return err
	}
	l.done = l.left == 0
	return l.input.open(outer)
}

func (l *limiter) close() { l.input.close() }

func (l *limiter) next() ([][]types.Datum, error) {
	for !l.done {
		batch, err := l.input.next()
		if err != nil || len(batch) == 0 {
			return nil, err
		}
		if l.skip >= int64(len(batch)) {
			l.skip -= int64(len(batch))
			continue
		}
		batch, l.skip = batch[l.skip:], 0
		batch, err = l.cut(batch)
		if err != nil || len(batch) > 0 {
			return batch, err
		}
	}
	return nil, nil
}

// cut takes what is left from a batch.
func (l *limiter) cut(batch [][]types.Datum) ([][]types.Datum, error) {
	if l.left < 0 {
		return batch, nil
	}
	n := min(l.left, int64(len(batch)))
	l.left -= n
	if l.left > 0 {
		return batch, nil
	}
	if l.ties == nil {
		l.done = true
		return batch[:n], nil
	}
	if n > 0 {
		keys, err := l.keys(batch[n-1])
		if err != nil {
			return nil, err
		}
		l.last = keys
	}
	for ; n < int64(len(batch)); n++ {
		keys, err := l.keys(batch[n])
		if err != nil {
			return nil, err
		}
		if l.ties.compare(keys, l.last) != 0 {
			l.done = true
			break
		}
	}
	return batch[:n], nil
}

func (l *limiter) keys(row []types.Datum) ([]types.Datum, error) {
	l.frame.Row = row
	keys := make([]types.Datum, len(l.ties.evals))
	err := evaluate(l.ties.evals, &l.frame, keys)
	return keys, err
}
