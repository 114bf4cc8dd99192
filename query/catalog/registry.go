package catalog

import (
	"slices"
	"strings"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Registry reads and writes reg* values as a session names things. It implements
// types.Registry.
type Registry struct{ Session }

// RegName implements types.Registry.
func (r Registry) RegName(t types.OID, oid uint32) (string, bool) {
	if oid == 0 {
		return "", false
	}
	switch t {
	case types.RegclassOID:
		return relationName(r.Session, oid)
	case types.RegprocOID:
		if own := r.Objects().routine(oid); own != nil {
			return own.shownName(r.Session), true
		}
		return procName(oid)
	case types.RegprocedureOID:
		if own := r.Objects().routine(oid); own != nil {
			return own.shownSignature(r), true
		}
		if p := pgdata.ProcByOID(oid); p != nil {
			return expr.QuoteIdent(p.Name) + "(" + r.typeList(p.Args) + ")", true
		}
	case types.RegtypeOID:
		if row, ok := rowTypes()[oid]; ok {
			return typeText(row), true
		}
		return r.rowTypeName(oid)
	case types.RegnamespaceOID:
		return namespaceName(r.Session, oid)
	case types.RegroleOID:
		name, ok := roleName(r.Session, oid)
		return expr.QuoteIdent(name), ok
	case types.RegoperOID, types.RegoperatorOID:
		return operatorName(t, oid)
	}
	if n := named(t); n != nil {
		for name, o := range n.byName() {
			if o == oid {
				return expr.QuoteIdent(name), true
			}
		}
	}
	return "", false
}

func typeText(row typeRow) string {
	name, suffix := row.name, ""
	if element, ok := row.element(); ok {
		name, suffix = element, "[]"
	}
	if row.schema == "pg_catalog" {
		return expr.QuoteIdent(name) + suffix
	}
	return qualifiedName(row.schema, name) + suffix
}

func (r Registry) typeList(all []types.OID) string {
	var names []string
	for _, t := range all {
		names = append(names, r.typeName(t))
	}
	return strings.Join(names, ",")
}

// typeName is a type's name, with a schema where search_path does not find it.
func (r Registry) typeName(t types.OID) string {
	return types.Text(&types.Env{Registry: r}, types.RegtypeOID, types.Int(int64(t)))
}

func namespaceName(s Session, oid uint32) (string, bool) {
	for name, n := range fixedNamespaces() {
		if n == oid {
			return expr.QuoteIdent(name), true
		}
	}
	for _, name := range []string{"projsql", s.TempSchema()} {
		if name != "" && namespaceOID(name) == oid {
			return expr.QuoteIdent(name), true
		}
	}
	return "", false
}

func operatorName(t types.OID, oid uint32) (string, bool) {
	for i := range pgdata.AllOperators() {
		o := &pgdata.AllOperators()[i]
		if o.OID != oid {
			continue
		}
		if t == types.RegoperOID {
			if len(pgdata.Operators(o.Name)) > 1 {
				return "pg_catalog." + o.Name, true
			}
			return o.Name, true
		}
		left := "NONE"
		if o.Left != 0 {
			left = types.TypeName(o.Left)
		}
		return o.Name + "(" + left + "," + types.TypeName(o.Right) + ")", true
	}
	return "", false
}

// RegOID implements types.Registry.
func (r Registry) RegOID(t types.OID, name string) (uint32, error) {
	switch t {
	case types.RegtypeOID:
		found, err := expr.TypeNamed(&types.Env{Registry: r}, name)
		if err != nil {
			if oid := r.rowType(name); oid != 0 {
				return oid, nil
			}
		}
		return uint32(found.OID), err
	case types.RegprocOID, types.RegprocedureOID, types.RegoperOID, types.RegoperatorOID:
		return r.routineOID(t, name)
	}
	parts, err := splitName(name)
	if err != nil {
		return 0, err
	}
	last := parts[len(parts)-1]
	switch {
	case t == types.RegclassOID:
		return r.relationOID(parts)
	case named(t) != nil:
		return r.namedOID(t, parts)
	case len(parts) > 1:
		return 0, sqlstate.New(sqlstate.InvalidName, "invalid name syntax")
	case t == types.RegnamespaceOID:
		if !r.schemaExists(last) {
			return 0, missingSchema(last)
		}
		return namespaceOID(last), nil
	case t == types.RegroleOID:
		if oid, ok := r.role(last); ok {
			return oid, nil
		}
		return 0, sqlstate.New(sqlstate.UndefinedObject, "role \"%s\" does not exist", last)
	}
	return 0, sqlstate.New(sqlstate.FeatureNotSupported, "input of type %s by name is not supported yet", types.TypeName(t))
}

// rowType finds a type of those that have no values here; 0 if there is none of the name.
func (r Registry) rowType(name string) uint32 {
	element, array := strings.CutSuffix(name, "[]")
	parts, err := splitName(element)
	if err != nil {
		return 0
	}
	last := parts[len(parts)-1]
	if array {
		last = "_" + last
	}
	schemas := r.Schemas()
	if schema, err := r.SchemaOf(parts); err != nil {
		return 0
	} else if schema != "" {
		schemas = []string{schema}
	}
	for _, schema := range schemas {
		if oid := rowTypesByName()[typeRow{schema, last}]; oid != 0 {
			return oid
		}
		for _, t := range r.Objects().tables {
			switch {
			case t.Schema != schema || t.row == 0:
			case t.Name == last:
				return t.row
			case "_"+t.Name == last:
				return t.array
			}
		}
	}
	return 0
}

// rowTypeName is how regtype shows the type of a relation's rows, or of arrays of them.
func (r Registry) rowTypeName(oid uint32) (string, bool) {
	if !types.IsRow(types.OID(oid)) {
		return "", false
	}
	for _, t := range r.Objects().tables {
		suffix := ""
		switch oid {
		case t.row:
		case t.array:
			suffix = "[]"
		default:
			continue
		}
		if r.rowType(expr.QuoteIdent(t.Name)+suffix) == oid {
			return expr.QuoteIdent(t.Name) + suffix, true
		}
		return qualifiedName(t.Schema, t.Name) + suffix, true
	}
	return "", false
}

// namedOID finds an object of those that are all PostgreSQL's own.
func (r Registry) namedOID(t types.OID, parts []string) (uint32, error) {
	schema, err := r.SchemaOf(parts)
	if err != nil {
		return 0, err
	}
	return named(t).lookup(parts[len(parts)-1], strings.Join(parts, "."), schema == "" || schema == "pg_catalog")
}

func (r Registry) schemaExists(name string) bool {
	_, fixed := fixedNamespaces()[name]
	return fixed || name == "projsql" || name != "" && name == r.TempSchema()
}

func (r Registry) role(name string) (uint32, bool) {
	if slices.ContainsFunc(ownRoles(r.Session), func(o *role.Role) bool { return o.Name == name }) || role.IsPredefined(name) {
		return roleOID(name), true
	}
	return 0, false
}

func (r Registry) relationOID(parts []string) (uint32, error) {
	var oid uint32
	switch len(parts) {
	case 1:
		oid = search(r.Session, parts[0])
	case 2, 3:
		schema := parts[len(parts)-2]
		if len(parts) == 3 && parts[0] != r.Database() {
			return 0, sqlstate.New(sqlstate.FeatureNotSupported, "cross-database references are not implemented: \"%s\"", strings.Join(parts, "."))
		}
		if schema == "pg_temp" {
			schema = r.TempSchema()
		}
		if !r.schemaExists(schema) {
			return 0, missingSchema(schema)
		}
		oid = r.Objects().find(schema, parts[len(parts)-1])
	default:
		return 0, sqlstate.New(sqlstate.SyntaxError, "improper relation name (too many dotted names): %s", strings.Join(parts, "."))
	}
	if oid == 0 {
		return 0, sqlstate.New(sqlstate.UndefinedTable, "relation \"%s\" does not exist", strings.Join(parts, "."))
	}
	return oid, nil
}

// SchemaOf implements types.Registry.
func (r Registry) SchemaOf(parts []string) (string, error) {
	joined := strings.Join(parts, ".")
	switch {
	case len(parts) == 1:
		return "", nil
	case len(parts) > 3:
		return "", sqlstate.New(sqlstate.SyntaxError, "improper qualified name (too many dotted names): %s", joined)
	case len(parts) == 3 && parts[0] != r.Database():
		return "", sqlstate.New(sqlstate.FeatureNotSupported, "cross-database references are not implemented: %s", joined)
	}
	schema := parts[len(parts)-2]
	if temp := r.TempSchema(); schema == "pg_temp" && temp != "" {
		schema = temp
	}
	if !r.schemaExists(schema) {
		return "", missingSchema(schema)
	}
	return schema, nil
}

func missingSchema(name string) error {
	return sqlstate.New(sqlstate.InvalidSchemaName, "schema \"%s\" does not exist", name)
}

// catalogName takes the name of a routine apart, and tells whether pg_catalog is where to look
// for it.
func (r Registry) catalogName(text string) (name string, there bool, err error) {
	parts, err := splitName(text)
	if err != nil {
		return "", false, err
	}
	schema, err := r.SchemaOf(parts)
	return parts[len(parts)-1], schema == "" || schema == "pg_catalog", err
}

func (r Registry) routineOID(t types.OID, text string) (uint32, error) {
	if t == types.RegprocedureOID || t == types.RegoperatorOID {
		return r.signatureOID(t, text)
	}
	name, there, err := r.catalogName(text)
	if err != nil {
		return 0, err
	}
	var found []uint32
	if t == types.RegprocOID {
		for _, own := range r.ownRoutines(text) {
			found = append(found, own.OID)
		}
	}
	switch {
	case !there:
	case t == types.RegprocOID:
		for _, p := range pgdata.Procs(name) {
			found = append(found, p.OID)
		}
	default:
		for _, o := range pgdata.Operators(name) {
			found = append(found, o.OID)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0 && t == types.RegprocOID:
		return 0, missingFunction(text)
	case len(found) == 0:
		return 0, missingOperator(text)
	case t == types.RegprocOID:
		return 0, sqlstate.New(sqlstate.AmbiguousFunction, "more than one function named \"%s\"", text)
	}
	return 0, sqlstate.New(sqlstate.AmbiguousFunction, "more than one operator named %s", text)
}

// ownRoutines are the session's functions that a name means.
func (r Registry) ownRoutines(text string) []*Routine {
	parts, err := splitName(text)
	if err != nil {
		return nil
	}
	schema := ""
	if len(parts) > 1 {
		schema = parts[len(parts)-2]
	}
	return r.Objects().called(schema, parts[len(parts)-1], r.TempSchema())
}

func missingFunction(text string) error {
	return sqlstate.New(sqlstate.UndefinedFunction, "function \"%s\" does not exist", text)
}

func missingOperator(text string) error {
	return sqlstate.New(sqlstate.UndefinedFunction, "operator does not exist: %s", text)
}

func lowerASCII(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// blanks are what may stand between the parts of a name.
const blanks = " \t\n\r\f"

// splitName takes a possibly qualified and quoted name apart.
func splitName(s string) ([]string, error) {
	invalid := sqlstate.New(sqlstate.InvalidName, "invalid name syntax")
	var parts []string
	for rest := strings.Trim(s, blanks); ; {
		var part string
		if strings.HasPrefix(rest, `"`) {
			end := 1
			for end < len(rest) && (rest[end] != '"' || strings.HasPrefix(rest[end+1:], `"`)) {
				if rest[end] == '"' {
					end++
				}
				end++
			}
			if end >= len(rest) {
				return nil, invalid
			}
			part, rest = strings.ReplaceAll(rest[1:end], `""`, `"`), strings.TrimLeft(rest[end+1:], blanks)
		} else {
			end := strings.IndexAny(rest, "."+blanks)
			if end < 0 {
				end = len(rest)
			}
			part, rest = strings.Map(lowerASCII, rest[:end]), strings.TrimLeft(rest[end:], blanks)
			if part == "" {
				return nil, invalid
			}
		}
		parts = append(parts, part)
		if rest == "" {
			return parts, nil
		}
		if rest[0] != '.' {
			return nil, invalid
		}
		rest = strings.TrimLeft(rest[1:], blanks)
	}
}
