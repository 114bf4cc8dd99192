package types

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

// DecodeBinary is the type's receive function, typmod applied. Errors: 22P03,
// 22021, 08P01, 0A000 (no binary input for the type). The Datum does not share b.
func DecodeBinary(t Type, b []byte) (Datum, error) {
	r := wireReader{b: b}
	d, err := r.value(t)
	switch {
	case r.short && r.empty:
		return Null, errNoData()
	case r.short:
		return Null, errShortMessage()
	case err != nil:
		return Null, err
	case len(r.b) > 0:
		return Null, ErrTrailingBinary
	}
	return d, nil
}

// wireReader takes integers off a message; past its end it gives zeros and
// remembers, also whether a byte alone was wanted there.
type wireReader struct {
	b            []byte
	short, empty bool
}

func (r *wireReader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.short, r.b = true, nil
		return make([]byte, min(max(n, 0), 16))
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

// octet is a byte that PostgreSQL takes by itself.
func (r *wireReader) octet() byte {
	r.empty = r.empty || len(r.b) == 0 && !r.short
	return r.take(1)[0]
}

func (r *wireReader) int16() int16 { return int16(binary.BigEndian.Uint16(r.take(2))) }
func (r *wireReader) int32() int32 { return int32(binary.BigEndian.Uint32(r.take(4))) }
func (r *wireReader) int64() int64 { return int64(binary.BigEndian.Uint64(r.take(8))) }

func (r *wireReader) rest() string {
	s := string(r.b)
	r.b = nil
	return s
}

func (r *wireReader) value(t Type) (Datum, error) {
	switch t.OID {
	case BoolOID:
		return Bool(r.octet() != 0), nil
	case CharOID:
		return Int(int64(r.octet())), nil
	case Int2OID:
		return Int(int64(r.int16())), nil
	case Int4OID:
		return Int(int64(r.int32())), nil
	case Int8OID, XID8OID, LSNOID, MoneyOID:
		return Int(r.int64()), nil
	case Float4OID:
		return Float(float64(math.Float32frombits(uint32(r.int32())))), nil
	case Float8OID:
		return Float(math.Float64frombits(uint64(r.int64()))), nil
	case NumericOID:
		return r.numeric(t.Mod)
	case TextOID, VarcharOID, BpcharOID, NameOID, UnknownOID, CstringOID, JSONOID, NodeTreeOID, RefcursorOID, ByteaOID:
		return r.text(t)
	case UUIDOID:
		return String(string(r.take(16))), nil
	case PointOID, LsegOID, PathOID, BoxOID, PolygonOID, LineOID, CircleOID:
		return r.shape(t.OID)
	case PgSnapshotOID, TxidSnapshotOID:
		return r.snapshot()
	case InetOID, CidrOID:
		return r.network(t.OID)
	case MacaddrOID, Macaddr8OID:
		return r.macaddr(t.OID)
	case JSONBOID, JSONPathOID:
		return r.versioned(t.OID)
	case TIDOID:
		block, offset := uint32(r.int32()), uint16(r.int16())
		return Int(int64(block)<<16 | int64(offset)), nil
	case BitOID, VarbitOID:
		return r.bits(t)
	case TSVectorOID, TSQueryOID:
		return r.search(t.OID)
	case VoidOID:
		return String(""), nil
	case DateOID, TimestampOID, TimestamptzOID, TimeOID, TimetzOID, IntervalOID:
		return r.temporal(t)
	}
	return r.other(t)
}

func (r *wireReader) other(t Type) (Datum, error) {
	info := Info(t.OID)
	switch {
	case info == nil:
		return Null, sqlstate.New(sqlstate.UndefinedObject, "type with OID %d does not exist", t.OID)
	case t.OID == OIDVectorOID || t.OID == Int2VectorOID || info.IsArray():
		return r.array(Type{info.Elem, t.Mod})
	case info.Kind == 'd':
		d, err := r.value(UnderDomains(info.Base))
		if err != nil {
			return Null, err
		}
		return d, info.Check(nil, d)
	case info.Kind == 'e':
		return parseEnum(info, r.rest())
	case t.OID == RecordOID:
		return Null, sqlstate.New(sqlstate.FeatureNotSupported, "input of anonymous composite types is not implemented")
	case info.Kind == 'c' && info.Attributes != nil:
		return r.composite(info)
	case info.Subtype != 0:
		return datumOfRange(r.rangeValue(info))
	case info.Range != 0:
		return r.multirange(info)
	case t.OID == OIDOID, t.OID == XIDOID, t.OID == CIDOID, isReg(t.OID):
		return Int(int64(uint32(r.int32()))), nil
	}
	code := sqlstate.FeatureNotSupported
	if !HasBinary(t.OID) {
		code = sqlstate.UndefinedFunction
	}
	return Null, sqlstate.New(code, "no binary input function available for type %s", info.SQLName)
}

// HasBinary reports whether values of a type have a binary form.
func HasBinary(t OID) bool { return t != ACLItemOID && ElemOf(t) != ACLItemOID }

// Sendable fails with 42883 if a value has no binary form. As in PostgreSQL, an array that is NULL does not tell.
func Sendable(t OID, d Datum) error {
	if HasBinary(t) || d.IsNull() && ElemOf(t) != 0 {
		return nil
	}
	return sqlstate.New(sqlstate.UndefinedFunction, "no binary output function available for type %s", TypeName(ACLItemOID))
}

func (r *wireReader) text(t Type) (Datum, error) {
	s := r.rest()
	if t.OID == ByteaOID {
		return String(s), nil
	}
	if err := checkUTF8(s); err != nil {
		return Null, err
	}
	switch t.OID {
	case VarcharOID, BpcharOID:
		return coerceText(t, s, false)
	case NameOID:
		return String(cutName(s)), nil
	case JSONOID:
		return String(s), jsonb.CheckText(s)
	}
	return String(s), nil
}

// versionMessages are as PostgreSQL has them.
var versionMessages = map[OID]string{JSONBOID: "jsonb version number %d", JSONPathOID: "jsonpath version number: %d"}

// versioned reads a text behind the version of its format.
func (r *wireReader) versioned(t OID) (Datum, error) {
	if v := r.take(1)[0]; v != 1 && !r.short {
		return Null, sqlstate.New(sqlstate.InternalError, "unsupported "+versionMessages[t], v)
	}
	s := r.rest()
	if t == JSONPathOID {
		return parsePath(s)
	}
	if err := checkUTF8(s); err != nil {
		return Null, err
	}
	doc, err := jsonb.Parse(s)
	return String(doc), err
}

// AppendBinary appends the type's send function to buf. d must not be NULL.
func AppendBinary(buf []byte, t OID, d Datum) []byte {
	be := binary.BigEndian
	switch t {
	case BoolOID, CharOID:
		return append(buf, byte(d.num))
	case Int2OID:
		return be.AppendUint16(buf, uint16(d.Int()))
	case Int4OID, DateOID, OIDOID, XIDOID, CIDOID:
		return be.AppendUint32(buf, uint32(d.Int()))
	case Int8OID, TimeOID, TimestampOID, TimestamptzOID, XID8OID, LSNOID, MoneyOID:
		return be.AppendUint64(buf, uint64(d.Int()))
	case Float4OID:
		return be.AppendUint32(buf, math.Float32bits(float32(d.Float())))
	case Float8OID:
		return be.AppendUint64(buf, math.Float64bits(d.Float()))
	case NumericOID:
		return appendNumericBinary(buf, d)
	case TextOID, VarcharOID, BpcharOID, NameOID, UnknownOID, CstringOID, JSONOID, ByteaOID, UUIDOID, NodeTreeOID, RefcursorOID, TSVectorOID, TSQueryOID:
		return append(buf, d.Str()...)
	case BitOID, VarbitOID:
		return appendBits(buf, d.Str())
	case InetOID, CidrOID:
		return appendNetworkBinary(buf, t, d)
	case JSONBOID:
		return jsonb.AppendText(append(buf, 1), d.Str())
	case JSONPathOID:
		return append(append(buf, 1), d.Str()...)
	case TIDOID:
		return be.AppendUint16(be.AppendUint32(buf, uint32(d.Int()>>16)), uint16(d.Int()))
	case VoidOID:
		return buf
	case TimetzOID:
		v := d.TimeTZ()
		return be.AppendUint32(be.AppendUint64(buf, uint64(v.Micros)), uint32(v.WestSeconds))
	case IntervalOID:
		v := d.Interval()
		buf = be.AppendUint64(buf, uint64(v.Micros))
		return be.AppendUint32(be.AppendUint32(buf, uint32(v.Days)), uint32(v.Months))
	}
	if base := BaseOf(t); base != t {
		return AppendBinary(buf, base, d)
	}
	if label, ok := labelOf(t, d); ok {
		return append(buf, label...)
	}
	switch v := d.ref.(type) {
	case *Array:
		return appendArrayBinary(buf, v)
	case *Record:
		return appendRecordBinary(buf, v)
	case *Range:
		return appendRangeBinary(buf, v)
	case *Multirange:
		return appendMultirangeBinary(buf, v)
	case stringData:
		return append(buf, d.Str()...)
	}
	return be.AppendUint32(buf, uint32(d.Int()))
}

// appendSized writes a value behind its length, NULL as -1.
func appendSized(buf []byte, t OID, d Datum) []byte {
	if d.IsNull() {
		return append(buf, "\xff\xff\xff\xff"...)
	}
	at := len(buf)
	buf = AppendBinary(append(buf, 0, 0, 0, 0), t, d)
	binary.BigEndian.PutUint32(buf[at:], uint32(len(buf)-at-4))
	return buf
}

// sized reads what appendSized writes.
func (r *wireReader) sized(t Type) (Datum, error) {
	n := r.int32()
	switch {
	case r.short, n == -1:
		return Null, nil
	case n < -1, int(n) > len(r.b):
		return Null, sqlstate.New(sqlstate.InvalidBinaryRepresentation, "insufficient data left in message")
	}
	return DecodeBinary(t, r.take(int(n)))
}

func appendNumericBinary(buf []byte, d Datum) []byte {
	sign, digits, weight, scale := numericDigits(d)
	be := binary.BigEndian
	buf = be.AppendUint16(buf, uint16(len(digits)/4))
	buf = be.AppendUint16(buf, uint16(weight))
	buf = be.AppendUint16(buf, sign)
	buf = be.AppendUint16(buf, uint16(scale))
	for i := 0; i < len(digits); i += 4 {
		v := uint16(digits[i]-'0')*1000 + uint16(digits[i+1]-'0')*100 + uint16(digits[i+2]-'0')*10 + uint16(digits[i+3]-'0')
		buf = be.AppendUint16(buf, v)
	}
	return buf
}

// numericDigits gives PostgreSQL's parts: the decimal digits in groups of four,
// without leading and trailing zero groups, and the weight of the first group.
func numericDigits(d Datum) (sign uint16, digits string, weight, scale int) {
	n := numericParts(d)
	switch n.form {
	case numericNaN:
		return 0xc000, "", 0, 0
	case numericPosInf:
		return 0xd000, "", 0, int(numericInfScale)
	case numericNegInf:
		return 0xf000, "", 0, int(numericInfScale)
	}
	if n.coeff.Sign() == 0 {
		return 0, "", 0, int(n.scale)
	}
	if n.coeff.Sign() < 0 {
		sign = 0x4000
	}
	text := strings.TrimPrefix(n.coeff.String(), "-")
	text += strings.Repeat("0", (4-int(n.scale)%4)%4)
	text = strings.Repeat("0", (4-len(text)%4)%4) + text
	weight = len(text)/4 - (int(n.scale)+3)/4 - 1
	for strings.HasPrefix(text, "0000") {
		text, weight = text[4:], weight-1
	}
	for strings.HasSuffix(text, "0000") {
		text = text[:len(text)-4]
	}
	return sign, text, weight, int(n.scale)
}

// numericInfScale is what PostgreSQL sends as an infinity's display scale.
const numericInfScale = 0x20
