package query

import (
	"context"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createSequence is CREATE TEMP SEQUENCE.
type createSequence struct {
	sequence    temptable.Sequence
	owner       *pg.DefElem // OWNED BY; nil: it is not there
	ifNotExists bool
}

func (s *Session) bindCreateSequence(c *compiled, n *pg.CreateSeqStmt) error {
	r := n.GetSequence()
	if err := s.schemaThere(r.GetSchemaname()); err != nil && !s.isTemp(r.GetSchemaname()) {
		return err
	}
	if schema := r.GetSchemaname(); schema != "" && !s.isTemp(schema) && r.GetRelpersistence() == "t" {
		return sqlstate.New(sqlstate.InvalidTableDefinition, "cannot create temporary relation in non-temporary schema")
	}
	if r.GetRelpersistence() != "t" && !s.isTemp(r.GetSchemaname()) {
		return unsupportedStatement(c, &pg.Node{Node: &pg.Node_CreateSeqStmt{CreateSeqStmt: n}})
	}
	k := &createSequence{ifNotExists: n.GetIfNotExists()}
	k.sequence = temptable.Sequence{Name: r.GetRelname(), Type: types.Int8OID}
	c.command = k
	options, owner, err := splitOwner(c.sql, n.GetOptions())
	if err != nil {
		return err
	}
	k.owner = owner
	return s.tableOptions(c.sql).Sequence(&k.sequence, options)
}

func (k *createSequence) run(_ context.Context, s *Session, x *call) (result, error) {
	if k.ifNotExists && !s.tables.Free(k.sequence.Name) {
		return result{tag: "CREATE SEQUENCE"}, s.skips(x, sqlstate.DuplicateTable, "relation %q already exists, skipping", k.sequence.Name)
	}
	made := k.sequence
	if k.owner != nil {
		if err := s.ownSequence(x, &made, k.owner.GetArg().GetList().GetItems()); err != nil {
			return result{}, err
		}
	}
	_, err := s.tables.CreateSequence(made)
	return result{tag: "CREATE SEQUENCE"}, err
}
