package expr

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// BindType resolves a type as written. Errors: 42704, 22023, 0A000.
func (b *Binder) BindType(n *pg_query.TypeName) (types.Type, error) {
	pos := int(n.Location)
	if n.Setof || n.PctType {
		return types.Type{}, b.unsupported(pos, "this type name")
	}
	schema, err := b.schemaOf(names(n.Names), pos)
	if err != nil {
		return types.Type{}, err
	}
	info := b.typeByName(schema, n)
	if info == nil {
		if b.RowType != nil && len(n.Names) == 1 && b.RowType(n.Names[0].GetString_().GetSval()) {
			return types.Type{}, b.unsupported(pos, "type "+typeText(n))
		}
		return types.Type{}, b.errorAt(pos, sqlstate.UndefinedObject, "type \"%s\" does not exist", typeText(n))
	}
	t := types.Of(info.OID)
	if len(n.Typmods) > 0 {
		mod, err := b.typmod(info.OID, n.Typmods, pos)
		if err != nil {
			return t, err
		}
		t.Mod = mod
	}
	if len(n.ArrayBounds) > 0 && types.ElemOf(t.OID) == 0 {
		if t.OID = info.Array; t.OID == 0 {
			return t, b.errorAt(pos, sqlstate.UndefinedObject, "could not find array type for data type %s", typeName(info.OID))
		}
	}
	return t, nil
}

func (b *Binder) typeByName(schema string, n *pg_query.TypeName) *types.TypeInfo {
	last := n.Names[len(n.Names)-1].GetString_().GetSval()
	if r := b.env().Registry; r != nil {
		if own := r.TypeNamed(schema, last); own != nil {
			return own
		}
	}
	switch schema {
	case "", "pg_catalog":
		return types.ByName(last)
	case "information_schema":
		return types.DomainNamed(last)
	}
	return nil
}

// names are the parts of a name.
func names(nodes []*pg_query.Node) []string {
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = n.GetString_().GetSval()
	}
	return parts
}

func typeText(n *pg_query.TypeName) string {
	return strings.Join(names(n.Names), ".") + strings.Repeat("[]", len(n.ArrayBounds))
}

func (b *Binder) typmod(oid types.OID, nodes []*pg_query.Node, pos int) (int32, error) {
	if !hasText(oid) {
		return 0, b.unsupported(pos, "type "+typeName(oid))
	}
	args := make([]int32, len(nodes))
	for i, n := range nodes {
		v, err := modifier(n)
		if err != nil {
			return 0, b.at(err, pos)
		}
		args[i] = v
	}
	mod, err := types.Typmod(oid, args)
	if err == nil {
		b.warn(types.Reduced(oid, args), pos)
	}
	return mod, b.at(err, pos)
}

// modifier reads an element of a type's modifier as a number, which text and names may be too.
func modifier(n *pg_query.Node) (int32, error) {
	if v, ok := n.GetAConst().GetVal().(*pg_query.A_Const_Ival); ok {
		return v.Ival.Ival, nil
	}
	text := ""
	switch ref := n.GetColumnRef().GetFields(); {
	case n.GetAConst().GetFval() != nil:
		text = n.GetAConst().GetFval().Fval
	case n.GetAConst().GetSval() != nil:
		text = n.GetAConst().GetSval().Sval
	case len(ref) == 1 && ref[0].GetString_() != nil:
		text = ref[0].GetString_().Sval
	default:
		return 0, sqlstate.New(sqlstate.SyntaxError, "type modifiers must be simple constants or identifiers")
	}
	d, err := types.Parse(nil, types.Of(types.Int4OID), text)
	return int32(d.Int()), err
}

// warn tells a warning at a byte offset; nil is none.
func (b *Binder) warn(w *sqlstate.Error, pos int) {
	if w == nil || b.Env == nil || b.Env.Warn == nil {
		return
	}
	if pos >= 0 {
		w.At(parse.Position(b.Text, pos))
	}
	b.Env.Warn(w)
}

func (b *Binder) bindCast(n *pg_query.TypeCast) (Expr, error) {
	to, err := b.BindType(n.TypeName)
	if err != nil {
		return nil, err
	}
	pos := int(n.Location)
	if pos < 0 {
		pos = int(n.TypeName.Location)
	}
	if under := types.BaseOf(to.OID); types.ElemOf(under) != 0 {
		if array := n.Arg.GetAArrayExpr(); array != nil {
			e, err := b.bindArray(array, types.Type{OID: under, Mod: to.Mod})
			if err != nil || under == to.OID {
				return e, err
			}
			return b.coerceAt(e, to, Explicit, pos)
		}
	}
	e, err := b.Bind(n.Arg)
	if err != nil {
		return nil, err
	}
	return b.coerceAt(e, to, Explicit, pos)
}

// Equatable fails with 42883 if values of the type cannot be compared for
// equality (json).
func (b *Binder) Equatable(oid types.OID, pos int) error {
	if hasEquality(oid) {
		return nil
	}
	return b.errorAt(pos, sqlstate.UndefinedFunction, "could not identify an equality operator for type %s", typeName(oid))
}

// Sortable fails with 42883 if the type has no order (json).
func (b *Binder) Sortable(oid types.OID, pos int) error {
	if hasOrder(oid) {
		return nil
	}
	return b.errorAt(pos, sqlstate.UndefinedFunction, "could not identify an ordering operator for type %s", typeName(oid)).
		WithHint("Use an explicit ordering operator or modify the query.")
}

// Indexable fails with 42704 if keys and indexes cannot be of a type.
func Indexable(oid types.OID) error {
	if hasOrder(oid) {
		return nil
	}
	return sqlstate.New(sqlstate.UndefinedObject, "data type %s has no default operator class for access method \"btree\"", typeName(oid)).
		WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
}

func hasOrder(oid types.OID) bool {
	oid = types.BaseOf(oid)
	if elem := types.ElemOf(oid); elem != 0 {
		oid = types.BaseOf(elem)
	}
	return hasText(oid) && !types.Unordered(oid)
}

// hasEquality reports whether values can be told apart, if they have no order.
func hasEquality(oid types.OID) bool {
	oid = types.BaseOf(oid)
	return hasOrder(oid) || types.HasHashAlone(oid) || types.HasHashAlone(types.ElemOf(oid))
}

// schemaOf is the schema that a name says, "" if it says none. Only that there is none has a place.
func (b *Binder) schemaOf(parts []string, pos int) (string, error) {
	if len(parts) == 1 {
		return "", nil
	}
	if r := b.env().Registry; r != nil {
		schema, err := r.SchemaOf(parts)
		if e := sqlstate.Of(err); err != nil && e.Code == sqlstate.InvalidSchemaName {
			return "", b.at(err, pos)
		}
		return schema, err
	}
	schema := parts[len(parts)-2]
	switch schema {
	case "pg_catalog", "public", "information_schema", "projsql", "pg_toast":
		return schema, nil
	}
	return "", b.errorAt(pos, sqlstate.InvalidSchemaName, "schema \"%s\" does not exist", schema)
}

// inDatabase leaves the database out of a name, which must be the one that is connected to.
func (b *Binder) inDatabase(parts []string, pos int) ([]string, error) {
	if len(parts) < 3 {
		return parts, nil
	}
	_, err := b.schemaOf(parts, pos)
	return parts[len(parts)-2:], err
}
