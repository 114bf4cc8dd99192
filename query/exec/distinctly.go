package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// distinctly gives each value once to an aggregate that takes them in any order.
type distinctly struct {
	inner accumulator
	seen  *table
}

func (d *distinctly) add(f *expr.Frame, args []types.Datum) (int, error) {
	before := d.seen.bytes
	if len(d.seen.hashes) == 0 {
		before -= tableBytes
	}
	if _, added := d.seen.put(args); !added {
		return 0, nil
	}
	grown, err := d.inner.add(f, args)
	return grown + d.seen.bytes - before, err
}

func (d *distinctly) result(f *expr.Frame) (types.Datum, error) {
	d.seen = nil
	return d.inner.result(f)
}

// anyOrder reports whether an aggregate's result does not depend on the order of its
// input, not even in how it is rounded or which of several equal values it shows.
func anyOrder(c *expr.AggregateCall) bool {
	if len(c.Order) > 0 || len(c.Args) != 1 {
		return false
	}
	switch c.Proc.Name() {
	case "count", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor":
		return true
	case "sum", "avg":
		switch c.Args[0].Type().OID {
		case types.Int2OID, types.Int4OID, types.Int8OID:
			return true
		}
	}
	return false
}
