package catalog

import (
	"slices"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// privilegeTypes are the privileges there are, by what they are on.
var privilegeTypes = map[string][]string{
	"table":      {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "RULE"},
	"any_column": {"SELECT", "INSERT", "UPDATE", "REFERENCES"},
	"database":   {"CREATE", "TEMPORARY", "TEMP", "CONNECT"},
	"schema":     {"CREATE", "USAGE"},
	"function":   {"EXECUTE"},
	"language":   {"USAGE"},
	"type":       {"USAGE"},
	"tablespace": {"CREATE"},
	"sequence":   {"USAGE", "SELECT", "UPDATE"},
}

var columnPrivileges = privilegeTypes["any_column"]

func checkPrivileges(list string, allowed []string) error {
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		name := strings.TrimSuffix(strings.ToUpper(one), " WITH GRANT OPTION")
		if !slices.Contains(allowed, strings.TrimSpace(name)) {
			return sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized privilege type: %q", one)
		}
	}
	return nil
}

// objectPrivilege answers has_…_privilege([role,] object, privileges).
func objectPrivilege(object, form string, allowed []string) call {
	byName := strings.HasSuffix(form, "name")
	withRole := strings.Contains(form, "_")
	roleByName := strings.HasPrefix(form, "name")
	return func(s Session, args []types.Datum) (types.Datum, error) {
		if withRole {
			if err := checkRole(s, args[0], roleByName); err != nil {
				return types.Null, err
			}
			args = args[1:]
		}
		exists, err := objectExists(s, object, args[0], byName)
		if err == nil {
			err = checkPrivileges(args[1].Str(), allowed)
		}
		if err != nil || !exists {
			return types.Null, err
		}
		return types.Bool(true), nil
	}
}

func checkRole(s Session, d types.Datum, byName bool) error {
	if !byName || d.Str() == "public" {
		return nil
	}
	if _, ok := (Registry{s}).role(d.Str()); !ok {
		return sqlstate.New(sqlstate.UndefinedObject, "role %q does not exist", d.Str())
	}
	return nil
}

// regTypes are the types that read the names of objects.
var regTypes = map[string]types.OID{
	"table": types.RegclassOID, "any_column": types.RegclassOID, "schema": types.RegnamespaceOID, "type": types.RegtypeOID,
	"function": types.RegprocedureOID, "sequence": types.RegclassOID,
}

// objectExists finds an object; one that is named must be there.
func objectExists(s Session, object string, d types.Datum, byName bool) (bool, error) {
	if object == "database" && byName && d.Str() != s.Database() {
		return false, sqlstate.New(sqlstate.InvalidCatalogName, "database %q does not exist", d.Str())
	}
	t, known := regTypes[object]
	if !known {
		return true, nil
	}
	r := Registry{s}
	if byName {
		id, err := r.RegOID(t, d.Str())
		if err == nil && object == "sequence" {
			err = isSequence(s, id, d.Str())
		}
		return err == nil, err
	}
	if types.Info(types.OID(d.Int())) != nil && object == "type" {
		return true, nil
	}
	_, ok := r.RegName(t, argOID(d))
	return ok, nil
}

func isSequence(s Session, id uint32, name string) error {
	if t := s.Objects().byOID[id]; t != nil && t.Sequence != nil {
		return nil
	}
	return sqlstate.New(sqlstate.WrongObjectType, "%q is not a sequence", name)
}

// columnPrivilege answers has_column_privilege([role,] table, column, privileges).
func columnPrivilege(form string, withRole bool) call {
	return func(s Session, args []types.Datum) (types.Datum, error) {
		if withRole {
			args = args[1:]
		}
		exists, err := objectExists(s, "table", args[0], form == "name")
		if err == nil {
			err = checkPrivileges(args[2].Str(), columnPrivileges)
		}
		if err != nil || !exists {
			return types.Null, err
		}
		return types.Bool(true), nil
	}
}

// rowSecurityActive answers for a table that is named: it must be there, and has no policies.
func rowSecurityActive(s Session, args []types.Datum) (types.Datum, error) {
	_, err := objectExists(s, "table", args[0], true)
	return types.Bool(false), err
}
