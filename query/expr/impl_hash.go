package expr

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"

	"github.com/projsql/projsql/query/types"
)

// hashes are the functions under PostgreSQL's hash operator classes; the algorithm is Bob
// Jenkins's lookup3 with PostgreSQL's beginnings.
func hashes() map[string]any {
	all := map[string]any{}
	for name, hashed := range map[string]hasher{
		"hashint2": hashNumber, "hashint4": hashNumber, "hashoid": hashNumber, "hashchar": hashChar,
		"hashint8": hashLong, "pg_lsn_hash": hashLong, "time_hash": hashLong, "timestamp_hash": hashLong,
		"hashtext": hashText, "hashname": hashText, "uuid_hash": hashText, "hashinet": hashText, "hashmacaddr": hashText, "hashmacaddr8": hashText,
		"hashbpchar": hashPadded, "hashfloat4": hashFloat, "hashfloat8": hashFloat, "hash_numeric": hashNumeric,
		"interval_hash": hashInterval, "timetz_hash": hashTimeTZ, "jsonb_hash": hashJSONB, "hashoidvector": hashVector,
	} {
		all[name] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			return types.Int(int64(int32(hashed(a, 0)))), nil
		})
		all[extendedName(name)] = Func2(func(_ *Env, a, seed types.Datum) (types.Datum, error) {
			return types.Int(int64(hashed(a, uint64(seed.Int())))), nil
		})
	}
	return all
}

// extendedName is the name of the function that hashes with a seed.
func extendedName(name string) string {
	if strings.Contains(name, "_") {
		return name + "_extended"
	}
	return name + "extended"
}

func hashNumber(d types.Datum, seed uint64) uint64 { return hashWord(uint32(d.Int()), seed) }

func hashLong(d types.Datum, seed uint64) uint64 {
	low, high := uint32(d.Int()), uint32(d.Int()>>32)
	if d.Int() < 0 {
		high = ^high
	}
	return hashWord(low^high, seed)
}

// hashChar takes a byte for a number with a sign.
func hashChar(d types.Datum, seed uint64) uint64 { return hashWord(uint32(int8(d.Int())), seed) }

func hashPadded(d types.Datum, seed uint64) uint64 {
	return hashBytes(strings.TrimRight(d.Str(), " "), seed)
}

func hashVector(d types.Datum, seed uint64) uint64 {
	var raw []byte
	for _, item := range d.Array().Items {
		raw = binary.LittleEndian.AppendUint32(raw, uint32(item.Int()))
	}
	return hashBytes(string(raw), seed)
}

func hashText(d types.Datum, seed uint64) uint64 { return hashBytes(d.Str(), seed) }

// hashFloat takes -0 for 0, and every NaN for one.
func hashFloat(d types.Datum, seed uint64) uint64 {
	f := d.Float()
	if f == 0 {
		return seed
	}
	raw := math.Float64bits(f)
	if f != f {
		raw = 0x7ff8000000000000
	}
	return hashBytes(string(binary.LittleEndian.AppendUint64(nil, raw)), seed)
}

// mixer is the state of lookup3.
type mixer struct{ a, b, c uint32 }

func newMixer(length int, seed uint64) *mixer {
	start := uint32(0x9e3779b9) + uint32(length) + 3923095
	m := &mixer{start, start, start}
	if seed != 0 {
		m.a += uint32(seed >> 32)
		m.b += uint32(seed)
		m.mix()
	}
	return m
}

func (m *mixer) mix() {
	a, b, c := m.a, m.b, m.c
	a, c = (a-c)^bits.RotateLeft32(c, 4), c+b
	b, a = (b-a)^bits.RotateLeft32(a, 6), a+c
	c, b = (c-b)^bits.RotateLeft32(b, 8), b+a
	a, c = (a-c)^bits.RotateLeft32(c, 16), c+b
	b, a = (b-a)^bits.RotateLeft32(a, 19), a+c
	c, b = (c-b)^bits.RotateLeft32(b, 4), b+a
	m.a, m.b, m.c = a, b, c
}

// sum ends it: the last word is the hash of 32 bits, with the one before it that of 64.
func (m *mixer) sum() uint64 {
	a, b, c := m.a, m.b, m.c
	c = (c ^ b) - bits.RotateLeft32(b, 14)
	a = (a ^ c) - bits.RotateLeft32(c, 11)
	b = (b ^ a) - bits.RotateLeft32(a, 25)
	c = (c ^ b) - bits.RotateLeft32(b, 16)
	a = (a ^ c) - bits.RotateLeft32(c, 4)
	b = (b ^ a) - bits.RotateLeft32(a, 14)
	c = (c ^ b) - bits.RotateLeft32(b, 24)
	return uint64(b)<<32 | uint64(c)
}

func hashWord(n uint32, seed uint64) uint64 {
	m := newMixer(4, seed)
	m.a += n
	return m.sum()
}

func hashBytes(s string, seed uint64) uint64 {
	m := newMixer(len(s), seed)
	for len(s) >= 12 {
		m.a += binary.LittleEndian.Uint32([]byte(s[:4]))
		m.b += binary.LittleEndian.Uint32([]byte(s[4:8]))
		m.c += binary.LittleEndian.Uint32([]byte(s[8:12]))
		m.mix()
		s = s[12:]
	}
	var rest [12]byte
	copy(rest[:8], s)
	if len(s) > 8 { // the lowest byte of the last word is the length's
		copy(rest[9:], s[8:])
	}
	m.a += binary.LittleEndian.Uint32(rest[:4])
	m.b += binary.LittleEndian.Uint32(rest[4:8])
	m.c += binary.LittleEndian.Uint32(rest[8:])
	return m.sum()
}
