package ddl

import (
	"context"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// alterTable is ALTER TABLE of a temporary table, one step after the other.
type alterTable struct {
	table *temptable.Table // nil: there is none, which is fine
	name  string
	steps []*pg.AlterTableCmd
}

func (c *call) bindAlterTable(n *pg.AlterTableStmt) (command, error) {
	t := c.tableOf(n.GetRelation())
	if n.GetObjtype() != pg.ObjectType_OBJECT_TABLE {
		return nil, nil
	}
	k := &alterTable{table: t, name: n.GetRelation().GetRelname()}
	if t == nil && c.NamesIndex(n.GetRelation()) {
		return nil, nil
	}
	if t == nil {
		switch err := c.found(n.GetRelation()); {
		case n.GetMissingOk() && IsMissing(err):
			return k, nil
		case err != nil:
			return nil, err
		}
		return nil, nil
	}
	for _, cmd := range n.GetCmds() {
		k.steps = append(k.steps, cmd.GetAlterTableCmd())
	}
	slices.SortStableFunc(k.steps, func(a, b *pg.AlterTableCmd) int { return alterPass(a) - alterPass(b) })
	return k, nil
}

// alterPass is when PostgreSQL takes a step: what drops goes first, constraints last.
func alterPass(n *pg.AlterTableCmd) int {
	switch n.GetSubtype() {
	case pg.AlterTableType_AT_DropColumn, pg.AlterTableType_AT_DropConstraint, pg.AlterTableType_AT_DropNotNull,
		pg.AlterTableType_AT_DropIdentity, pg.AlterTableType_AT_DropExpression:
		return 0
	case pg.AlterTableType_AT_AlterColumnType:
		return 1
	case pg.AlterTableType_AT_AddColumn:
		return 2
	case pg.AlterTableType_AT_AddConstraint:
		return 4
	}
	return 3
}

func (*alterTable) tag() string { return "ALTER TABLE" }

func (k *alterTable) run(ctx context.Context, c *call) error {
	if k.table == nil {
		return c.skips(sqlstate.SuccessfulCompletion, "relation %q does not exist, skipping", k.name)
	}
	before, rows := k.table.Shape, k.table.Version()
	if err := k.bindUsing(c, &before); err != nil {
		return err
	}
	for _, step := range k.steps {
		a := c.reshape(k.table)
		a.before, a.rowsBefore = &before, rows
		if err := a.step(ctx, step); err != nil {
			return err
		}
		wider := len(a.shape.Columns) > len(k.table.Columns)
		if err := c.Tables().Alter(k.table, a.shape, a.rows); err != nil {
			return err
		}
		if wider {
			if err := c.widen(k.table); err != nil {
				return err
			}
		}
	}
	return nil
}

// bindUsing tells what is wrong with USING before any step is taken.
func (k *alterTable) bindUsing(c *call, before *temptable.Shape) error {
	for _, step := range k.steps {
		using := step.GetDef().GetColumnDef().GetRawDefault()
		if step.GetSubtype() != pg.AlterTableType_AT_AlterColumnType || using == nil {
			continue
		}
		if _, err := c.transforming(before).Bind(using); err != nil {
			return err
		}
	}
	return nil
}

// transforming binds USING over the columns of a table.
func (c *call) transforming(shape *temptable.Shape) *expr.Binder {
	return c.Options(c.Text).Within("transform expression").Binder(shape)
}

// reshaping is one step of ALTER TABLE.
type reshaping struct {
	*call
	table *temptable.Table
	shape temptable.Shape
	rows  []temptable.Row // that fit the shape; nil: as they are
	// What the table was before all steps: USING is about that.
	before     *temptable.Shape
	rowsBefore *temptable.Version
}

// reshape begins with a table as it is.
func (c *call) reshape(t *temptable.Table) *reshaping {
	a := &reshaping{call: c, table: t, shape: t.Shape}
	a.shape.Columns, a.shape.Keys, a.shape.Checks = slices.Clone(t.Columns), slices.Clone(t.Keys), slices.Clone(t.Checks)
	return a
}

func (a *reshaping) step(ctx context.Context, n *pg.AlterTableCmd) error {
	switch n.GetSubtype() {
	case pg.AlterTableType_AT_AddColumn:
		return a.addColumn(ctx, n)
	case pg.AlterTableType_AT_DropColumn:
		return a.dropColumn(n)
	case pg.AlterTableType_AT_AlterColumnType:
		return a.alterType(ctx, n)
	case pg.AlterTableType_AT_AddConstraint:
		return a.addConstraint(ctx, n)
	case pg.AlterTableType_AT_DropConstraint:
		return a.dropConstraint(n)
	case pg.AlterTableType_AT_SetRelOptions, pg.AlterTableType_AT_ResetRelOptions:
		return storageParameters(n.GetDef().GetList().GetItems())
	case pg.AlterTableType_AT_ValidateConstraint:
		return a.validate(ctx, n)
	case pg.AlterTableType_AT_AddIdentity, pg.AlterTableType_AT_SetIdentity, pg.AlterTableType_AT_DropIdentity:
		return a.alterIdentity(n)
	case pg.AlterTableType_AT_DropExpression:
		return a.dropExpression(n)
	case pg.AlterTableType_AT_SetStatistics, pg.AlterTableType_AT_SetStorage:
		_, err := a.column(n.GetName())
		return err
	case pg.AlterTableType_AT_ChangeOwner:
		return a.changeOwner(ctx, n.GetNewowner())
	case pg.AlterTableType_AT_ClusterOn:
		return a.shape.ClusterOn(n.GetName())
	case pg.AlterTableType_AT_DropCluster:
		return a.shape.ClusterOn("")
	case pg.AlterTableType_AT_EnableTrigAll, pg.AlterTableType_AT_EnableTrigUser,
		pg.AlterTableType_AT_DisableTrigAll, pg.AlterTableType_AT_DisableTrigUser:
		return nil
	case pg.AlterTableType_AT_ColumnDefault, pg.AlterTableType_AT_SetNotNull, pg.AlterTableType_AT_DropNotNull:
		return a.alterColumn(n)
	}
	return a.unsupported("this form of ALTER TABLE is not supported")
}

// changeOwner takes the user for the owner, as a session's tables have no other.
func (a *reshaping) changeOwner(ctx context.Context, r *pg.RoleSpec) error {
	name := r.GetRolename()
	if r.GetRoletype() != pg.RoleSpecType_ROLESPEC_CSTRING || name == a.Surroundings(ctx).User {
		return nil
	}
	return a.unsupportedAt(r.GetLocation(), "a temporary table of another owner is not supported")
}

// storageParameters knows those of tables: rows in memory need none of them.
func storageParameters(all []*pg.Node) error {
	for _, n := range all {
		switch name := n.GetDefElem().GetDefname(); {
		case name == "oids":
			if on, err := parse.OptionBool(n.GetDefElem()); err != nil || on {
				return sqlstate.New(sqlstate.FeatureNotSupported, "tables declared WITH OIDS are not supported")
			}
		case name == "fillfactor", name == "parallel_workers", name == "toast_tuple_target", name == "user_catalog_table",
			strings.HasPrefix(name, "autovacuum_"), strings.HasPrefix(name, "vacuum_"):
		default:
			return sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized parameter %q", name)
		}
	}
	return nil
}

func (a *reshaping) builder() *tabledef.Builder {
	return tabledef.New(a.shape, a.Options(a.Text))
}

func (a *reshaping) column(name string) (int, error) {
	i := a.shape.Find(name)
	if i < 0 {
		return 0, sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", name, a.shape.Name)
	}
	return i, nil
}

// unread refuses what would change the columns of views.
func (a *reshaping) unread() error {
	if a.IsRead(a.table) {
		return a.unsupported("ALTER TABLE of a table that a view reads is not supported").WithHint("Drop the view first.")
	}
	return nil
}

// holds checks all rows against the new shape.
func (a *reshaping) holds(ctx context.Context) error {
	shape := a.shape
	shape.Checks = slices.DeleteFunc(slices.Clone(shape.Checks), func(c temptable.Check) bool { return c.NotValid })
	rules, err := a.Options("").Rules(&shape)
	if err != nil {
		return err
	}
	_, err = rules.Hold(a.Surroundings(ctx), a.rows)
	e := sqlstate.Of(err)
	switch {
	case err == nil:
		return nil
	case e.Code == sqlstate.NotNullViolation:
		return a.nulls(e.Column)
	case e.Code == sqlstate.CheckViolation:
		made := sqlstate.New(e.Code, "check constraint %q of relation %q is violated by some row", e.Constraint, a.shape.Name)
		made.Schema, made.Table, made.Constraint = e.Schema, e.Table, e.Constraint
		return made
	}
	return e
}

func (a *reshaping) nulls(column string) error {
	e := sqlstate.New(sqlstate.NotNullViolation, "column %q of relation %q contains null values", column, a.shape.Name)
	e.Schema, e.Table, e.Column = a.Tables().Schema, a.shape.Name, column
	return e
}
