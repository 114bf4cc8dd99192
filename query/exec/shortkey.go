package exec

import (
	"encoding/binary"

	"github.com/projsql/projsql/query/types"
)

// shortKey stands for a key that is one text or one number, so that keys are compared where they
// lie side by side, and not row by row where their bytes are. Keys are equal if theirs are; of a
// long text it has the ends alone, and the texts are still to be compared.
type shortKey [16]byte

const shortKeyBytes = 16

// Last bytes of shortKeys. Those of texts are their lengths, up to shortTextMax.
const (
	shortTextMax = 15
	shortNumber  = 0xFD
	shortLong    = 0xFE
	shortNull    = 0xFF
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
func (s shortKind) of(d types.Datum) (k shortKey) {
	if d.IsNull() {
		k[15] = shortNull
		return k
	}
	if s == shortOfNumber {
		binary.LittleEndian.PutUint64(k[:], uint64(d.Int()))
		k[15] = shortNumber
		return k
	}
	text := d.Str()
	if copy(k[:shortTextMax], text) == len(text) {
		k[15] = byte(len(text))
		return k
	}
	copy(k[7:], text[len(text)-8:])
	k[15] = shortLong
	return k
}

// value is the value that a shortKey stands for, which is not long. It shares k's memory.
func (k *shortKey) value() types.Datum {
	switch k[15] {
	case shortNull:
		return types.Null
	case shortNumber:
		return types.Int(int64(binary.LittleEndian.Uint64(k[:])))
	}
	return alias(k[:k[15]:k[15]])
}

// long reports whether keys with the same shortKey may differ.
func (k *shortKey) long() bool { return k[15] == shortLong }

// hash is that of the key that it stands for, unless it is long.
func (k *shortKey) hash() uint64 {
	const a, b = 0x9e3779b97f4a7c15, 0xff51afd7ed558ccd
	h := (binary.LittleEndian.Uint64(k[:]) ^ a) * b
	h ^= h >> 32
	h = (h ^ binary.LittleEndian.Uint64(k[8:])) * a
	h ^= h >> 29
	h *= b
	return h ^ h>>32
}
