package query

import (
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/deparse"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/freshness"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// ownTypesFrom is the first OID that types of PostgreSQL's own do not have.
const ownTypesFrom = 16384

// lastingView is the view that a CREATE VIEW makes for all sessions; nil: it holds something of the
// session's own. SQL is written as it was understood: * is its columns of the moment, every
// column has its table and every relation its schema.
func (s *Session) lastingView(c *compiled, k *createView) (*projection.View, error) {
	o := s.lastingOptions(c.catalog)
	v := k.view
	if text, ok := s.writeView(o, &v, deparse.Style{Pretty: true, Qualified: true}); ok {
		v.SQL = strings.TrimSpace(text)
	}
	made := &projection.View{Name: v.Name, SQL: v.SQL, Freshness: v.Freshness}
	o.Qualify = func(r *plan.Relation) {
		if r.Schema == "public" && !slices.Contains(made.Reads, r.Name) {
			made.Reads = append(made.Reads, r.Name)
		}
	}
	q, err := analyzed(v.SQL, o)
	if err != nil || len(q.Columns) != len(v.Columns) {
		return nil, nil
	}
	for i, col := range v.Columns {
		switch {
		case q.Columns[i].Type != col.Type:
			return nil, nil
		case types.IsRow(col.Type.OID):
			return nil, unsupported(c.sql, k.statement.GetView().GetLocation(), "column %q of a view that outlives the session cannot be a row of a relation", col.Name).
				WithHint("Select its columns, or use CREATE TEMP VIEW.")
		case col.Type.OID >= ownTypesFrom:
			return nil, nil
		}
		made.Columns = append(made.Columns, projection.ViewColumn{Name: col.Name, Type: uint32(col.Type.OID), Mod: col.Type.Mod, Collation: uint32(col.Collation)})
	}
	for _, oid := range q.Called {
		called := s.functionOf(c.catalog, func(f *lastingFunction) bool { return f.OID == oid })
		if called == nil {
			return nil, nil
		}
		made.Calls = append(made.Calls, called.Key)
		made.Reads = s.withRowsOf(c.catalog, called, made.Reads)
	}
	slices.Sort(made.Reads)
	slices.Sort(made.Calls)
	return made, nil
}

// analyzed plans the text of a view.
func analyzed(sql string, o analyze.Options) (*plan.Query, error) {
	tree, err := pg.Parse(sql)
	if err != nil {
		return nil, err
	}
	return analyze.Select(sql, tree.GetStmts()[0].GetStmt(), o)
}

// lastingOptions are what the views of all sessions are planned with.
func (s *Session) lastingOptions(c *projection.Catalog) analyze.Options {
	o := s.planOptions(&compiled{catalog: c, names: writtenNames}, expr.FixedParams(nil))
	o.Opaque = true
	return o
}

// lastingSurroundings are env without what is the session's own, and the functions of all sessions by their schema; nil:
// that is what the session has itself.
func (s *Session) lastingSurroundings(c *projection.Catalog, env types.Env) *analyze.Surroundings {
	if s.tables.None() && len(c.AllRoutines()) == 0 {
		return nil
	}
	env.Registry = publicTypes{env.Registry, s, c}
	return &analyze.Surroundings{Extensions: s.extensionsOf(c).written, Env: &env}
}

// publicTypes is a types.Registry that does not know what types a session has.
type publicTypes struct {
	types.Registry
	session *Session
	catalog *projection.Catalog
}

// TypeNamed implements types.Registry.
func (p publicTypes) TypeNamed(schema, name string) *types.TypeInfo {
	switch {
	case schema != "":
		return p.session.rowTypeIn(p.catalog, []string{schema}, name)
	case types.ByName(name) != nil:
		return nil
	}
	return p.session.rowTypeIn(p.catalog, p.session.schemas, name)
}

// createsTemp reports whether what is created without a schema is the session's own.
func (s *Session) createsTemp() bool {
	named := namedSchemas(s.settings.Raw("search_path"), s.tables.Schema)
	return len(named) > 0 && named[0] == s.tables.Schema
}

// contractOf is the freshness that CREATE VIEW gives its view, as it means the same to all sessions.
func (s *Session) contractOf(c *compiled) (string, error) {
	if c.freshness == nil {
		return "", nil
	}
	if c.freshness.Value.Kind == parse.ParamValue {
		return "", at(c.sql, int32(c.freshness.Value.Pos), sqlstate.UndefinedParameter, "there is no parameter $%d", c.freshness.Value.Param)
	}
	f, err := freshness.Fixed(s.env, c.freshness)
	if err != nil {
		return "", sqlstate.Of(err).At(parse.Position(c.sql, c.freshness.Value.Pos))
	}
	return freshness.Text(f), nil
}

// viewInPublic is a view of all sessions as plans know it.
func viewInPublic(v *projection.View) *plan.Relation {
	made := &plan.Relation{
		Schema: "public", Name: v.Name, OID: catalog.RelationOID(v.Name), Kind: plan.ViewRelation, View: v.SQL, Lasting: true, Freshness: v.Freshness, Invoker: saysTrue(v.Options["security_invoker"]), Barrier: saysTrue(v.Options["security_barrier"]),
	}
	for _, c := range v.Columns {
		made.Columns = append(made.Columns, plan.RelationColumn{Name: c.Name, Type: typeOfColumn(c), Collation: types.OID(c.Collation)})
	}
	return made
}

// saysTrue reports whether an option of a view is on.
func saysTrue(option string) bool {
	d, err := types.Parse(nil, types.Of(types.BoolOID), option)
	return err == nil && d.Bool()
}

func typeOfColumn(c projection.ViewColumn) types.Type {
	return types.Type{OID: types.OID(c.Type), Mod: c.Mod}
}

// columnsOf are the columns of a view as those of a session's.
func columnsOf(v *projection.View) (all []temptable.Column) {
	for _, c := range v.Columns {
		all = append(all, temptable.Column{Name: c.Name, Type: typeOfColumn(c), Collation: types.OID(c.Collation), Comment: c.Comment})
	}
	return all
}

// viewTable is a view of all sessions as catalogs show it.
func (s *Session) viewTable(c *projection.Catalog, v *projection.View) *catalog.Table {
	shown := &temptable.View{Name: v.Name, SQL: v.SQL, Columns: columnsOf(v), Freshness: v.Freshness}
	made := &catalog.Table{
		Relation: viewInPublic(v), View: true, Comment: v.Comment, Comments: comments(shown.Columns), Held: c.Held(v.Name), Options: v.Options,
		Query: func(pretty bool) (string, bool) { return s.shownView(s.lastingOptions(s.catalog()), shown, pretty) },
	}
	for _, name := range v.Reads {
		made.Reads = append(made.Reads, catalog.RelationOID(name))
	}
	made.Calls = s.calledBy(c, v.Calls)
	return made
}

func errCheckOption() error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "WITH CHECK OPTION is supported only on automatically updatable views").
		WithHint("Views are read; what they read changes by events: INSERT INTO events.")
}

// viewOptions are those that WITH (…) gives a view.
func viewOptions(list []*pg.Node) (map[string]string, error) {
	var all map[string]string
	for _, n := range list {
		d := n.GetDefElem()
		name := d.GetDefname()
		switch {
		case d.GetDefnamespace() != "":
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized parameter namespace %q", d.GetDefnamespace())
		case name == "check_option":
			return nil, errCheckOption()
		case name != "security_barrier" && name != "security_invoker":
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized parameter %q", name)
		case all[name] != "":
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "parameter %q specified more than once", name)
		}
		text := "true"
		if d.GetArg() != nil {
			text = optionText(d.GetArg())
		}
		if _, err := types.Parse(nil, types.Of(types.BoolOID), text); err != nil {
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for boolean option %q: %s", name, text)
		}
		if all == nil {
			all = map[string]string{}
		}
		all[name] = text
	}
	return all, nil
}

// optionText is what stands behind = in an option.
func optionText(n *pg.Node) string {
	switch n := n.GetNode().(type) {
	case *pg.Node_Integer:
		return strconv.Itoa(int(n.Integer.GetIval()))
	case *pg.Node_Float:
		return n.Float.GetFval()
	case *pg.Node_Boolean:
		return strconv.FormatBool(n.Boolean.GetBoolval())
	case *pg.Node_TypeName:
		return n.TypeName.GetNames()[len(n.TypeName.GetNames())-1].GetString_().GetSval()
	}
	return n.GetString_().GetSval()
}
