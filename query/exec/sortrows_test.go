package exec

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/types"
)

// Rows that sort alike end as quick leaves them, which compares rows alone, however else they are sorted.
func TestSortLeavesAlikeAsQuick(t *testing.T) {
	columns := []types.OID{types.Int4OID, types.NumericOID, types.TextOID}
	rapid.Check(t, func(rt *rapid.T) {
		o := &order{stop: func() bool { return false }, over: func() bool { return false }}
		var bounds []int
		for range rapid.IntRange(1, 4).Draw(rt, "keys") {
			o.types = append(o.types, rapid.SampledFrom(columns).Draw(rt, "type"))
			o.desc, o.first = append(o.desc, rapid.Bool().Draw(rt, "desc")), append(o.first, rapid.Bool().Draw(rt, "first"))
			bounds = append(bounds, rapid.SampledFrom([]int{1, 2, 5, 40, 3000, 1 << 30}).Draw(rt, "values"))
		}
		rows := make([][]types.Datum, rapid.SampledFrom([]int{1, 6, 40, 1023, 1024, 1030, 3000}).Draw(rt, "rows"))
		random := rapid.Uint64().Draw(rt, "seed")
		for i := range rows {
			for k, oid := range o.types {
				random = random*6364136223846793005 + 1442695040888963407
				rows[i] = append(rows[i], sortValue(oid, int(random>>33)%bounds[k]))
			}
		}
		if rapid.Bool().Draw(rt, "in order") {
			slices.SortStableFunc(rows, o.compare)
		}
		want := make([]abbreviated, len(rows))
		for i := range want {
			want[i].at = int32(i)
		}
		compare := func(a, b *abbreviated) int { return o.compare(rows[a.at], rows[b.at]) }
		(&quick{all: want, tie: compare, stop: o.stop}).sort(0, len(want))
		places, _ := o.sort(len(rows), func(i, k int) types.Datum { return rows[i][k] })
		for i, r := range want {
			if places[i].at != r.at {
				rt.Fatalf("row %d is at place %d, not %d", places[i].at, i, r.at)
			}
		}
	})
}

// sortValue is the n-th of a type's values, among them a NULL and texts that begin alike.
func sortValue(oid types.OID, n int) types.Datum {
	switch {
	case n == 3:
		return types.Null
	case oid == types.NumericOID:
		return types.NumericFromInt(int64(n) * 7_777_777_777_777_777)
	case oid == types.TextOID:
		return types.String(strings.Repeat("a", 1+n%13) + string(rune('a'+n%26)))
	}
	return types.Int(int64(n - 20))
}
