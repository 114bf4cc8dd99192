package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// distinct keeps the first row of each key.
type distinct struct {
	run   *run
	node  *plan.Distinct
	input operator
	evals []expr.Eval
	types []types.OID
	frame expr.Frame
	seen  *seen
	kept  [][]types.Datum
	taken int

	last  []types.Datum // the key before, where equal ones are adjacent
	rest  *partitions   // of rows with keys that seen has no room for; nil: it has
	parts parts
	part  part      // that is being read
	tape  *tapeRows // its rows; nil: the input is
	usage *plan.Usage
}

func (r *run) distinct(n *plan.Distinct) (operator, error) {
	input, err := r.build(n.Input)
	if err != nil {
		return nil, err
	}
	evals, err := r.compileAll(n.Keys)
	return &distinct{run: r, node: n, input: input, evals: evals, types: oidsOf(n.Keys), usage: r.usage(n)}, err
}

func oidsOf(all []expr.Expr) []types.OID {
	oids := make([]types.OID, len(all))
	for i, e := range all {
		oids[i] = e.Type().OID
	}
	return oids
}

func (d *distinct) open(outer *expr.Frame) error {
	d.release()
	d.frame, d.seen = d.run.frame(outer), newSeen(d.types)
	return d.input.open(outer)
}

func (d *distinct) release() {
	d.forget()
	d.rest.close()
	d.part.close()
	d.parts.close()
	d.rest, d.tape, d.last = nil, nil, nil
}

// forget drops the keys in memory.
func (d *distinct) forget() {
	d.run.memory.give(d.taken)
	d.taken, d.seen = 0, nil
}

func (d *distinct) close() {
	d.release()
	d.input.close()
}

func (d *distinct) next() ([][]types.Datum, error) {
	for {
		batch, err := d.batch()
		if err != nil || len(batch) == 0 {
			return nil, err
		}
		d.kept = d.kept[:0]
		if err := d.pick(batch); err != nil {
			return nil, err
		}
		if err := d.account(); err != nil {
			return nil, err
		}
		if len(d.kept) > 0 {
			return d.kept, nil
		}
	}
}

// batch is the next rows of the input, then of its parts on disk.
func (d *distinct) batch() ([][]types.Datum, error) {
	for {
		read := d.input.next
		if d.tape != nil {
			read = d.tape.next
		}
		batch, err := read()
		if err != nil || len(batch) > 0 {
			return batch, err
		}
		if more, err := d.nextPart(); err != nil || !more {
			return nil, err
		}
	}
}

// nextPart begins the next part on disk, if there is one.
func (d *distinct) nextPart() (bool, error) {
	d.usage.Hashed(1+d.parts.count, int64(d.taken), d.parts.disk)
	if d.rest != nil {
		if err := d.parts.push(0, d.rest); err != nil {
			return false, err
		}
		d.rest = nil
	}
	d.part.read()
	next, ok := d.parts.pop()
	if !ok {
		return false, nil
	}
	d.forget()
	d.part, d.tape, d.seen = next, newTapeRows(next.tapes[0], d.node.Width()), newSeen(d.types)
	return true, nil
}

// pick keeps the rows with new keys; those that there is no room for go to disk.
func (d *distinct) pick(batch [][]types.Datum) error {
	key := make([]types.Datum, len(d.evals))
	for _, row := range batch {
		d.frame.Row = row
		if err := evaluate(d.evals, &d.frame, key); err != nil {
			return err
		}
		switch {
		case d.node.Adjacent:
			if d.last == nil || !d.seen.equal(d.last, key) {
				d.last = cloneRow(key)
				d.kept = append(d.kept, row)
			}
		case d.rest != nil:
			h := d.seen.hash(key)
			if d.seen.has(key, h) {
				continue
			}
			if err := d.rest.add(h, row); err != nil {
				return err
			}
		default:
			if d.seen.put(key, d.seen.hash(key)) {
				d.kept = append(d.kept, row)
			}
		}
	}
	return nil
}

func (d *distinct) account() error {
	more := d.seen.bytes - d.taken
	d.taken = d.seen.bytes
	if err := d.run.memory.take(more); err != nil {
		return err
	}
	if d.rest == nil && !d.node.Ordered && d.run.hashFull(d.taken) {
		var err error
		if d.rest, err = d.run.partitions(d.node.Width(), d.part.level(), 1); err != nil {
			return err
		}
	}
	return d.run.check()
}
