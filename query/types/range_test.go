package types_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// genRange draws a range; one that would be beyond its type's values is empty.
func genRange(t *rapid.T, info *types.TypeInfo) *types.Range {
	bound := func() types.Bound {
		b := types.Bound{Inclusive: rapid.Bool().Draw(t, "inclusive")}
		if rapid.IntRange(0, 5).Draw(t, "infinite") > 0 {
			b.Value = genOf(t, info.Subtype)
		}
		return b
	}
	lower, upper := bound(), bound()
	if !lower.Infinite() && !upper.Infinite() && types.Compare(info.Subtype, lower.Value, upper.Value) > 0 {
		lower, upper = upper, lower
	}
	r, err := types.NewRange(info, lower, upper)
	if err != nil {
		return types.EmptyRange(info)
	}
	return r
}

func genMultirange(t *rapid.T, info *types.TypeInfo) *types.Multirange {
	var all []*types.Range
	for range rapid.IntRange(0, 4).Draw(t, "ranges") {
		all = append(all, genRange(t, types.Info(info.Range)))
	}
	return types.NewMultirange(info, all)
}

// From pointsMin to pointsEnd are the points that ranges of small numbers are tested by:
// halves too, where there are any.
const pointsMin, pointsEnd = -8, 40

// smallRange draws a range whose bounds are among the points.
func smallRange(t *rapid.T, info *types.TypeInfo) *types.Range {
	bound := func() types.Bound {
		n := rapid.IntRange(pointsMin, pointsEnd/4).Draw(t, "bound")
		if n == pointsMin {
			return types.Bound{}
		}
		return types.Bound{Value: point(info, 4*n), Inclusive: rapid.Bool().Draw(t, "inclusive")}
	}
	lower, upper := bound(), bound()
	r, err := types.NewRange(info, lower, upper)
	if err != nil {
		r, err = types.NewRange(info, upper, lower)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// point is a quarter of n: a whole number of discrete types.
func point(info *types.TypeInfo, n int) types.Datum {
	if info.Discrete {
		return types.Int(int64(n / 4))
	}
	return types.NumericScaled(int64(n)*25, 2)
}

// members are the points that are in a range or multirange.
func members(info *types.TypeInfo, d types.Datum) (in [pointsEnd - 4*pointsMin + 9]bool) {
	for i := range in {
		in[i] = types.SpansOf(d).Has(point(info, i+4*pointsMin-4))
	}
	return in
}

// What is done with ranges is done with the sets of what is in them.
func TestRangesAreSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		info := types.ByName(rapid.SampledFrom([]string{"int4range", "numrange"}).Draw(t, "type"))
		multi := types.Info(info.Multirange)
		draw := func() (*types.Multirange, []types.Datum) {
			var parts []*types.Range
			var each []types.Datum
			for range rapid.IntRange(0, 4).Draw(t, "ranges") {
				r := smallRange(t, info)
				parts, each = append(parts, r), append(each, types.Pointer(r))
			}
			return types.NewMultirange(multi, parts), each
		}
		a, ofA := draw()
		b, _ := draw()
		inA, inB := members(info, types.Pointer(a)), members(info, types.Pointer(b))
		both := types.NewMultirange(multi, append(append([]*types.Range(nil), a.Ranges...), b.Ranges...))
		union, common, rest := members(info, types.Pointer(both)), members(info, types.Pointer(a.Intersect(b))), members(info, types.Pointer(a.Minus(b)))
		contains, overlaps := true, false
		for i := range inA {
			if of := anyHas(ofA, point(info, i+4*pointsMin-4)); of != inA[i] {
				t.Fatalf("point %d of a: %v, of its parts %v", i, inA[i], of)
			}
			if union[i] != (inA[i] || inB[i]) || common[i] != (inA[i] && inB[i]) || rest[i] != (inA[i] && !inB[i]) {
				t.Fatalf("point %d: a %v, b %v, + %v, * %v, - %v", i, inA[i], inB[i], union[i], common[i], rest[i])
			}
			contains = contains && (inA[i] || !inB[i])
			overlaps = overlaps || inA[i] && inB[i]
		}
		da, db := types.SpansOf(types.Pointer(a)), types.SpansOf(types.Pointer(b))
		if da.Contains(db) != contains || da.Overlaps(db) != overlaps {
			t.Fatalf("%v contains %v: %v, overlaps: %v", text(a), text(b), da.Contains(db), da.Overlaps(db))
		}
	})
}

func anyHas(all []types.Datum, d types.Datum) bool {
	for _, r := range all {
		if types.SpansOf(r).Has(d) {
			return true
		}
	}
	return false
}

func text(m *types.Multirange) string { return types.Text(nil, m.Type.OID, types.Pointer(m)) }

// A binary value is a probe: its type and its bytes in hexadecimal.
func rangeProbes() []probe {
	be := binary.BigEndian
	int4 := func(n uint32) string { return string(be.AppendUint32(be.AppendUint32(nil, 4), n)) }
	var all []probe
	add := func(name string, values ...string) {
		for _, v := range values {
			all = append(all, probe{name, hex.EncodeToString([]byte(v))})
		}
	}
	one, five := int4(1), int4(5)
	add("int4range", "", "\x01", "\x02"+one+five, "\x06"+one+five, "\x00"+one+five, "\x04"+one+five, "\x18", "\x1e", "\x08"+five, "\x10"+one, "\x12"+one, "\x02"+one+one, "\x06"+one+one,
		"\x02"+five+one, "\x03", "\x01"+one, "\x02"+one, "\x02"+one+five+"x", "\x02"+one+"\x00\x00\x00\x03abc", "\x02"+one+"\x00\x00\x00\x05\x00\x00\x00\x09x", "\x02"+one+"\xff\xff\xff\xff",
		"\xe2"+one+five, "\x22"+one+five, "\x02"+one+"\x00\x00\x00\x00", "\x06"+one+int4(0x7fffffff), "\x0b"+one)
	add("daterange", "\x02"+int4(0x80000000)+int4(0x7fffffff), "\x06"+int4(0)+int4(0x7fffffff), "\x02"+int4(0x7ffffff0)+int4(0x7fffffff))
	add("numrange", "\x02\x00\x00\x00\x0a\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0a\x00\x01\x00\x00\x00\x00\x00\x01\x00\x05", "\x10\x00\x00\x00\x08\x00\x00\x00\x00\xc0\x00\x00\x00", "\x10\x00\x00\x00\x08\x00\x00\x00\x00\x12\x34\x00\x00")
	add("int8range", "\x02\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x05", "\x06\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x08\x7f\xff\xff\xff\xff\xff\xff\xff", "\x02"+one+five)
	add("tsrange", "\x10\x00\x00\x00\x08\x7f\xff\xff\xff\xff\xff\xff\xff", "\x10\x00\x00\x00\x08\x7f\xff\xff\xff\xff\xff\xff\xf0", "\x18", "\x01")
	r := func(s string) string { return string(be.AppendUint32(nil, uint32(len(s)))) + s }
	add("int4multirange", "", "\x00\x00\x00\x00", "\x00\x00\x00\x01"+r("\x02"+one+five), "\x00\x00\x00\x02"+r("\x02"+five+int4(9))+r("\x02"+one+five), "\x00\x00\x00\x02"+r("\x02"+one+five)+r("\x01"),
		"\x00\x00\x00\x02"+r("\x02"+one+five), "\x00\x00\x00\x01"+r("\x02"+one+five)+"x", "\x00\x00\x00\x01"+r("\x02"+one+five+"x"), "\x00\x00\x00\x01"+r("\x02"+five+one), "\x00\x00\x00\x01"+r("\x02"+one), "\x00\x00\x00\x01\xff\xff\xff\xff")
	return all
}

func askBinary(o *oracle, p probe) answer {
	o.settings("SET TimeZone = 'UTC'")
	value, err := hex.DecodeString(p[1])
	if err != nil {
		o.t.Fatal(err)
	}
	r := o.conn.ExecParams(context.Background(), "SELECT $1", [][]byte{value}, []uint32{uint32(typeOf(p[0]))}, []int16{1}, nil).Read()
	var e *pgconn.PgError
	switch {
	case errors.As(r.Err, &e):
		return answer{err: &sqlstate.Error{Code: sqlstate.Code(e.Code), Message: strings.TrimSuffix(e.Message, " in bind parameter 1"), Detail: e.Detail, Hint: e.Hint}}
	case r.Err != nil:
		o.t.Fatal(p, r.Err)
	}
	return answer{fields: []string{string(r.Rows[0][0])}}
}

func ourBinary(p probe) answer {
	value, err := hex.DecodeString(p[1])
	if err != nil {
		return failed(err)
	}
	t := typeOf(p[0])
	d, err := types.DecodeBinary(types.Of(t), value)
	if err != nil {
		return failed(err)
	}
	return answer{fields: []string{types.Text(nil, t, d)}}
}
