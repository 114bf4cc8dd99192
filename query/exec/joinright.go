package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// keep keeps a right row and its key, which is still to be found.
func (j *join) keep(f *expr.Frame) error {
	j.wide = append(j.wide[:0], f.Row...)
	for _, k := range j.computed {
		v, err := k(f)
		if err != nil {
			return err
		}
		j.wide = append(j.wide, types.Clone(v))
	}
	j.kept.add(j.wide)
	bytes := rowBytes(j.wide)
	j.taken += bytes
	return j.run.memory.take(bytes)
}

// find makes ready for finding the right rows that were kept since the last time: those of a batch, of which the
// processor then waits for several at once.
func (j *join) find() error {
	if j.index == nil {
		return nil
	}
	return j.findNext(j.kept.count - len(j.index.next))
}

func (j *join) findNext(count int) error {
	before := j.index.bytes
	j.index.addAll(count)
	bytes := j.index.bytes - before
	j.taken += bytes
	return j.run.memory.take(bytes)
}

// loadParallel has workers keep what comes of ranges of a scan; false: the right side is to be read.
func (j *join) loadParallel() (bool, error) {
	n := j.node
	made, _, err := parallel(j.run, n.Parallel, n.Right, j.outer, func(w *run) (*rangeRows, int, error) {
		return keepRange(w, n.Right, keysOf(n.RightKeys), w.hashFull)
	})
	if err != nil || made == nil {
		return false, err
	}
	rows := rangeRows{}
	j.taken = rows.joined(made) - abbreviatedBytes*rows.store.count
	j.kept = rows.store
	err = j.run.memory.take(j.taken)
	for err == nil && len(j.index.next) < j.kept.count {
		if err = j.findNext(min(batchRows, j.kept.count-len(j.index.next))); err == nil && j.run.hashFull(j.taken) {
			err = errApart
		}
		if failed := j.run.check(); failed != nil {
			return false, failed
		}
	}
	if err != nil {
		j.forget()
		j.begin()
	}
	return err == nil, nil
}

// keysOf are keys by which nothing is sorted.
func keysOf(exprs []expr.Expr) []plan.SortKey {
	keys := make([]plan.SortKey, len(exprs))
	for i, e := range exprs {
		keys[i].Expr = e
	}
	return keys
}

// keepAny keeps a right row that every left row is paired with.
func (j *join) keepAny(row []types.Datum) error {
	bytes := 8
	if j.over.Spilled() || j.run.workFull(j.taken) {
		if err := j.over.Write(j.run.files(), row); err != nil {
			return err
		}
		j.usage.Stored(j.over.DiskBytes())
	} else {
		bytes += rowBytes(row)
		j.kept.add(row)
	}
	j.taken += bytes
	return j.run.memory.take(bytes)
}

// rightRows is how many right rows there are.
func (j *join) rightRows() int { return j.kept.count + j.over.Len() }

// rightRow is one of them.
func (j *join) rightRow(n int) ([]types.Datum, error) {
	if n < j.kept.count {
		return j.kept.row(n)[:j.width-j.leftWidth], nil
	}
	return j.over.Row(n - j.kept.count)
}
