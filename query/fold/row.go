package fold

import (
	"slices"

	"github.com/projsql/projsql/query/types"
)

// Row is a projection's state: the values of its declared columns. It is immutable.
type Row struct {
	values []types.Datum
}

const rowBytes = 48 // of a Row itself

// newRow returns a row of its own copy of the values, in one piece of memory where they are few.
func newRow(values []types.Datum) *Row {
	switch n := len(values); {
	case n <= 2:
		r := &struct {
			Row
			own [2]types.Datum
		}{}
		r.values = append(r.own[:0], values...)
		return &r.Row
	case n <= 4:
		r := &struct {
			Row
			own [4]types.Datum
		}{}
		r.values = append(r.own[:0], values...)
		return &r.Row
	}
	return &Row{values: slices.Clone(values)}
}

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
