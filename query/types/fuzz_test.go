package types_test

import (
	"maps"
	"testing"
	"time"
	"unsafe"

	"github.com/projsql/projsql/query/types"
)

func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func fuzzSeeds() map[string][]string {
	all := maps.Clone(inputs)
	maps.Copy(all, addresses)
	return all
}

// FuzzParse feeds text to every input function: no panic, and what is accepted is
// printed to a text that gives the same value.
func FuzzParse(f *testing.F) {
	seeds := fuzzSeeds()
	for _, name := range sortedKeys(seeds) {
		for _, s := range seeds[name] {
			f.Add(uint32(typeOf(name)), s)
		}
	}
	f.Add(uint32(types.NumericOID), "0e999999999")
	env := types.NewEnv()
	env.Now = time.Unix(1700000000, 0)
	f.Fuzz(func(t *testing.T, oid uint32, s string) {
		typ := types.OID(oid)
		d, err := types.Parse(env, types.Of(typ), s)
		if err != nil {
			return
		}
		text := types.Text(env, typ, d)
		back, err := types.Parse(env, types.Of(typ), text)
		if err != nil {
			t.Fatalf("%q printed as %q: %v", s, text, err)
		}
		if again := types.Text(env, typ, back); again != text {
			t.Fatalf("%q printed as %q, then as %q", s, text, again)
		}
	})
}

// FuzzDecodeBinary feeds bytes to every receive function.
func FuzzDecodeBinary(f *testing.F) {
	seeds := fuzzSeeds()
	for _, name := range sortedKeys(seeds) {
		for _, s := range seeds[name] {
			if d, err := types.Parse(nil, types.Of(typeOf(name)), s); err == nil {
				f.Add(uint32(typeOf(name)), types.AppendBinary(nil, typeOf(name), d))
			}
		}
	}
	f.Add(uint32(types.RecordOID), []byte("\x00\x00\x00\x01\x00\x00\x00\x17\x00\x00\x00\x04\x00\x00\x00\x07"))
	f.Fuzz(func(t *testing.T, oid uint32, b []byte) {
		typ := types.OID(oid)
		d, err := types.DecodeBinary(types.Of(typ), b)
		if err != nil {
			return
		}
		types.AppendText(nil, nil, typ, d)
		types.AppendBinary(nil, typ, d)
		if typ != types.RecordOID {
			types.Hash(typ, d, 1)
		}
	})
}
