package catalog

import (
	"maps"
	"sync"

	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
)

// ownTypes are the rows of pg_type for the types that the session has defined, and those of
// relations' rows.
func ownTypes(s Session, add func(values)) {
	for _, t := range s.Objects().tables {
		if t.row != 0 {
			t.types(add)
		}
	}
	for _, i := range s.Types() {
		v := values{
			"oid": oid(uint32(i.OID)), "typname": types.String(i.Name), "typnamespace": oid(namespaceOID(s.TempSchema())), "typowner": oid(roleOID(s.User())),
			"typlen": number(i.Len), "typbyval": types.Bool(i.ByVal), "typtype": char(i.Kind), "typcategory": char(i.Category),
			"typispreferred": types.Bool(i.Preferred), "typisdefined": types.Bool(true), "typdelim": char(i.Delim), "typrelid": oid(0),
			"typelem": oid(uint32(i.Elem)), "typarray": oid(uint32(i.Array)), "typalign": char(i.Align), "typstorage": char(i.Storage),
			"typnotnull": types.Bool(i.NotNull), "typbasetype": oid(uint32(i.Base.OID)), "typtypmod": number(int32(-1)), "typndims": number(0),
			"typcollation": oid(uint32(i.Collation)),
		}
		maps.Copy(v, conversions(i))
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

// ranges are the rows of pg_range.
func ranges(s Session, add func(values)) {
	for _, i := range s.Types() {
		if b := i.Bounds; b != nil {
			add(values{
				"rngtypid": oid(uint32(i.OID)), "rngsubtype": oid(uint32(i.Subtype)), "rngmultitypid": oid(uint32(i.Multirange)),
				"rngcollation": oid(uint32(b.Collation)), "rngsubopc": oid(uint32(b.Class)), "rngcanonical": oid(0), "rngsubdiff": oid(uint32(b.Diff)),
			})
		}
	}
}

// types are the rows of pg_type for the table's rows and arrays of them.
func (t *Table) types(add func(values)) {
	row, array := oid(t.row), oid(t.array)
	both := values{
		"typnamespace": oid(t.namespace()), "typowner": oid(ownerOID), "typlen": number(-1), "typisdefined": types.Bool(true), "typdelim": char(','),
		"typalign": char('d'), "typstorage": char('x'), "typtypmod": number(int32(-1)),
	}
	for _, one := range []values{
		{"oid": row, "typname": types.String(t.Name), "typtype": char('c'), "typcategory": char('C'), "typrelid": oid(t.OID), "typarray": array},
		{"oid": array, "typname": types.String("_" + t.Name), "typtype": char('b'), "typcategory": char('A'), "typelem": row},
	} {
		maps.Copy(one, both)
		maps.Copy(one, conversions(&types.TypeInfo{Kind: 'c', Elem: types.OID(argOID(one["typelem"]))}))
		add(one)
	}
}

// conversions are the functions that read and write the values of a type.
func conversions(i *types.TypeInfo) values {
	named := func(prefix, out string) values {
		return values{
			"typinput": routine(prefix + "_in"), "typreceive": routine(prefix + "_recv"),
			"typoutput": routine(out + "_out"), "typsend": routine(out + "_send"),
		}
	}
	switch {
	case i.Elem != 0:
		v := named("array", "array")
		v["typsubscript"], v["typanalyze"] = routine("array_subscript_handler"), routine("array_typanalyze")
		return v
	case i.Kind == 'e':
		return named("enum", "enum")
	case i.Kind == 'r', i.Kind == 'm':
		prefix := map[byte]string{'r': "range", 'm': "multirange"}[i.Kind]
		v := named(prefix, prefix)
		v["typanalyze"] = routine(prefix + "_typanalyze")
		return v
	case i.Kind == 'd':
		base := types.UnderDomains(i.Base).OID
		v := named("domain", "record")
		if written, ok := writers()[uint32(base)]; ok {
			maps.Copy(v, written)
		} else if info := types.Info(base); info != nil {
			maps.Copy(v, kept(conversions(info)))
		}
		return v
	}
	return named("record", "record")
}

// routine is the OID of a function that has its name alone.
func routine(name string) types.Datum {
	if all := pgdata.Procs(name); len(all) > 0 {
		return oid(all[0].OID)
	}
	return oid(0)
}

// kept are the conversions that a domain has of the type under it.
func kept(v values) values {
	all := maps.Clone(v)
	maps.DeleteFunc(all, func(name string, _ types.Datum) bool {
		return name != "typoutput" && name != "typsend" && name != "typanalyze"
	})
	return all
}

// writers are kept of PostgreSQL's own types.
var writers = sync.OnceValue(func() map[uint32]values {
	const output, send, analyze = 16, 18, 21 // columns of pg_type
	all := map[uint32]values{}
	eachRow("pg_type", func(f []field) {
		all[f[typeOID].oid()] = values{"typoutput": oid(f[output].oid()), "typsend": oid(f[send].oid()), "typanalyze": oid(f[analyze].oid())}
	})
	return all
})
