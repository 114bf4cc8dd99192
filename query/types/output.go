package types

import (
	"strconv"

	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/query/types/textsearch"
)

// AppendText appends the type's output function to buf. d must not be NULL.
func AppendText(env *Env, buf []byte, t OID, d Datum) []byte {
	if env == nil {
		env = defaultEnv
	}
	switch t {
	case Int2OID, Int4OID, Int8OID:
		return strconv.AppendInt(buf, d.Int(), 10)
	case TextOID, VarcharOID, BpcharOID, NameOID, UnknownOID, CstringOID, JSONOID, NodeTreeOID, RefcursorOID:
		return append(buf, d.Str()...)
	case NumericOID:
		return appendNumeric(buf, d)
	case JSONBOID:
		return jsonb.AppendText(buf, d.Str())
	case BoolOID:
		if d.Bool() {
			return append(buf, 't')
		}
		return append(buf, 'f')
	case Float8OID:
		return appendFloat(buf, d.Float(), 64, env.ExtraFloatDigits)
	case Float4OID:
		return appendFloat(buf, d.Float(), 32, env.ExtraFloatDigits)
	case TimestamptzOID:
		return appendTimestamptz(env, buf, d.Int())
	case TimestampOID:
		return appendTimestamp(env, buf, d.Int())
	case DateOID:
		return appendDate(env, buf, d.Int())
	case TimeOID:
		return appendTime(buf, d.Int())
	case TimetzOID:
		return appendTimetz(buf, d.TimeTZ())
	case IntervalOID:
		return appendInterval(env, buf, d.Interval())
	}
	return appendOther(env, buf, t, d)
}

func appendOther(env *Env, buf []byte, t OID, d Datum) []byte {
	if base := BaseOf(t); base != t {
		return AppendText(env, buf, base, d)
	}
	if label, ok := labelOf(t, d); ok {
		return append(buf, label...)
	}
	switch t {
	case MoneyOID:
		return appendMoney(buf, d.Int())
	case PointOID, LsegOID, PathOID, BoxOID, PolygonOID, LineOID, CircleOID:
		return appendShape(env, buf, t, d.Str())
	case PgSnapshotOID, TxidSnapshotOID:
		return appendSnapshot(buf, d.Snapshot())
	case UUIDOID:
		return appendUUID(buf, d.Str())
	case InetOID:
		return d.Network().AppendText(buf)
	case CidrOID:
		return d.Network().AppendWhole(buf)
	case MacaddrOID, Macaddr8OID:
		return appendMacaddr(buf, d.Str())
	case ByteaOID:
		return appendBytea(buf, d.Str(), env.ByteaEscape)
	case CharOID:
		return appendChar(buf, d)
	case OIDOID, XIDOID, CIDOID:
		return strconv.AppendUint(buf, uint64(uint32(d.Int())), 10)
	case XID8OID:
		return strconv.AppendUint(buf, uint64(d.Int()), 10)
	case LSNOID:
		return appendLSN(buf, d)
	case TIDOID:
		buf = strconv.AppendInt(append(buf, '('), d.Int()>>16, 10)
		return append(strconv.AppendInt(append(buf, ','), d.Int()&0xffff, 10), ')')
	case OIDVectorOID, Int2VectorOID:
		return appendVector(buf, d.Array())
	case VoidOID:
		return buf
	case TSVectorOID:
		return textsearch.DecodeVector(d.Str()).AppendText(buf)
	case TSQueryOID:
		return textsearch.DecodeQuery(d.Str()).AppendText(buf)
	}
	if isReg(t) {
		return appendReg(env, buf, t, d)
	}
	switch v := d.ref.(type) {
	case *Array:
		return appendArray(env, buf, v)
	case *Record:
		return appendRecord(env, buf, v)
	case *Range:
		return appendRange(env, buf, v)
	case *Multirange:
		return appendMultirange(env, buf, v)
	case stringData:
		return append(buf, d.Str()...)
	}
	return strconv.AppendInt(buf, d.Int(), 10)
}

func appendVector(buf []byte, a *Array) []byte {
	for i, item := range a.Items {
		if i > 0 {
			buf = append(buf, ' ')
		}
		buf = AppendText(nil, buf, a.Elem, item)
	}
	return buf
}

// Text is AppendText as a string; for string types it shares d.
func Text(env *Env, t OID, d Datum) string {
	switch t {
	case TextOID, VarcharOID, BpcharOID, NameOID, UnknownOID, CstringOID, JSONOID:
		return d.Str()
	}
	var tmp [64]byte
	return string(AppendText(env, tmp[:0], t, d))
}
