package catalog

import (
	"slices"
	"strings"
	"sync"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
)

// entry is a relation as names find it.
type entry struct{ schema, name string }

// fixedRelations are the relations and indexes of pg_catalog and information_schema by OID.
var fixedRelations = sync.OnceValue(func() map[uint32]entry {
	all, missing := map[uint32]entry{}, missingViews()
	for key, s := range shapes() {
		if !missing.relations[s.oid] {
			all[s.oid] = entry{key[0], key[1]}
		}
	}
	return all
})

// relation finds the name of a relation or an index.
func (o *Objects) relation(oid uint32) (entry, bool) {
	if t := o.byOID[oid]; t != nil {
		return entry{t.Schema, t.Name}, true
	}
	if c := o.indexes[oid]; c != nil {
		return entry{c.table.Schema, c.key.Name}, true
	}
	e, ok := fixedRelations()[oid]
	return e, ok
}

// find returns the OID of a relation or an index; 0 if there is none.
func (o *Objects) find(schema, name string) uint32 {
	if oid := o.byName[[2]string{schema, name}]; oid != 0 {
		return oid
	}
	if s := shapes()[[2]string{schema, name}]; s != nil && !missingViews().relations[s.oid] {
		return s.oid
	}
	return 0
}

// IsIndex tells whether a name is that of an index.
func (o *Objects) IsIndex(schema, name string) bool {
	if o.indexes[o.byName[[2]string{schema, name}]] != nil {
		return true
	}
	s := shapes()[[2]string{schema, name}]
	return s != nil && s.kind == 'i'
}

// columns are the numbers of a relation's columns, and of its system columns, by their names.
func (o *Objects) columns(oid uint32) map[string]int {
	numbers, view := map[string]int{}, true
	if t := o.byOID[oid]; t != nil {
		view = t.View || t.Composite != 0
		for i, c := range t.visible() {
			numbers[c.Name] = t.number(i)
		}
	} else if e, ok := fixedRelations()[oid]; ok {
		s := shapes()[[2]string{e.schema, e.name}]
		view = s.kind == 'v'
		for i, c := range s.columns {
			numbers[c.Name] = i + 1
		}
	}
	if !view {
		for i, name := range []string{"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"} {
			numbers[name] = -1 - i
		}
	}
	return numbers
}

// path are the schemas that unqualified names of relations are looked for in.
func path(s Session) []string {
	if temp := s.TempSchema(); temp != "" && !slices.Contains(s.Schemas(), temp) {
		return append([]string{temp}, s.Schemas()...)
	}
	return s.Schemas()
}

// search finds a relation by its bare name; 0 if there is none.
func search(s Session, name string) uint32 {
	for _, schema := range path(s) {
		if oid := s.Objects().find(schema, name); oid != 0 {
			return oid
		}
	}
	return 0
}

// visible tells whether the bare name of a relation means it.
func visible(s Session, oid uint32) (yes, known bool) {
	e, known := s.Objects().relation(oid)
	return known && search(s, e.name) == oid, known
}

// relationName is how regclass shows a relation.
func relationName(s Session, oid uint32) (string, bool) {
	e, ok := s.Objects().relation(oid)
	if !ok {
		return "", false
	}
	if yes, _ := visible(s, oid); yes {
		return expr.QuoteIdent(e.name), true
	}
	return qualifiedName(e.schema, e.name), true
}

func qualifiedName(schema, name string) string {
	return expr.QuoteIdent(schema) + "." + expr.QuoteIdent(name)
}

// procName is how regproc shows a function: with its schema unless the name is its alone.
func procName(oid uint32) (string, bool) {
	p := pgdata.ProcByOID(oid)
	if p == nil {
		return "", false
	}
	if len(pgdata.Procs(p.Name)) > 1 {
		return qualifiedName("pg_catalog", p.Name), true
	}
	return expr.QuoteIdent(p.Name), true
}

// typeRow is what is needed of a type beyond package types.
type typeRow struct{ schema, name string }

// rowTypes are the types of rows and the domains of catalogs.
var rowTypes = sync.OnceValue(func() map[uint32]typeRow {
	namespaces := map[string]string{}
	for name, oid := range fixedNamespaces() {
		namespaces[types.Text(nil, types.OIDOID, types.Int(int64(oid)))] = name
	}
	all, missing := map[uint32]typeRow{}, missingViews()
	eachRow("pg_type", func(f []field) {
		oid := f[typeOID].oid()
		schema := namespaces[f[2].text]
		if (schema != "pg_catalog" || types.Info(types.OID(oid)) == nil) && !missing.types[oid] {
			all[oid] = typeRow{schema, f[1].text}
		}
	})
	return all
})

// visible reports whether the bare name of a type means r.
func (r typeRow) visible(s Session) bool {
	i := slices.IndexFunc(path(s), func(schema string) bool { return isType(s, typeRow{schema, r.name}) })
	return i >= 0 && path(s)[i] == r.schema
}

// isType reports whether there is such a type, be it of a relation's rows.
func isType(s Session, t typeRow) bool {
	hasRows := func(name string) bool {
		return s.Objects().byName[[2]string{t.schema, name}] != 0 && !s.Objects().IsIndex(t.schema, name)
	}
	element, isArray := strings.CutPrefix(t.name, "_")
	switch {
	case rowTypesByName()[t] != 0, t.schema == "pg_catalog" && types.ByName(t.name) != nil:
		return true
	case t.schema == s.TempSchema() && slices.ContainsFunc(s.Types(), func(i *types.TypeInfo) bool { return i.Name == t.name }):
		return true
	}
	return hasRows(t.name) || isArray && hasRows(element)
}

// element is the name of the type that r is arrays of, if it is: _pg_foreign_servers is a view's.
func (r typeRow) element() (string, bool) {
	name, ok := strings.CutPrefix(r.name, "_")
	return name, ok && rowTypesByName()[typeRow{r.schema, name}] != 0
}

var rowTypesByName = sync.OnceValue(func() map[typeRow]uint32 {
	all := map[typeRow]uint32{}
	for oid, row := range rowTypes() {
		all[row] = oid
	}
	return all
})
