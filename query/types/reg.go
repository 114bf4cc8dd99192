package types

import (
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/types/textsearch"
	"github.com/projsql/projsql/wire/sqlstate"
)

func isReg(t OID) bool {
	switch t {
	case RegprocOID, RegprocedureOID, RegoperOID, RegoperatorOID, RegclassOID, RegtypeOID,
		RegroleOID, RegnamespaceOID, RegconfigOID, RegdictionaryOID, RegcollationOID:
		return true
	}
	return false
}

func parseReg(env *Env, t OID, s string) (Datum, error) {
	if s == "-" && !isOperator(t) {
		return Int(0), nil
	}
	if digits, rest := cutDigits(s); digits != "" && rest == "" {
		return parseOID("oid", s)
	}
	if env.Registry != nil {
		oid, err := env.Registry.RegOID(t, s)
		return Int(int64(oid)), err
	}
	switch t {
	case RegtypeOID:
		return parseRegtype(s)
	case RegconfigOID:
		if oid, ok := textsearch.ConfigurationNamed(strings.TrimPrefix(strings.ToLower(s), "pg_catalog.")); ok {
			return Int(int64(oid)), nil
		}
		return Null, sqlstate.New(sqlstate.UndefinedObject, "text search configuration \"%s\" does not exist", s)
	}
	return Null, sqlstate.New(sqlstate.FeatureNotSupported, "input of type %s by name is not supported yet", Info(t).Name)
}

// isOperator tells where - is a name, and no object is 0.
func isOperator(t OID) bool { return t == RegoperOID || t == RegoperatorOID }

func parseRegtype(s string) (Datum, error) {
	words := strings.Fields(strings.ToLower(s))
	if len(words) == 0 {
		return Null, sqlstate.New(sqlstate.SyntaxError, "invalid type name \"%s\"", s)
	}
	name := strings.Join(words, " ")
	if i := typeNamed(strings.TrimPrefix(name, "pg_catalog.")); i != nil {
		return Int(int64(i.OID)), nil
	}
	switch {
	case strings.ContainsAny(s, `"'(.`):
		return Null, sqlstate.New(sqlstate.FeatureNotSupported, "the type name \"%s\" is not supported yet", s)
	case len(words) > 1:
		return Null, sqlstate.New(sqlstate.SyntaxError, "syntax error at or near \"%s\"", strings.Fields(s)[1])
	}
	return Null, sqlstate.New(sqlstate.UndefinedObject, "type \"%s\" does not exist", name)
}

// typeNamed finds a type by either of its names.
func typeNamed(s string) *TypeInfo {
	if i := ByName(s); i != nil {
		return i
	}
	for _, i := range All() {
		if i.SQLName == s {
			return i
		}
	}
	return nil
}

func appendReg(env *Env, buf []byte, t OID, d Datum) []byte {
	oid := uint32(d.Int())
	if env.Registry != nil {
		if name, ok := env.Registry.RegName(t, oid); ok {
			return append(buf, name...)
		}
	}
	if oid == 0 && !isOperator(t) {
		return append(buf, '-')
	}
	if i := Info(OID(oid)); t == RegtypeOID && i != nil {
		return append(buf, i.SQLName...)
	}
	return strconv.AppendUint(buf, uint64(oid), 10)
}
