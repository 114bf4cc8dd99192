package ddl

import (
	"context"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createRange is CREATE TYPE … AS RANGE: a range type and the type of its multiranges.
type createRange struct {
	name       string
	told       bool // wrote pg_temp
	definition []*pg.Node
}

func (c *call) bindCreateRange(n *pg.CreateRangeStmt) (command, error) {
	schema, name := parse.Qualified(n.GetTypeName())
	if err := c.ownType(schema, int32(c.Start)); err != nil {
		return nil, err
	}
	return &createRange{name: name, told: schema != "", definition: n.GetParams()}, nil
}

func (*createRange) tag() string { return "CREATE TYPE" }

func (k *createRange) run(_ context.Context, c *call) error {
	if !c.Tables().Free(k.name) {
		return sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", k.name)
	}
	r := &rangeBuilder{call: c, info: types.TypeInfo{Name: k.name, Kind: 'r', Bounds: &types.Bounds{}}, given: map[string]*pg.DefElem{}}
	if err := r.build(k.definition); err != nil {
		return err
	}
	if !k.told {
		if err := c.notice("type %q will be a temporary type", k.name); err != nil {
			return err
		}
	}
	return c.Tables().CreateRange(r.info, r.multirange, k.told)
}

// rangeBuilder makes a range type of its definition, in the order in which PostgreSQL looks at it.
type rangeBuilder struct {
	*call
	info       types.TypeInfo
	multirange string // the name of the other type
	given      map[string]*pg.DefElem
}

func (r *rangeBuilder) build(definition []*pg.Node) error {
	for _, e := range definition {
		if err := r.take(e.GetDefElem()); err != nil {
			return err
		}
	}
	switch t := types.Info(r.info.Subtype); {
	case t == nil:
		return sqlstate.New(sqlstate.SyntaxError, "type attribute \"subtype\" is required")
	case t.Kind == 'p':
		return sqlstate.New(sqlstate.DatatypeMismatch, "range subtype cannot be %s", t.SQLName)
	}
	if err := r.order(); err != nil {
		return err
	}
	if r.given["canonical"] != nil {
		return sqlstate.New(sqlstate.InvalidObjectDefinition, "cannot specify a canonical function without a pre-created shell type").
			WithHint("Create the type as a shell type, then create its canonicalization function, then do a full CREATE TYPE.")
	}
	if err := r.difference(); err != nil {
		return err
	}
	return r.nameMultirange()
}

// take notes one word of the definition. What it names as a type is looked up at once.
func (r *rangeBuilder) take(d *pg.DefElem) error {
	name := d.GetDefname()
	if r.given[name] != nil {
		return r.at(d.GetLocation(), sqlstate.SyntaxError, "conflicting or redundant options")
	}
	switch name {
	case "subtype", "subtype_opclass", "collation", "canonical", "subtype_diff", "multirange_type_name":
	default:
		return sqlstate.New(sqlstate.SyntaxError, "type attribute \"%s\" not recognized", name)
	}
	if d.GetArg() == nil {
		return sqlstate.New(sqlstate.SyntaxError, "%s requires a parameter", name)
	}
	r.given[name] = d
	switch names := r.names(name); {
	case names == nil && name == "subtype":
		return sqlstate.New(sqlstate.SyntaxError, "argument of subtype must be a type name")
	case names == nil:
		return sqlstate.New(sqlstate.SyntaxError, "argument of %s must be a name", name)
	case name == "subtype":
		t, err := (&expr.Binder{Text: r.Text, Env: r.unplaced(1)}).BindType(r.typeName(name))
		if err != nil {
			return sqlstate.WithoutPosition(err)
		}
		r.info.Subtype = t.OID
		if r.ofRows(t.OID) {
			return r.unsupportedAt(d.GetLocation(), "a range of the rows of a relation is not supported")
		}
	case name == "collation":
		return r.collate(names)
	case name == "multirange_type_name":
		return r.other(d, names)
	}
	return nil
}

// typeName is what a word of the definition names, which the grammar takes for a type; a string names one too.
func (r *rangeBuilder) typeName(word string) *pg.TypeName {
	arg := r.given[word].GetArg()
	if s := arg.GetString_(); s != nil {
		return &pg.TypeName{Names: []*pg.Node{arg}, Typemod: -1, Location: -1}
	}
	return arg.GetTypeName()
}

// names are the parts of a name that the definition has; nil: there is none.
func (r *rangeBuilder) names(word string) []*pg.Node { return r.typeName(word).GetNames() }

func (r *rangeBuilder) collate(names []*pg.Node) error {
	c, err := r.env().Registry.RegOID(types.RegcollationOID, joinedParts(names))
	if err != nil {
		return sqlstate.WithoutPosition(err)
	}
	r.info.Bounds.Collation = types.OID(c)
	return nil
}

// joinedParts writes a name of parts.
func joinedParts(names []*pg.Node) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = expr.QuoteIdent(n.GetString_().GetSval())
	}
	return strings.Join(parts, ".")
}

// other takes the name of the type of multiranges.
func (r *rangeBuilder) other(d *pg.DefElem, names []*pg.Node) error {
	schema, name := parse.Qualified(names)
	r.multirange = name
	if schema == "pg_catalog" && types.ByName(name) != nil {
		return sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", name)
	}
	if schema != "" && !r.Tables().Owns(schema) {
		return r.unsupportedAt(d.GetLocation(), "a type that outlives the session is not supported")
	}
	return nil
}

// order finds what bounds are compared by.
func (r *rangeBuilder) order() error {
	t := r.info.Subtype
	if r.given["subtype_opclass"] != nil {
		_, name := parse.Qualified(r.names("subtype_opclass"))
		class := catalog.DefaultClass(t)
		if class.OID == 0 || class.Name != name {
			return r.unsupportedAt(r.given["subtype_opclass"].GetLocation(), "an operator class that is not the subtype's own is not supported")
		}
	}
	if err := expr.Indexable(t); err != nil {
		return sqlstate.Of(err).WithHint("You must specify an operator class for the range type or define a default operator class for the subtype.")
	}
	r.info.Bounds.Class = types.OID(catalog.DefaultClass(t).OID)
	collation := types.Info(t).Collation
	switch {
	case collation == 0 && r.given["collation"] != nil:
		return sqlstate.New(sqlstate.WrongObjectType, "range collation specified but subtype does not support collation")
	case r.given["collation"] == nil:
		r.info.Bounds.Collation = collation
	}
	return nil
}

// difference finds the function that tells how far bounds are from one another. No index asks it here.
func (r *rangeBuilder) difference() error {
	if r.given["subtype_diff"] == nil {
		return nil
	}
	schema, name := parse.Qualified(r.names("subtype_diff"))
	args := []types.OID{r.info.Subtype, r.info.Subtype}
	subtype := types.TypeName(r.info.Subtype)
	asked := joinedParts(r.names("subtype_diff")) + "(" + subtype + ", " + subtype + ")"
	for _, p := range r.Options("").Extensions.Named(schema, name) {
		switch {
		case !slices.Equal(p.Args, args):
		case p.Result != types.Float8OID:
			return sqlstate.New(sqlstate.InvalidObjectDefinition, "range subtype diff function %s must return type %s", asked, "double precision")
		case p.Volatile != 'i':
			return sqlstate.New(sqlstate.InvalidObjectDefinition, "range subtype diff function %s must be immutable", asked)
		default:
			r.info.Bounds.Diff = types.OID(p.OID)
			return nil
		}
	}
	return sqlstate.New(sqlstate.UndefinedFunction, "function %s does not exist", asked)
}

// nameMultirange makes a name of the range's if none is given.
func (r *rangeBuilder) nameMultirange() error {
	switch {
	case r.multirange != "" && r.Tables().Free(r.multirange) && r.multirange != r.info.Name:
		return nil
	case r.multirange != "":
		return sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", r.multirange)
	}
	r.multirange = multirangeName(r.info.Name)
	if !r.Tables().Free(r.multirange) {
		return sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", r.multirange).
			WithDetail("Failed while creating a multirange type for type %q.", r.info.Name).
			WithHint("You can manually specify a multirange type name using the \"multirange_type_name\" attribute.")
	}
	return nil
}

// multirangeName puts multi before the range in a name, or _multirange behind it.
func multirangeName(name string) string {
	const nameBytesMax, suffix = 63, "_multirange"
	if before, after, ok := strings.Cut(name, "range"); ok {
		return clipped(before+"multirange"+after, nameBytesMax)
	}
	return clipped(name, nameBytesMax-len(suffix)) + suffix
}

// clipped is a name within PostgreSQL's limit.
func clipped(name string, bytesMax int) string {
	return strings.ToValidUTF8(name[:min(len(name), bytesMax)], "")
}

// ofRows reports whether a type is that of the rows of a table or view, or of arrays of them.
func (c *call) ofRows(t types.OID) bool {
	if elem := types.ElemOf(t); elem != 0 {
		t = elem
	}
	return types.IsRecord(t) && c.Tables().Type(t) == nil
}

// Constructors are the functions of a session's range types, with OIDs from one on.
func Constructors(all *temptable.Tables, oid uint32) (made []*expr.Function) {
	for i, t := range all.Types() {
		if info := types.Info(t.OID); info.Kind == 'r' || info.Kind == 'm' {
			made = append(made, expr.Constructors(info, t.Made, oid+uint32(i*expr.ConstructorsMax), t.Hidden)...)
		}
	}
	return made
}
