package query

import (
	"context"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/wire/sqlstate"
)

// dropTable is DROP TABLE.
type dropTable struct {
	names     []*pg.RangeVar
	ifMissing bool
}

func (s *Session) bindDrop(c *compiled, n *pg.DropStmt) error {
	if n.GetRemoveType() != pg.ObjectType_OBJECT_TABLE {
		return unsupportedStatement(c, &pg.Node{Node: &pg.Node_DropStmt{DropStmt: n}})
	}
	k := &dropTable{ifMissing: n.GetMissingOk()}
	for _, o := range n.GetObjects() {
		parts := o.GetList().GetItems()
		r := &pg.RangeVar{Relname: parts[len(parts)-1].GetString_().GetSval(), Location: -1}
		if len(parts) > 1 {
			r.Schemaname = parts[len(parts)-2].GetString_().GetSval()
		}
		k.names = append(k.names, r)
	}
	c.command = k
	return nil
}

func (k *dropTable) run(_ context.Context, s *Session, x *call) (result, error) {
	for _, r := range k.names {
		t := s.tableOf(r)
		if t != nil {
			s.tables.Drop(t)
			continue
		}
		other, err := s.relations(x.catalog).Relation(r.GetSchemaname(), r.GetRelname())
		switch {
		case err != nil:
			return result{}, err
		case other != nil:
			return result{}, sqlstate.New(sqlstate.WrongObjectType, "%q is not a temporary table", r.GetRelname()).
				WithHint("%s", hints["DROP"])
		case !k.ifMissing:
			return result{}, sqlstate.New(sqlstate.UndefinedTable, "table %q does not exist", r.GetRelname())
		}
		if err := s.skips(x, sqlstate.SuccessfulCompletion, "table %q does not exist, skipping", r.GetRelname()); err != nil {
			return result{}, err
		}
	}
	return done("DROP TABLE")
}
