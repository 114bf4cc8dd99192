package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// distinctly gives each value once to an aggregate that takes them in any order. Values
// that there is no memory for wait on disk for the result.
type distinctly struct {
	run   *run
	call  *aggregateCall
	inner accumulator
	seen  *seen
	rest  *partitions
}

func (d *distinctly) add(f *expr.Frame, args []types.Datum) (int, error) {
	h := d.hash(args)
	if d.rest != nil {
		return 0, d.take(args, h)
	}
	before := d.seen.bytes
	if d.seen.empty() {
		before -= seenBytes
	}
	if !d.seen.put(args, h) {
		return 0, nil
	}
	grown, err := d.inner.add(f, args)
	if err == nil && d.run.groupFull(d.seen.bytes) {
		err = d.spill(0)
	}
	return grown + d.seen.bytes - before, err
}

// hash is that of the arguments, which may be known.
func (d *distinctly) hash(args []types.Datum) uint64 {
	if v := d.call.values; v != nil && v.row < len(v.hashes) {
		return v.hashes[v.row]
	}
	return d.seen.hash(args)
}

// valueBatch hashes the arguments of a call with DISTINCT, which are columns, for many rows at a time.
type valueBatch struct {
	columns []int
	keys    *seen // for its hash
	key     []types.Datum
	hashes  []uint64
	row     int // that is being added
}

// newValueBatch returns nil where an argument must be computed.
func newValueBatch(args []expr.Expr) *valueBatch {
	columns, ok := plainColumns(args)
	if !ok {
		return nil
	}
	return &valueBatch{columns: columns, keys: newSeen(oidsOf(args)), key: make([]types.Datum, len(args))}
}

// hash is of rows' arguments.
func (v *valueBatch) hash(rows [][]types.Datum, near *approach) {
	v.hashes = v.hashes[:0]
	for _, row := range rows {
		for _, c := range v.columns {
			near.values(row[c : c+1])
		}
	}
	for _, row := range rows {
		for k, c := range v.columns {
			v.key[k] = row[c]
		}
		v.hashes = append(v.hashes, v.keys.hash(v.key))
	}
}

func (d *distinctly) spill(level int) (err error) {
	d.rest, err = d.run.partitions(len(d.seen.types), level, d.call.beside)
	return err
}

// take writes a value to disk unless the table, which is full, has it.
func (d *distinctly) take(args []types.Datum, h uint64) error {
	if d.seen.has(args, h) {
		return nil
	}
	return d.rest.add(h, args)
}

func (d *distinctly) result(f *expr.Frame) (types.Datum, error) {
	var todo parts
	for oids := d.seen.types; ; {
		if d.rest != nil {
			if err := todo.push(0, d.rest); err != nil {
				return types.Null, err
			}
		}
		d.rest, d.seen = nil, nil
		next, ok := todo.pop()
		if !ok {
			return d.inner.result(f)
		}
		d.seen = newSeen(oids)
		if err := d.addPart(f, &next); err != nil {
			return types.Null, err
		}
	}
}

// addPart adds the values of a part, some of which may wait again.
func (d *distinctly) addPart(f *expr.Frame, p *part) error {
	rows, taken := newTapeRows(p.tapes[0], len(d.seen.types)), 0
	defer func() { d.run.memory.give(taken) }()
	for {
		batch, err := rows.next()
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			p.read()
			return nil
		}
		for _, row := range batch {
			if h := d.seen.hash(row); d.rest != nil {
				err = d.take(row, h)
			} else if d.seen.put(row, h) {
				_, err = d.inner.add(f, row)
			}
			if err != nil {
				return err
			}
		}
		more := d.seen.bytes - taken
		taken += more
		if err := d.run.memory.take(more); err != nil {
			return err
		}
		if d.rest == nil && d.run.hashFull(taken) {
			if err := d.spill(p.level()); err != nil {
				return err
			}
		}
		if err := d.run.check(); err != nil {
			return err
		}
	}
}

// anyOrder reports whether an aggregate's result does not depend on the order of its
// input, not even in how it is rounded or which of several equal values it shows.
func anyOrder(c *expr.AggregateCall) bool {
	if len(c.Order) > 0 || len(c.Args) != 1 {
		return false
	}
	switch c.Proc.Name() {
	case "count", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor":
		return true
	case "sum", "avg":
		switch c.Args[0].Type().OID {
		case types.Int2OID, types.Int4OID, types.Int8OID:
			return true
		}
	}
	return false
}
