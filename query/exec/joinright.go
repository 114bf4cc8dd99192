package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// keep keeps a right row by its key.
func (j *join) keep(f *expr.Frame) error {
	n := int32(len(j.kept))
	bytes := rowBytes(f.Row) + 8
	j.kept = append(j.kept, j.chunk.keep(f.Row))
	if err := evaluate(j.rightKeys, f, j.key); err != nil {
		return err
	}
	if !anyNull(j.key) {
		before := j.index.bytes
		number, added := j.index.put(j.key)
		if added {
			j.buckets = append(j.buckets, nil)
		}
		j.buckets[number] = append(j.buckets[number], n)
		bytes += j.index.bytes - before + 24
	}
	j.taken += bytes
	return j.run.memory.take(bytes)
}

// keepAny keeps a right row that every left row is paired with.
func (j *join) keepAny(row []types.Datum) error {
	bytes := 8
	j.all = append(j.all, int32(j.rightRows()))
	if j.over.Spilled() || j.run.workFull(j.taken) {
		if err := j.over.Write(j.run.files(), row); err != nil {
			return err
		}
		j.usage.Stored(j.over.DiskBytes())
	} else {
		bytes += rowBytes(row)
		j.kept = append(j.kept, j.chunk.keep(row))
	}
	j.taken += bytes
	return j.run.memory.take(bytes)
}

// rightRows is how many right rows there are.
func (j *join) rightRows() int { return len(j.kept) + j.over.Len() }

// rightRow is one of them.
func (j *join) rightRow(n int) ([]types.Datum, error) {
	if n < len(j.kept) {
		return j.kept[n], nil
	}
	return j.over.Row(n - len(j.kept))
}
