package exec

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/types"
)

// A table, a set and a rowIndex tell keys apart as their types' equality does, also those that are too long to
// lie beside each other and look alike at both ends.
func TestKeysAreToldApart(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		oid := rapid.SampledFrom([]types.OID{types.TextOID, types.Int8OID, types.BpcharOID}).Draw(rt, "type")
		made, set := newTable([]types.OID{oid}), newSeen([]types.OID{oid})
		store := rowStore{width: 2}
		index := newRowIndex(&store, []int{1}, made.types)
		var keys, all [][]types.Datum
		for n := range rapid.IntRange(1, 300).Draw(rt, "keys") {
			key := []types.Datum{keyValue(rt, oid)}
			want := numberOf(made, keys, key)
			got, added := made.put(key)
			if added != (want < 0) || !added && got != want || added && got != len(keys) {
				rt.Fatalf("key %q has number %d, added %v, but it is the %d of %d", key[0].Str(), got, added, want, len(keys))
			}
			if added {
				keys = append(keys, key)
			}
			if set.has(key, set.hash(key)) == added || set.put(key, set.hash(key)) != added {
				rt.Fatalf("key %q is in the set: %v", key[0].Str(), !added)
			}
			if k := made.key(got); !made.equal(k, key) {
				rt.Fatalf("key %q is kept as %q", key[0].Str(), k[0].Str())
			}
			store.add([]types.Datum{types.Int(int64(n)), key[0]})
			all = append(all, key)
			if rapid.IntRange(0, 30).Draw(rt, "several are added") == 0 {
				index.addAll(len(all) - len(index.next))
			}
		}
		index.addAll(len(all) - len(index.next))
		set.all(func(key []types.Datum) {
			if made.find(key) < 0 {
				rt.Fatalf("key %q is in the set alone", key[0].Str())
			}
		})
		for _, key := range all {
			if made.find(key) != numberOf(made, keys, key) {
				rt.Fatalf("key %q is not found", key[0].Str())
			}
			last := [][2]int32{{}}
			index.find(key, last)
			want := int32(-1)
			for i, k := range all {
				if !key[0].IsNull() && made.equal(k, key) {
					want = int32(i)
				}
			}
			if last[0][1] != want {
				rt.Fatalf("the last row with key %q is %d, not %d", key[0].Str(), last[0][1], want)
			}
		}
	})
}

func numberOf(t *table, keys [][]types.Datum, key []types.Datum) int {
	for n, k := range keys {
		if t.equal(k, key) {
			return n
		}
	}
	return -1
}

func keyValue(rt *rapid.T, oid types.OID) types.Datum {
	n := rapid.IntRange(-1, 40).Draw(rt, "value")
	switch {
	case n < 0:
		return types.Null
	case oid == types.Int8OID:
		return types.Int(int64(n-20) << (n % 3 * 20))
	}
	middle := strings.Repeat("b", n%4) + strings.Repeat("c", 3-n%4)
	return types.String(strings.Repeat("a", n/4) + middle[:n%3+1] + strings.Repeat("a", n%20))
}
