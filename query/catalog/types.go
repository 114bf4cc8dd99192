package catalog

import "github.com/projsql/projsql/query/types"

// ownTypes are the rows of pg_type for the types that the session has defined.
func ownTypes(s Session, add func(values)) {
	for _, i := range s.Types() {
		v := values{
			"oid": oid(uint32(i.OID)), "typname": types.String(i.Name), "typnamespace": oid(namespaceOID(s.TempSchema())), "typowner": oid(roleOID(s.User())),
			"typlen": number(i.Len), "typbyval": types.Bool(i.ByVal), "typtype": char(i.Kind), "typcategory": char(i.Category),
			"typispreferred": types.Bool(i.Preferred), "typisdefined": types.Bool(true), "typdelim": char(i.Delim), "typrelid": oid(0),
			"typelem": oid(uint32(i.Elem)), "typarray": oid(uint32(i.Array)), "typalign": char(i.Align), "typstorage": char(i.Storage),
			"typnotnull": types.Bool(i.NotNull), "typbasetype": oid(uint32(i.Base.OID)), "typtypmod": number(int32(-1)), "typndims": number(0),
			"typcollation": oid(uint32(i.Collation)),
		}
		if i.Kind == 'c' {
			v["typrelid"] = oid(CompositeOID(i.OID))
		}
		if i.Kind == 'd' {
			v["typtypmod"] = number(i.Base.Mod)
			if i.Default != "" {
				v["typdefault"], v["typdefaultbin"] = types.String(i.ShownDefault), types.String(i.ShownDefault)
			}
		}
		add(v)
	}
}

// labels are the rows of pg_enum.
func labels(s Session, add func(values)) {
	for _, i := range s.Types() {
		for _, l := range i.Labels {
			add(values{"oid": oid(uint32(l.OID)), "enumtypid": oid(uint32(i.OID)), "enumsortorder": types.Float(float64(l.Sort)), "enumlabel": types.String(l.Name)})
		}
	}
}
