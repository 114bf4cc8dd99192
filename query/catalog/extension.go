package catalog

import "github.com/projsql/projsql/query/types"

// extensionOID is the OID of the extension that the schema projsql belongs to. It is among those that initdb
// gives, so that pg_dump takes the extension for a part of the server and writes neither it nor its views,
// which no other server could be given.
const extensionOID = 16_383

// extensionVersion changes when the relations of the schema do.
const extensionVersion = "1.0"

const extensionComment = "projections, upcasts, nodes and caches, and how statements were answered"

func extensions(_ Session, add func(values)) {
	add(values{
		"oid": oid(extensionOID), "extname": types.String("projsql"), "extowner": oid(ownerOID), "extnamespace": oid(namespaceOID("projsql")),
		"extversion": types.String(extensionVersion),
	})
}

// extensionMembers are the rows of pg_depend of the schema projsql and its views.
func extensionMembers(s Session, add func(values)) {
	member := func(class, object uint32) {
		add(values{
			"classid": oid(class), "objid": oid(object), "refclassid": oid(classOfExtensions), "refobjid": oid(extensionOID), "deptype": char('e'),
		})
	}
	member(classOfNamespaces, namespaceOID("projsql"))
	for _, t := range s.Objects().tables {
		if t.Schema == "projsql" {
			member(classOfRelations, t.OID)
		}
	}
}
