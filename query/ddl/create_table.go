package ddl

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
}

func (c *call) bindCreateTable(n *pg.CreateStmt) (command, error) {
	onCommit, temporary, err := c.temporary(n.GetRelation(), n.GetOncommit())
	if err != nil {
		return nil, c.placed(err, n.GetRelation())
	}
	if !temporary {
		return nil, nil
	}
	if err := c.refuseTable(n); err != nil {
		return nil, err
	}
	b := tabledef.New(temptable.Shape{Name: n.GetRelation().GetRelname(), OnCommit: onCommit}, c.Options(c.Text))
	for _, e := range n.GetTableElts() {
		if err := c.tableElement(b, e); err != nil {
			return nil, err
		}
	}
	if err := b.Finish(); err != nil {
		return nil, err
	}
	return &createTable{shape: b.Shape, sequences: b.Sequences, ifNotExists: n.GetIfNotExists()}, nil
}

func (*createTable) tag() string { return "CREATE TABLE" }

func (k *createTable) run(_ context.Context, c *call) error {
	if k.ifNotExists && !c.Tables().Free(k.shape.Name) {
		return c.skips(sqlstate.DuplicateTable, "relation %q already exists, skipping", k.shape.Name)
	}
	t, err := c.Tables().Create(k.shape)
	if err != nil {
		return err
	}
	return c.createOwned(t, k.sequences)
}

// createOwned makes the sequences that a table's columns own.
func (c *call) createOwned(t *temptable.Table, all []temptable.Sequence) error {
	for _, q := range all {
		q.Owner = t.OID
		if _, err := c.Tables().CreateSequence(q); err != nil {
			return err
		}
	}
	return nil
}

// Temporary is when the table that a query makes loses its rows; temporary: it is to be one of the session.
func Temporary(s Session, parsed *parse.Statement, into *pg.IntoClause) (_ temptable.OnCommit, temporary bool, _ error) {
	return (&call{s, parsed}).temporary(into.GetRel(), into.GetOnCommit())
}

func (c *call) temporary(r *pg.RangeVar, onCommit pg.OnCommitAction) (temptable.OnCommit, bool, error) {
	if err := c.schemaThere(r.GetSchemaname()); err != nil {
		return 0, false, err
	}
	if r.GetRelpersistence() != "t" && !c.Tables().Owns(r.GetSchemaname()) {
		return 0, false, nil
	}
	if !c.own(r) {
		return 0, false, c.at(r.GetLocation(), sqlstate.InvalidTableDefinition, "cannot create temporary relation in non-temporary schema")
	}
	switch onCommit {
	case pg.OnCommitAction_ONCOMMIT_DELETE_ROWS:
		return temptable.DeleteRows, true, nil
	case pg.OnCommitAction_ONCOMMIT_DROP:
		return temptable.Drop, true, nil
	}
	return temptable.PreserveRows, true, nil
}

func (c *call) refuseTable(n *pg.CreateStmt) error {
	what := ""
	switch {
	case len(n.GetInhRelations()) > 0 && n.GetPartbound() != nil, n.GetPartspec() != nil:
		what = "partitioning"
	case len(n.GetInhRelations()) > 0:
		what = "INHERITS"
	case n.GetOfTypename() != nil:
		what = "a table OF a type"
	default:
		return Storage(n.GetAccessMethod(), n.GetTablespacename(), n.GetOptions())
	}
	return c.unsupportedAt(n.GetRelation().GetLocation(), "%s is not supported", what)
}

// Storage checks how a table is to be stored, of which rows in memory need nothing.
func Storage(method, space string, parameters []*pg.Node) error {
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

func (c *call) tableElement(b *tabledef.Builder, e *pg.Node) error {
	switch n := e.GetNode().(type) {
	case *pg.Node_ColumnDef:
		return b.Column(n.ColumnDef)
	case *pg.Node_Constraint:
		b.Constraint(n.Constraint)
		return nil
	case *pg.Node_TableLikeClause:
		return c.likeTable(b, n.TableLikeClause)
	}
	return c.unsupportedAt(-1, "this part of CREATE TABLE is not supported")
}

// likeTable adds the columns of a relation.
func (c *call) likeTable(b *tabledef.Builder, n *pg.TableLikeClause) error {
	if c.NamesIndex(n.GetRelation()) {
		err := sqlstate.New(sqlstate.WrongObjectType, "relation %q is invalid in LIKE clause", n.GetRelation().GetRelname())
		return c.placed(err.WithDetail("This operation is not supported for indexes."), n.GetRelation())
	}
	r, err := c.Relation(n.GetRelation())
	if err != nil {
		return c.placed(err, n.GetRelation())
	}
	switch o := c.Tables().Object(n.GetRelation().GetRelname()).(type) {
	case *temptable.Table:
		if r.OID == o.OID {
			return b.Like(&o.Shape, tabledef.Including(n.GetOptions()), c.Tables().SequencesOf(o), n.GetRelation().GetLocation())
		}
	case *temptable.View:
		if r.OID == o.OID {
			return b.Like(&temptable.Shape{Columns: o.Columns}, tabledef.Including(n.GetOptions()), nil, n.GetRelation().GetLocation())
		}
	case *temptable.Sequence:
		if r.OID == o.OID {
			return c.at(n.GetRelation().GetLocation(), sqlstate.WrongObjectType, "relation %q is invalid in LIKE clause", o.Name).
				WithDetail("This operation is not supported for sequences.")
		}
	}
	if n.GetOptions() != 0 {
		return c.unsupportedAt(n.GetRelation().GetLocation(), "LIKE ... INCLUDING is not supported")
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
