package types

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Kinds of a packed Datum, its first byte.
const (
	packedNull     = iota
	packedVarint   // a scalar, zigzag
	packedWord     // a scalar of 8 bytes: most floats
	packedString   // length, bytes
	packedShort    // a short numeric: scale, zigzag coefficient
	packedNumeric  // form, scale, sign, length, bytes of the coefficient
	packedInterval // months, days, micros
	packedTimeTZ   // micros, seconds
	packedArray    // element type, dimensions, items
	packedRecord   // types, names, fields
	packedRange    // type, flags, the bounds' values
	packedRanges   // of a multirange: type, length, packedRange each
)

// varintBits is how many bits a scalar may have to be packed as a varint.
const varintBits = 49

// AppendPacked appends a Datum in a form that Unpack reads, exactly as it was. The form
// is for the same process: it has no version.
func AppendPacked(buf []byte, d Datum) []byte {
	switch v := d.ref.(type) {
	case nil:
		return append(buf, packedNull)
	case *scalarKind:
		if z := zigzag(int64(d.num)); bits.Len64(z) <= varintBits {
			return binary.AppendUvarint(append(buf, packedVarint), z)
		}
		return binary.LittleEndian.AppendUint64(append(buf, packedWord), d.num)
	case stringData:
		buf = binary.AppendUvarint(append(buf, packedString), d.num)
		return append(buf, d.Str()...)
	case *shortScale:
		return binary.AppendVarint(append(buf, packedShort, byte(v.scale)), int64(d.num))
	case *Numeric:
		buf = binary.AppendVarint(append(buf, packedNumeric, byte(v.form)), int64(v.scale))
		coefficient := v.coeff.Bytes()
		buf = binary.AppendUvarint(append(buf, byte(1+v.coeff.Sign())), uint64(len(coefficient)))
		return append(buf, coefficient...)
	case *Interval:
		return appendVarints(append(buf, packedInterval), int64(v.Months), int64(v.Days), v.Micros)
	case *TimeTZ:
		return appendVarints(append(buf, packedTimeTZ), v.Micros, int64(v.WestSeconds))
	case *Array:
		return appendPackedArray(append(buf, packedArray), v)
	case *Record:
		return appendPackedRecord(append(buf, packedRecord), v)
	case *Range:
		return appendPackedRange(buf, v)
	case *Multirange:
		buf = binary.AppendUvarint(append(buf, packedRanges), uint64(v.Type.OID))
		buf = binary.AppendUvarint(buf, uint64(len(v.Ranges)))
		for _, r := range v.Ranges {
			buf = appendPackedRange(buf, r)
		}
		return buf
	}
	panic(fmt.Sprintf("types: no packed form of %T", d.ref))
}

func zigzag(i int64) uint64 { return uint64(i)<<1 ^ uint64(i>>63) }

func appendVarints(buf []byte, all ...int64) []byte {
	for _, v := range all {
		buf = binary.AppendVarint(buf, v)
	}
	return buf
}

func appendPackedArray(buf []byte, a *Array) []byte {
	buf = binary.AppendUvarint(binary.AppendUvarint(buf, uint64(a.Elem)), uint64(len(a.Dims)))
	for _, d := range a.Dims {
		buf = appendVarints(buf, int64(d.Length), int64(d.Lower))
	}
	return appendPackedAll(buf, a.Items)
}

func appendPackedRecord(buf []byte, r *Record) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(r.Types)))
	for _, t := range r.Types {
		buf = binary.AppendUvarint(buf, uint64(t))
	}
	buf = binary.AppendUvarint(buf, uint64(len(r.Names)))
	for _, n := range r.Names {
		buf = append(binary.AppendUvarint(buf, uint64(len(n))), n...)
	}
	return appendPackedAll(buf, r.Fields)
}

func appendPackedRange(buf []byte, r *Range) []byte {
	buf = append(binary.AppendUvarint(append(buf, packedRange), uint64(r.Type.OID)), r.flags())
	return AppendPacked(AppendPacked(buf, r.Lower.Value), r.Upper.Value)
}

func appendPackedAll(buf []byte, all []Datum) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(all)))
	for _, d := range all {
		buf = AppendPacked(buf, d)
	}
	return buf
}

// Unpacker reads packed Datums, one after the other. Strings among them share its
// bytes. It must be given what AppendPacked made: anything else may panic.
type Unpacker struct {
	rest   string
	shared bool
}

// Unpack returns an Unpacker of s.
func Unpack(s string) Unpacker { return Unpacker{rest: s} }

// At returns u at another place of the same bytes.
func (u Unpacker) At(s string) Unpacker { return Unpacker{rest: s, shared: u.shared} }

// Rest is what has not been read.
func (u *Unpacker) Rest() string { return u.rest }

// Shared reports whether a Datum that was read shares the bytes.
func (u *Unpacker) Shared() bool { return u.shared }

// Next reads one Datum.
func (u *Unpacker) Next() Datum {
	switch kind := u.byte(); kind {
	case packedNull:
		return Null
	case packedVarint:
		return Int(u.varint())
	case packedWord:
		return Datum{num: u.word(), ref: scalar}
	case packedString:
		s := u.bytes()
		u.shared = u.shared || s != ""
		return String(s)
	case packedShort:
		scale := u.byte()
		return shortNumeric(u.varint(), int32(scale))
	case packedNumeric:
		return u.numeric()
	case packedInterval:
		return IntervalOf(Interval{Months: int32(u.varint()), Days: int32(u.varint()), Micros: u.varint()})
	case packedTimeTZ:
		return Pointer(&TimeTZ{Micros: u.varint(), WestSeconds: int32(u.varint())})
	case packedArray:
		return u.array()
	case packedRecord:
		return u.record()
	case packedRange:
		return u.rangeValue()
	case packedRanges:
		return u.multirange()
	default:
		panic(fmt.Sprintf("types: packed kind %d", kind))
	}
}

func (u *Unpacker) byte() byte {
	b := u.rest[0]
	u.rest = u.rest[1:]
	return b
}

func (u *Unpacker) word() (v uint64) {
	for i := 7; i >= 0; i-- {
		v = v<<8 | uint64(u.rest[i])
	}
	u.rest = u.rest[8:]
	return v
}

func (u *Unpacker) uvarint() uint64 {
	var v uint64
	for i, shift := 0, 0; ; i, shift = i+1, shift+7 {
		b := u.rest[i]
		v |= uint64(b&0x7F) << shift
		if b < 0x80 {
			u.rest = u.rest[i+1:]
			return v
		}
	}
}

func (u *Unpacker) varint() int64 {
	z := u.uvarint()
	return int64(z>>1) ^ -int64(z&1)
}

func (u *Unpacker) bytes() string {
	n := u.uvarint()
	s := u.rest[:n]
	u.rest = u.rest[n:]
	return s
}

func (u *Unpacker) numeric() Datum {
	n := &Numeric{form: numericForm(u.byte()), scale: int32(u.varint())}
	sign := u.byte()
	n.coeff.SetBytes([]byte(u.bytes()))
	if sign == 0 {
		n.coeff.Neg(&n.coeff)
	}
	switch n.form { // the others are known by where they are
	case numericNaN:
		n = nanNumeric
	case numericPosInf:
		n = posInfNumeric
	case numericNegInf:
		n = negInfNumeric
	}
	return Pointer(n)
}

func (u *Unpacker) array() Datum {
	a := &Array{Elem: OID(u.uvarint())}
	for range u.uvarint() {
		a.Dims = append(a.Dims, Dim{Length: int32(u.varint()), Lower: int32(u.varint())})
	}
	a.Items = u.all()
	return Pointer(a)
}

func (u *Unpacker) record() Datum {
	r := &Record{}
	for range u.uvarint() {
		r.Types = append(r.Types, OID(u.uvarint()))
	}
	for range u.uvarint() {
		u.shared = true
		r.Names = append(r.Names, u.bytes())
	}
	r.Fields = u.all()
	return Pointer(r)
}

func (u *Unpacker) rangeValue() Datum {
	r := &Range{Type: Info(OID(u.uvarint()))}
	flags := u.byte()
	r.Empty = flags&rangeEmpty != 0
	r.Lower = Bound{Value: u.Next(), Inclusive: flags&rangeLowerInclusive != 0}
	r.Upper = Bound{Value: u.Next(), Inclusive: flags&rangeUpperInclusive != 0}
	return Pointer(r)
}

func (u *Unpacker) multirange() Datum {
	m := &Multirange{Type: Info(OID(u.uvarint()))}
	for range u.uvarint() {
		m.Ranges = append(m.Ranges, u.Next().Range())
	}
	return Pointer(m)
}

func (u *Unpacker) all() []Datum {
	n := u.uvarint()
	if n == 0 {
		return nil
	}
	all := make([]Datum, n)
	for i := range all {
		all[i] = u.Next()
	}
	return all
}
