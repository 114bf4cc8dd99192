package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// joinParts are both sides of a join on disk, spread by their keys. A part is joined in
// stretches: as many right rows as there is memory for, with all left rows of the part, so
// that it does not matter how many rows have the same key.
type joinParts struct {
	run   *run
	sides [2]*partitions // that are being written: left and right
	keys  *table         // for its hash
	key   []types.Datum
	parts parts
	part  part

	left, right *tapeRows // of the part
	last        bool      // there are no more right rows in the part
	found       []bool    // the part's left rows that have found a partner; nil: there is one stretch
	at          int       // which of them is being paired
	taken       int       // for found
}

// spreadRight goes over to disk, with the right rows that are in memory first.
func (j *join) spreadRight() error {
	d := &joinParts{run: j.run, keys: newTable(j.node.KeyTypes), key: make([]types.Datum, len(j.rightKeys)), at: -1}
	j.disk = d
	for side, n := range j.node.Inputs() {
		var err error
		if d.sides[side], err = j.run.partitions(n.Width(), 0, len(d.sides)); err != nil {
			return err
		}
	}
	frame := j.run.frame(j.outer)
	for i := range j.kept.count {
		if i%checkEvery == 0 {
			if err := j.run.check(); err != nil {
				return err
			}
		}
		frame.Row, _ = j.rightRow(i) // from memory
		if err := d.spread(1, j.rightKeys, &frame); err != nil {
			return err
		}
	}
	j.forget()
	j.begin()
	return nil
}

// spread writes a row of a side.
func (d *joinParts) spread(side int, keys []expr.Eval, f *expr.Frame) error {
	if err := evaluate(keys, f, d.key); err != nil {
		return err
	}
	return d.sides[side].add(d.keys.hash(d.key), f.Row)
}

// spreadLeft writes all left rows, and begins the first part.
func (j *join) spreadLeft() error {
	if err := j.left.open(j.outer); err != nil {
		return err
	}
	defer j.left.close()
	d := j.disk
	for {
		batch, err := j.left.next()
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		for _, j.leftFrame.Row = range batch {
			if err := d.spread(0, j.leftKeys.evals, &j.leftFrame); err != nil {
				return err
			}
		}
		if err := j.run.check(); err != nil {
			return err
		}
	}
	if err := d.parts.push(0, d.sides[:]...); err != nil {
		return err
	}
	j.rest = 0 // of no rows: the first part comes next
	return nil
}

// nextStretch begins the next stretch of the part on disk, or the next part; false: there
// is none.
func (j *join) nextStretch() (bool, error) {
	d := j.disk
	if d == nil {
		return false, nil
	}
	if d.right == nil || d.last {
		if !d.nextPart(j.node) {
			return false, nil
		}
	}
	if err := j.loadStretch(); err != nil {
		return false, err
	}
	tape := d.part.tapes[0]
	d.left, d.at, j.rest = newTapeRows(tape, j.leftWidth), -1, -1
	if d.found == nil && !d.last {
		d.found, d.taken = make([]bool, tape.Rows()), int(tape.Rows())
		if err := j.run.memory.take(d.taken); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (d *joinParts) nextPart(n *plan.Join) bool {
	d.run.memory.give(d.taken)
	d.found, d.taken = nil, 0
	d.part.read()
	next, ok := d.parts.pop()
	if ok {
		d.part, d.right, d.last = next, newTapeRows(next.tapes[1], n.Right.Width()), false
	}
	return ok
}

// loadStretch keeps right rows of the part, a batch at least, until memory is full.
func (j *join) loadStretch() error {
	d := j.disk
	j.forget()
	j.begin()
	frame := j.run.frame(j.outer)
	for some := false; !some || !j.run.hashFull(j.taken); some = true {
		batch, err := d.right.next()
		if err != nil {
			return err
		}
		for _, frame.Row = range batch {
			if err := j.keep(&frame); err != nil {
				return err
			}
		}
		if err := j.find(); err != nil {
			return err
		}
		if err := j.run.check(); err != nil {
			return err
		}
		if len(batch) < batchRows {
			d.last = true
			break
		}
	}
	j.mark()
	j.usage.Hashed(d.parts.count, int64(j.taken), d.parts.disk)
	return nil
}

// nextLeft is the next rows of the left side.
func (j *join) nextLeft() ([][]types.Datum, error) {
	switch {
	case j.disk == nil:
		return j.left.next()
	case j.disk.left == nil:
		return nil, nil
	}
	return j.disk.left.next()
}

// paired goes on to the next left row and reports whether it has found a partner in a
// stretch before.
func (d *joinParts) paired() bool {
	if d == nil {
		return false
	}
	d.at++
	return d.found != nil && d.found[d.at]
}

// ended notes whether the left row has found a partner so far, and reports whether it is
// certain that there is none.
func (d *joinParts) ended(some bool) bool {
	if d != nil && d.found != nil {
		d.found[d.at] = some
	}
	return !some && (d == nil || d.last)
}

// close gives everything back; nil has nothing.
func (d *joinParts) close() {
	if d == nil {
		return
	}
	d.run.memory.give(d.taken)
	d.sides[0].close()
	d.sides[1].close()
	d.part.close()
	d.parts.close()
}
