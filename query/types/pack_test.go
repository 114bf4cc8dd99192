package types_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/types"
)

// Packed values come back as they were, whatever follows them.
func TestPackedRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type value struct {
			oid types.OID
			d   types.Datum
		}
		var all []value
		var packed []byte
		for range rapid.IntRange(1, 5).Draw(t, "values") {
			oid, d := genPacked(t)
			all = append(all, value{oid, d})
			packed = types.AppendPacked(packed, d)
		}
		u := types.Unpack(string(packed))
		var again []byte
		for i, want := range all {
			got := u.Next()
			again = types.AppendPacked(again, got)
			if got.IsNull() != want.d.IsNull() {
				t.Fatalf("value %d: %#v became %#v", i, want.d, got)
			}
			if got.IsNull() {
				continue
			}
			if a, b := types.Text(types.NewEnv(), want.oid, want.d), types.Text(types.NewEnv(), want.oid, got); a != b {
				t.Fatalf("value %d: %s became %s", i, a, b)
			}
			if types.Compare(want.oid, want.d, got) != 0 || types.Hash(want.oid, want.d, 1) != types.Hash(want.oid, got, 1) {
				t.Fatalf("value %d: %#v is not %#v", i, want.d, got)
			}
			if want.oid == types.NumericOID && (types.NumericIsInf(want.d) != types.NumericIsInf(got) || types.NumericIsNaN(want.d) != types.NumericIsNaN(got)) {
				t.Fatalf("value %d: %#v is not finite as %#v is", i, got, want.d)
			}
		}
		if u.Rest() != "" || !bytes.Equal(again, packed) {
			t.Fatalf("%d bytes are left; %x became %x", len(u.Rest()), packed, again)
		}
	})
}

// genPacked draws a value, NULL or a record of such.
func genPacked(t *rapid.T) (types.OID, types.Datum) {
	switch rapid.IntRange(0, 6).Draw(t, "shape") {
	case 0:
		return types.TextOID, types.Null
	case 1:
		r := &types.Record{}
		for range rapid.IntRange(0, 3).Draw(t, "fields") {
			oid, d := genDatum(t)
			r.Types, r.Fields = append(r.Types, oid), append(r.Fields, d)
		}
		if r.Fields != nil && rapid.Bool().Draw(t, "named") {
			for range r.Fields {
				r.Names = append(r.Names, rapid.String().Draw(t, "name"))
			}
		}
		return types.RecordOID, types.Pointer(r)
	case 2:
		return types.NumericOID, rapid.SampledFrom([]types.Datum{
			types.NumericNaN(), types.NumericInf(1), types.NumericInf(-1), types.NumericScaled(5, 200), types.NumericScaled(-1<<63, 63), types.NumericScaled(0, 70),
		}).Draw(t, "numeric")
	case 3:
		return types.Int8OID, types.Int(rapid.SampledFrom([]int64{1<<63 - 1, -1 << 63, 1<<48 - 1, -1 << 48, 1 << 48}).Draw(t, "int"))
	}
	return genDatum(t)
}
