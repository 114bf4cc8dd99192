package types

import "github.com/projsql/projsql/query/types/jsonb"

// Headers of PostgreSQL's values of variable length.
const (
	lengthHeader   = 4
	shortSizeMax   = 127 // of values with a length of one byte, which those in records have
	recordHeader   = 23
	arrayHeader    = 16
	arrayDimHeader = 8
	valuesAlign    = 8
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
		return recordSize(v)
	}
	switch i.OID {
	case TextOID, VarcharOID, BpcharOID, ByteaOID, JSONOID, RefcursorOID:
		return lengthHeader + len(d.Str()), true
	case NumericOID:
		return numericSize(d), true
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

func recordSize(r *Record) (int, bool) {
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
		n, ok := Size(r.Types[i], f)
		if !ok {
			return 0, false
		}
		info := Info(BaseOf(r.Types[i]))
		if info.Len == -1 && info.Storage != 'p' && n-lengthHeader+1 <= shortSizeMax {
			size += n - lengthHeader + 1
			continue
		}
		size = alignUp(size, alignment(info)) + n
	}
	return alignUp(header, valuesAlign) + size, true
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
