package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// lookupAfter is how often an operator runs before its rows are put into a table.
const lookupAfter = 2

// lookup filters rows that are the same in every run: it finds those that can meet
// the filter in a table by their keys. The first runs, and all if the table does
// not fit into the statement's memory, filter every row.
type lookup struct {
	run          *run
	every        operator // filters every row
	bare         operator // all rows
	inner, outer []expr.Eval
	types        []types.OID
	condition    expr.Eval

	opens   int
	full    bool // the table does not fit
	keys    *table
	rows    [][]types.Datum
	buckets [][]int32
	chunk   chunk
	taken   int

	using  bool
	frame  expr.Frame
	bucket []int32
	at     int
	key    []types.Datum
	out    [][]types.Datum
}

func (r *run) lookup(n *plan.Lookup, every, bare operator, condition expr.Expr) (operator, error) {
	l := &lookup{run: r, every: every, bare: bare, types: n.Types, key: make([]types.Datum, len(n.Types))}
	var err error
	if l.inner, err = r.compileAll(n.Inner); err != nil {
		return nil, err
	}
	if l.outer, err = r.compileAll(n.Outer); err != nil {
		return nil, err
	}
	l.condition, err = r.compileCondition(condition)
	return l, err
}

func (l *lookup) open(outer *expr.Frame) error {
	l.opens++
	if l.opens > lookupAfter && l.keys == nil && !l.full {
		if err := l.fill(outer); err != nil {
			return err
		}
	}
	if l.using = l.keys != nil; !l.using {
		return l.every.open(outer)
	}
	l.frame, l.bucket, l.at = l.run.frame(outer), nil, 0
	around := l.run.frame(nil)
	if outer != nil {
		around = *outer
	}
	if err := evaluate(l.outer, &around, l.key); err != nil {
		return err
	}
	if !hasNull(l.key) {
		if n := l.keys.find(l.key); n >= 0 {
			l.bucket = l.buckets[n]
		}
	}
	return nil
}

// fill makes the table.
func (l *lookup) fill(outer *expr.Frame) error {
	defer l.bare.close()
	if err := l.bare.open(outer); err != nil {
		return err
	}
	keys, frame := newTable(l.types), l.run.frame(outer)
	for {
		batch, err := l.bare.next()
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			l.keys = keys
			return nil
		}
		for _, frame.Row = range batch {
			if err := l.keep(keys, &frame); err != nil {
				return l.overflow(err)
			}
		}
		if err := l.run.check(); err != nil {
			return err
		}
	}
}

// overflow gives the table up where it takes too much memory.
func (l *lookup) overflow(err error) error {
	if sqlstate.Of(err).Code != sqlstate.OutOfMemory {
		return err
	}
	l.run.memory.give(l.taken)
	l.full, l.taken, l.rows, l.buckets, l.chunk = true, 0, nil, nil, chunk{}
	return nil
}

func (l *lookup) keep(keys *table, f *expr.Frame) error {
	if err := evaluate(l.inner, f, l.key); err != nil || hasNull(l.key) {
		return err
	}
	before := keys.bytes
	number, added := keys.put(l.key)
	if added {
		l.buckets = append(l.buckets, nil)
	}
	l.buckets[number] = append(l.buckets[number], int32(len(l.rows)))
	l.rows = append(l.rows, l.chunk.keep(f.Row))
	bytes := rowBytes(f.Row) + keys.bytes - before + 32
	l.taken += bytes
	return l.run.memory.take(bytes)
}

func (l *lookup) next() ([][]types.Datum, error) {
	if !l.using {
		return l.every.next()
	}
	l.out = l.out[:0]
	for ; l.at < len(l.bucket) && len(l.out) < batchRows; l.at++ {
		row := l.rows[l.bucket[l.at]]
		l.frame.Row = row
		ok, err := isTrue(l.condition, &l.frame)
		if err != nil {
			return nil, err
		}
		if ok {
			l.out = append(l.out, row)
		}
	}
	if len(l.out) == 0 && l.at < len(l.bucket) {
		return l.next()
	}
	return l.out, l.run.check()
}

// close keeps the table: the operator may run again.
func (l *lookup) close() {
	l.every.close()
	l.bare.close()
}
