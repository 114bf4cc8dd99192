package catalog

import (
	"strings"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// relationKinds are what relkind says.
var relationKinds = map[byte]string{'r': "table", 'v': "view", 'i': "index", 'S': "sequence", 'c': "composite type"}

func (o *Objects) kindOf(id uint32, e entry) string {
	t := o.byOID[id]
	switch {
	case o.indexes[id] != nil:
		return "index"
	case t == nil:
		return relationKinds[shapes()[[2]string{e.schema, e.name}].kind]
	case t.Sequence != nil:
		return "sequence"
	case t.View:
		return "view"
	case t.Composite != 0:
		return "composite type"
	}
	return "table"
}

// nameRelation names a relation or a column of it.
func nameRelation(s Session, id uint32, column int32) (address, bool) {
	e, found := s.Objects().relation(id)
	if !found {
		return address{kind: "relation"}, false
	}
	kind := s.Objects().kindOf(id, e)
	shown, _ := relationName(s, id)
	schema := shownSchema(s, e.schema)
	a := address{
		described: kind + " " + shown, kind: kind, schema: e.schema, name: expr.QuoteIdent(e.name), identity: qualifiedName(schema, e.name),
		names: []string{schema, e.name},
	}
	if column == 0 {
		return a, true
	}
	a.kind += " column"
	for name, number := range s.Objects().columns(id) {
		if int32(number) == column {
			a.described = "column " + name + " of " + a.described
			a.identity += "." + expr.QuoteIdent(name)
			a.names = append(a.names, name)
			return a, true
		}
	}
	return address{kind: a.kind}, false
}

// sessionTypes is where the OIDs of types begin that sessions define.
const sessionTypes = 16_384

func nameType(s Session, id uint32, _ int32) (address, bool) {
	if a, ok := nameRowType(s, id); ok {
		return a, true
	}
	a := address{kind: "type", schema: "pg_catalog", identity: qualifiedType(s, types.OID(id))}
	info := types.Info(types.OID(id))
	row, isRow := rowTypes()[id]
	switch {
	case isRow:
		a.described, a.schema, a.name = "type "+typeText(row), row.schema, expr.QuoteIdent(row.name)
	case info != nil:
		a.described, a.name = "type "+info.SQLName, expr.QuoteIdent(info.Name)
		if id >= sessionTypes {
			a.schema = s.TempSchema()
		}
	default:
		return a, false
	}
	a.names = []string{a.identity}
	return a, true
}

// nameRowType names the types of the rows of lasting relations, and of their arrays.
func nameRowType(s Session, id uint32) (address, bool) {
	if id < sessionTypes {
		return address{}, false
	}
	text, found := Registry{s}.RegName(types.RegtypeOID, id)
	for _, t := range s.Objects().tables {
		if !found || t.Temporary || t.row == 0 || id != t.row && id != t.array {
			continue
		}
		a := address{described: "type " + text, kind: "type", schema: t.Schema, name: expr.QuoteIdent(t.Name), identity: qualifiedName(t.Schema, t.Name)}
		if id == t.array {
			a.name, a.identity = expr.QuoteIdent("_"+t.Name), a.identity+"[]"
		}
		a.names = []string{a.identity}
		return a, true
	}
	return address{}, false
}

// qualifiedType is a type's name with its schema, but for the names that are SQL's.
func qualifiedType(s Session, t types.OID) string {
	if a, ok := nameRowType(s, uint32(t)); ok {
		return a.identity
	}
	info := types.Info(t)
	row, isRow := rowTypes()[uint32(t)]
	switch {
	case isRow || info == nil:
		if element, ok := row.element(); ok {
			return qualifiedName(row.schema, element) + "[]"
		}
		return qualifiedName(row.schema, row.name)
	case strings.HasPrefix(info.Name, "_") && info.Elem != 0:
		return qualifiedType(s, info.Elem) + "[]"
	case t >= sessionTypes:
		return "pg_temp." + expr.QuoteIdent(info.Name)
	case info.SQLName == expr.QuoteIdent(info.Name):
		return "pg_catalog." + info.SQLName
	}
	return info.SQLName
}

func qualifiedTypes(s Session, all []types.OID) []string {
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = qualifiedType(s, t)
	}
	return names
}

func nameProc(s Session, id uint32, _ int32) (address, bool) {
	p, schema := procByOID(s, id), "pg_catalog"
	if p == nil {
		return address{kind: "routine"}, false
	}
	if r := s.Objects().routine(id); r != nil {
		schema = r.Schema
	}
	shown, _ := Registry{s}.RegName(types.RegprocedureOID, id)
	kind := map[byte]string{'a': "aggregate", 'p': "procedure"}[p.Kind]
	if kind == "" {
		kind = "function"
	}
	args := qualifiedTypes(s, p.Args)
	return address{
		described: "function " + shown, kind: kind, schema: schema, identity: qualifiedName(schema, p.Name) + "(" + strings.Join(args, ",") + ")",
		names: []string{schema, p.Name}, args: args,
	}, true
}

func nameOperator(s Session, id uint32, _ int32) (address, bool) {
	get, found := entryOf(s, "pg_operator", id)
	if !found {
		return address{kind: "operator"}, false
	}
	shown, _ := operatorName(types.RegoperatorOID, id)
	name, args := get("oprname").Str(), []string{}
	left := "NONE"
	if t := types.OID(get("oprleft").Int()); t != 0 {
		left = qualifiedType(s, t)
		args = append(args, left)
	}
	right := qualifiedType(s, types.OID(get("oprright").Int()))
	return address{
		described: "operator " + shown, kind: "operator", schema: "pg_catalog", identity: "pg_catalog." + name + "(" + left + "," + right + ")",
		names: []string{"pg_catalog", name}, args: append(args, right),
	}, true
}

func nameCast(s Session, id uint32, _ int32) (address, bool) {
	get, found := entryOf(s, "pg_cast", id)
	if !found {
		return address{kind: "cast"}, false
	}
	from, to := types.OID(get("castsource").Int()), types.OID(get("casttarget").Int())
	source, target := qualifiedType(s, from), qualifiedType(s, to)
	return address{
		described: "cast from " + types.TypeName(from) + " to " + types.TypeName(to), kind: "cast", identity: "(" + source + " AS " + target + ")",
		names: []string{source}, args: []string{target},
	}, true
}

func nameConstraint(s Session, id uint32, _ int32) (address, bool) {
	get, found := entryOf(s, "pg_constraint", id)
	if !found {
		return address{kind: "constraint"}, false
	}
	name := get("conname").Str()
	a := address{described: "constraint " + name, kind: "domain constraint"}
	if relation := get("conrelid"); relation.Int() != 0 {
		of, _ := nameRelation(s, uint32(relation.Int()), 0)
		a.described += " on " + of.described
		a.kind, a.schema, a.identity = "table constraint", of.schema, expr.QuoteIdent(name)+" on "+of.identity
		a.names = append(of.names, name)
		return a, true
	}
	of, _ := nameType(s, uint32(get("contypid").Int()), 0)
	a.schema, a.identity, a.names, a.args = of.schema, expr.QuoteIdent(name)+" on "+of.identity, of.names, []string{name}
	return a, true
}

func nameDefault(s Session, id uint32, _ int32) (address, bool) {
	get, found := entryOf(s, "pg_attrdef", id)
	if !found {
		return address{kind: "default value"}, false
	}
	of, _ := nameRelation(s, uint32(get("adrelid").Int()), int32(get("adnum").Int()))
	return address{described: "default value for " + of.described, kind: "default value", identity: "for " + of.identity, names: of.names}, true
}

func nameRule(s Session, id uint32, _ int32) (address, bool) {
	get, found := entryOf(s, "pg_rewrite", id)
	if !found {
		return address{kind: "rule"}, false
	}
	name := get("rulename").Str()
	of, _ := nameRelation(s, uint32(get("ev_class").Int()), 0)
	return address{
		described: "rule " + name + " on " + of.described, kind: "rule", identity: expr.QuoteIdent(name) + " on " + of.identity, names: append(of.names, name),
	}, true
}
