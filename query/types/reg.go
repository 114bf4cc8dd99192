package types

import (
	"strconv"
	"strings"

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
	if s == "-" {
		return Int(0), nil
	}
	if digits, rest := cutDigits(s); digits != "" && rest == "" {
		return parseOID("oid", s)
	}
	if env.Registry != nil {
		oid, err := env.Registry.RegOID(t, s)
		return Int(int64(oid)), err
	}
	if t == RegtypeOID {
		if i := typeNamed(s); i != nil {
			return Int(int64(i.OID)), nil
		}
		return Null, sqlstate.New(sqlstate.UndefinedObject, "type \"%s\" does not exist", s)
	}
	return Null, sqlstate.New(sqlstate.UndefinedObject, "%s \"%s\" does not exist", strings.TrimPrefix(Info(t).Name, "reg"), s)
}

// typeNamed finds a type by either of its names.
func typeNamed(s string) *TypeInfo {
	s = strings.TrimPrefix(strings.ToLower(s), "pg_catalog.")
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
	if oid == 0 {
		return append(buf, '-')
	}
	if i := Info(OID(oid)); t == RegtypeOID && i != nil {
		return append(buf, i.SQLName...)
	}
	return strconv.AppendUint(buf, uint64(oid), 10)
}
