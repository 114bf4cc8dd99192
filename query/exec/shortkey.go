package exec

import (
	"encoding/binary"
	"math/bits"

	"github.com/projsql/projsql/query/types"
)

// shortKey stands for a key that is one text or one number, so that keys are compared where they
// are looked for, and not where their bytes are. Keys are equal if theirs are; of a long text it has
// the ends alone, and the texts are still to be compared. The zero shortKey is of no key.
type shortKey struct{ low, high uint64 }

const shortKeyBytes = 16

// Upper bytes of a shortKey's high. Those of texts are their lengths + 1.
const (
	shortTextMax = 15
	shortNumber  = 0xFD << 56
	shortLong    = 0xFE << 56
	shortNull    = 0xFF << 56
	shortUpper   = 0xFF << 56
)

// shortKind is what the shortKeys of a type are made of.
type shortKind uint8

const (
	notShort shortKind = iota // equal ones may look different, or there are several columns
	shortOfText
	shortOfNumber
)

func shortKindOf(oids []types.OID) shortKind {
	if len(oids) != 1 {
		return notShort
	}
	switch types.BaseOf(oids[0]) {
	case types.TextOID, types.VarcharOID, types.NameOID, types.ByteaOID:
		return shortOfText
	case types.Int2OID, types.Int4OID, types.Int8OID, types.DateOID, types.TimeOID, types.TimestampOID, types.TimestamptzOID, types.BoolOID:
		return shortOfNumber
	}
	return notShort
}

// of makes the shortKey of a value.
func (s shortKind) of(d types.Datum) shortKey {
	switch {
	case d.IsNull():
		return shortKey{high: shortNull}
	case s == shortOfNumber:
		return shortKey{uint64(d.Int()), shortNumber}
	}
	text := d.Str()
	n := len(text)
	switch {
	case n > shortTextMax:
		return shortKey{wordOf(text[:8]), shortLong | wordOf(text[n-8:])&^shortUpper}
	case n >= 8:
		return shortKey{wordOf(text[:8]), uint64(n+1)<<56 | wordOf(text[n-8:])>>(8*(16-n))}
	}
	low := uint64(0)
	for i := range n {
		low |= uint64(text[i]) << (8 * i)
	}
	return shortKey{low, uint64(n+1) << 56}
}

func wordOf(s string) uint64 { return binary.LittleEndian.Uint64([]byte(s)) }

// value is the value that a shortKey stands for, which is not long.
func (k shortKey) value() types.Datum {
	switch k.high & shortUpper {
	case shortNull:
		return types.Null
	case shortNumber:
		return types.Int(int64(k.low))
	}
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, shortKeyBytes), k.low)
	b = binary.LittleEndian.AppendUint64(b, k.high)
	return alias(b[:k.high>>56-1])
}

// long reports whether keys with the same shortKey may differ.
func (k shortKey) long() bool { return k.high&shortUpper == shortLong }

// hash is that of the key that it stands for, unless it is long.
func (k shortKey) hash() uint64 {
	const a, b = 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93
	high, low := bits.Mul64(k.low^a, k.high^b)
	h := (high ^ low) * b
	return h ^ h>>32
}
