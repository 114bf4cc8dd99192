package types

import (
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/query/types/textsearch"
)

// Headers of PostgreSQL's values of variable length.
const (
	lengthHeader   = 4
	shortSizeMax   = 127 // of values with a length of one byte, which those in records have
	recordHeader   = 23
	arrayHeader    = 16
	arrayDimHeader = 8
	valuesAlign    = 8
	bitsHeader     = 4

	wordSize   = 4
	boxSize    = 32
	pathHeader = 5 // in the binary format

	rangeHeader      = 8
	multirangeHeader = 12
)

// Size returns the bytes that PostgreSQL has a value in that has just been made: one that
// was not stored in a table, compressed or taken out of a record. ok is false where that
// is not known. d must not be NULL.
func Size(t OID, d Datum) (size int, ok bool) {
	i := Info(BaseOf(t))
	if i == nil {
		return 0, false
	}
	switch {
	case i.Len > 0:
		return int(i.Len), true
	case i.Len == -2, i.OID == UnknownOID:
		return len(d.Str()) + 1, true
	}
	switch v := d.ref.(type) {
	case *Array:
		return arraySize(v)
	case *Record:
		return RowSize(v)
	case *Range:
		return rangeSize(v)
	case *Multirange:
		return multirangeSize(v)
	}
	switch i.OID {
	case TextOID, VarcharOID, BpcharOID, ByteaOID, JSONOID, RefcursorOID, InetOID, CidrOID:
		return lengthHeader + len(d.Str()), true
	case PathOID:
		return lengthHeader + 3*wordSize + len(d.Str()) - pathHeader, true
	case PolygonOID:
		return lengthHeader + wordSize + boxSize + len(d.Str()) - wordSize, true
	case PgSnapshotOID, TxidSnapshotOID:
		return lengthHeader + len(d.Str()), true
	case BitOID, VarbitOID:
		return lengthHeader + bitsHeader + (len(d.Str())+7)/8, true
	case NumericOID:
		return numericSize(d), true
	case TSVectorOID:
		return textsearch.DecodeVector(d.Str()).Size(), true
	case TSQueryOID:
		return textsearch.DecodeQuery(d.Str()).Size(), true
	case JSONBOID:
		return lengthHeader + int(jsonb.StoredSize(jsonb.Root(d.Str()))), true
	}
	return 0, false
}

// numericSize is a length, a header that is short for most numbers, and two bytes for every
// four digits.
func numericSize(d Datum) int {
	const short, long, scaleMax, weightMax, weightMin = 2, 4, 63, 63, -64
	_, digits, weight, scale := numericDigits(d)
	header := short
	if scale > scaleMax || weight > weightMax || weight < weightMin {
		header = long
	}
	return lengthHeader + header + len(digits)/2
}

func arraySize(a *Array) (int, bool) {
	if Info(a.Elem) == nil {
		return 0, false
	}
	align := alignment(Info(a.Elem))
	size := arrayHeader + arrayDimHeader*len(a.Dims)
	if a.FlagsNulls() {
		size = alignUp(size+(len(a.Items)+7)/8, valuesAlign)
	}
	for _, item := range a.Items {
		if item.IsNull() {
			continue
		}
		n, ok := Size(a.Elem, item)
		if !ok {
			return 0, false
		}
		size = alignUp(size+n, align)
	}
	return size, true
}

// RowSize is Size of a record, which is that of a row of a table too.
func RowSize(r *Record) (int, bool) {
	header, size := recordHeader, 0
	for _, f := range r.Fields {
		if f.IsNull() {
			header = recordHeader + (len(r.Fields)+7)/8
			break
		}
	}
	for i, f := range r.Fields {
		if f.IsNull() {
			continue
		}
		var ok bool
		if size, ok = sizeWith(size, r.Types[i], f); !ok {
			return 0, false
		}
	}
	return alignUp(header, valuesAlign) + size, true
}

// sizeWith is a size with one more value behind it, which has a short length where it can.
func sizeWith(size int, t OID, d Datum) (int, bool) {
	n, ok := Size(t, d)
	if !ok {
		return 0, false
	}
	info := Info(BaseOf(t))
	if info.Len == -1 && info.Storage != 'p' && n-lengthHeader+1 <= shortSizeMax {
		return size + n - lengthHeader + 1, true
	}
	return alignUp(size, alignment(info)) + n, true
}

// rangeSize is a length, the type, the bounds and a byte of flags.
func rangeSize(r *Range) (int, bool) {
	size, ok := rangeHeader, true
	for _, b := range []Bound{r.Lower, r.Upper} {
		if b.Infinite() {
			continue
		}
		if size, ok = sizeWith(size, r.Type.Subtype, b.Value); !ok {
			return 0, false
		}
	}
	return size + 1, true
}

// multirangeSize has an offset for each range but the first, a byte of flags for each, and
// the bounds.
func multirangeSize(m *Multirange) (int, bool) {
	align := alignment(Info(Info(m.Type.Range).Subtype))
	n := len(m.Ranges)
	size := alignUp(multirangeHeader+4*max(n-1, 0)+n, align)
	for _, r := range m.Ranges {
		of, ok := rangeSize(r)
		if !ok {
			return 0, false
		}
		size += alignUp(of-rangeHeader-1, align)
	}
	return size, true
}

// alignment is what the address of a type's values is a multiple of.
func alignment(i *TypeInfo) int {
	switch i.Align {
	case 's':
		return 2
	case 'i':
		return 4
	case 'd':
		return 8
	}
	return 1
}

func alignUp(n, align int) int { return (n + align - 1) / align * align }
