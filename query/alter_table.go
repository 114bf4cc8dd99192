package query

import (
	"context"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// alterTable is ALTER TABLE of a temporary table, one step after the other.
type alterTable struct {
	table *temptable.Table
	steps []*pg.AlterTableCmd
}

func (s *Session) bindAlterTable(c *compiled, n *pg.AlterTableStmt) error {
	refused := unsupportedStatement(c, &pg.Node{Node: &pg.Node_AlterTableStmt{AlterTableStmt: n}})
	t := s.tableOf(n.GetRelation())
	if n.GetObjtype() != pg.ObjectType_OBJECT_TABLE {
		return refused
	}
	if t == nil {
		if n.GetMissingOk() {
			return refused
		}
		if err := s.found(c, n.GetRelation()); err != nil {
			return err
		}
		return refused
	}
	k := &alterTable{table: t}
	for _, cmd := range n.GetCmds() {
		k.steps = append(k.steps, cmd.GetAlterTableCmd())
	}
	slices.SortStableFunc(k.steps, func(a, b *pg.AlterTableCmd) int { return alterPass(a) - alterPass(b) })
	c.command = k
	return nil
}

// alterPass is when PostgreSQL takes a step: what drops goes first, constraints last.
func alterPass(n *pg.AlterTableCmd) int {
	switch n.GetSubtype() {
	case pg.AlterTableType_AT_DropColumn, pg.AlterTableType_AT_DropConstraint:
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

func (k *alterTable) run(ctx context.Context, s *Session, x *call) (result, error) {
	for _, step := range k.steps {
		a := &reshaping{session: s, call: x, table: k.table, shape: k.table.Shape}
		a.shape.Columns, a.shape.Keys, a.shape.Checks = slices.Clone(a.shape.Columns), slices.Clone(a.shape.Keys), slices.Clone(a.shape.Checks)
		if err := a.step(ctx, step); err != nil {
			return result{}, err
		}
		wider := len(a.shape.Columns) > len(k.table.Columns)
		if err := s.tables.Alter(k.table, a.shape, a.rows); err != nil {
			return result{}, err
		}
		if wider {
			if err := s.widen(k.table); err != nil {
				return result{}, err
			}
		}
	}
	return done("ALTER TABLE")
}

// reshaping is one step of ALTER TABLE.
type reshaping struct {
	session *Session
	call    *call
	table   *temptable.Table
	shape   temptable.Shape
	rows    []temptable.Row // that fit the shape; nil: as they are
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
	case pg.AlterTableType_AT_SetStatistics, pg.AlterTableType_AT_SetStorage:
		_, err := a.column(n.GetName())
		return err
	case pg.AlterTableType_AT_ColumnDefault, pg.AlterTableType_AT_SetNotNull, pg.AlterTableType_AT_DropNotNull:
		return a.alterColumn(n)
	}
	return unsupported(a.call.sql, int32(a.call.statement.Start), "this form of ALTER TABLE is not supported")
}

// storageParameters knows those of tables: rows in memory need none of them.
func storageParameters(all []*pg.Node) error {
	for _, n := range all {
		switch name := n.GetDefElem().GetDefname(); {
		case name == "fillfactor", name == "parallel_workers", name == "toast_tuple_target", name == "user_catalog_table",
			strings.HasPrefix(name, "autovacuum_"), strings.HasPrefix(name, "vacuum_"):
		default:
			return sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized parameter %q", name)
		}
	}
	return nil
}

func (a *reshaping) builder() *tabledef.Builder {
	return tabledef.New(a.shape, a.session.tableOptions(a.call.sql))
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
	if len(a.session.readers(a.table)) > 0 {
		return unsupported(a.call.sql, int32(a.call.statement.Start), "ALTER TABLE of a table that a view reads is not supported").WithHint("Drop the view first.")
	}
	return nil
}

func (a *reshaping) addColumn(ctx context.Context, n *pg.AlterTableCmd) error {
	if err := a.unread(); err != nil {
		return err
	}
	d := n.GetDef().GetColumnDef()
	b := a.builder()
	if b.Shape.Find(d.GetColname()) >= 0 {
		if n.GetMissingOk() {
			return a.session.skips(a.call, sqlstate.DuplicateColumn, "column %q of relation %q already exists, skipping", d.GetColname(), a.shape.Name)
		}
		return sqlstate.New(sqlstate.DuplicateColumn, "column %q of relation %q already exists", d.GetColname(), a.shape.Name)
	}
	if err := b.Column(d); err != nil {
		return err
	}
	if err := b.Finish(); err != nil {
		return err
	}
	if err := a.session.createOwned(a.table, b.Sequences); err != nil {
		return err
	}
	a.shape = b.Shape
	if by := a.shape.Columns[len(a.shape.Columns)-1].Default; by != "" && !strings.EqualFold(by, "NULL") {
		if err := a.untyped(); err != nil {
			return err
		}
	}
	for _, d := range a.session.typedBy(a.table) {
		if _, ok := d.of.(*temptable.Table); !ok {
			return unsupported(a.call.sql, int32(a.call.statement.Start), "ADD COLUMN to a table whose rows are part of a type is not supported")
		}
	}
	return a.fill(ctx)
}

// fill gives every row the last column's default.
func (a *reshaping) fill(ctx context.Context) error {
	s := a.session
	col := a.shape.Columns[len(a.shape.Columns)-1]
	byDefault := expr.Eval(func(*expr.Frame) (types.Datum, error) { return types.Null, nil })
	src := &source{session: s, out: a.call.out, freshness: s.freshness}
	ctx = withSource(ctx, src)
	frame := &expr.Frame{Env: s.surroundings(ctx)}
	if col.Default != "" {
		e, err := analyze.Default(&plan.RelationColumn{Name: col.Name, Type: col.Type, Default: col.Default}, s.planOptions(a.call.compiled, expr.FixedParams(nil)))
		if err != nil {
			return err
		}
		byDefault = e.Compile(&expr.Compiler{Env: frame.Env})
	}
	a.rows = []temptable.Row{}
	for _, row := range a.table.Version().All() {
		v, err := byDefault(frame)
		if err != nil {
			return err
		}
		a.rows = append(a.rows, append(row[:len(row):len(row)], v))
	}
	return a.holds(ctx)
}

// holds checks all rows against the new shape.
func (a *reshaping) holds(ctx context.Context) error {
	rules, err := a.session.tableOptions("").Rules(&a.shape)
	if err != nil {
		return err
	}
	_, err = rules.Hold(a.session.surroundings(ctx), a.rows)
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
	e.Schema, e.Table, e.Column = a.session.tables.Schema, a.shape.Name, column
	return e
}

func (a *reshaping) dropColumn(n *pg.AlterTableCmd) error {
	i := a.shape.Find(n.GetName())
	if i < 0 {
		if n.GetMissingOk() {
			return a.session.skips(a.call, sqlstate.SuccessfulCompletion, "column %q of relation %q does not exist, skipping", n.GetName(), a.shape.Name)
		}
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", n.GetName(), a.shape.Name)
	}
	if err := a.unread(); err != nil {
		return err
	}
	if len(a.session.typedBy(a.table)) > 0 {
		return unsupported(a.call.sql, int32(a.call.statement.Start), "DROP COLUMN of a table whose rows are values elsewhere is not supported")
	}
	for _, c := range a.shape.Columns {
		if c.Generated != "" {
			return unsupported(a.call.sql, int32(a.call.statement.Start), "DROP COLUMN of a table with generated columns is not supported")
		}
	}
	var checks []temptable.Check
	for _, c := range a.shape.Checks {
		about, err := a.mentions(c.SQL, n.GetName())
		if err != nil {
			return err
		}
		if !about {
			checks = append(checks, c)
		}
	}
	a.shape.Checks = checks
	keys, err := a.keysUnlike(n.GetName())
	if err != nil {
		return err
	}
	a.shape.Keys = keysWithout(keys, i)
	a.shape.Columns = slices.Delete(a.shape.Columns, i, i+1)
	a.rows = []temptable.Row{}
	for _, row := range a.table.Version().All() {
		a.rows = append(a.rows, slices.Delete(slices.Clone(row), i, i+1))
	}
	for _, q := range a.session.tables.Sequences() {
		if q.Owner == a.table.OID && q.Column == n.GetName() {
			a.session.tables.Drop(q)
		}
	}
	return nil
}

// mentions reports whether a condition is about a column.
func (a *reshaping) mentions(sql, column string) (bool, error) {
	e, err := a.session.tableOptions("").Condition(&a.table.Shape, sql)
	if err != nil {
		return false, err
	}
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok && c.Name == column {
			found = true
		}
		return true
	})
	return found, nil
}

// keysUnlike are the keys but for those whose expressions mention a column.
func (a *reshaping) keysUnlike(column string) (all []temptable.Key, err error) {
	for _, k := range a.shape.Keys {
		about, err := a.indexed(&k, column)
		if err != nil {
			return nil, err
		}
		if !about {
			all = append(all, k)
		}
	}
	return all, nil
}

// indexed reports whether an expression of an index mentions a column.
func (a *reshaping) indexed(k *temptable.Key, column string) (bool, error) {
	for _, sql := range keyConditions(k) {
		if about, err := a.mentions(sql, column); about || err != nil {
			return about, err
		}
	}
	return false, nil
}

// keyConditions are conditions about all that the expressions of an index are about.
func keyConditions(k *temptable.Key) (all []string) {
	if k.Where != "" {
		all = append(all, k.Where)
	}
	for _, p := range k.Parts {
		if p.Column < 0 {
			all = append(all, "("+p.SQL+") IS NULL")
		}
	}
	return all
}

// keysWithout are the keys that do not need a column, for rows that lack it.
func keysWithout(keys []temptable.Key, column int) (all []temptable.Key) {
	for _, k := range keys {
		if slices.Contains(k.Columns, column) {
			continue
		}
		k.Columns, k.Parts = slices.Clone(k.Columns), slices.Clone(k.Parts)
		for i, c := range k.Columns {
			if c > column {
				k.Columns[i]--
			}
		}
		for i := range k.Parts {
			if k.Parts[i].Column > column {
				k.Parts[i].Column--
			}
		}
		all = append(all, k)
	}
	return all
}

func (a *reshaping) alterColumn(n *pg.AlterTableCmd) error {
	i, err := a.column(n.GetName())
	if err != nil {
		return err
	}
	col := &a.shape.Columns[i]
	switch n.GetSubtype() {
	case pg.AlterTableType_AT_SetNotNull:
		for _, row := range a.table.Version().All() {
			if row[i].IsNull() {
				return a.nulls(col.Name)
			}
		}
		col.NotNull = true
	case pg.AlterTableType_AT_DropNotNull:
		for _, k := range a.shape.Keys {
			if k.Primary && slices.Contains(k.Columns, i) {
				return sqlstate.New(sqlstate.InvalidTableDefinition, "column %q is in a primary key", col.Name)
			}
		}
		col.NotNull = false
	default:
		if col.Default = ""; n.GetDef() != nil {
			b := a.builder()
			if err := b.Default(i, n.GetDef()); err != nil {
				return err
			}
			a.shape = b.Shape
		}
	}
	return nil
}

func (a *reshaping) addConstraint(ctx context.Context, n *pg.AlterTableCmd) error {
	b := a.builder()
	b.Constraint(n.GetDef().GetConstraint())
	if err := b.Finish(); err != nil {
		return err
	}
	a.shape = b.Shape
	a.rows = []temptable.Row{}
	for _, row := range a.table.Version().All() {
		a.rows = append(a.rows, row)
	}
	err := a.holds(ctx)
	a.rows = nil
	return err
}

func (a *reshaping) dropConstraint(n *pg.AlterTableCmd) error {
	name := n.GetName()
	keys := slices.DeleteFunc(slices.Clone(a.shape.Keys), func(k temptable.Key) bool { return !k.Index && k.Name == name })
	checks := slices.DeleteFunc(slices.Clone(a.shape.Checks), func(c temptable.Check) bool { return c.Name == name })
	if len(keys) == len(a.shape.Keys) && len(checks) == len(a.shape.Checks) {
		if n.GetMissingOk() {
			return a.session.skips(a.call, sqlstate.SuccessfulCompletion, "constraint %q of relation %q does not exist, skipping", name, a.shape.Name)
		}
		return sqlstate.New(sqlstate.UndefinedObject, "constraint %q of relation %q does not exist", name, a.shape.Name)
	}
	a.shape.Keys, a.shape.Checks = keys, checks
	return nil
}

func (a *reshaping) alterType(ctx context.Context, n *pg.AlterTableCmd) error {
	i, err := a.column(n.GetName())
	if err != nil {
		return err
	}
	if err := a.unread(); err != nil {
		return err
	}
	if err := a.untyped(); err != nil {
		return err
	}
	s, d := a.session, n.GetDef().GetColumnDef()
	b := s.tableOptions(a.call.sql).Within("transform expression").Binder(&a.table.Shape)
	t, err := b.BindType(d.GetTypeName())
	if err != nil {
		return err
	}
	col := &a.shape.Columns[i]
	expressions := slices.ContainsFunc(a.shape.Keys, func(k temptable.Key) bool { return len(keyConditions(&k)) > 0 })
	if col.Default != "" || col.Generated != "" || len(a.shape.Checks) > 0 || expressions {
		return unsupported(a.call.sql, int32(a.call.statement.Start), "changing the type of a column with a default, or in a table with checks, is not supported")
	}
	value := expr.Expr(expr.NewColumn(i, col.Name, col.Type, -1))
	if d.GetRawDefault() != nil {
		if value, err = b.Bind(d.GetRawDefault()); err != nil {
			return err
		}
	}
	made, err := b.Coerce(value, t, expr.Assignment)
	if err != nil {
		e := sqlstate.New(sqlstate.DatatypeMismatch, "column %q cannot be cast automatically to type %s", col.Name, types.FormatType(t))
		return e.WithHint("You might need to specify \"USING %s::%s\".", expr.QuoteIdent(col.Name), types.FormatType(t))
	}
	col.Type = t
	ctx = withSource(ctx, &source{session: s, out: a.call.out, freshness: s.freshness})
	frame := &expr.Frame{Env: s.surroundings(ctx)}
	eval := made.Compile(&expr.Compiler{Env: frame.Env})
	a.rows = []temptable.Row{}
	for _, row := range a.table.Version().All() {
		frame.Row = row
		changed := slices.Clone(row)
		if changed[i], err = eval(frame); err != nil {
			return err
		}
		a.rows = append(a.rows, changed)
	}
	return a.holds(ctx)
}
