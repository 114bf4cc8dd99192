package query

import (
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// renameCommand is ALTER TABLE … RENAME of a temporary table or one of its columns.
type renameCommand struct {
	table  *temptable.Table
	column string // "" = the table
	name   string
}

func (s *Session) bindRename(c *compiled, n *pg.RenameStmt) error {
	refused := unsupportedStatement(c, &pg.Node{Node: &pg.Node_RenameStmt{RenameStmt: n}})
	if n.GetRenameType() == pg.ObjectType_OBJECT_SEQUENCE {
		c.command = &alterSequence{statement: &pg.AlterSeqStmt{Sequence: n.GetRelation(), MissingOk: n.GetMissingOk()}, name: n.GetNewname()}
		return nil
	}
	t := s.tableOf(n.GetRelation())
	k := &renameCommand{table: t, name: n.GetNewname()}
	switch n.GetRenameType() {
	case pg.ObjectType_OBJECT_TABLE:
	case pg.ObjectType_OBJECT_COLUMN:
		k.column = n.GetSubname()
	default:
		return refused
	}
	if t == nil {
		if err := s.found(c, n.GetRelation()); err != nil {
			return err
		}
		return refused
	}
	if len(s.readers(t)) > 0 {
		return unsupported(c.sql, int32(c.statement.Start), "renaming what a view reads is not supported").WithHint("Drop the view first.")
	}
	c.command = k
	return nil
}

func (k *renameCommand) run(_ context.Context, s *Session, x *call) (result, error) {
	shape := k.table.Shape
	if k.column == "" {
		shape.Name = k.name
		return result{tag: "ALTER TABLE"}, s.tables.Alter(k.table, shape, nil)
	}
	a := &reshaping{session: s, call: x, table: k.table, shape: shape}
	i, err := a.column(k.column)
	if err != nil {
		return result{}, sqlstate.New(sqlstate.UndefinedColumn, "column %q does not exist", k.column)
	}
	if _, err := a.column(k.name); err == nil {
		return result{}, sqlstate.New(sqlstate.DuplicateColumn, "column %q of relation %q already exists", k.name, shape.Name)
	}
	for _, c := range shape.Columns {
		if c.Generated != "" {
			return result{}, unsupported(x.sql, int32(x.statement.Start), "renaming a column of a table with generated columns is not supported")
		}
	}
	for _, c := range shape.Checks {
		if about, err := a.mentions(c.SQL, k.column); err != nil || about {
			return result{}, unsupported(x.sql, int32(x.statement.Start), "renaming a column with a check is not supported")
		}
	}
	for _, key := range shape.Keys {
		if about, err := a.indexed(&key, k.column); err != nil || about {
			return result{}, unsupported(x.sql, int32(x.statement.Start), "renaming a column that an index has an expression of is not supported")
		}
	}
	shape.Columns = slices.Clone(shape.Columns)
	shape.Columns[i].Name = k.name
	return result{tag: "ALTER TABLE"}, s.tables.Alter(k.table, shape, nil)
}
