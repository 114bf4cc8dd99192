package types

import (
	"math"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/query/types/textsearch"
)

// Hash is consistent with Equal (1.0 and 1.00 hash alike) and the same in every
// process. d must not be NULL.
func Hash(t OID, d Datum, seed uint64) uint64 {
	if t >= firstDomain {
		t = BaseOf(t)
	}
	switch t {
	case NumericOID:
		return hashNumeric(d, seed)
	case Float4OID, Float8OID:
		return mix(seed, floatKey(d.Float()))
	case BpcharOID:
		return hashString(strings.TrimRight(d.Str(), " "), seed)
	case JSONBOID:
		return jsonb.Hash(d.Str(), seed)
	case TSQueryOID:
		return hashString(textsearch.HashWords(d.Str()), seed)
	}
	switch v := d.ref.(type) {
	case *scalarKind:
		return mix(seed, d.num)
	case stringData:
		return hashString(d.Str(), seed)
	case *Interval:
		days, micros := v.span()
		return mix(mix(seed, uint64(days)), uint64(micros))
	case *TimeTZ:
		return mix(mix(seed, uint64(v.Micros)), uint64(uint32(v.WestSeconds)))
	case *Array:
		return hashArray(v, seed)
	case *Record:
		for i, f := range v.Fields {
			seed = hashNullable(v.Types[i], f, seed)
		}
		return seed
	case *Range:
		return hashRange(v, seed)
	case *Multirange:
		seed = mix(seed, uint64(len(v.Ranges)))
		for _, r := range v.Ranges {
			seed = hashRange(r, seed)
		}
		return seed
	}
	panic("types: values of type " + sqlName(t) + " have no hash")
}

// HasHashAlone reports whether PostgreSQL has hashes of values of a type, and no order.
func HasHashAlone(t OID) bool { return t == ACLItemOID || t == XIDOID || t == CIDOID }

// HasNoHash reports whether PostgreSQL has an order of values of a type, and no hashes.
func HasNoHash(t OID) bool {
	t = BaseOf(t)
	if elem := ElemOf(t); elem != 0 {
		return HasNoHash(elem)
	}
	return t == MoneyOID || IsBits(t) || t == TSVectorOID || t == TSQueryOID
}

// mix is the finalizer of MurmurHash3 over a seeded word.
func mix(seed, v uint64) uint64 {
	h := seed*0x9e3779b97f4a7c15 ^ v
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

func hashString(s string, seed uint64) uint64 { return mix(seed, xxhash.Sum64String(s)) }

func hashNullable(t OID, d Datum, seed uint64) uint64 {
	if d.IsNull() {
		return mix(seed, 0x6e756c6c)
	}
	return Hash(t, d, seed)
}

func hashArray(a *Array, seed uint64) uint64 {
	seed = mix(seed, uint64(len(a.Items)))
	for _, item := range a.Items {
		seed = hashNullable(a.Elem, item, seed)
	}
	return seed
}

func floatKey(f float64) uint64 {
	switch {
	case f == 0:
		return 0 // -0 = 0
	case math.IsNaN(f):
		return math.Float64bits(math.NaN())
	}
	return math.Float64bits(f)
}

func hashNumeric(d Datum, seed uint64) uint64 {
	d = NumericTrimScale(d)
	if s, ok := d.ref.(*shortScale); ok {
		return mix(mix(seed, uint64(s.scale)), d.num)
	}
	n := d.ref.(*Numeric)
	seed = mix(mix(seed, uint64(n.form)), uint64(n.scale)<<1|uint64(boolInt(n.coeff.Sign() < 0)))
	return mix(seed, xxhash.Sum64(n.coeff.Bytes()))
}
