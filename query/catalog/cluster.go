package catalog

import (
	"strconv"
	"sync"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/types"
)

// owner is the role that owns everything; it has the OID of PostgreSQL's bootstrap
// superuser.
const (
	owner    = "projsql"
	ownerOID = 10
)

// databaseOID is one of those that databases of users have; pgAdmin leaves out what is below.
const databaseOID = 16_385

// namespaceOID is the OID of a schema.
func namespaceOID(schema string) uint32 {
	if oid, ok := fixedNamespaces()[schema]; ok {
		return oid
	}
	return RelationOID("schema " + schema)
}

var fixedNamespaces = sync.OnceValue(func() map[string]uint32 {
	all := map[string]uint32{}
	eachRow("pg_namespace", func(f []field) { all[f[1].text] = f[0].oid() })
	return all
})

func namespaces(s Session, add func(values)) {
	schemas := []string{"projsql"}
	if temp := s.TempSchema(); temp != "" {
		schemas = append(schemas, temp)
	}
	for _, name := range schemas {
		add(values{"oid": oid(namespaceOID(name)), "nspname": types.String(name), "nspowner": oid(ownerOID)})
	}
	add(values{
		"oid": oid(namespaceOID("public")), "nspname": types.String("public"), "nspowner": oid(roleOID(schemaOwner)),
		"nspacl": aclItems(s.Roles().OfSchema().Effective(role.Schema), schemaOwner),
	})
}

// schemaOwner is to PostgreSQL's catalogs who owns the schema public: whose only member is the database's owner.
const schemaOwner = "pg_database_owner"

const utf8Encoding = 6

func databases(s Session, add func(values)) {
	add(values{
		"oid": oid(databaseOID), "datname": types.String(s.Database()), "datdba": oid(ownerOID), "encoding": types.Int(utf8Encoding),
		"datlocprovider": char('c'), "datcollate": types.String("C"), "datctype": types.String("C.UTF-8"),
		"datallowconn": types.Bool(true), "datconnlimit": types.Int(-1), "dattablespace": oid(defaultTablespace),
		"datacl":       aclItems(s.Roles().OfDatabase().Explicit(), owner),
		"datfrozenxid": types.Int(nextXID), "datminmxid": types.Int(nextMXID),
	})
}

const defaultTablespace = 1663

// OperatorClass reports whether an access method has an operator class of the name.
func OperatorClass(method, name string) (found bool) {
	of := map[string]uint32{"btree": btreeOID, "hash": 405}[method]
	eachRow("pg_opclass", func(f []field) { found = found || f[1].oid() == of && f[2].text == name })
	return found
}

// Class is an operator class.
type Class struct {
	OID  uint32
	Name string
}

// DefaultClass is the class of btree indexes for a type, under domains; the zero value if there is none.
func DefaultClass(t types.OID) Class {
	t = types.BaseOf(t)
	if c, ok := operatorClasses()[t]; ok {
		return c
	}
	switch {
	case types.ElemOf(t) != 0:
		t = types.AnyArrayOID
	case types.IsEnum(t):
		t = types.AnyEnumOID
	case types.SubtypeOf(t) != 0:
		t = types.AnyRangeOID
	case types.RangeOf(t) != 0:
		t = types.AnyMultirangeOID
	case types.IsRecord(t):
		t = types.RecordOID
	}
	return operatorClasses()[t]
}

// operatorClasses are the default classes of btree indexes by the type that they are of.
var operatorClasses = sync.OnceValue(func() map[types.OID]Class {
	all := map[types.OID]Class{}
	eachRow("pg_opclass", func(f []field) {
		if f[1].text == strconv.Itoa(btreeOID) && f[7].text == "t" {
			all[types.OID(f[6].oid())] = Class{f[0].oid(), f[2].text}
		}
	})
	all[types.VarcharOID] = all[types.TextOID] // compared as text
	return all
})
