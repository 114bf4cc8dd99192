package catalog

import (
	"strings"
	"sync"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// index is what defines an index.
type index struct {
	schema, name string
	table        uint32
	columns      []string
	unique       bool
	made         *constraint // nil: one of PostgreSQL's own
}

// fixedOIDs are the OIDs in a table of pg_catalog that every database has.
func fixedOIDs(relation string) func() map[uint32]bool {
	return sync.OnceValue(func() map[uint32]bool {
		all := map[uint32]bool{}
		eachRow(relation, func(f []field) { all[f[0].oid()] = true })
		return all
	})
}

const indexUnique = 4 // of the columns of pg_index

// fixedIndexes are the indexes of pg_catalog by OID.
var fixedIndexes = sync.OnceValue(func() map[uint32]*index {
	all := map[uint32]*index{}
	byOID := map[uint32]*shape{}
	for _, s := range shapes() {
		byOID[s.oid] = s
	}
	eachRow("pg_index", func(f []field) {
		self, table := byOID[f[0].oid()], byOID[f[1].oid()]
		i := &index{schema: self.schema, name: self.name, table: table.oid, unique: f[indexUnique].text == "t"}
		for _, c := range self.columns {
			i.columns = append(i.columns, c.Name)
		}
		all[self.oid] = i
	})
	return all
})

func findIndex(s Session, oid uint32) *index {
	c := s.Objects().indexes[oid]
	if c == nil {
		return fixedIndexes()[oid]
	}
	return &index{schema: c.table.Schema, name: c.key.Name, table: c.table.OID, columns: c.columns(), unique: !c.key.Plain, made: c}
}

func (c *constraint) columns() []string {
	var all []string
	for _, i := range c.key.Columns {
		all = append(all, c.table.Columns[i].Name)
	}
	return all
}

func quoted(names []string) string {
	var all []string
	for _, n := range names {
		all = append(all, expr.QuoteIdent(n))
	}
	return strings.Join(all, ", ")
}

// definitions are the functions that write an object as SQL, or tell its properties. What projsql has none of has
// no definition.
func definitions() map[string]call {
	all := map[string]call{
		"pg_get_expr": storedExpression, "pg_get_expr_ext": storedExpression,
		"pg_get_indexdef": indexDefinition, "pg_get_indexdef_ext": indexDefinition,
		"pg_get_constraintdef": constraintDefinition, "pg_get_constraintdef_ext": constraintDefinition,
		"pg_get_viewdef": viewDefinition, "pg_get_viewdef_ext": viewDefinition, "pg_get_viewdef_wrap": viewWrapped,
		"pg_get_viewdef_name": viewByName, "pg_get_viewdef_name_ext": viewByName,
		"pg_get_ruledef": ruleDefinition, "pg_get_ruledef_ext": ruleDefinition,
		"pg_get_userbyid": func(s Session, args []types.Datum) (types.Datum, error) {
			if name, ok := roleName(s, argOID(args[0])); ok {
				return types.String(name), nil
			}
			return types.String("unknown (OID=" + types.Text(nil, types.OIDOID, args[0]) + ")"), nil
		},
		"pg_indexam_has_property": methodProperty, "pg_index_has_property": indexProperty, "pg_index_column_has_property": indexColumnProperty,
		"pg_relation_is_updatable":   updatable,
		"pg_relation_is_publishable": always(types.Bool(false)), "pg_tablespace_location": always(types.String("")),
	}
	for _, name := range []string{
		"pg_get_partkeydef", "pg_get_partition_constraintdef", "pg_get_triggerdef", "pg_get_triggerdef_ext",
		"pg_get_statisticsobjdef", "pg_get_statisticsobjdef_columns", "pg_get_statisticsobjdef_expressions",
		"pg_relation_filenode", "pg_relation_filepath", "pg_get_replica_identity_index",
	} {
		all[name] = always(types.Null)
	}
	return all
}

// Bits of pg_relation_is_updatable.
const (
	takesUpdate = 1 << (iota + 2)
	takesInsert
	takesDelete
)

// updatable tells which of INSERT, UPDATE and DELETE a relation takes.
func updatable(s Session, args []types.Datum) (types.Datum, error) {
	t := s.Objects().byOID[argOID(args[0])]
	switch {
	case t == nil || !t.Insert:
		return types.Int(0), nil
	case t.Temporary:
		return types.Int(takesInsert | takesUpdate | takesDelete), nil
	}
	return types.Int(takesInsert), nil
}

// storedExpression gives what a pg_node_tree here holds: SQL.
func storedExpression(s Session, args []types.Datum) (types.Datum, error) {
	if t := s.Objects().byOID[argOID(args[1])]; t != nil && isTrue(args, 2) {
		return types.String(t.pretty(args[0].Str())), nil
	}
	return args[0], nil
}

// pretty is an expression of a table with few parentheses.
func (t *Table) pretty(sql string) string {
	if text, ok := t.Pretty[sql]; ok {
		return text
	}
	return sql
}

func isTrue(args []types.Datum, i int) bool { return len(args) > i && args[i].Bool() }

func indexDefinition(s Session, args []types.Datum) (types.Datum, error) {
	i := findIndex(s, argOID(args[0]))
	if i == nil {
		return types.Null, nil
	}
	if len(args) > 1 && args[1].Int() != 0 {
		n := args[1].Int()
		shown := i.parts(isTrue(args, 2))
		if n < 0 || int(n) > len(shown) {
			return types.String(""), nil
		}
		return types.String(shown[n-1]), nil
	}
	e, _ := s.Objects().relation(i.table)
	on := qualifiedName(shownSchema(s, e.schema), e.name)
	if isTrue(args, 2) {
		on, _ = relationName(s, i.table)
	}
	create := "CREATE INDEX "
	if i.unique {
		create = "CREATE UNIQUE INDEX "
	}
	return types.String(create + expr.QuoteIdent(i.name) + " ON " + on + " USING btree (" + i.ordered(isTrue(args, 2)) + ")" + i.conditions(isTrue(args, 2))), nil
}

// parts are the columns of an index as SQL.
func (i *index) parts(pretty bool) (all []string) {
	if i.made == nil {
		for _, name := range i.columns {
			all = append(all, expr.QuoteIdent(name))
		}
		return all
	}
	for _, p := range i.made.attributes() {
		text := expr.QuoteIdent(p.Name)
		if p.Column < 0 {
			if text = p.SQL; pretty {
				text = i.made.table.pretty(text)
			}
			if !p.Function {
				text = "(" + text + ")"
			}
		}
		all = append(all, text)
	}
	return all
}

// ordered are the columns with what is not ascending, NULLs last.
func (i *index) ordered(pretty bool) string {
	all := i.parts(pretty)
	if i.made == nil {
		return strings.Join(all, ", ")
	}
	keys := i.made.parts()
	for n, p := range keys {
		switch {
		case p.Desc && p.NullsFirst:
			all[n] += " DESC"
		case p.Desc:
			all[n] += " DESC NULLS LAST"
		case p.NullsFirst:
			all[n] += " NULLS FIRST"
		}
	}
	text := strings.Join(all[:len(keys)], ", ")
	if len(all) > len(keys) {
		text += ") INCLUDE (" + strings.Join(all[len(keys):], ", ")
	}
	return text
}

// conditions are what stands behind the columns.
func (i *index) conditions(pretty bool) (text string) {
	if i.made == nil {
		return ""
	}
	if i.made.key.SameNulls {
		text = " NULLS NOT DISTINCT"
	}
	where := i.made.key.Where
	if where == "" {
		return text
	}
	if pretty {
		where = i.made.table.pretty(where)
	}
	return text + " WHERE " + where
}

// shownSchema names a schema in definitions: that of the session's temporary tables by its
// alias.
func shownSchema(s Session, schema string) string {
	if schema == s.TempSchema() {
		return "pg_temp"
	}
	return schema
}

// fixedConstraints are the constraints of PostgreSQL's catalogs by OID.
var fixedConstraints = sync.OnceValue(func() map[uint32]string {
	all := map[uint32]string{}
	kinds := map[string]string{"p": "PRIMARY KEY (", "u": "UNIQUE ("}
	eachRow("pg_constraint", func(f []field) {
		if kind, isKey := kinds[f[3].text]; isKey {
			all[f[0].oid()] = kind + quoted(fixedIndexes()[f[9].oid()].columns) + ")"
		} else {
			all[f[0].oid()] = "CHECK (" + f[len(f)-1].text + ")"
		}
	})
	return all
})

func (c *Check) definition(sql string) string {
	made := "CHECK (" + sql + ")"
	if c.NoInherit {
		made += " NO INHERIT"
	}
	if c.NotValid {
		made += " NOT VALID"
	}
	return made
}

func constraintDefinition(s Session, args []types.Datum) (types.Datum, error) {
	c := s.Objects().constraintBy[argOID(args[0])]
	switch {
	case c == nil && domainConstraint(s, argOID(args[0])) != nil:
		k := domainConstraint(s, argOID(args[0]))
		if isTrue(args, 1) {
			return types.String((&Check{NotValid: k.NotValid}).definition(k.Pretty)), nil
		}
		return types.String((&Check{NotValid: k.NotValid}).definition(k.Shown)), nil
	case c == nil:
		text, ok := fixedConstraints()[argOID(args[0])]
		return textOrNull(text, ok)
	case c.check != nil && isTrue(args, 1):
		return types.String(c.check.definition(c.table.pretty(c.check.SQL))), nil
	case c.check != nil:
		return types.String(c.check.definition(c.check.SQL)), nil
	case c.key.Primary:
		return types.String("PRIMARY KEY" + c.keyed()), nil
	case c.key.SameNulls:
		return types.String("UNIQUE NULLS NOT DISTINCT" + c.keyed()), nil
	}
	return types.String("UNIQUE" + c.keyed()), nil
}

func domainConstraint(s Session, oid uint32) *types.Constraint {
	for _, i := range s.Types() {
		for j := range i.Constraints {
			if uint32(i.Constraints[j].OID) == oid {
				return &i.Constraints[j]
			}
		}
	}
	return nil
}

// keyed are the columns of a key, and when it is checked.
func (c *constraint) keyed() string {
	text := " (" + quoted(c.columns()) + ")"
	if c.key.Later {
		text += " DEFERRABLE"
	}
	return text
}

func viewDefinition(s Session, args []types.Datum) (types.Datum, error) {
	if t := s.Objects().byOID[argOID(args[0])]; t != nil && t.Relation.View != "" {
		if text, ok := t.Query(isTrue(args, 1)); ok {
			return types.String(text), nil
		}
		return types.String(" " + t.Relation.View + ";"), nil
	} else if t != nil && t.View {
		return types.String(t.shapeQuery()), nil
	}
	e, _ := s.Objects().relation(argOID(args[0]))
	v, ok := viewTexts()[[2]string{e.schema, e.name}]
	if isTrue(args, 1) {
		return textOrNull(v.pretty, ok)
	}
	return textOrNull(v.plain, ok)
}

// viewWrapped answers pg_get_viewdef(oid, column): pretty, its columns wrapped unless 0 says
// that each has a line.
func viewWrapped(s Session, args []types.Datum) (types.Datum, error) {
	if args[1].Int() != 0 {
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "a definition of a view with wrapped lines is not supported")
	}
	return viewDefinition(s, []types.Datum{args[0], types.Bool(true)})
}

func viewByName(s Session, args []types.Datum) (types.Datum, error) {
	id, err := Registry{s}.RegOID(types.RegclassOID, args[0].Str())
	if err != nil {
		return types.Null, err
	}
	return viewDefinition(s, append([]types.Datum{oid(id)}, args[1:]...))
}
