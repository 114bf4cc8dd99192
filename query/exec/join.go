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
	leftKeys    []expr.Eval
	rightKeys   []expr.Eval
	condition   expr.Eval

	outer            *expr.Frame
	frame, leftFrame expr.Frame
	leftWidth, width int
	kept             [][]types.Datum // right rows
	over             spill.List      // the right rows behind those, where they have no keys
	matched          []bool          // of kept, for RIGHT and FULL
	index            *table          // key → number
	buckets          [][]int32       // of kept rows by number
	all              []int32
	chunk            chunk
	taken            int
	loaded           bool // the right side is kept

	batch     [][]types.Datum
	at        int
	row       []types.Datum // the left row that is being paired
	busy      bool          // there is one
	some      bool          // the left row has found a partner
	bucket    []int32
	candidate int
	rest      int // of kept, when the left side has ended; -1 before
	key       []types.Datum
	out       output
	pair      []types.Datum

	disk  *joinParts // both sides, where the right one did not fit; nil: it did
	usage *plan.Usage
}

func (r *run) join(n *plan.Join) (operator, error) {
	j := &join{run: r, node: n, leftWidth: n.Left.Width(), width: n.Left.Width() + n.Right.Width(), usage: r.usage(n)}
	var err error
	if j.left, err = r.build(n.Left); err != nil {
		return nil, err
	}
	if j.right, err = r.build(n.Right); err != nil {
		return nil, err
	}
	if j.leftKeys, err = r.compileAll(n.LeftKeys); err != nil {
		return nil, err
	}
	if j.rightKeys, err = r.compileAll(n.RightKeys); err != nil {
		return nil, err
	}
	j.condition, err = r.compile(n.Condition)
	j.out.width, j.pair = j.width, make([]types.Datum, j.width)
	j.key = make([]types.Datum, len(j.leftKeys))
	return j, err
}

func (j *join) open(outer *expr.Frame) error {
	kept := j.node.Keep && j.loaded
	if !kept {
		j.release()
	}
	j.outer, j.frame, j.leftFrame = outer, j.run.frame(outer), j.run.frame(outer)
	j.batch, j.at, j.busy, j.rest = nil, 0, false, -1
	switch {
	case kept:
		clear(j.matched)
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
	j.taken, j.kept, j.matched, j.index, j.buckets, j.all, j.chunk = 0, nil, nil, nil, nil, nil, chunk{}
}

// close keeps what is the same in every run.
func (j *join) close() {
	if !j.node.Keep {
		j.release()
	}
	j.left.close()
	j.right.close()
}

// load keeps the right side.
func (j *join) load() error {
	if err := j.right.open(j.outer); err != nil {
		return err
	}
	if len(j.rightKeys) > 0 {
		j.index = newTable(j.node.KeyTypes)
	}
	frame := j.run.frame(j.outer)
	defer j.right.close()
	for {
		batch, err := j.right.next()
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		for _, row := range batch {
			frame.Row = row
			if err := j.add(&frame); err != nil {
				return err
			}
		}
		if err := j.run.check(); err != nil {
			return err
		}
	}
	j.matched = make([]bool, j.rightRows())
	if j.index != nil && j.disk == nil {
		j.usage.Hashed(1, int64(j.taken), 0)
	}
	return nil
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

func anyNull(key []types.Datum) bool {
	for _, d := range key {
		if d.IsNull() {
			return true
		}
	}
	return false
}

func (j *join) next() ([][]types.Datum, error) {
	j.out.reset()
	if err := j.run.check(); err != nil {
		return nil, err
	}
	for !j.out.full() {
		if j.rest >= 0 {
			if err := j.emitUnmatched(); err != nil {
				return nil, err
			}
			if j.rest < j.rightRows() {
				break
			}
			more, err := j.nextStretch()
			if err != nil || !more {
				return j.out.rows, err
			}
			continue
		}
		if !j.busy {
			more, err := j.take()
			if err != nil {
				return nil, err
			}
			if !more {
				j.rest = 0
				continue
			}
		}
		if err := j.step(); err != nil {
			return nil, err
		}
	}
	return j.out.rows, nil
}

// take begins the next left row.
func (j *join) take() (bool, error) {
	for j.at == len(j.batch) {
		var err error
		j.at = 0
		if j.batch, err = j.nextLeft(); err != nil || len(j.batch) == 0 {
			j.batch = nil
			return false, err
		}
	}
	j.row, j.busy, j.some, j.candidate = j.batch[j.at], true, j.disk.paired(), 0
	j.at++
	copy(j.pair, j.row)
	j.leftFrame.Row = j.row
	switch {
	case j.node.Lateral:
		return true, j.runLateral()
	case j.index == nil:
		j.bucket = j.all
		return true, nil
	}
	j.bucket = nil
	if err := evaluate(j.leftKeys, &j.leftFrame, j.key); err != nil {
		return false, err
	}
	if !anyNull(j.key) {
		if n := j.index.find(j.key); n >= 0 {
			j.bucket = j.buckets[n]
		}
	}
	return true, nil
}

// runLateral keeps the right rows of one left row.
func (j *join) runLateral() error {
	j.over.Close()
	j.run.memory.give(j.taken)
	j.taken, j.kept, j.all, j.chunk = 0, j.kept[:0], j.all[:0], chunk{}
	up := j.leftFrame
	if err := j.right.open(&up); err != nil {
		return err
	}
	for {
		batch, err := j.right.next()
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			j.bucket = j.all
			return nil
		}
		for _, row := range batch {
			if err := j.keepAny(row); err != nil {
				return err
			}
		}
	}
}

// step pairs the left row with its next candidate, or ends it.
func (j *join) step() error {
	if j.candidate == len(j.bucket) {
		if j.disk.ended(j.some) && (j.node.Kind == plan.LeftJoin || j.node.Kind == plan.FullJoin) {
			row := j.out.add()
			copy(row, j.row)
			clear(row[j.leftWidth:])
		}
		j.busy = false
		return nil
	}
	n := j.bucket[j.candidate]
	if j.candidate++; j.candidate%dropRows == 0 {
		if err := j.run.check(); err != nil {
			return err
		}
	}
	right, err := j.rightRow(int(n))
	if err != nil {
		return err
	}
	copy(j.pair[j.leftWidth:], right)
	if j.condition != nil {
		j.frame.Row = j.pair
		ok, err := isTrue(j.condition, &j.frame)
		if err != nil || !ok {
			return err
		}
	}
	j.some = true
	if !j.node.Lateral {
		j.matched[n] = true
	}
	copy(j.out.add(), j.pair)
	return nil
}

// emitUnmatched gives the right rows that found no partner.
func (j *join) emitUnmatched() error {
	if j.node.Kind != plan.RightJoin && j.node.Kind != plan.FullJoin {
		j.rest = j.rightRows()
		return nil
	}
	for ; j.rest < j.rightRows() && !j.out.full(); j.rest++ {
		if j.matched[j.rest] {
			continue
		}
		right, err := j.rightRow(j.rest)
		if err != nil {
			return err
		}
		row := j.out.add()
		clear(row[:j.leftWidth])
		copy(row[j.leftWidth:], right)
	}
	return nil
}
