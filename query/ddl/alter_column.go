package ddl

import (
	"context"
	"iter"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (a *reshaping) addColumn(ctx context.Context, n *pg.AlterTableCmd) error {
	if err := a.unread(); err != nil {
		return err
	}
	d := n.GetDef().GetColumnDef()
	b := a.builder()
	if b.Shape.Find(d.GetColname()) >= 0 {
		if n.GetMissingOk() {
			return a.skips(sqlstate.DuplicateColumn, "column %q of relation %q already exists, skipping", d.GetColname(), a.shape.Name)
		}
		return sqlstate.New(sqlstate.DuplicateColumn, "column %q of relation %q already exists", d.GetColname(), a.shape.Name)
	}
	if err := b.Column(d); err != nil {
		return err
	}
	if err := a.outside(b.Shape.Columns[len(b.Shape.Columns)-1].Type.OID); err != nil {
		return err
	}
	if err := b.Finish(); err != nil {
		return bare(err)
	}
	if err := a.createOwned(a.table, b.Sequences); err != nil {
		return err
	}
	a.shape = b.Shape
	if by := a.shape.Columns[len(a.shape.Columns)-1].Default; by != "" && !strings.EqualFold(by, "NULL") {
		if err := a.untyped(); err != nil {
			return err
		}
	}
	if inTypes, _ := a.TypedBy(a.table); inTypes {
		return a.unsupported("ADD COLUMN to a table whose rows are part of a type is not supported")
	}
	return a.fill(ctx)
}

// fill gives every row the last column's default.
func (a *reshaping) fill(ctx context.Context) error {
	col := a.shape.Columns[len(a.shape.Columns)-1]
	frame := &expr.Frame{Env: a.Surroundings(ctx)}
	byDefault := expr.Eval(func(*expr.Frame) (types.Datum, error) { return types.Null, types.CheckNull(a.env(), col.Type.OID) })
	if sql := col.ByDefault(); sql != "" {
		o := a.Options(sql)
		e, err := analyze.Default(&plan.RelationColumn{Name: col.Name, Type: col.Type, Default: sql}, analyze.Options{Env: o.Env, Extensions: o.Extensions})
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

func (a *reshaping) dropColumn(n *pg.AlterTableCmd) error {
	i := a.shape.Find(n.GetName())
	if i < 0 {
		if n.GetMissingOk() {
			return a.skips(sqlstate.SuccessfulCompletion, "column %q of relation %q does not exist, skipping", n.GetName(), a.shape.Name)
		}
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", n.GetName(), a.shape.Name)
	}
	if err := a.unread(); err != nil {
		return err
	}
	if inTypes, inColumns := a.TypedBy(a.table); inTypes || inColumns {
		return a.unsupported("DROP COLUMN of a table whose rows are values elsewhere is not supported")
	}
	if err := a.dropGenerated(n); err != nil {
		return err
	}
	i = a.shape.Find(n.GetName())
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
	a.shape.Dropped = append(slices.Clip(a.shape.Dropped), a.shape.Columns[i])
	a.shape.Columns = slices.Delete(a.shape.Columns, i, i+1)
	rows := a.rows
	if rows == nil {
		rows = slices.Collect(a.present())
	}
	a.rows = []temptable.Row{}
	for _, row := range rows {
		a.rows = append(a.rows, slices.Delete(slices.Clone(row), i, i+1))
	}
	for _, q := range a.Tables().Sequences() {
		if q.Owner == a.table.OID && q.Column == n.GetName() {
			a.Tables().Drop(q)
		}
	}
	return nil
}

// DropColumn drops a column of a table with what it was of.
func DropColumn(s Session, parsed *parse.Statement, t *temptable.Table, name string) error {
	a := (&call{s, parsed}).reshape(t)
	if err := a.dropColumn(&pg.AlterTableCmd{Name: name}); err != nil {
		return err
	}
	return s.Tables().Alter(t, a.shape, a.rows)
}

// present yields the rows that there are.
func (a *reshaping) present() iter.Seq[temptable.Row] { return present(a.table.Version()) }

func present(v *temptable.Version) iter.Seq[temptable.Row] {
	return func(yield func(temptable.Row) bool) {
		for _, row := range v.All() {
			if !yield(row) {
				return
			}
		}
	}
}

// dropGenerated drops the columns that are generated from the one to drop, with CASCADE.
func (a *reshaping) dropGenerated(n *pg.AlterTableCmd) error {
	for _, c := range slices.Clone(a.shape.Columns) {
		about, err := a.generatedFrom(c, n.GetName())
		if err != nil {
			return err
		}
		if !about {
			continue
		}
		if n.GetBehavior() != pg.DropBehavior_DROP_CASCADE {
			return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop column %s of table %s because other objects depend on it", n.GetName(), a.shape.Name).
				WithDetail("column %s of table %s depends on column %s of table %s", c.Name, a.shape.Name, n.GetName(), a.shape.Name).
				WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
		}
		if err := a.notice("drop cascades to column %s of table %s", c.Name, a.shape.Name); err != nil {
			return err
		}
		if err := a.dropColumn(&pg.AlterTableCmd{Name: c.Name}); err != nil {
			return err
		}
	}
	return nil
}

// generatedFrom reports whether a column is computed from another one.
func (a *reshaping) generatedFrom(c temptable.Column, name string) (bool, error) {
	if c.Generated == "" || c.Name == name {
		return false, nil
	}
	return a.mentions("("+c.Generated+") IS NULL", name)
}

// mentions reports whether a condition is about a column.
func (a *reshaping) mentions(sql, column string) (bool, error) {
	e, err := a.Options("").Condition(&a.table.Shape, sql)
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
		if slices.Contains(k.Columns, column) || slices.Contains(k.Include, column) {
			continue
		}
		k.Columns, k.Parts, k.Include = slices.Clone(k.Columns), slices.Clone(k.Parts), slices.Clone(k.Include)
		for i, c := range k.Include {
			if c > column {
				k.Include[i]--
			}
		}
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
		if col.Identity != temptable.NoIdentity {
			return sqlstate.New(sqlstate.SyntaxError, "column %q of relation %q is an identity column", col.Name, a.shape.Name)
		}
		for _, k := range a.shape.Keys {
			if k.Primary && slices.Contains(k.Columns, i) {
				return sqlstate.New(sqlstate.InvalidTableDefinition, "column %q is in a primary key", col.Name)
			}
		}
		col.NotNull = false
	default:
		if err := a.ordinary(col, n.GetDef() == nil); err != nil {
			return err
		}
		if col.Default = ""; n.GetDef() != nil {
			b := a.builder()
			if err := b.Default(i, n.GetDef()); err != nil {
				return bare(err)
			}
			a.shape = b.Shape
		}
	}
	return nil
}

// ordinary refuses to change the default of a column that has another source of values.
func (a *reshaping) ordinary(col *temptable.Column, drop bool) error {
	var e *sqlstate.Error
	hint := ""
	switch {
	case col.Identity != temptable.NoIdentity:
		e, hint = sqlstate.New(sqlstate.SyntaxError, "column %q of relation %q is an identity column", col.Name, a.shape.Name), "DROP IDENTITY"
	case col.Generated != "":
		e, hint = sqlstate.New(sqlstate.SyntaxError, "column %q of relation %q is a generated column", col.Name, a.shape.Name), "DROP EXPRESSION"
	default:
		return nil
	}
	if drop {
		return e.WithHint("Use ALTER TABLE ... ALTER COLUMN ... %s instead.", hint)
	}
	return e
}
