package types_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/types"
)

// numerics are near each other, and at the limits.
func numerics(t *rapid.T) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"NaN", "Infinity", "-Infinity", "0", "0.00", "-0.000", "1e5000", "-1e5000", "1e-5000", "1e16000", "2e16000", "1e-16000", "999999999999999", "1000000000000000", "9223372036854775807"}),
		rapid.StringMatching(`-?[0-9]{1,4}(\.[0-9]{1,3})?`),
		rapid.StringMatching(`-?1234567890123[0-9]{1,12}(\.[0-9]{1,9})?`),
		rapid.StringMatching(`-?[0-9]{1,3}e-?[0-9]{1,4}`),
	).Draw(t, "numeric")
}

func TestAbbreviationsSortAsValues(t *testing.T) {
	float := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1)}))
	text := rapid.StringMatching("(same:)?[a-b\x01-\x02 ]{0,10}")
	bytes := rapid.StringMatching("(same:)?[a\x00]{0,10}")
	makers := map[types.OID]func(*rapid.T) (types.Datum, error){
		types.NumericOID: func(t *rapid.T) (types.Datum, error) { return types.ParseNumeric(numerics(t)) },
		types.Float8OID:  func(t *rapid.T) (types.Datum, error) { return types.Float(float.Draw(t, "f")), nil },
		types.Int8OID:    func(t *rapid.T) (types.Datum, error) { return types.Int(rapid.Int64().Draw(t, "i")), nil },
		types.TextOID:    func(t *rapid.T) (types.Datum, error) { return types.String(text.Draw(t, "s")), nil },
		types.ByteaOID:   func(t *rapid.T) (types.Datum, error) { return types.String(bytes.Draw(t, "b")), nil },
		types.BpcharOID:  func(t *rapid.T) (types.Datum, error) { return types.String(text.Draw(t, "s")), nil },
		types.InetOID:    func(t *rapid.T) (types.Datum, error) { return genNetwork(t, types.InetOID), nil },
	}
	for oid, draw := range makers {
		t.Run(fmt.Sprint(oid), rapid.MakeCheck(func(t *rapid.T) {
			a, err := draw(t)
			if err != nil {
				t.Fatal(err)
			}
			b, err := draw(t)
			if err != nil {
				t.Fatal(err)
			}
			k := types.NewAbbreviator(oid)
			k.Look(a)
			k.Look(b)
			ka, exactA := k.Key(a)
			kb, exactB := k.Key(b)
			switch c := types.Compare(oid, a, b); {
			case c < 0 && ka > kb, c > 0 && ka < kb, c == 0 && exactA && exactB && ka != kb, c != 0 && exactA && exactB && ka == kb:
				t.Errorf("%x %v and %x %v compare as %d", ka, exactA, kb, exactB, c)
			}
		}))
	}
}

func TestAbbreviationsTellApart(t *testing.T) {
	all := []string{"-Infinity", "-12.5", "-12.49", "0", "0.001", "1", "1.0001", "12.49", "12.5", "1e30", "Infinity", "NaN"}
	var keys []uint64
	for _, s := range all {
		d, err := types.ParseNumeric(s)
		if err != nil {
			t.Fatal(err)
		}
		a := types.NewAbbreviator(types.NumericOID)
		key, exact := a.Key(d)
		if !exact {
			t.Errorf("%s is cut short", s)
		}
		keys = append(keys, key)
	}
	if !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(all) {
		t.Errorf("%x", keys)
	}
}
