package ddl

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

func (c *call) bindCreateSequence(n *pg.CreateSeqStmt) (command, error) {
	r := n.GetSequence()
	if err := c.schemaThere(r.GetSchemaname()); err != nil {
		return nil, err
	}
	if schema := r.GetSchemaname(); schema != "" && !c.Tables().Owns(schema) && r.GetRelpersistence() == "t" {
		return nil, sqlstate.New(sqlstate.InvalidTableDefinition, "cannot create temporary relation in non-temporary schema")
	}
	if r.GetRelpersistence() != "t" && !c.Tables().Owns(r.GetSchemaname()) {
		return nil, nil
	}
	k := &createSequence{ifNotExists: n.GetIfNotExists()}
	k.sequence = temptable.Sequence{Name: r.GetRelname(), Type: types.Int8OID}
	options, owner, err := c.splitOwner(n.GetOptions())
	if err != nil {
		return nil, err
	}
	k.owner = owner
	return k, c.Options(c.Text).Sequence(&k.sequence, options)
}

func (*createSequence) tag() string { return "CREATE SEQUENCE" }

func (k *createSequence) run(_ context.Context, c *call) error {
	if k.ifNotExists && !c.Tables().Free(k.sequence.Name) {
		return c.skips(sqlstate.DuplicateTable, "relation %q already exists, skipping", k.sequence.Name)
	}
	made := k.sequence
	if k.owner != nil {
		if err := c.ownSequence(&made, k.owner.GetArg().GetList().GetItems()); err != nil {
			return err
		}
	}
	_, err := c.Tables().CreateSequence(made)
	return err
}
