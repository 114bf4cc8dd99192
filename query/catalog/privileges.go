package catalog

import (
	"maps"
	"slices"
	"strings"
	"sync"

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
	"parameter":  {"SET", "ALTER SYSTEM"},
	"server":     {"USAGE"},

	"foreign_data_wrapper": {"USAGE"},
}

var columnPrivileges = privilegeTypes["any_column"]

func checkPrivileges(list string, allowed []string) error {
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		name := strings.TrimSuffix(strings.ToUpper(one), " WITH GRANT OPTION")
		if !slices.Contains(allowed, strings.TrimSpace(name)) {
			return sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized privilege type: \"%s\"", one)
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
		if object == "parameter" {
			if err := checkPrivileges(args[len(args)-1].Str(), allowed); err != nil {
				return types.Null, err
			}
		}
		if withRole {
			if err := checkRole(s, args[0], roleByName); err != nil {
				return types.Null, err
			}
			args = args[1:]
		}
		if object == "sequence" { // PostgreSQL looks at these the other way round
			if err := checkPrivileges(args[1].Str(), allowed); err != nil {
				return types.Null, err
			}
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

// checkRole finds the role that is asked about. What superusers may not, there is nothing of;
// what others may is not kept.
func checkRole(s Session, d types.Datum, byName bool) error {
	id := uint32(0)
	if !byName {
		id = argOID(d)
	} else if d.Str() != "public" {
		var ok bool
		if id, ok = (Registry{s}).role(d.Str()); !ok {
			return sqlstate.New(sqlstate.UndefinedObject, "role \"%s\" does not exist", d.Str())
		}
	}
	if !superuser(s, id) {
		return sqlstate.New(sqlstate.FeatureNotSupported, "privileges of a role that is no superuser are not supported")
	}
	return nil
}

func superuser(s Session, role uint32) bool { return role == ownerOID || role == roleOID(s.User()) }

// memberships are the roles that each of PostgreSQL's own roles is a member of.
var memberships = sync.OnceValue(func() map[uint32][]uint32 {
	all := map[uint32][]uint32{}
	eachRow("pg_auth_members", func(f []field) { all[f[1].oid()] = append(all[f[1].oid()], f[0].oid()) })
	return all
})

// member reports whether a role is another, or belongs to it, itself or by others.
func member(role, of uint32) bool {
	return role == of || slices.ContainsFunc(memberships()[role], func(r uint32) bool { return member(r, of) })
}

var rolePrivileges = []string{"USAGE", "MEMBER", "USAGE WITH ADMIN OPTION", "MEMBER WITH ADMIN OPTION"}

// hasRole answers pg_has_role([user,] role, privileges): whether the user may act as the role.
func hasRole(form string) call {
	names := strings.Split(form, "_")
	return func(s Session, args []types.Datum) (types.Datum, error) {
		user := roleOID(s.User())
		for i, kind := range names {
			id := argOID(args[i])
			if kind == "name" {
				var ok bool
				if id, ok = (Registry{s}).role(args[i].Str()); !ok {
					return types.Null, sqlstate.New(sqlstate.UndefinedObject, "role \"%s\" does not exist", args[i].Str())
				}
			}
			if i == len(names)-1 {
				err := checkPrivileges(args[i+1].Str(), rolePrivileges)
				return types.Bool(superuser(s, user) || member(user, id)), err
			}
			user = id
		}
		panic("catalog: pg_has_role without a role")
	}
}

// regTypes are the types that read the names of objects.
var regTypes = map[string]types.OID{
	"table": types.RegclassOID, "any_column": types.RegclassOID, "type": types.RegtypeOID,
	"function": types.RegprocedureOID, "sequence": types.RegclassOID,
}

// neverThere are kinds of objects that there are none of.
var neverThere = map[string]string{"server": "server", "foreign_data_wrapper": "foreign-data wrapper"}

// objectExists finds an object; one that is named must be there.
func objectExists(s Session, object string, d types.Datum, byName bool) (bool, error) {
	if object == "database" && byName && d.Str() != s.Database() {
		return false, sqlstate.New(sqlstate.InvalidCatalogName, "database \"%s\" does not exist", d.Str())
	}
	if missing, ok := neverThere[object]; ok {
		if byName {
			return false, sqlstate.New(sqlstate.UndefinedObject, missing+" \"%s\" does not exist", d.Str())
		}
		return false, nil
	}
	r := Registry{s}
	switch {
	case object == "schema" && byName:
		if !r.schemaExists(d.Str()) {
			return false, missingSchema(d.Str())
		}
	case object == "schema":
		_, ok := r.RegName(types.RegnamespaceOID, argOID(d))
		return ok, nil
	case (object == "language" || object == "tablespace") && byName && !listed("pg_"+object, d.Str()):
		return false, sqlstate.New(sqlstate.UndefinedObject, object+" \"%s\" does not exist", d.Str())
	}
	t, known := regTypes[object]
	if !known {
		return true, nil
	}
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
	return sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is not a sequence", name)
}

// columnPrivilege answers has_column_privilege([role,] table, column, privileges).
func columnPrivilege(form, column, role string) call {
	withRole, roleByName := role != "", role == "name"
	return func(s Session, args []types.Datum) (types.Datum, error) {
		if withRole {
			if err := checkRole(s, args[0], roleByName); err != nil {
				return types.Null, err
			}
			args = args[1:]
		}
		exists, err := objectExists(s, "table", args[0], form == "name")
		if err == nil {
			exists, err = columnExists(s, args[0], form == "name", args[1], column == "name")
		}
		if err == nil {
			err = checkPrivileges(args[2].Str(), columnPrivileges)
		}
		if err != nil || !exists {
			return types.Null, err
		}
		return types.Bool(true), nil
	}
}

// columnExists finds a column of a relation, given by name or OID; one that is named must be there.
func columnExists(s Session, relation types.Datum, relationByName bool, column types.Datum, byName bool) (bool, error) {
	id := argOID(relation)
	if relationByName {
		id, _ = Registry{s}.RegOID(types.RegclassOID, relation.Str())
	}
	columns := s.Objects().columns(id)
	if !byName {
		return slices.Contains(slices.Collect(maps.Values(columns)), int(column.Int())), nil
	}
	if _, there := columns[column.Str()]; there {
		return true, nil
	}
	e, there := s.Objects().relation(id)
	if !there {
		return false, nil
	}
	return false, sqlstate.New(sqlstate.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", column.Str(), e.name)
}

// listed reports whether a catalog whose rows are all PostgreSQL's own has a name.
func listed(catalog, name string) (found bool) {
	eachRow(catalog, func(f []field) { found = found || f[1].text == name })
	return found
}

// rowSecurityActive answers for a table that is named: it must be there, and has no policies.
func rowSecurityActive(s Session, args []types.Datum) (types.Datum, error) {
	_, err := objectExists(s, "table", args[0], true)
	return types.Bool(false), err
}
