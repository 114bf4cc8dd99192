package types

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"
)

// Abbreviator makes numbers that sort as values of one type do, as far as they tell them
// apart: of two that Compare says are in order, the first never has the larger number.
// (PostgreSQL calls them abbreviated keys.) All values that are compared by them are
// shown to Look before the first Key, until it needs no more; none is NULL. It is used by one goroutine.
type Abbreviator struct {
	kind   OID    // the type, or what a domain is over
	prefix string // what all texts begin with
	looked bool
}

// NewAbbreviator is for values of a type.
func NewAbbreviator(t OID) Abbreviator { return Abbreviator{kind: BaseOf(t)} }

// Look lets keys leave out what all texts begin with; more is false where it need not see others.
func (a *Abbreviator) Look(d Datum) (more bool) {
	switch a.kind {
	case BpcharOID, JSONBOID, InetOID, CidrOID, TSVectorOID, TSQueryOID:
		return false
	}
	if _, ok := d.ref.(stringData); !ok {
		return false
	}
	s := d.Str()
	if !a.looked {
		a.prefix, a.looked = s, true
	}
	if strings.HasPrefix(s, a.prefix) {
		return a.prefix != ""
	}
	n := 0
	for n < len(s) && n < len(a.prefix) && s[n] == a.prefix[n] {
		n++
	}
	a.prefix = a.prefix[:n]
	return n > 0
}

// Key returns a value's number; exact says that no other value that is exact has the same.
func (a *Abbreviator) Key(d Datum) (key uint64, exact bool) {
	switch a.kind {
	case NumericOID:
		return abbreviateNumeric(d)
	case Float4OID, Float8OID:
		return abbreviateFloat(d.Float()), true
	case BpcharOID:
		return abbreviateText(strings.TrimRight(d.Str(), " "))
	case JSONBOID, TSVectorOID, TSQueryOID:
		return 0, false
	case XID8OID, LSNOID:
		return d.num, true
	case InetOID, CidrOID:
		return abbreviateInet(d), false
	}
	switch d.ref.(type) {
	case *scalarKind:
		return d.num ^ 1<<63, true
	case stringData:
		return abbreviateText(d.Str()[len(a.prefix):])
	}
	return 0, false
}

// Value returns the value that has a number; ok is false where numbers do not tell: whoever asks
// compares it with the one that gave the number.
func (a *Abbreviator) Value(key uint64) (d Datum, ok bool) {
	switch a.kind {
	case Float4OID, Float8OID:
		if key>>63 != 0 {
			return Float(math.Float64frombits(key &^ (1 << 63))), true
		}
		return Float(math.Float64frombits(^key)), true
	case NumericOID, BpcharOID, JSONBOID, InetOID, CidrOID:
		return Null, false
	case XID8OID, LSNOID:
		return Datum{num: key, ref: scalar}, true
	}
	return Datum{num: key ^ 1<<63, ref: scalar}, true
}

// abbreviateText is the first bytes. Behind a shorter text are zeros, which text does not
// have, but bytea does.
func abbreviateText(s string) (uint64, bool) {
	if len(s) >= 8 {
		return binary.BigEndian.Uint64([]byte(s[:8])), false
	}
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:]), strings.IndexByte(s, 0) < 0
}

func abbreviateFloat(f float64) uint64 {
	switch {
	case math.IsNaN(f):
		return math.MaxUint64
	case f == 0:
		return 1 << 63 // both zeros
	}
	if b := math.Float64bits(f); b>>63 != 0 {
		return ^b
	}
	return math.Float64bits(f) | 1<<63
}

// A numeric's number has its sign, the position of its first digit and its first
// abbreviatedDigits digits, from 2^49 for zero upwards and downwards.
const (
	abbreviatedDigits = 15
	digitBits         = 50      // 10^15 < 2^50
	positionMost      = 1 << 12 // beyond: no digits are kept
	numericZero       = 1 << 63
)

func abbreviateNumeric(d Datum) (uint64, bool) {
	if s, ok := d.ref.(*shortScale); ok {
		n := int64(d.num)
		digits, exact := leadingDigits(absUint(n), int(s.scale))
		return signed(digits, n < 0), exact
	}
	n := d.ref.(*Numeric)
	switch n.form {
	case numericNaN:
		return math.MaxUint64, true
	case numericPosInf:
		return math.MaxUint64 - 1, true
	case numericNegInf:
		return 0, true
	}
	text := n.coeff.Text(10)
	negative := strings.HasPrefix(text, "-")
	text = strings.TrimPrefix(text, "-")
	scale := int(n.scale) - len(text)
	text = strings.TrimRight(text, "0")
	scale += len(text)
	const fits = 19 // digits of a uint64
	cut := max(0, len(text)-fits)
	var first uint64
	for _, c := range []byte(text[:len(text)-cut]) {
		first = first*10 + uint64(c-'0')
	}
	digits, exact := leadingDigits(first, scale-cut)
	return signed(digits, negative), exact && cut == 0
}

func signed(magnitude uint64, negative bool) uint64 {
	if negative {
		return numericZero - magnitude
	}
	return numericZero + magnitude
}

// leadingDigits abbreviates coefficient·10^-scale; exact if nothing was cut off.
func leadingDigits(coefficient uint64, scale int) (uint64, bool) {
	if coefficient == 0 {
		return 0, true
	}
	n := digitsOf(coefficient)
	position := n - scale + positionMost
	switch {
	case position < 1:
		return 1, false
	case position >= 2*positionMost:
		return 1<<63 - 2, false
	}
	exact := true
	if n <= abbreviatedDigits {
		coefficient *= pow10[abbreviatedDigits-n]
	} else {
		by := pow10[n-abbreviatedDigits]
		exact = coefficient%by == 0
		coefficient /= by
	}
	return uint64(position)<<digitBits | coefficient, exact
}

// digitsOf is the number of decimal digits of n, which is not 0.
func digitsOf(n uint64) int {
	least := bits.Len64(n) * 1233 >> 12 // times log10(2)
	if n >= pow10[least] {
		return least + 1
	}
	return least
}
