package catalog

import (
	"maps"
	"slices"
	"strings"

	"github.com/projsql/projsql/engine/role"
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
		who, args, err := granteeOf(s, args, withRole, roleByName)
		if err != nil {
			return types.Null, err
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
		return types.Bool(who.may(object, args[0], byName, args[1].Str())), nil
	}
}

// grantee is who is asked about.
type grantee struct {
	session Session
	name    string // "" = everybody
	all     bool   // nothing is withheld from it
}

// granteeOf is the role that the first argument names, or the session's, and the other arguments.
func granteeOf(s Session, args []types.Datum, named, byName bool) (grantee, []types.Datum, error) {
	if !named {
		return grantee{s, s.User(), s.Superuser()}, args, nil
	}
	if byName && args[0].Str() == "public" || !byName && argOID(args[0]) == 0 {
		return grantee{session: s}, args[1:], nil
	}
	id := argOID(args[0])
	if byName {
		var ok bool
		if id, ok = (Registry{s}).role(args[0].Str()); !ok {
			return grantee{}, nil, sqlstate.New(sqlstate.UndefinedObject, "role \"%s\" does not exist", args[0].Str())
		}
	}
	name, _ := roleName(s, id)
	return grantee{s, name, superuser(s, name)}, args[1:], nil
}

func superuser(s Session, name string) bool {
	return name == owner || name == s.User() && s.Superuser() || s.Roles().Guarded() && s.Roles().Superuser(name)
}

// has reports whether the grantee has what a role has.
func (g grantee) has(group string) bool {
	return g.all || g.name != "" && g.session.Roles().Has(g.name, group)
}

// may reports whether it has one of the privileges in a list.
func (g grantee) may(object string, d types.Datum, byName bool, list string) bool {
	return eachPrivilege(list, func(one string, option bool) bool {
		return one != "RULE" && (g.all || g.mayDo(object, d, byName, asked{role.PrivilegeNamed(one), option}))
	})
}

// eachPrivilege reports whether one of a list of privileges is had.
func eachPrivilege(list string, has func(one string, option bool) bool) bool {
	for one := range strings.SplitSeq(strings.ToUpper(list), ",") {
		name, option := strings.CutSuffix(strings.TrimSpace(one), " WITH GRANT OPTION")
		if has(strings.TrimSpace(name), option) {
			return true
		}
	}
	return false
}

// asked is a privilege that is asked about: to have it, or to grant it to others.
type asked struct {
	privilege role.Privileges
	option    bool
}

func (g grantee) mayDo(object string, d types.Datum, byName bool, a asked) bool {
	switch object {
	case "database":
		return g.holds(g.session.Roles().OfDatabase(), role.Database, a)
	case "schema":
		return g.maySchema(d, byName, a)
	case "function":
		return g.mayFunction(d, byName, a)
	case "language", "type":
		return !a.option
	case "table":
		return g.mayTable(g.relation(d, byName), a)
	case "any_column":
		id := g.relation(d, byName)
		return g.mayTable(id, a) || g.mayColumn(id, "", a)
	case "sequence": // a session's own
		return g.name == g.session.User()
	}
	return false
}

// role is the grantee as ACLs have him.
func (g grantee) role() string {
	if g.name == "" {
		return role.Public
	}
	return g.name
}

// holds reports what it may with an object of which something may be said.
func (g grantee) holds(o *role.Object, k role.Kind, a asked) bool {
	if a.option {
		return g.session.Roles().MayGrant(g.role(), o, k)&a.privilege != 0
	}
	return g.session.Roles().May(g.role(), o, k)&a.privilege != 0
}

func (g grantee) maySchema(d types.Datum, byName bool, a asked) bool {
	id := argOID(d)
	if byName {
		id = namespaceOID(d.Str())
	}
	switch id {
	case namespaceOID("pg_toast"):
		return !a.option && a.privilege == role.Usage && (g.has(role.ReadAll) || g.has(role.WriteAll))
	case namespaceOID("public"):
		if g.name == "pg_database_owner" {
			return true
		}
		return g.holds(g.session.Roles().OfSchema(), role.Schema, a)
	case namespaceOID(g.session.TempSchema()):
		return !a.option && g.name == g.session.User()
	}
	return !a.option && a.privilege == role.Usage
}

func (g grantee) mayFunction(d types.Datum, byName bool, a asked) bool {
	id := argOID(d)
	if byName {
		id, _ = Registry{g.session}.RegOID(types.RegprocedureOID, d.Str())
	}
	if r := g.session.Objects().routine(id); r != nil && r.Lasting {
		return g.holds(r.Held, role.Functions, a)
	}
	return !a.option
}

func (g grantee) relation(d types.Datum, byName bool) uint32 {
	id := argOID(d)
	if byName {
		id, _ = Registry{g.session}.RegOID(types.RegclassOID, d.Str())
	}
	return id
}

func (g grantee) mayTable(id uint32, a asked) bool {
	t := g.session.Objects().byOID[id]
	switch {
	case t != nil && t.Temporary:
		return g.name == g.session.User()
	case t != nil && t.Schema == "public":
		return g.holds(t.Held, role.Table, a)
	case a.option:
		return false
	case t != nil:
		return a.privilege == role.Select && (!t.Tells || g.has(role.Monitor) || g.has(role.ReadAll))
	}
	e, known := fixedRelations()[id]
	if !known {
		return false
	}
	kind := shapes()[[2]string{e.schema, e.name}].kind
	switch a.privilege {
	case role.Select:
		if kind == 'i' {
			return g.has(role.ReadAll)
		}
		return !isWithheld(e.name) || g.name != "" && Readable(g.session.Roles(), g.name, e.name)
	case role.Insert, role.Update, role.Delete: // of catalogs, superusers alone
		return g.has(role.WriteAll) && (kind == 'v' || e.schema != "pg_catalog")
	}
	return false
}

// withheld are the relations of pg_catalog that PostgreSQL lets not everybody read, each with the role whose members may beside those
// of pg_read_all_data; "" = none.
var withheld = map[string]string{
	"pg_authid": "", "pg_shadow": "", "pg_statistic": "", "pg_statistic_ext_data": "", "pg_largeobject": "", "pg_user_mapping": "",
	"pg_config": "", "pg_file_settings": "", "pg_hba_file_rules": "", "pg_ident_file_mappings": "", "pg_replication_origin_status": "",
	"pg_backend_memory_contexts": role.ReadStat, "pg_shmem_allocations": role.ReadStat,
}

func isWithheld(relation string) bool {
	_, is := withheld[relation]
	return is
}

// Readable reports whether a role may read a relation of pg_catalog.
func Readable(roles *role.Set, name, relation string) bool {
	by, is := withheld[relation]
	return !is || roles.Has(name, role.ReadAll) || by != "" && roles.Has(name, by)
}

// mayColumn reports what it may with a column beside what it may with the whole table; "" is any.
func (g grantee) mayColumn(id uint32, column string, a asked) bool {
	t := g.session.Objects().byOID[id]
	if t == nil || t.Held == nil {
		return false
	}
	for name := range t.Held.Columns {
		if column != "" && column != name {
			continue
		}
		may := g.session.Roles().MayColumn(g.role(), t.Held, name)
		if a.option {
			may = g.session.Roles().MayGrantColumn(g.role(), t.Held, name)
		}
		if may&a.privilege != 0 {
			return true
		}
	}
	return false
}

var rolePrivileges = []string{"USAGE", "MEMBER", "USAGE WITH ADMIN OPTION", "MEMBER WITH ADMIN OPTION"}

// hasRole answers pg_has_role([user,] role, privileges): whether the user may act as the role.
func hasRole(form string) call {
	names := strings.Split(form, "_")
	return func(s Session, args []types.Datum) (types.Datum, error) {
		user := s.User()
		for i, kind := range names {
			id := argOID(args[i])
			if kind == "name" {
				var ok bool
				if id, ok = (Registry{s}).role(args[i].Str()); !ok {
					return types.Null, sqlstate.New(sqlstate.UndefinedObject, "role \"%s\" does not exist", args[i].Str())
				}
			}
			name, _ := roleName(s, id)
			if i < len(names)-1 {
				user = name
				continue
			}
			list := args[i+1].Str()
			err := checkPrivileges(list, rolePrivileges)
			return types.Bool(mayBe(s, user, name, list)), err
		}
		panic("catalog: pg_has_role without a role")
	}
}

// mayBe reports whether a user has one of the privileges on a role in a list: to use what it may (USAGE), to
// become it (MEMBER), to make others its members (WITH ADMIN OPTION).
func mayBe(s Session, user, name, list string) bool {
	if superuser(s, user) {
		return true
	}
	for one := range strings.SplitSeq(strings.ToUpper(list), ",") {
		one = strings.TrimSpace(one)
		switch {
		case strings.HasSuffix(one, " OPTION"):
			if s.Roles().Grants(user, name) {
				return true
			}
		case one == "USAGE" && s.Roles().Has(user, name), one == "MEMBER" && s.Roles().Member(user, name):
			return true
		}
	}
	return false
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
	if object == "database" && !byName {
		return argOID(d) == databaseOID, nil
	}
	if object == "database" && d.Str() != s.Database() {
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
func columnPrivilege(form, column, of string) call {
	withRole, roleByName := of != "", of == "name"
	return func(s Session, args []types.Datum) (types.Datum, error) {
		who, args, err := granteeOf(s, args, withRole, roleByName)
		if err != nil {
			return types.Null, err
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
		id, name := who.relation(args[0], form == "name"), who.columnName(args[0], form == "name", args[1], column == "name")
		return types.Bool(eachPrivilege(args[2].Str(), func(one string, option bool) bool {
			a := asked{role.PrivilegeNamed(one), option}
			return who.all || who.mayTable(id, a) || who.mayColumn(id, name, a)
		})), nil
	}
}

// columnName is the name of a column that is there.
func (g grantee) columnName(relation types.Datum, relationByName bool, column types.Datum, byName bool) string {
	if byName {
		return column.Str()
	}
	for name, number := range g.session.Objects().columns(g.relation(relation, relationByName)) {
		if number == int(column.Int()) {
			return name
		}
	}
	return ""
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
