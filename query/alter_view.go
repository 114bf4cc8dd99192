package query

import (
	"context"
	"maps"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/ddl"
	"github.com/projsql/projsql/query/deparse"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// alterView is ALTER VIEW of one that all sessions see.
type alterView struct {
	view   string
	column string // that is commented on
	tag    string
	// edit makes of views of a catalog, of which view is one, the changes.
	edit func(s *Session, c *projection.Catalog, v *projection.View) (*edited, error)
}

// viewNamed is the view of all sessions that a statement names; nil: it names another relation, or none.
func (s *Session) viewNamed(c *projection.Catalog, r *pg.RangeVar) *projection.View {
	if s.ownSchema(r) && s.tables.Object(r.GetRelname()) != nil || s.schemaThere(r.GetSchemaname()) != nil {
		return nil
	}
	found, err := s.relations(c).Relation(r.GetSchemaname(), r.GetRelname())
	if err != nil || found == nil || !found.Lasting {
		return nil
	}
	return c.View(found.Name)
}

func (k *alterView) governs(s *Session) error {
	if k.column != "" {
		return s.mayOwnAs("relation", k.view)
	}
	return s.mayOwn(k.view)
}

func (k *alterView) run(ctx context.Context, s *Session, _ *call) (result, error) {
	err := s.changeViews(ctx, k.tag, func(c *projection.Catalog) (*edited, error) {
		if err := k.governs(s); err != nil {
			return nil, err
		}
		v := c.View(k.view)
		if v == nil {
			return nil, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", k.view)
		}
		return k.edit(s, c, v)
	})
	return result{tag: k.tag}, err
}

// replaced is the change that puts a view in the place of one of the same name; none if it is the same.
func replaced(old, made *projection.View) ([]event.Change, error) {
	change, err := viewChange(old, made)
	if was, _ := old.Record(); string(was) == string(change.Value) {
		return nil, err
	}
	return []event.Change{change}, err
}

// bindAlterView binds ALTER VIEW, and ALTER TABLE of a view; false: it is about something else.
func (s *Session) bindAlterView(c *compiled, n *pg.AlterTableStmt) (bool, error) {
	v := s.viewNamed(c.catalog, n.GetRelation())
	if v == nil {
		return s.bindAlterViewAbsent(c, n)
	}
	k := &alterView{view: v.Name, tag: "ALTER VIEW"}
	if n.GetObjtype() == pg.ObjectType_OBJECT_TABLE {
		k.tag = "ALTER TABLE"
	}
	var steps []func(*Session, *projection.View) error
	for _, cmd := range n.GetCmds() {
		step, err := s.alterViewStep(c, v, cmd.GetAlterTableCmd())
		if err != nil {
			return true, err
		}
		steps = append(steps, step)
	}
	k.edit = func(s *Session, _ *projection.Catalog, old *projection.View) (*edited, error) {
		made := *old
		for _, step := range steps {
			if err := step(s, &made); err != nil {
				return nil, err
			}
		}
		changes, err := replaced(old, &made)
		return &edited{changes: changes}, err
	}
	c.command = k
	return true, nil
}

// bindAlterViewAbsent answers ALTER VIEW of what is no view.
func (s *Session) bindAlterViewAbsent(c *compiled, n *pg.AlterTableStmt) (bool, error) {
	r := n.GetRelation()
	if n.GetObjtype() != pg.ObjectType_OBJECT_VIEW || s.ownSchema(r) && s.tables.Object(r.GetRelname()) != nil {
		return false, nil
	}
	err := s.found(c, r)
	switch {
	case err == nil && !s.isIndex(r.GetSchemaname(), r.GetRelname()):
		return true, notA(r.GetRelname(), "a view")
	case n.GetMissingOk() && ddl.IsMissing(err):
		c.command = absentView(r.GetRelname())
		return true, nil
	}
	return err != nil, err
}

// absentView is ALTER VIEW IF EXISTS of what is not there.
type absentView string

func (k absentView) run(_ context.Context, s *Session, x *call) (result, error) {
	return result{tag: "ALTER VIEW"}, s.skips(x, sqlstate.SuccessfulCompletion, "relation %q does not exist, skipping", string(k))
}

var refusedViewSteps = map[pg.AlterTableType]string{
	pg.AlterTableType_AT_AddColumn: "ADD COLUMN", pg.AlterTableType_AT_DropColumn: "DROP COLUMN", pg.AlterTableType_AT_AlterColumnType: "ALTER COLUMN ... SET DATA TYPE",
	pg.AlterTableType_AT_AddConstraint: "ADD CONSTRAINT", pg.AlterTableType_AT_SetNotNull: "ALTER COLUMN ... SET NOT NULL", pg.AlterTableType_AT_DropNotNull: "ALTER COLUMN ... DROP NOT NULL",
}

func (s *Session) alterViewStep(c *compiled, v *projection.View, n *pg.AlterTableCmd) (func(*Session, *projection.View) error, error) {
	switch n.GetSubtype() {
	case pg.AlterTableType_AT_SetRelOptions:
		options, err := viewOptions(n.GetDef().GetList().GetItems())
		return func(_ *Session, to *projection.View) error {
			to.Options = maps.Clone(to.Options)
			if to.Options == nil {
				to.Options = map[string]string{}
			}
			maps.Copy(to.Options, options)
			return nil
		}, err
	case pg.AlterTableType_AT_ResetRelOptions:
		return func(_ *Session, to *projection.View) error {
			to.Options = maps.Clone(to.Options)
			for _, o := range n.GetDef().GetList().GetItems() {
				delete(to.Options, o.GetDefElem().GetDefname())
			}
			return nil
		}, nil
	case pg.AlterTableType_AT_ChangeOwner:
		return nil, unsupported(c.sql, int32(c.statement.Start), "ALTER TABLE … OWNER TO together with others is not supported")
	case pg.AlterTableType_AT_ColumnDefault:
		if !slices.ContainsFunc(v.Columns, func(col projection.ViewColumn) bool { return col.Name == n.GetName() }) {
			return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", n.GetName(), v.Name)
		}
		return nil, unsupported(c.sql, int32(c.statement.Start), "a default of a view's column is not supported").WithHint("Views are read; what they read changes by events: INSERT INTO events.")
	}
	if what := refusedViewSteps[n.GetSubtype()]; what != "" {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "ALTER action %s cannot be performed on relation %q", what, v.Name).
			WithDetail("This operation is not supported for views.")
	}
	return nil, unsupported(c.sql, int32(c.statement.Start), "this ALTER VIEW is not supported")
}

// bindRenameView binds RENAME of a view of all sessions, or of a column of one; false: it is about something else.
func (s *Session) bindRenameView(c *compiled, n *pg.RenameStmt) (bool, error) {
	switch n.GetRenameType() {
	case pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_COLUMN:
	default:
		return false, nil
	}
	v := s.viewNamed(c.catalog, n.GetRelation())
	if v == nil {
		err := s.found(c, n.GetRelation())
		if n.GetRenameType() == pg.ObjectType_OBJECT_VIEW && err == nil && s.tables.Object(n.GetRelation().GetRelname()) == nil {
			return true, notA(n.GetRelation().GetRelname(), "a view")
		}
		return false, nil
	}
	k := &alterView{view: v.Name, tag: "ALTER VIEW"}
	if n.GetRenameType() == pg.ObjectType_OBJECT_TABLE || n.GetRenameType() == pg.ObjectType_OBJECT_COLUMN && n.GetRelationType() == pg.ObjectType_OBJECT_TABLE {
		k.tag = "ALTER TABLE"
	}
	r := renaming{view: v.Name, to: v.Name}
	if n.GetRenameType() == pg.ObjectType_OBJECT_COLUMN {
		r.column, r.columnTo = n.GetSubname(), n.GetNewname()
	} else {
		r.to = n.GetNewname()
	}
	k.edit = r.changes
	c.command = k
	return true, nil
}

// renaming is another name for a view, or for a column of it.
type renaming struct {
	view, to         string
	column, columnTo string // "" = none of its columns
}

func (r renaming) changes(s *Session, c *projection.Catalog, old *projection.View) (*edited, error) {
	if r.column == "" && s.may().schema()&role.Create == 0 {
		return nil, denied("permission denied for schema public")
	}
	made := *old
	made.Name, made.Columns = r.to, slices.Clone(old.Columns)
	if r.column != "" {
		if err := r.renameColumn(&made); err != nil {
			return nil, err
		}
	} else if c.View(r.to) != nil {
		return nil, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", r.to)
	} else if err := s.nameFree(c, r.to, false); err != nil {
		return nil, err
	}
	for _, f := range c.AllRoutines() {
		if slices.Contains(f.Reads, r.view) && (r.column == "" || f.Standard) {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "%s, which needs %s, cannot be written with another name in it", routineNamed(f), expr.QuoteIdent(r.view)).
				WithHint("Drop it first, and create it anew.")
		}
	}
	value, err := made.Record()
	change := event.Change{Name: projection.ViewRecordName(r.to), Value: value, Expect: event.NoRecord, Holds: []event.Hold{{Name: projection.RecordName(r.to)}}}
	all := []event.Change{change, {Name: projection.ViewRecordName(r.view), Expect: event.ThisRecord, Version: old.Version}}
	if r.to == r.view {
		all = all[:1]
		all[0].Expect, all[0].Version = event.ThisRecord, old.Version
	}
	for _, v := range c.AllViews() {
		if err != nil || !slices.Contains(v.Reads, r.view) {
			continue
		}
		var change []event.Change
		change, err = r.reader(s, c, v)
		all = append(all, change...)
	}
	if err != nil {
		return nil, err
	}
	return withRoles(c, all, r.privileges(c)), nil
}

// privileges are the roles with what is said of the view under its other name, or of its column.
func (r renaming) privileges(c *projection.Catalog) *role.Set {
	held := c.Held(r.view)
	switch {
	case held == nil, r.column != "" && len(held.Column(r.column)) == 0:
		return c.Roles
	case r.column != "":
		return c.Roles.WithRelation(r.view, held.ColumnRenamed(r.column, r.columnTo))
	}
	return c.Roles.WithRelation(r.view, nil).WithRelation(r.to, held)
}

func (r renaming) renameColumn(v *projection.View) error {
	find := func(name string) int {
		return slices.IndexFunc(v.Columns, func(c projection.ViewColumn) bool { return c.Name == name })
	}
	i := find(r.column)
	switch {
	case i < 0:
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q does not exist", r.column)
	case find(r.columnTo) >= 0:
		return sqlstate.New(sqlstate.DuplicateColumn, "column %q of relation %q already exists", r.columnTo, v.Name)
	}
	v.Columns[i].Name = r.columnTo
	return temptable.CheckName(r.columnTo)
}

// reader writes a view anew that reads the one that is renamed.
func (r renaming) reader(s *Session, c *projection.Catalog, old *projection.View) ([]event.Change, error) {
	made := *old
	shown := &temptable.View{Name: old.Name, SQL: old.SQL, Columns: columnsOf(old)}
	to := deparse.Renaming{View: r.view, To: r.to, Column: r.column, ColumnTo: r.columnTo}
	text, ok := s.writeView(s.lastingOptions(c), shown, deparse.Style{Pretty: true, Qualified: true, Renamed: to})
	if !ok {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "view %s, which reads %s, cannot be written with another name in it", expr.QuoteIdent(old.Name), expr.QuoteIdent(r.view)).
			WithHint("Drop it first, and create it anew.")
	}
	made.SQL, made.Reads = text, slices.Clone(old.Reads)
	made.Reads[slices.Index(made.Reads, r.view)] = r.to
	slices.Sort(made.Reads)
	return replaced(old, &made)
}
