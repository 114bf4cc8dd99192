package query

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
	tag       string
	missing   bool // there is none, which is fine
}

// renameTags are the command tags of the renamings that there are.
var renameTags = map[pg.ObjectType]string{
	pg.ObjectType_OBJECT_TABLE: "ALTER TABLE", pg.ObjectType_OBJECT_COLUMN: "ALTER TABLE", pg.ObjectType_OBJECT_TABCONSTRAINT: "ALTER TABLE",
	pg.ObjectType_OBJECT_VIEW: "ALTER VIEW", pg.ObjectType_OBJECT_INDEX: "ALTER INDEX",
}

func (s *Session) bindRename(c *compiled, n *pg.RenameStmt) error {
	refused := unsupportedStatement(c, &pg.Node{Node: &pg.Node_RenameStmt{RenameStmt: n}})
	if n.GetRenameType() == pg.ObjectType_OBJECT_SEQUENCE {
		c.command = &alterSequence{statement: &pg.AlterSeqStmt{Sequence: n.GetRelation(), MissingOk: n.GetMissingOk()}, name: n.GetNewname()}
		return nil
	}
	switch n.GetRenameType() {
	case pg.ObjectType_OBJECT_ROLE:
		c.command = &renameRole{n}
		return nil
	case pg.ObjectType_OBJECT_TYPE, pg.ObjectType_OBJECT_DOMAIN, pg.ObjectType_OBJECT_DOMCONSTRAINT:
		c.command = &renameType{n}
		return nil
	}
	k := &renameCommand{statement: n, tag: renameTags[n.GetRenameType()]}
	if k.tag == "" {
		return refused
	}
	if n.GetRenameType() == pg.ObjectType_OBJECT_COLUMN && n.GetRelationType() == pg.ObjectType_OBJECT_VIEW {
		k.tag = "ALTER VIEW"
	}
	c.command = k
	if t, _ := s.tables.Index(n.GetRelation().GetRelname()); s.ownSchema(n.GetRelation()) && (t != nil || s.tables.Object(n.GetRelation().GetRelname()) != nil) {
		return nil
	}
	err := s.found(c, n.GetRelation())
	switch {
	case err == nil:
		return refused
	case n.GetMissingOk() && isMissing(err):
		k.missing = true
		return nil
	}
	return err
}

func (k *renameCommand) run(_ context.Context, s *Session, x *call) (result, error) {
	n := k.statement
	name := n.GetRelation().GetRelname()
	done := result{tag: k.tag}
	if k.missing {
		return done, s.skips(x, sqlstate.SuccessfulCompletion, "relation %q does not exist, skipping", name)
	}
	column := n.GetRenameType() == pg.ObjectType_OBJECT_COLUMN
	switch o := s.tables.Object(name).(type) {
	case *temptable.Table:
		if n.GetRenameType() == pg.ObjectType_OBJECT_VIEW {
			return result{}, notA(name, "a view")
		}
		return done, k.table(s, x, o)
	case *temptable.View:
		if err := s.unreadFor(x, o); err != nil {
			return result{}, err
		}
		if column {
			return done, s.renameViewColumn(o, n.GetSubname(), n.GetNewname())
		}
		v := *o
		v.Name = n.GetNewname()
		if !s.tables.Free(v.Name) {
			return result{}, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", v.Name)
		}
		return done, s.tables.ReplaceView(o, v)
	case nil:
		if t, i := s.tables.Index(name); t != nil && !column {
			if n.GetRenameType() == pg.ObjectType_OBJECT_VIEW {
				return result{}, notA(name, "a view")
			}
			shape := t.Shape
			shape.Keys = slices.Clone(shape.Keys)
			shape.Keys[i].Name = n.GetNewname()
			return done, s.renameKey(t, shape, n.GetNewname())
		}
		return done, s.skips(x, sqlstate.SuccessfulCompletion, "relation %q does not exist, skipping", name)
	}
	return result{}, unsupported(x.sql, int32(x.statement.Start), "ALTER … RENAME of this object is not supported")
}

// unreadFor refuses to rename what a view reads.
func (s *Session) unreadFor(x *call, o temptable.Object) error {
	if len(s.readers(o)) > 0 {
		return unsupported(x.sql, int32(x.statement.Start), "renaming what a view reads is not supported").WithHint("Drop the view first.")
	}
	return nil
}

func (s *Session) renameViewColumn(was *temptable.View, from, to string) error {
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
	return s.tables.ReplaceView(was, v)
}

// table renames a table, or a column or constraint of it.
func (k *renameCommand) table(s *Session, x *call, t *temptable.Table) error {
	shape := t.Shape
	if k.statement.GetRenameType() == pg.ObjectType_OBJECT_TABCONSTRAINT {
		return s.renameConstraint(t, k.statement.GetSubname(), k.statement.GetNewname())
	}
	if err := s.unreadFor(x, t); err != nil {
		return err
	}
	if k.statement.GetRenameType() == pg.ObjectType_OBJECT_COLUMN {
		return s.renameColumn(t, k.statement.GetSubname(), k.statement.GetNewname())
	}
	shape.Name = k.statement.GetNewname()
	if shape.Name == t.Name {
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", shape.Name)
	}
	return s.tables.Alter(t, shape, nil)
}

func (s *Session) renameConstraint(t *temptable.Table, from, to string) error {
	shape := t.Shape
	shape.Keys, shape.Checks = slices.Clone(shape.Keys), slices.Clone(shape.Checks)
	for i := range shape.Keys {
		if k := &shape.Keys[i]; !k.Index && k.Name == from {
			k.Name = to
			return s.renameKey(t, shape, to)
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
	return s.tables.Alter(t, shape, nil)
}

// renameKey gives a table a shape in which a key is called otherwise.
func (s *Session) renameKey(t *temptable.Table, shape temptable.Shape, to string) error {
	if !s.tables.Free(to) {
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", to)
	}
	return s.tables.Alter(t, shape, nil)
}

func (s *Session) renameColumn(t *temptable.Table, from, to string) error {
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
	for _, q := range s.tables.Sequences() {
		if q.Owner == t.OID && q.Column == from {
			moved := *q
			moved.Column = to
			if err := s.tables.AlterSequence(q, moved); err != nil {
				return err
			}
		}
	}
	return s.tables.Alter(t, shape, nil)
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
