package ddl

import (
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// renameCommand is ALTER … RENAME of a temporary table, view or index, or of what is in one.
type renameCommand struct {
	statement *pg.RenameStmt
	altered   string // the command tag
	missing   bool   // there is none, which is fine
}

// renameTags are the command tags of the renamings that there are.
var renameTags = map[pg.ObjectType]string{
	pg.ObjectType_OBJECT_TABLE: "ALTER TABLE", pg.ObjectType_OBJECT_COLUMN: "ALTER TABLE", pg.ObjectType_OBJECT_TABCONSTRAINT: "ALTER TABLE",
	pg.ObjectType_OBJECT_VIEW: "ALTER VIEW", pg.ObjectType_OBJECT_INDEX: "ALTER INDEX",
}

func (c *call) bindRename(n *pg.RenameStmt) (command, error) {
	switch n.GetRenameType() {
	case pg.ObjectType_OBJECT_SEQUENCE:
		return &alterSequence{statement: &pg.AlterSeqStmt{Sequence: n.GetRelation(), MissingOk: n.GetMissingOk()}, name: n.GetNewname()}, nil
	case pg.ObjectType_OBJECT_TYPE, pg.ObjectType_OBJECT_DOMAIN, pg.ObjectType_OBJECT_DOMCONSTRAINT:
		return &renameType{n}, nil
	}
	k := &renameCommand{statement: n, altered: renameTags[n.GetRenameType()]}
	if k.altered == "" {
		return nil, nil
	}
	if n.GetRenameType() == pg.ObjectType_OBJECT_COLUMN && n.GetRelationType() == pg.ObjectType_OBJECT_VIEW {
		k.altered = "ALTER VIEW"
	}
	if c.own(n.GetRelation()) && !c.Tables().Free(n.GetRelation().GetRelname()) {
		return k, nil
	}
	err := c.found(n.GetRelation())
	switch {
	case err == nil:
		return nil, nil
	case n.GetMissingOk() && IsMissing(err):
		k.missing = true
		return k, nil
	}
	return nil, err
}

func (k *renameCommand) tag() string { return k.altered }

func (k *renameCommand) run(_ context.Context, c *call) error {
	n := k.statement
	name := n.GetRelation().GetRelname()
	if k.missing {
		return c.skips(sqlstate.SuccessfulCompletion, "relation %q does not exist, skipping", name)
	}
	column := n.GetRenameType() == pg.ObjectType_OBJECT_COLUMN
	switch o := c.Tables().Object(name).(type) {
	case *temptable.Table:
		if n.GetRenameType() == pg.ObjectType_OBJECT_VIEW {
			return notA(name, "a view")
		}
		return k.table(c, o)
	case *temptable.View:
		if err := c.unreadFor(o); err != nil {
			return err
		}
		if column {
			return c.renameViewColumn(o, n.GetSubname(), n.GetNewname())
		}
		v := *o
		v.Name = n.GetNewname()
		if !c.Tables().Free(v.Name) {
			return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", v.Name)
		}
		return c.Tables().ReplaceView(o, v)
	case nil:
		if t, i := c.Tables().Index(name); t != nil && !column {
			if n.GetRenameType() == pg.ObjectType_OBJECT_VIEW {
				return notA(name, "a view")
			}
			shape := t.Shape
			shape.Keys = slices.Clone(shape.Keys)
			shape.Keys[i].Name = n.GetNewname()
			return c.renameKey(t, shape, n.GetNewname())
		}
		return c.skips(sqlstate.SuccessfulCompletion, "relation %q does not exist, skipping", name)
	}
	return c.unsupported("ALTER … RENAME of this object is not supported")
}

// unreadFor refuses to rename what a view reads.
func (c *call) unreadFor(o temptable.Object) error {
	if c.IsRead(o) {
		return c.unsupported("renaming what a view reads is not supported").WithHint("Drop the view first.")
	}
	return nil
}

func (c *call) renameViewColumn(was *temptable.View, from, to string) error {
	v := *was
	v.Columns = slices.Clone(v.Columns)
	i := slices.IndexFunc(v.Columns, func(c temptable.Column) bool { return c.Name == from })
	if i < 0 {
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q does not exist", from)
	}
	if slices.ContainsFunc(v.Columns, func(c temptable.Column) bool { return c.Name == to }) {
		return sqlstate.New(sqlstate.DuplicateColumn, "column %q of relation %q already exists", to, v.Name)
	}
	v.Columns[i].Name = to
	return c.Tables().ReplaceView(was, v)
}

// table renames a table, or a column or constraint of it.
func (k *renameCommand) table(c *call, t *temptable.Table) error {
	shape := t.Shape
	if k.statement.GetRenameType() == pg.ObjectType_OBJECT_TABCONSTRAINT {
		return c.renameConstraint(t, k.statement.GetSubname(), k.statement.GetNewname())
	}
	if err := c.unreadFor(t); err != nil {
		return err
	}
	if k.statement.GetRenameType() == pg.ObjectType_OBJECT_COLUMN {
		return c.renameColumn(t, k.statement.GetSubname(), k.statement.GetNewname())
	}
	shape.Name = k.statement.GetNewname()
	if shape.Name == t.Name {
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", shape.Name)
	}
	return c.Tables().Alter(t, shape, nil)
}

func (c *call) renameConstraint(t *temptable.Table, from, to string) error {
	shape := t.Shape
	shape.Keys, shape.Checks = slices.Clone(shape.Keys), slices.Clone(shape.Checks)
	for i := range shape.Keys {
		if k := &shape.Keys[i]; !k.Index && k.Name == from {
			k.Name = to
			return c.renameKey(t, shape, to)
		}
	}
	i := slices.IndexFunc(shape.Checks, func(c temptable.Check) bool { return c.Name == from })
	if i < 0 {
		return sqlstate.New(sqlstate.UndefinedObject, "constraint %q for table %q does not exist", from, t.Name)
	}
	taken := slices.ContainsFunc(shape.Checks, func(c temptable.Check) bool { return c.Name == to }) ||
		slices.ContainsFunc(shape.Keys, func(k temptable.Key) bool { return !k.Index && k.Name == to })
	if taken {
		return sqlstate.New(sqlstate.DuplicateObject, "constraint %q for relation %q already exists", to, t.Name)
	}
	shape.Checks[i].Name = to
	return c.Tables().Alter(t, shape, nil)
}

// renameKey gives a table a shape in which a key is called otherwise.
func (c *call) renameKey(t *temptable.Table, shape temptable.Shape, to string) error {
	if !c.Tables().Free(to) {
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", to)
	}
	return c.Tables().Alter(t, shape, nil)
}

func (c *call) renameColumn(t *temptable.Table, from, to string) error {
	shape := t.Shape
	i := shape.Find(from)
	if i < 0 {
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q does not exist", from)
	}
	if err := temptable.CheckName(to); err != nil {
		return err
	}
	if shape.Find(to) >= 0 {
		return sqlstate.New(sqlstate.DuplicateColumn, "column %q of relation %q already exists", to, shape.Name)
	}
	shape.Columns, shape.Keys, shape.Checks = slices.Clone(shape.Columns), slices.Clone(shape.Keys), slices.Clone(shape.Checks)
	shape.Columns[i].Name = to
	for _, sql := range expressionsOf(&shape) {
		renamed, err := parse.RenamedColumn(*sql, from, to)
		if err != nil {
			return err
		}
		*sql = renamed
	}
	for _, q := range c.Tables().Sequences() {
		if q.Owner == t.OID && q.Column == from {
			moved := *q
			moved.Column = to
			if err := c.Tables().AlterSequence(q, moved); err != nil {
				return err
			}
		}
	}
	return c.Tables().Alter(t, shape, nil)
}

// expressionsOf are the expressions over its columns that a shape, which is a copy, has.
func expressionsOf(shape *temptable.Shape) (all []*string) {
	for i := range shape.Columns {
		if c := &shape.Columns[i]; c.Generated != "" {
			all = append(all, &c.Generated)
		}
	}
	for i := range shape.Checks {
		all = append(all, &shape.Checks[i].SQL)
	}
	for i := range shape.Keys {
		k := &shape.Keys[i]
		if k.Where != "" {
			all = append(all, &k.Where)
		}
		k.Parts = slices.Clone(k.Parts)
		for j := range k.Parts {
			if k.Parts[j].Column < 0 {
				all = append(all, &k.Parts[j].SQL)
			}
		}
	}
	return all
}
