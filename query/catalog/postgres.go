package catalog

import (
	"context"
	"iter"
	"strconv"
	"sync"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// table is a table of pg_catalog or information_schema: rows that every database has, and rows of what
// projsql holds.
type table struct {
	relation *plan.Relation
	types    []types.Type // of the visible columns
	notNull  []bool
	index    map[string]int
	fixed    func() [][]types.Datum
	generate func(s Session, add func(values)) // nil: there are no other rows
}

// values are those of a row's columns that are not zero or NULL.
type values map[string]types.Datum

// The hidden columns that follow those of a table of pg_catalog.
const (
	hiddenTableOID = iota
	hiddenXmin
	hiddenCtid
	hiddenColumns // their number
)

// Columns of the dumped relations that their own shape is read from.
const (
	classOID, className, classNamespace, classKind                   = 0, 1, 2, 16
	attributeRelation, attributeName, attributeType, attributeNumber = 0, 1, 2, 5
	ruleOID, ruleRelation                                            = 0, 2
	dependent                                                        = 1
	privilegesObject, privilegesClass                                = 0, 1
	attributeMod, attributeNotNull                                   = 8, 13
	typeOID, typeKind, typeRelation, typeElement, typeBase, typeMod  = 0, 6, 11, 13, 25, 26
)

// shape is a relation as the dump of pg_class and pg_attribute describes it.
type shape struct {
	oid          uint32
	schema, name string
	kind         byte
	columns      []plan.RelationColumn
	notNull      []bool
}

// shapes are the relations of pg_catalog and information_schema by schema and name.
var shapes = sync.OnceValue(func() map[[2]string]*shape {
	namespaces := map[uint32]string{}
	eachRow("pg_namespace", func(f []field) { namespaces[f[0].oid()] = f[1].text })
	byName, byOID := map[[2]string]*shape{}, map[uint32]*shape{}
	eachRow("pg_class", func(f []field) {
		s := &shape{oid: f[classOID].oid(), schema: namespaces[f[classNamespace].oid()], name: f[className].text, kind: f[classKind].text[0]}
		byName[[2]string{s.schema, s.name}], byOID[s.oid] = s, s
	})
	bases := baseTypes()
	eachRow("pg_attribute", func(f []field) {
		s := byOID[f[attributeRelation].oid()]
		if f[attributeNumber].text[0] == '-' {
			return
		}
		mod, err := strconv.ParseInt(f[attributeMod].text, 10, 32)
		must(err)
		t := bases.of(types.Type{OID: types.OID(f[attributeType].oid()), Mod: int32(mod)})
		s.columns = append(s.columns, plan.RelationColumn{Name: f[attributeName].text, Type: t})
		s.notNull = append(s.notNull, f[attributeNotNull].text == "t")
	})
	return byName
})

// domains are the types that domains stand for.
type domains map[types.OID]types.Type

func baseTypes() domains {
	bases := domains{}
	eachRow("pg_type", func(f []field) {
		if f[typeKind].text != "d" {
			return
		}
		mod, err := strconv.ParseInt(f[typeMod].text, 10, 32)
		must(err)
		bases[types.OID(f[typeOID].oid())] = types.Type{OID: types.OID(f[typeBase].oid()), Mod: int32(mod)}
	})
	return bases
}

// of is a type that values can have: what a domain stands for, and for the row types of
// catalogs, which have no values here, arrays of records.
func (d domains) of(t types.Type) types.Type {
	if base, ok := d[t.OID]; ok {
		return base
	}
	if types.Info(t.OID) == nil {
		return types.Of(types.RecordArrayOID)
	}
	return t
}

// tables are PostgreSQL's own tables by schema and name.
var tables = sync.OnceValue(func() map[[2]string]*table {
	all := map[[2]string]*table{}
	for key, s := range shapes() {
		if s.kind == 'r' {
			all[key] = newTable(s)
		}
	}
	for name, generate := range generators {
		all[[2]string{"pg_catalog", name}].generate = generate
	}
	return all
})

func newTable(s *shape) *table {
	t := &table{index: map[string]int{}, notNull: s.notNull}
	for i, c := range s.columns {
		t.index[c.Name], t.types = i, append(t.types, c.Type)
	}
	t.relation = &plan.Relation{Schema: s.schema, Name: s.name, OID: s.oid, Kind: plan.VirtualRelation, Rows: t.rows}
	t.relation.Columns = append(t.relation.Columns, s.columns...)
	for _, h := range [...]column{{"tableoid", types.OIDOID}, {"xmin", types.XIDOID}, {"ctid", types.TIDOID}} {
		t.relation.Columns = append(t.relation.Columns, plan.RelationColumn{Name: h.name, Type: types.Of(h.typ), Hidden: true})
	}
	t.fixed = sync.OnceValue(t.load)
	return t
}

// load reads the rows that every database has.
func (t *table) load() [][]types.Datum {
	var rows [][]types.Datum
	eachRow(t.relation.Name, func(f []field) {
		if unserved(t.relation.Name, f) {
			return
		}
		row := t.blank(len(rows))
		for i := range t.types {
			row[i] = f[i].datum(t.types[i])
		}
		rows = append(rows, row)
	})
	return rows
}

// unserved tells whether a row is of a view of PostgreSQL's that cannot be read here.
func unserved(relation string, f []field) bool {
	missing := missingViews()
	switch relation {
	case "pg_namespace": // which privileges there are is the database's
		return f[1].text == "public"
	case "pg_class":
		return missing.relations[f[classOID].oid()]
	case "pg_attribute":
		return missing.relations[f[attributeRelation].oid()]
	case "pg_type":
		return missing.relations[f[typeRelation].oid()] || missing.types[f[typeElement].oid()]
	case "pg_rewrite":
		return missing.relations[f[ruleRelation].oid()]
	case "pg_depend":
		return missing.rules[f[dependent].oid()]
	case "pg_init_privs":
		return f[privilegesClass].oid() == classOfRelations && missing.relations[f[privilegesObject].oid()]
	}
	return false
}

// missing are OIDs of views, of their row types and of their rules.
type missing struct{ relations, types, rules map[uint32]bool }

var missingViews = sync.OnceValue(func() missing {
	m := missing{map[uint32]bool{}, map[uint32]bool{}, map[uint32]bool{}}
	for key, s := range shapes() {
		if s.kind == 'v' && views()[key] == nil {
			m.relations[s.oid] = true
		}
	}
	eachRow("pg_type", func(f []field) {
		if m.relations[f[typeRelation].oid()] {
			m.types[f[typeOID].oid()] = true
		}
	})
	eachRow("pg_rewrite", func(f []field) {
		if m.relations[f[ruleRelation].oid()] {
			m.rules[f[ruleOID].oid()] = true
		}
	})
	return m
})

// blank is a row with the hidden columns.
func (t *table) blank(number int) []types.Datum {
	n := len(t.types)
	row := make([]types.Datum, n+hiddenColumns)
	row[n+hiddenTableOID] = types.Int(int64(t.relation.OID))
	row[n+hiddenXmin] = types.Int(1)
	row[n+hiddenCtid] = types.Int(int64(number/100)<<16 | int64(number%100+1))
	return row
}

// make fills a row.
func (t *table) make(number int, v values) []types.Datum {
	row := t.blank(number)
	for i, typ := range t.types {
		if t.notNull[i] {
			row[i] = zero(typ.OID)
		}
	}
	for name, d := range v {
		i, ok := t.index[name]
		if !ok {
			panic("catalog: " + t.relation.Name + " has no column " + name)
		}
		row[i] = d
	}
	return row
}

// zero is what a column that is never NULL has where nothing is said.
func zero(t types.OID) types.Datum {
	switch t {
	case types.TextOID, types.NameOID:
		return types.String("")
	case types.OIDVectorOID, types.Int2VectorOID:
		d, err := types.Parse(nil, types.Of(t), "")
		must(err)
		return d
	}
	return types.Int(0)
}

func (t *table) rows(_ context.Context, src plan.Source, _ []bool) iter.Seq2[[]types.Datum, error] {
	return func(yield func([]types.Datum, error) bool) {
		s, err := sessionOf(src)
		if err != nil {
			yield(nil, err)
			return
		}
		fixed := t.fixed()
		for _, row := range fixed {
			if !yield(row, nil) {
				return
			}
		}
		if t.generate == nil {
			return
		}
		var made [][]types.Datum
		t.generate(s, func(v values) { made = append(made, t.make(len(fixed)+len(made), v)) })
		for _, row := range made {
			if !yield(row, nil) {
				return
			}
		}
	}
}
