package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/query/types"
)

// join pairs rows. The right side is kept, by keys if there are any; a lateral
// one is run again for each left row.
type join struct {
	run         *run
	node        *plan.Join
	left, right operator
	leftKeys    rowEval
	rightKeys   []expr.Eval
	computed    []expr.Eval // right keys that are no columns; they are kept behind the row
	columns     []int       // of a kept row, where its key is
	condition   expr.Eval

	outer            *expr.Frame
	frame, leftFrame expr.Frame
	leftWidth, width int
	kept             rowStore      // right rows
	over             spill.List    // the right rows behind those, where they have no keys
	matched          []bool        // right rows; nil where nobody asks for others
	index            *rowIndex     // of kept; nil: there are no keys
	wide             []types.Datum // a right row and its computed keys
	taken            int
	loaded           bool  // the right side is kept
	from             *join // the session's, of whose right side a worker's is a view

	batch       [][]types.Datum
	keys        []types.Datum // of the batch's rows
	rings       [][2]int32    // the first and the last right row that may be their partners; -1: there is none
	unseekable  error         // of the keys of the row behind the batch
	failed      error         // for whoever asks for more
	at          int
	row         []types.Datum // the left row that is being paired
	busy        bool          // there is one
	some        bool          // the left row has found a partner
	candidate   int           // right row; -1: there is no more
	last        int           // candidate
	tried       int
	rest        int // right row, when the left side has ended; -1 before
	out         output
	tellRights  bool    // somebody asks for rights
	rights      []int32 // of the output's rows; -1: there is none, or the right rows are on disk
	leavesRight bool    // who asks for rights calls bring where it reads more of one

	disk  *joinParts // both sides, where the right one did not fit; nil: it did
	usage *plan.Usage
}

func (r *run) join(n *plan.Join) (operator, error) {
	j := &join{run: r, node: n, leftWidth: n.Left.Width(), width: n.Left.Width() + n.Right.Width(), usage: r.usage(n)}
	var err error
	if j.left, err = r.build(n.Left); err != nil {
		return nil, err
	}
	if err = j.buildRight(); err != nil {
		return nil, err
	}
	if j.leftKeys, err = r.compileRow(n.LeftKeys); err != nil {
		return nil, err
	}
	if j.rightKeys, err = r.compileAll(n.RightKeys); err != nil {
		return nil, err
	}
	j.condition, err = r.compileCondition(n.Condition)
	j.out.width, j.kept.width = j.width, n.Right.Width()
	for i, k := range n.RightKeys {
		if c, ok := k.(*expr.Column); ok && c.Level == 0 {
			j.columns = append(j.columns, c.Index)
			continue
		}
		j.columns = append(j.columns, j.kept.width)
		j.computed = append(j.computed, j.rightKeys[i])
		j.kept.width++
	}
	return j, err
}

// buildRight makes the right side's operator, or finds whose right side is shared.
func (j *join) buildRight() (err error) {
	r, n := j.run, j.node
	if r.main != nil {
		if j.from = r.main.joins[n]; j.from == nil {
			return errApart
		}
		return nil
	}
	if r.joins == nil {
		r.joins = map[*plan.Join]*join{}
	}
	r.joins[n] = j
	j.right, err = r.build(n.Right)
	return err
}

// view takes over the right rows of the join whose right side is shared.
func (j *join) view() {
	j.kept, j.loaded = j.from.kept, true
	if j.from.index != nil {
		j.index = j.from.index.view(&j.kept)
	}
}

func (j *join) open(outer *expr.Frame) error {
	kept := j.node.Keep && j.loaded
	if !kept {
		j.release()
	}
	j.outer, j.frame, j.leftFrame = outer, j.run.frame(outer), j.run.frame(outer)
	j.batch, j.unseekable, j.failed, j.at, j.busy, j.rest = nil, nil, nil, 0, false, -1
	switch {
	case kept:
		clear(j.matched)
	case j.from != nil:
		j.view()
	case !j.node.Lateral:
		if err := j.load(); err != nil {
			return err
		}
		if j.disk != nil {
			return j.spreadLeft()
		}
		j.loaded = true
	}
	return j.left.open(outer)
}

func (j *join) release() {
	j.disk.close()
	j.loaded, j.disk = false, nil
	j.forget()
}

// forget drops the right rows in memory.
func (j *join) forget() {
	j.over.Close()
	j.run.memory.give(j.taken)
	j.taken, j.matched, j.index = 0, nil, nil
	j.kept.clear()
}

// begin makes ready for right rows.
func (j *join) begin() {
	if len(j.rightKeys) > 0 {
		j.index = newRowIndex(&j.kept, j.columns, j.node.KeyTypes)
	}
}

// close keeps what is the same in every run.
func (j *join) close() {
	if !j.node.Keep {
		j.release()
	}
	j.left.close()
	if j.from == nil {
		j.right.close()
	}
}

// load keeps the right side.
func (j *join) load() error {
	if err := j.right.open(j.outer); err != nil {
		return err
	}
	j.begin()
	defer j.right.close()
	done, err := j.loadParallel()
	if err == nil && !done {
		err = j.loadAlone()
	}
	if err != nil {
		return err
	}
	j.mark()
	if j.index != nil && j.disk == nil {
		j.usage.Hashed(1, int64(j.taken), 0)
	}
	return nil
}

func (j *join) loadAlone() error {
	frame := j.run.frame(j.outer)
	for {
		batch, err := j.right.next()
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			return nil
		}
		for _, row := range batch {
			frame.Row = row
			if err := j.add(&frame); err != nil {
				return err
			}
		}
		if err := j.find(); err != nil {
			return err
		}
		if err := j.run.check(); err != nil {
			return err
		}
	}
}

// add keeps a right row, in memory or on disk.
func (j *join) add(f *expr.Frame) error {
	if j.index == nil {
		return j.keepAny(f.Row)
	}
	if j.disk == nil && j.run.hashFull(j.taken) {
		if err := j.spreadRight(); err != nil {
			return err
		}
	}
	if j.disk != nil {
		return j.disk.spread(1, j.rightKeys, f)
	}
	return j.keep(f)
}

// next returns the rows before an error; it is of those who ask for more.
func (j *join) next() ([][]types.Datum, error) {
	j.out.reset()
	j.rights = j.rights[:0]
	if j.failed != nil {
		return nil, j.failed
	}
	if err := j.run.check(); err != nil {
		return nil, err
	}
	for more := true; more && !j.out.full(); {
		if more, j.failed = j.advance(); j.failed != nil {
			break
		}
	}
	if len(j.out.rows) == 0 {
		return nil, j.failed
	}
	return j.out.rows, nil
}

// advance gives a pair, or comes nearer to one; false: there is none left.
func (j *join) advance() (more bool, err error) {
	if j.rest >= 0 {
		if err := j.emitUnmatched(); err != nil || j.rest < j.rightRows() {
			return true, err
		}
		return j.nextStretch()
	}
	if !j.busy {
		if more, err = j.take(); err != nil {
			return false, err
		}
		if !more {
			j.rest = 0
			return true, nil
		}
	}
	return true, j.step()
}
