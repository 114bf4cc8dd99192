package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// bitFold combines bit strings, which have to be as long as each other.
type bitFold struct {
	name  string // of the operation, in errors
	each  func(a, b byte) byte
	total types.Datum
}

// ofBits returns the aggregates of bit strings.
func ofBits(name string) func() accumulator {
	switch name {
	case "bit_and":
		return func() accumulator { return &bitFold{name: "AND", each: func(a, b byte) byte { return a & b }} }
	case "bit_or":
		return func() accumulator { return &bitFold{name: "OR", each: func(a, b byte) byte { return a | b }} }
	case "bit_xor":
		return func() accumulator { return &bitFold{name: "XOR", each: func(a, b byte) byte { return a ^ b&1 }} }
	}
	return nil
}

func (b *bitFold) add(_ *expr.Frame, args []types.Datum) (int, error) {
	v := args[0]
	switch {
	case v.IsNull():
		return 0, nil
	case b.total.IsNull():
		b.total = types.Clone(v)
		return types.SizeBytes(v), nil
	}
	var err error
	b.total, err = types.CombineBits(b.name, b.total, v, b.each)
	return 0, err
}

func (b *bitFold) result(*expr.Frame) (types.Datum, error) { return b.total, nil }

func (b *bitFold) unite(other accumulator) (int, error) {
	o := other.(*bitFold)
	grown, err := b.add(nil, []types.Datum{o.total})
	return grown - types.SizeBytes(o.total), err
}
