package types

import (
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/query/types/jsonpath"
	"github.com/projsql/projsql/wire/sqlstate"
)

var defaultEnv = NewEnv()

// Parse is the type's input function, typmod applied. The error has PostgreSQL's
// message and SQLSTATE (22P02, 22003, 22007, 22008 …). The Datum may share s.
func Parse(env *Env, t Type, s string) (Datum, error) {
	if env == nil {
		env = defaultEnv
	}
	switch t.OID {
	case Int2OID, Int4OID, Int8OID:
		return parseInt(t.OID, s)
	case TextOID, UnknownOID, CstringOID, NodeTreeOID, RefcursorOID:
		return String(s), checkUTF8(s)
	case NumericOID:
		return parseNumericMod(s, t.Mod)
	case JSONBOID:
		doc, err := jsonb.Parse(s)
		return String(doc), err
	case BoolOID:
		return parseBool(s)
	case Float4OID:
		return datumOfFloat(parseFloat(s, 32))
	case Float8OID:
		return datumOfFloat(parseFloat(s, 64))
	}
	if d, ok, err := parseTemporal(env, t, s); ok {
		return d, err
	}
	return parseOther(env, t, s)
}

func parseOther(env *Env, t Type, s string) (Datum, error) {
	switch t.OID {
	case VarcharOID, BpcharOID:
		if err := checkUTF8(s); err != nil {
			return Null, err
		}
		return coerceText(t, s, false)
	case NameOID:
		return String(cutName(s)), checkUTF8(s)
	case CharOID:
		return parseChar(s), nil
	case ByteaOID:
		return parseBytea(s)
	case MoneyOID:
		return parseMoney(s)
	case PointOID, LsegOID, PathOID, BoxOID, PolygonOID, LineOID, CircleOID:
		return parseShape(t.OID, s)
	case PgSnapshotOID, TxidSnapshotOID:
		return parseSnapshot(s)
	case UUIDOID:
		return parseUUID(s)
	case InetOID, CidrOID:
		return parseNetwork(t.OID, s)
	case MacaddrOID:
		return parseMacaddr(s)
	case Macaddr8OID:
		return parseMacaddr8(s)
	case JSONOID:
		return String(s), jsonb.CheckText(s)
	case JSONPathOID:
		return parsePath(s)
	case TSVectorOID, TSQueryOID:
		return parseSearch(t.OID, s)
	case OIDOID:
		return parseOID("oid", s)
	case XIDOID, CIDOID:
		return Int(int64(uint32(strtoull(s)))), nil
	case XID8OID:
		return Int(int64(strtoull(s))), nil
	case LSNOID:
		return parseLSN(s)
	case TIDOID:
		return parseTID(s)
	case ACLItemOID:
		return parseACLItem(env, s)
	case OIDVectorOID, Int2VectorOID:
		return parseVector(t.OID, s)
	case BitOID, VarbitOID:
		return parseBits(t, s)
	case VoidOID:
		return String(""), nil
	case RecordOID:
		return Null, sqlstate.New(sqlstate.FeatureNotSupported, "input of anonymous composite types is not implemented")
	}
	info := Info(t.OID)
	switch {
	case info == nil:
		return Null, sqlstate.New(sqlstate.UndefinedObject, "type with OID %d does not exist", t.OID)
	case info.Kind == 'd':
		return parseDomain(env, info, s)
	case info.Kind == 'e':
		return parseEnum(info, s)
	case info.IsArray():
		return parseArray(env, Type{info.Elem, t.Mod}, s)
	case info.Kind == 'c' && info.Attributes != nil:
		return parseRecord(env, info, s)
	case isReg(t.OID):
		return parseReg(env, t.OID, s)
	case info.Subtype != 0:
		return datumOfRange(parseRange(env, info, s))
	case info.Range != 0:
		return parseMultirange(env, info, s)
	case info.Kind == 'p':
		return Null, sqlstate.New(sqlstate.FeatureNotSupported, "cannot accept a value of type %s", info.SQLName)
	}
	return Null, sqlstate.New(sqlstate.FeatureNotSupported, "type %s is not supported", info.SQLName)
}

func datumOfRange(r *Range, err error) (Datum, error) {
	if err != nil {
		return Null, err
	}
	return Pointer(r), nil
}

func parseDomain(env *Env, t *TypeInfo, s string) (Datum, error) {
	d, err := Parse(env, UnderDomains(t.Base), s)
	if err != nil {
		return Null, err
	}
	return d, t.Check(env, d)
}

// CheckNull holds NULL against the constraints that a domain has; other types have none. Errors: 23502, 23514.
func CheckNull(env *Env, t OID) error {
	if i := Info(t); i != nil && i.Kind == 'd' {
		return i.Check(env, Null)
	}
	return nil
}

// parsePath reads a jsonpath, whose value is its text as PostgreSQL prints it.
func parsePath(s string) (Datum, error) {
	if err := checkUTF8(s); err != nil {
		return Null, err
	}
	p, err := jsonpath.Parse(s)
	if err != nil {
		return Null, err
	}
	return String(p.String()), nil
}

func parseNumericMod(s string, mod int32) (Datum, error) {
	d, err := ParseNumeric(s)
	if err != nil || mod < 0 {
		return d, err
	}
	return numericTypmod(d, mod)
}

func datumOfFloat(f float64, err error) (Datum, error) {
	if err != nil {
		return Null, err
	}
	return Float(f), nil
}

func parseTemporal(env *Env, t Type, s string) (Datum, bool, error) {
	var d Datum
	var err error
	switch t.OID {
	case DateOID:
		d, err = datumOfInt(parseDate(env, s))
	case TimestampOID:
		d, err = datumOfInt(parseTimestamp(env, s, t.Mod))
	case TimestamptzOID:
		d, err = datumOfInt(parseTimestamptz(env, s, t.Mod))
	case TimeOID:
		d, err = datumOfInt(parseTime(env, s, t.Mod))
	case TimetzOID:
		d, err = parseTimetz(env, s, t.Mod)
	case IntervalOID:
		d, err = parseInterval(env, s, t.Mod)
	default:
		return Null, false, nil
	}
	return d, true, err
}

func datumOfInt(i int64, err error) (Datum, error) {
	if err != nil {
		return Null, err
	}
	return Int(i), nil
}
