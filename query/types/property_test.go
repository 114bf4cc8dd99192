package types_test

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/types"
)

// genDatum draws a value of one of the types that need more than an integer's care.
func genDatum(t *rapid.T) (types.OID, types.Datum) {
	oid := rapid.SampledFrom([]types.OID{
		types.BoolOID, types.Int8OID, types.Float8OID, types.Float4OID, types.NumericOID, types.TextOID, types.ByteaOID, types.UUIDOID, types.DateOID,
		types.TimeOID, types.TimetzOID, types.TimestampOID, types.TimestamptzOID, types.IntervalOID, types.JSONBOID, types.InetOID, types.CidrOID, types.MacaddrOID, types.Macaddr8OID, types.BitOID, types.VarbitOID, types.LSNOID, types.TSVectorOID, types.TSQueryOID,
		types.MoneyOID, typeOf("_money"), types.PgSnapshotOID,
		types.PointOID, types.LsegOID, types.BoxOID, types.LineOID, types.CircleOID, types.PathOID, types.PolygonOID, typeOf("_box"), typeOf("_path"),
		typeOf("_varbit"), typeOf("_inet"), types.NumericArrayOID, types.TextArrayOID, types.JSONBArrayOID, types.IntervalArrayOID,
		typeOf("int4range"), typeOf("int8range"), typeOf("numrange"), typeOf("daterange"), typeOf("tsrange"), typeOf("tstzrange"), typeOf("nummultirange"), typeOf("datemultirange"), typeOf("_numrange"),
	}).Draw(t, "type")
	return oid, genOf(t, oid)
}

func genOf(t *rapid.T, oid types.OID) types.Datum {
	switch oid {
	case types.BoolOID:
		return types.Bool(rapid.Bool().Draw(t, "bool"))
	case types.Int8OID, types.LSNOID, types.MoneyOID:
		return types.Int(rapid.Int64().Draw(t, "int"))
	case types.Float8OID:
		return types.Float(rapid.Float64().Draw(t, "float"))
	case types.Float4OID:
		return types.Float(float64(rapid.Float32().Draw(t, "float")))
	case types.NumericOID:
		return genNumeric(t)
	case types.TextOID:
		return types.String(strings.ReplaceAll(rapid.String().Draw(t, "text"), "\x00", ""))
	case types.ByteaOID:
		return types.String(string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")))
	case types.UUIDOID:
		return types.String(string(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid")))
	case types.DateOID:
		return types.Int(rapid.Int64Range(-2451545, 2145031948).Draw(t, "date"))
	case types.TimeOID:
		return types.Int(rapid.Int64Range(0, types.MicrosPerDay).Draw(t, "time"))
	case types.TimetzOID:
		return types.Pointer(&types.TimeTZ{Micros: rapid.Int64Range(0, types.MicrosPerDay).Draw(t, "time"), WestSeconds: rapid.Int32Range(-50000, 50000).Draw(t, "zone")})
	case types.TimestampOID, types.TimestamptzOID:
		return types.Int(rapid.Int64Range(-211813488000000000, 9223371331199999999).Draw(t, "timestamp"))
	case types.IntervalOID:
		return types.IntervalOf(types.Interval{
			Months: rapid.Int32Range(-1<<30, 1<<30).Draw(t, "months"), Days: rapid.Int32().Draw(t, "days"), Micros: rapid.Int64Range(-1<<62, 1<<62).Draw(t, "micros"),
		})
	case types.JSONBOID:
		return genJSON(t)
	case types.InetOID, types.CidrOID:
		return genNetwork(t, oid)
	case types.PointOID, types.LsegOID, types.BoxOID, types.LineOID, types.CircleOID, types.PathOID, types.PolygonOID:
		return genShape(t, oid)
	case types.PgSnapshotOID:
		return types.SnapshotOf(rapid.Uint64Range(1, 1<<33).Draw(t, "last")).Datum()
	case types.MacaddrOID:
		return types.String(string(rapid.SliceOfN(rapid.Byte(), 6, 6).Draw(t, "macaddr")))
	case types.Macaddr8OID:
		return types.String(string(rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "macaddr8")))
	case types.BitOID, types.VarbitOID:
		return types.String(rapid.StringMatching("[01]{0,20}").Draw(t, "bits"))
	case types.TSVectorOID, types.TSQueryOID:
		separator := map[types.OID]string{types.TSVectorOID: " ", types.TSQueryOID: " | "}[oid]
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b:1", "'b c':2A", "é", "ab:3,4B"}), 1, 4)
		if oid == types.TSQueryOID {
			words = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b:A", "!b", "'b c':*", "(a & b)", "a <2> b"}), 1, 4)
		}
		d, err := types.Parse(nil, types.Of(oid), strings.Join(words.Draw(t, "words"), separator))
		if err != nil {
			t.Fatal(err)
		}
		return d
	case types.Int4OID:
		return types.Int(int64(rapid.Int32().Draw(t, "int")))
	}
	switch info := types.Info(oid); {
	case info.Subtype != 0:
		return types.Pointer(genRange(t, info))
	case info.Range != 0:
		return types.Pointer(genMultirange(t, info))
	}
	return genArray(t, types.ElemOf(oid))
}

// genNetwork draws addresses that have much in common.
func genNetwork(t *rapid.T, oid types.OID) types.Datum {
	size := rapid.SampledFrom([]int{4, 16}).Draw(t, "size")
	addr := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 1, 0x80, 0xff}), size, size).Draw(t, "address")
	n := types.Network{Addr: string(addr), Bits: rapid.IntRange(0, size*8).Draw(t, "bits")}
	if oid == types.CidrOID {
		n = n.Masked(false)
	}
	return n.Datum()
}

func genNumeric(t *rapid.T) types.Datum {
	text := rapid.OneOf(
		rapid.StringMatching(`-?[0-9]{1,8}(\.[0-9]{1,4})?`), rapid.StringMatching(`-?[0-9]{1,40}(\.[0-9]{1,40})?`),
		rapid.StringMatching(`-?[0-9]{1,3}e-?[0-9]{1,2}`), rapid.SampledFrom([]string{"NaN", "Infinity", "-Infinity", "0", "1", "1.0", "1.00", "9223372036854775807", "-9223372036854775808"}),
	).Draw(t, "numeric")
	d, err := types.ParseNumeric(text)
	if err != nil {
		t.Fatal(text, err)
	}
	return d
}

func genJSON(t *rapid.T) types.Datum {
	text := rapid.SampledFrom([]string{
		`{}`, `[]`, `null`, `[1,2,3]`, `{"a":1}`, `{"a":1.0}`, `{"b":{"a":[1,null,true,"x"]},"cc":"y"}`, `"text"`, `1.50`, `-3`, `[[1],{"z":false}]`, `true`, `[0.10,0.1]`, `[0.1,0.1]`,
	}).Draw(t, "json")
	d, err := types.Parse(nil, types.Of(types.JSONBOID), text)
	if err != nil {
		t.Fatal(text, err)
	}
	return d
}

func genArray(t *rapid.T, elem types.OID) types.Datum {
	n := rapid.IntRange(0, 4).Draw(t, "length")
	items := make([]types.Datum, n)
	for i := range items {
		if rapid.IntRange(0, 4).Draw(t, "null") > 0 {
			items[i] = genOf(t, elem)
		}
	}
	return types.Pointer(types.NewArray(elem, items))
}

func TestTextAndBinaryRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oid, d := genDatum(t)
		text := types.Text(nil, oid, d)
		back, err := types.Parse(nil, types.Of(oid), text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if !types.Equal(oid, d, back) || types.Text(nil, oid, back) != text {
			t.Fatalf("text %q came back as %q", text, types.Text(nil, oid, back))
		}
		wire := types.AppendBinary(nil, oid, d)
		back, err = types.DecodeBinary(types.Of(oid), wire)
		if err != nil || types.Text(nil, oid, back) != text {
			t.Fatalf("binary of %q came back as %q (%v)", text, types.Text(nil, oid, back), err)
		}
		clone := types.Clone(d)
		if !types.Equal(oid, d, clone) || types.SizeBytes(clone) != types.SizeBytes(d) {
			t.Fatalf("clone of %q differs", text)
		}
	})
}

func TestCompareIsTotalOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oid, a := genDatum(t)
		b, c := genOf(t, oid), genOf(t, oid)
		ab, bc, ac := types.Compare(oid, a, b), types.Compare(oid, b, c), types.Compare(oid, a, c)
		if ab <= 0 && bc <= 0 && ac > 0 {
			t.Fatal("not transitive")
		}
		if sign(ab) != -sign(types.Compare(oid, b, a)) {
			t.Fatal("not antisymmetric")
		}
		if (ab == 0) != types.Equal(oid, a, b) || ab == 0 && types.Hash(oid, a, 3) != types.Hash(oid, b, 3) {
			t.Fatal("Equal or Hash disagrees with Compare")
		}
	})
}

func sign(i int) int {
	switch {
	case i < 0:
		return -1
	case i > 0:
		return 1
	}
	return 0
}

// The fast path and the exact path of numeric must agree on every value.
func TestNumericAgainstRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genNumeric(t), genNumeric(t)
		x, ok1 := new(big.Rat).SetString(types.NumericText(a))
		y, ok2 := new(big.Rat).SetString(types.NumericText(b))
		if !ok1 || !ok2 {
			return // NaN or infinite
		}
		for name, op := range map[string]struct {
			ours  func(a, b types.Datum) (types.Datum, error)
			exact *big.Rat
		}{
			"+": {types.NumericAdd, new(big.Rat).Add(x, y)},
			"-": {types.NumericSub, new(big.Rat).Sub(x, y)},
			"*": {types.NumericMul, new(big.Rat).Mul(x, y)},
		} {
			got, err := op.ours(a, b)
			if err != nil {
				t.Fatal(err)
			}
			if r, _ := new(big.Rat).SetString(types.NumericText(got)); r.Cmp(op.exact) != 0 {
				t.Fatalf("%s %s %s = %s", types.NumericText(a), name, types.NumericText(b), types.NumericText(got))
			}
		}
		if c := types.NumericCmp(a, b); c != x.Cmp(y) {
			t.Fatalf("cmp %v", c)
		}
	})
}

func TestCloneOwnsItsMemory(t *testing.T) {
	buffer := []byte("abc")
	d := types.Clone(types.String(unsafeString(buffer)))
	buffer[0] = 'x'
	if d.Str() != "abc" {
		t.Fatalf("clone follows its source: %q", d.Str())
	}
}
