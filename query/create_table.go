package query

import (
	"context"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createTable is CREATE TEMP TABLE.
type createTable struct {
	shape       temptable.Shape
	sequences   []temptable.Sequence // that its columns own
	ifNotExists bool
	position    int // of the name
}

func (s *Session) bindCreateTable(c *compiled, n *pg.CreateStmt) error {
	onCommit, err := s.temporary(c, n.GetRelation(), n.GetOncommit(), "CREATE TABLE")
	if err != nil {
		return err
	}
	if err := refuseTable(c, n); err != nil {
		return err
	}
	b := tabledef.New(temptable.Shape{Name: n.GetRelation().GetRelname(), OnCommit: onCommit}, s.tableOptions(c.sql))
	for _, e := range n.GetTableElts() {
		if err := s.tableElement(c, b, e); err != nil {
			return err
		}
	}
	if err := b.Finish(); err != nil {
		return err
	}
	c.command = &createTable{shape: b.Shape, sequences: b.Sequences, ifNotExists: n.GetIfNotExists(), position: parse.Position(c.sql, int(n.GetRelation().GetLocation()))}
	return nil
}

func (k *createTable) run(_ context.Context, s *Session, x *call) (result, error) {
	if k.ifNotExists && !s.tables.Free(k.shape.Name) {
		return result{tag: "CREATE TABLE"}, s.skips(x, sqlstate.DuplicateTable, "relation %q already exists, skipping", k.shape.Name)
	}
	t, err := s.tables.Create(k.shape)
	if err != nil {
		return result{}, err
	}
	return result{tag: "CREATE TABLE"}, s.createOwned(t, k.sequences)
}

// createOwned makes the sequences that a table's columns own.
func (s *Session) createOwned(t *temptable.Table, all []temptable.Sequence) error {
	for _, q := range all {
		q.Owner = t.OID
		if _, err := s.tables.CreateSequence(q); err != nil {
			return err
		}
	}
	return nil
}

// temporary checks that a table is one of the session.
func (s *Session) temporary(c *compiled, r *pg.RangeVar, onCommit pg.OnCommitAction, command string) (temptable.OnCommit, error) {
	if err := s.schemaThere(r.GetSchemaname()); err != nil && !s.isTemp(r.GetSchemaname()) {
		if command == "CREATE TABLE" {
			err = sqlstate.Of(err).At(parse.Position(c.sql, int(r.GetLocation())))
		}
		return 0, err
	}
	if r.GetRelpersistence() != "t" && !s.isTemp(r.GetSchemaname()) {
		e := unsupported(c.sql, int32(c.statement.Start), "%s is not supported", command)
		e.Hint = hints[command]
		return 0, e
	}
	if schema := r.GetSchemaname(); schema != "" && !s.isTemp(schema) {
		return 0, at(c.sql, r.GetLocation(), sqlstate.InvalidTableDefinition, "cannot create temporary relation in non-temporary schema")
	}
	switch onCommit {
	case pg.OnCommitAction_ONCOMMIT_DELETE_ROWS:
		return temptable.DeleteRows, nil
	case pg.OnCommitAction_ONCOMMIT_DROP:
		return temptable.Drop, nil
	}
	return temptable.PreserveRows, nil
}

func refuseTable(c *compiled, n *pg.CreateStmt) error {
	what := ""
	switch {
	case len(n.GetInhRelations()) > 0 && n.GetPartbound() != nil, n.GetPartspec() != nil:
		what = "partitioning"
	case len(n.GetInhRelations()) > 0:
		what = "INHERITS"
	case n.GetOfTypename() != nil:
		what = "a table OF a type"
	default:
		return storage(n.GetAccessMethod(), n.GetTablespacename(), n.GetOptions())
	}
	return unsupported(c.sql, n.GetRelation().GetLocation(), "%s is not supported", what)
}

// storage checks how a table is to be stored, of which rows in memory need nothing.
func storage(method, space string, parameters []*pg.Node) error {
	switch {
	case method != "" && method != "heap":
		return sqlstate.New(sqlstate.UndefinedObject, "access method %q does not exist", method)
	case space == "pg_global":
		return sqlstate.New(sqlstate.InvalidParameterValue, "only shared relations can be placed in pg_global tablespace")
	case space != "" && space != "pg_default":
		return sqlstate.New(sqlstate.UndefinedObject, "tablespace %q does not exist", space)
	}
	return storageParameters(parameters)
}

func (s *Session) tableElement(c *compiled, b *tabledef.Builder, e *pg.Node) error {
	switch n := e.GetNode().(type) {
	case *pg.Node_ColumnDef:
		return b.Column(n.ColumnDef)
	case *pg.Node_Constraint:
		b.Constraint(n.Constraint)
		return nil
	case *pg.Node_TableLikeClause:
		return s.likeTable(c, b, n.TableLikeClause)
	}
	return unsupported(c.sql, -1, "this part of CREATE TABLE is not supported")
}

// likeTable adds the columns of a relation.
func (s *Session) likeTable(c *compiled, b *tabledef.Builder, n *pg.TableLikeClause) error {
	if s.namesIndex(n.GetRelation()) {
		err := sqlstate.New(sqlstate.WrongObjectType, "relation %q is invalid in LIKE clause", n.GetRelation().GetRelname())
		return placed(c, err.WithDetail("This operation is not supported for indexes."), n.GetRelation())
	}
	r, err := s.relationNamed(c, n.GetRelation())
	if err != nil {
		return placed(c, err, n.GetRelation())
	}
	switch o := s.tables.Object(n.GetRelation().GetRelname()).(type) {
	case *temptable.Table:
		if r.OID == o.OID {
			return b.Like(&o.Shape, tabledef.Including(n.GetOptions()), s.tables.SequencesOf(o), n.GetRelation().GetLocation())
		}
	case *temptable.View:
		if r.OID == o.OID {
			return b.Like(&temptable.Shape{Columns: o.Columns}, tabledef.Including(n.GetOptions()), nil, n.GetRelation().GetLocation())
		}
	case *temptable.Sequence:
		if r.OID == o.OID {
			return at(c.sql, n.GetRelation().GetLocation(), sqlstate.WrongObjectType, "relation %q is invalid in LIKE clause", o.Name).
				WithDetail("This operation is not supported for sequences.")
		}
	}
	if n.GetOptions() != 0 {
		return unsupported(c.sql, n.GetRelation().GetLocation(), "LIKE ... INCLUDING is not supported")
	}
	for _, col := range r.Columns {
		if col.Hidden {
			continue
		}
		if err := b.Add(temptable.Column{Name: col.Name, Type: col.Type}); err != nil {
			return err
		}
	}
	return nil
}
