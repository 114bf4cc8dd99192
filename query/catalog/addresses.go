package catalog

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// address is an object by its catalog and OID, and the number of a column, as PostgreSQL names it to people.
type address struct {
	described string // "table pg_class"
	kind      string // "table"
	schema    string // "" = it is in none
	name      string // quoted; "" if it does not tell the object among others of its schema
	identity  string // with its schema
	names     []string
	args      []string
}

// namer names the objects of a catalog; false if there is no such object, whose kind it then gives all the same.
type namer func(s Session, id uint32, column int32) (address, bool)

// namers are those of the catalogs whose objects can be named, by the catalog's name.
func namers() map[string]namer {
	return map[string]namer{
		"pg_class": nameRelation, "pg_type": nameType, "pg_proc": nameProc, "pg_operator": nameOperator, "pg_cast": nameCast,
		"pg_constraint": nameConstraint, "pg_attrdef": nameDefault, "pg_rewrite": nameRule,
		"pg_namespace":  plainly("pg_namespace", "schema", "nspname"),
		"pg_extension":  plainly("pg_extension", "extension", "extname"),
		"pg_language":   plainly("pg_language", "language", "lanname"),
		"pg_authid":     plainly("pg_authid", "role", "rolname"),
		"pg_database":   plainly("pg_database", "database", "datname"),
		"pg_tablespace": plainly("pg_tablespace", "tablespace", "spcname"),
		"pg_am":         plainly("pg_am", "access method", "amname"),
		"pg_collation":  inCatalog("pg_collation", "collation", "collname"),
		"pg_conversion": inCatalog("pg_conversion", "conversion", "conname"),
		"pg_ts_config":  inCatalog("pg_ts_config", "text search configuration", "cfgname"), "pg_ts_dict": inCatalog("pg_ts_dict", "text search dictionary", "dictname"),
		"pg_ts_parser": inCatalog("pg_ts_parser", "text search parser", "prsname"), "pg_ts_template": inCatalog("pg_ts_template", "text search template", "tmplname"),
		"pg_opclass":  byMethod("pg_opclass", "operator class", "opcname", "opcmethod"),
		"pg_opfamily": byMethod("pg_opfamily", "operator family", "opfname", "opfmethod"),
	}
}

// addresses are the functions that name objects.
func addresses() map[string]call {
	all := namers()
	find := func(s Session, args []types.Datum) (address, bool, error) {
		class, known := fixedRelations()[argOID(args[0])]
		name := all[class.name]
		switch {
		case !known || class.schema != "pg_catalog":
			return address{}, false, sqlstate.New(sqlstate.InternalError, "unrecognized object class: %d", argOID(args[0]))
		case name == nil:
			return address{}, false, sqlstate.New(sqlstate.FeatureNotSupported, "names of objects of %s are not supported", class.name)
		}
		a, found := name(s, argOID(args[1]), int32(args[2].Int()))
		return a, found, nil
	}
	return map[string]call{
		"pg_describe_object": func(s Session, args []types.Datum) (types.Datum, error) {
			if argOID(args[0]) == 0 && argOID(args[1]) == 0 {
				return types.Null, nil
			}
			a, found, err := find(s, args)
			return textOr(a.described, found), err
		},
		"pg_identify_object": func(s Session, args []types.Datum) (types.Datum, error) {
			a, found, err := find(s, args)
			if err != nil {
				return types.Null, err
			}
			return outputs("pg_identify_object", types.String(a.kind), textOr(a.schema, found), textOr(a.name, found), textOr(a.identity, found)), nil
		},
		"pg_identify_object_as_address": func(s Session, args []types.Datum) (types.Datum, error) {
			a, found, err := find(s, args)
			if err != nil {
				return types.Null, err
			}
			names, given := types.Null, types.Null
			if found {
				names, given = textArray(a.names), textArray(a.args)
			}
			return outputs("pg_identify_object_as_address", types.String(a.kind), names, given), nil
		},
	}
}

func textOr(text string, found bool) types.Datum {
	if !found {
		return types.Null
	}
	return orNull(text)
}

// entryOf is a row of a catalog by its OID.
func entryOf(s Session, catalog string, id uint32) (get func(column string) types.Datum, found bool) {
	t := tables()[[2]string{"pg_catalog", catalog}]
	at := t.index["oid"]
	for _, row := range t.fixed() {
		if uint32(row[at].Int()) == id {
			return func(column string) types.Datum { return row[t.index[column]] }, true
		}
	}
	if t.generate == nil {
		return nil, false
	}
	t.generate(s, func(v values) {
		if uint32(v["oid"].Int()) == id {
			get, found = func(column string) types.Datum { return v[column] }, true
		}
	})
	return get, found
}

// plainly names what is in no schema.
func plainly(catalog, kind, column string) namer {
	return func(s Session, id uint32, _ int32) (address, bool) {
		get, found := entryOf(s, catalog, id)
		if !found {
			return address{kind: kind}, false
		}
		name := get(column).Str()
		quoted := expr.QuoteIdent(name)
		return address{described: kind + " " + name, kind: kind, name: quoted, identity: quoted, names: []string{name}}, true
	}
}

// inCatalog names what is in pg_catalog.
func inCatalog(catalog, kind, column string) namer {
	return func(s Session, id uint32, _ int32) (address, bool) {
		a, found := plainly(catalog, kind, column)(s, id, 0)
		if !found {
			return a, false
		}
		a.described, a.schema, a.identity = kind+" "+a.name, "pg_catalog", "pg_catalog."+a.name
		a.names = []string{"pg_catalog", a.names[0]}
		return a, true
	}
}

// byMethod names what is of an access method.
func byMethod(catalog, kind, column, method string) namer {
	return func(s Session, id uint32, _ int32) (address, bool) {
		a, found := inCatalog(catalog, kind, column)(s, id, 0)
		if !found {
			return a, false
		}
		get, _ := entryOf(s, catalog, id)
		access, _ := plainly("pg_am", "access method", "amname")(s, uint32(get(method).Int()), 0)
		a.described += " for " + access.described
		a.identity += " USING " + access.name
		a.names = append([]string{access.names[0]}, a.names...)
		return a, true
	}
}
