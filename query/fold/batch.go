package fold

import (
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/types"
)

// batch implements projection.Batch: one accumulator makes rows that lie together.
type batch struct {
	acc    *accumulator
	n      int // rows to make memory for at a time
	rows   []Row
	values []types.Datum
}

// Batch implements projection.Batcher.
func (f *fold) Batch(n int) projection.Batch {
	b := &batch{acc: f.accumulator(), n: max(1, n)}
	b.acc.batch = b
	return b
}

// Start implements projection.Batch.
func (b *batch) Start(prev projection.State) projection.Accumulator {
	b.acc.start(prev)
	return b.acc
}

// Close implements projection.Batch.
func (b *batch) Close() { b.acc.release() }

func (b *batch) newRow(values []types.Datum) *Row {
	k := len(values)
	if len(b.rows) == 0 {
		b.rows, b.values = make([]Row, b.n), make([]types.Datum, b.n*k)
	}
	row, own := &b.rows[0], b.values[:k:k]
	b.rows, b.values = b.rows[1:], b.values[k:]
	copy(own, values)
	row.values = own
	return row
}
