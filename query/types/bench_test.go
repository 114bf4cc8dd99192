package types_test

import (
	"testing"

	"github.com/projsql/projsql/query/types"
)

func BenchmarkNumericAdd(b *testing.B) {
	x, y := types.NumericScaled(123456, 2), types.NumericScaled(99, 4)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := types.NumericAdd(x, y); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseNumeric(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := types.ParseNumeric("1234.56"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendText(b *testing.B) {
	for name, c := range map[string]struct {
		t types.OID
		d types.Datum
	}{
		"numeric": {types.NumericOID, types.NumericScaled(123456, 2)}, "int8": {types.Int8OID, types.Int(1234567)},
		"timestamptz": {types.TimestamptzOID, types.Int(757382645123456)}, "float8": {types.Float8OID, types.Float(3.25)},
	} {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, 0, 64)
			b.ReportAllocs()
			for b.Loop() {
				types.AppendText(nil, buf, c.t, c.d)
			}
		})
	}
}

// Adding, comparing and printing short numerics must not allocate: folds live on it.
func TestShortNumericsDoNotAllocate(t *testing.T) {
	x, y := types.NumericScaled(123456, 2), types.NumericScaled(99, 4)
	buf := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		sum, err1 := types.NumericAdd(x, y)
		diff, err2 := types.NumericSub(sum, y)
		product, err3 := types.NumericMul(diff, y)
		if err1 != nil || err2 != nil || err3 != nil || types.NumericCmp(product, x) == 0 {
			t.Fatal("wrong")
		}
		types.AppendText(nil, buf, types.NumericOID, product)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
