package fold

import "github.com/projsql/projsql/query/types"

// Row is a projection's state: the values of its declared columns. It is immutable.
type Row struct {
	values []types.Datum
	bytes  int
}

const rowBytes = 48 // of a Row itself

func newRow(values []types.Datum) *Row {
	r := &Row{values: values, bytes: rowBytes}
	for _, v := range values {
		r.bytes += types.SizeBytes(v)
	}
	return r
}

// Values returns the declared columns' values, in their order. The slice must not be
// changed.
func (r *Row) Values() []types.Datum { return r.values }

// SizeBytes implements projection.State.
func (r *Row) SizeBytes() int { return r.bytes }
