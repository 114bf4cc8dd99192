package query

import (
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createView is CREATE VIEW.
type createView struct {
	statement *pg.ViewStmt
	view      temptable.View
	replace   bool
	told      bool             // said TEMP
	lasting   *projection.View // that all sessions see; nil: the view is the session's own
}

func (s *Session) bindCreateView(c *compiled, n *pg.ViewStmt) error {
	v := n.GetView()
	k := &createView{statement: n, replace: n.GetReplace(), told: v.GetRelpersistence() == "t"}
	public := v.GetSchemaname() != "" && !s.isTemp(v.GetSchemaname())
	if err := s.schemaThere(v.GetSchemaname()); err != nil && !s.isTemp(v.GetSchemaname()) {
		return err
	}
	switch {
	case v.GetSchemaname() == "" && !k.told && !s.createsTemp() && !slices.Contains(s.schemas, "public"):
		return sqlstate.New(sqlstate.InvalidSchemaName, "no schema has been selected to create in")
	case public && k.told:
		return sqlstate.New(sqlstate.InvalidTableDefinition, "cannot create temporary relation in non-temporary schema")
	case n.GetWithCheckOption() > pg.ViewCheckOption_NO_CHECK_OPTION:
		return errCheckOption()
	case analyze.FirstOf(n.GetQuery().GetSelectStmt()).GetIntoClause() != nil:
		return sqlstate.New(sqlstate.FeatureNotSupported, "views must not contain SELECT INTO")
	}
	options, err := viewOptions(n.GetOptions())
	if err != nil {
		return err
	}
	k.told = k.told || v.GetSchemaname() != "" && !public || v.GetSchemaname() == "" && s.createsTemp()
	_, o := s.readOptions(c, expr.FixedParams(nil))
	k.view.Name, o.Opaque = v.GetRelname(), true
	o.Qualify = func(r *plan.Relation) {
		if r.Schema == s.tables.Schema && !slices.Contains(k.view.Needs, r.Name) {
			k.view.Needs = append(k.view.Needs, r.Name)
		}
	}
	o.Spreads = func(row types.OID) {
		for _, t := range s.tables.All() {
			if s.tables.TypeOfRows(t) == row && !slices.Contains(k.view.Needs, t.Name) {
				k.view.Needs = append(k.view.Needs, t.Name)
			}
		}
	}
	o.Determined = func(r *plan.Relation) {
		if r.Schema == s.tables.Schema && !slices.Contains(k.view.Keys, r.Name) {
			k.view.Keys = append(k.view.Keys, r.Name)
		}
	}
	q, err := analyze.Select(c.sql, n.GetQuery(), o)
	if err != nil {
		return err
	}
	if q.Changes {
		return sqlstate.New(sqlstate.FeatureNotSupported, "views must not contain data-modifying statements in WITH")
	}
	if q.IfChanged || len(q.Freshness) > 0 {
		return unsupported(c.sql, v.GetLocation(), "a freshness within a view is not supported").WithHint("Say it at the end: WITH FRESHNESS.")
	}
	if k.view.Freshness, err = s.contractOf(c); err != nil {
		return err
	}
	if err := k.columns(q, n.GetAliases()); err != nil {
		return err
	}
	parse.Fix(n.GetQuery(), o.Fixed)
	c.command = k
	if k.view.SQL, err = parse.StatementText(n.GetQuery()); err != nil {
		return err
	}
	if !k.told && len(k.view.Needs) == 0 {
		if k.lasting, err = s.lastingView(c, k); err != nil {
			return err
		}
	}
	switch {
	case k.lasting != nil && public && v.GetSchemaname() != "public":
		return s.noneIn(v)
	case k.lasting != nil:
		k.lasting.Options = options
	case public:
		return sqlstate.New(sqlstate.InvalidTableDefinition, "cannot create temporary relation in non-temporary schema")
	case len(options) > 0:
		return unsupported(c.sql, v.GetLocation(), "an option of CREATE TEMP VIEW is not supported")
	}
	return nil
}

// noneIn refuses a view in a schema of the system.
func (s *Session) noneIn(v *pg.RangeVar) error {
	if !s.may().all {
		return denied("permission denied for schema %s", v.GetSchemaname())
	}
	return denied("permission denied to create \"%s.%s\"", v.GetSchemaname(), v.GetRelname()).WithDetail("System catalog modifications are currently disallowed.")
}

func (k *createView) columns(q *plan.Query, aliases []*pg.Node) error {
	if len(aliases) > len(q.Columns) {
		return sqlstate.New(sqlstate.SyntaxError, "CREATE VIEW specifies more column names than columns")
	}
	for i, col := range q.Columns {
		name := col.Name
		if i < len(aliases) {
			name = aliases[i].GetString_().GetSval()
		}
		if slices.ContainsFunc(k.view.Columns, func(c temptable.Column) bool { return c.Name == name }) {
			return sqlstate.New(sqlstate.DuplicateColumn, "column %q specified more than once", name)
		}
		if types.Info(col.Type.OID).Kind == 'p' {
			return sqlstate.New(sqlstate.InvalidTableDefinition, "column %q has pseudo-type %s", name, types.TypeName(col.Type.OID))
		}
		if col.Collation == expr.NoCollation {
			return sqlstate.New(sqlstate.IndeterminateCollation, "could not determine which collation to use for view column %q", name).
				WithHint("Use the COLLATE clause to set the collation explicitly.")
		}
		k.view.Columns = append(k.view.Columns, temptable.Column{Name: name, Type: col.Type, Collation: col.Collation})
	}
	return nil
}

func (k *createView) run(ctx context.Context, s *Session, x *call) (result, error) {
	if k.lasting != nil {
		return result{tag: createViewTag}, k.define(ctx, s, x)
	}
	if !k.told {
		if err := s.notice(x.out, "view %q will be a temporary view", k.view.Name); err != nil {
			return result{}, err
		}
	}
	was, _ := s.tables.Object(k.view.Name).(*temptable.View)
	if was == nil && k.replace && !s.tables.Free(k.view.Name) {
		return result{}, notA(k.view.Name, "a view")
	}
	if was == nil || !k.replace {
		return result{tag: "CREATE VIEW"}, s.tables.CreateView(k.view)
	}
	if err := fits(was.Columns, k.view.Columns); err != nil {
		return result{}, err
	}
	if len(k.view.Columns) > len(was.Columns) && len(s.readers(was)) > 0 {
		return result{}, unsupported(x.sql, int32(x.statement.Start), "CREATE OR REPLACE VIEW with more columns of what a view reads is not supported").WithHint("Drop the view that reads it first.")
	}
	return result{tag: "CREATE VIEW"}, s.tables.ReplaceView(was, k.commented(was))
}

// commented is the view with the comments of the one that it replaces.
func (k *createView) commented(was *temptable.View) temptable.View {
	v := k.view
	v.Comment, v.Columns = was.Comment, slices.Clone(v.Columns)
	for i, c := range was.Columns {
		v.Columns[i].Comment = c.Comment
	}
	return v
}

// fits checks that a view that is replaced keeps its columns.
func fits(was, made []temptable.Column) error {
	if len(made) < len(was) {
		return sqlstate.New(sqlstate.InvalidTableDefinition, "cannot drop columns from view")
	}
	for i, old := range was {
		now := made[i]
		if now.Name != old.Name {
			return sqlstate.New(sqlstate.InvalidTableDefinition, "cannot change name of view column %q to %q", old.Name, now.Name).
				WithHint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
		}
		if now.Type != old.Type {
			return sqlstate.New(sqlstate.InvalidTableDefinition, "cannot change data type of view column %q from %s to %s",
				old.Name, types.FormatType(old.Type), types.FormatType(now.Type))
		}
		if was, is := collationOf(old), collationOf(now); was != is {
			return sqlstate.New(sqlstate.InvalidTableDefinition, "cannot change collation of view column %q from %q to %q", old.Name, was, is)
		}
	}
	return nil
}

// collationOf names the collation of a column; "" if its type has none.
func collationOf(c temptable.Column) string {
	oid := c.Collation
	if oid == 0 {
		oid = types.Info(c.Type.OID).Collation
	}
	if oid == 0 {
		return ""
	}
	return expr.CollationName(oid)
}

// viewRelation is a view of the session as plans know it.
func (s *Session) viewRelation(v *temptable.View) *plan.Relation {
	made := &plan.Relation{Schema: s.tables.Schema, Name: v.Name, OID: v.OID, Kind: plan.ViewRelation, View: v.SQL, Freshness: v.Freshness}
	made.OwnRowType = func() (types.OID, error) { return s.tables.RowType(v) }
	for _, c := range v.Columns {
		made.Columns = append(made.Columns, plan.RelationColumn{Name: c.Name, Type: c.Type, Collation: c.Collation})
	}
	return made
}
