package catalog

import (
	"maps"
	"slices"
	"sync"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/types"
)

// roleOID is the OID of a role that users log in as: a function of its name.
func roleOID(name string) uint32 {
	if name == owner {
		return ownerOID
	}
	if oid, ok := predefinedOIDs()[name]; ok {
		return oid
	}
	return RelationOID("role " + name)
}

// ownRoles are those that the database has beside PostgreSQL's own: the owner, those that were created,
// and the session's user while nobody has to be.
func ownRoles(s Session) []*role.Role {
	all := s.Roles().List()
	for _, name := range []string{owner, s.SessionUser()} {
		if s.Roles().Get(name) == nil && !slices.ContainsFunc(all, func(r *role.Role) bool { return r.Name == name }) {
			all = append(all, &role.Role{
				Name: name, Superuser: true, Inherit: true, CreateRole: true, CreateDB: true, Replication: true, BypassRLS: true,
				Login: !s.Roles().Guarded(), Connections: -1,
			})
		}
	}
	return all
}

func roles(s Session, add func(values)) {
	for _, r := range ownRoles(s) {
		v := values{
			"oid": oid(roleOID(r.Name)), "rolname": types.String(r.Name), "rolsuper": types.Bool(r.Superuser), "rolinherit": types.Bool(r.Inherit),
			"rolcreaterole": types.Bool(r.CreateRole), "rolcreatedb": types.Bool(r.CreateDB), "rolcanlogin": types.Bool(r.Login),
			"rolreplication": types.Bool(r.Replication), "rolbypassrls": types.Bool(r.BypassRLS), "rolconnlimit": number(r.Connections),
		}
		if r.Verifier != "" && s.Superuser() {
			v["rolpassword"] = types.String(r.Verifier)
		}
		if r.ValidUntil != nil {
			v["rolvaliduntil"] = instant(*r.ValidUntil)
		}
		add(v)
	}
}

func roleMembers(s Session, add func(values)) {
	for _, r := range s.Roles().List() {
		for _, group := range slices.Sorted(maps.Keys(r.MemberOf)) {
			add(values{
				"roleid": oid(roleOID(group)), "member": oid(roleOID(r.Name)), "grantor": oid(ownerOID),
				"admin_option": types.Bool(r.MemberOf[group]),
			})
		}
	}
}

// roleSettings are what sessions begin with: those of all roles have no role.
func roleSettings(s Session, add func(values)) {
	row := func(id uint32, set map[string]string) {
		if len(set) == 0 {
			return
		}
		var list []string
		for _, name := range slices.Sorted(maps.Keys(set)) {
			list = append(list, name+"="+set[name])
		}
		add(values{"setdatabase": oid(0), "setrole": oid(id), "setconfig": textArray(list)})
	}
	row(0, s.Roles().Settings())
	for _, r := range s.Roles().List() {
		row(roleOID(r.Name), r.Settings)
	}
}

var fixedRoles = sync.OnceValue(func() map[uint32]string {
	all := map[uint32]string{}
	eachRow("pg_authid", func(f []field) { all[f[0].oid()] = f[1].text })
	return all
})

var predefinedOIDs = sync.OnceValue(func() map[string]uint32 {
	all := map[string]uint32{}
	for oid, name := range fixedRoles() {
		all[name] = oid
	}
	return all
})

// roleName is the name of the role with an OID.
func roleName(s Session, oid uint32) (string, bool) {
	if name, ok := fixedRoles()[oid]; ok {
		return name, true
	}
	for _, r := range ownRoles(s) {
		if roleOID(r.Name) == oid {
			return r.Name, true
		}
	}
	return "", false
}
