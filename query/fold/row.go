package fold

import "github.com/projsql/projsql/query/types"

// Row is a projection's state: the values of its declared columns. It is immutable.
type Row struct {
	values []types.Datum
}

const rowBytes = 48 // of a Row itself

// Values returns the declared columns' values, in their order. The slice must not be
// changed.
func (r *Row) Values() []types.Datum { return r.values }

// SizeBytes implements projection.State.
func (r *Row) SizeBytes() int {
	bytes := rowBytes
	for _, v := range r.values {
		bytes += types.SizeBytes(v)
	}
	return bytes
}
