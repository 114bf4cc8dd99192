package types

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

// bitsMax is the greatest length of a bit string that a modifier may say.
const bitsMax = 83886080

// IsBits reports whether a type is bit or varbit, whose values are strings of 0 and 1.
func IsBits(t OID) bool { return t == BitOID || t == VarbitOID }

// parseBits reads a bit string: binary, or hexadecimal behind an x.
func parseBits(t Type, s string) (Datum, error) {
	var b strings.Builder
	switch digits := s; {
	case s != "" && (s[0] == 'x' || s[0] == 'X'):
		for i := 1; i < len(digits); i++ {
			n := strings.IndexByte("0123456789abcdef", lowerByte(s[i]))
			if n < 0 {
				return Null, badDigit(s[i:], "hexadecimal")
			}
			for mask := 8; mask > 0; mask /= 2 {
				b.WriteByte(bitDigit(n&mask != 0))
			}
		}
	default:
		if s != "" && (s[0] == 'b' || s[0] == 'B') {
			digits = s[1:]
		}
		if i := strings.IndexFunc(digits, func(r rune) bool { return r != '0' && r != '1' }); i >= 0 {
			return Null, badDigit(digits[i:], "binary")
		}
		b.WriteString(digits)
	}
	return coerceBits(t, b.String(), false)
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func bitDigit(set bool) byte {
	if set {
		return '1'
	}
	return '0'
}

func badDigit(s, kind string) error {
	_, n := utf8.DecodeRuneInString(s)
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "\"%s\" is not a valid %s digit", s[:n], kind)
}

// coerceBits gives a bit string the length that the type says.
func coerceBits(t Type, s string, explicit bool) (Datum, error) {
	mod := int(t.Mod)
	switch {
	case mod < 0 || len(s) == mod, t.OID == VarbitOID && len(s) < mod:
		return String(s), nil
	case explicit && len(s) > mod:
		return String(s[:mod]), nil
	case explicit:
		return String(s + strings.Repeat("0", mod-len(s))), nil
	case t.OID == VarbitOID:
		return Null, sqlstate.New(sqlstate.StringDataRightTruncation, "bit string too long for type bit varying(%d)", mod)
	}
	return Null, sqlstate.New(sqlstate.StringDataLengthMismatch, "bit string length %d does not match type bit(%d)", len(s), mod)
}

func bitsMod(name string, args []int32) (int32, error) {
	switch {
	case len(args) != 1:
		return -1, errMod("invalid type modifier")
	case args[0] < 1:
		return -1, errMod("length for type %s must be at least 1", name)
	case args[0] > bitsMax:
		return -1, errMod("length for type %s cannot exceed %d", name, bitsMax)
	}
	return args[0], nil
}

// CombineBits makes the bits of two bit strings, which are as long, new ones. name is what that is
// called in an error: AND. each takes digits, of which the lowest bit tells 0 from 1. 22026 for strings of different
// lengths.
func CombineBits(name string, x, y Datum, each func(a, b byte) byte) (Datum, error) {
	a, b := x.Str(), y.Str()
	if len(a) != len(b) {
		return Null, sqlstate.New(sqlstate.StringDataLengthMismatch, "cannot %s bit strings of different sizes", name)
	}
	made := make([]byte, len(a))
	for i := range made {
		made[i] = each(a[i], b[i])
	}
	return String(string(made)), nil
}

// appendBits writes the binary format: the number of bits, then they, eight a byte.
func appendBits(buf []byte, s string) []byte {
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(s)))
	for i := 0; i < len(s); i += 8 {
		var octet byte
		for j, c := range []byte(s[i:min(i+8, len(s))]) {
			octet |= (c - '0') << (7 - j)
		}
		buf = append(buf, octet)
	}
	return buf
}

func (r *wireReader) bits(t Type) (Datum, error) {
	n := int(r.int32())
	if n < 0 {
		return Null, sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid length in external bit string")
	}
	octets := r.take((n + 7) / 8)
	var b strings.Builder
	for i := range min(n, 8*len(octets)) {
		b.WriteByte(bitDigit(octets[i/8]>>(7-i%8)&1 != 0))
	}
	return coerceBits(t, b.String(), false)
}
