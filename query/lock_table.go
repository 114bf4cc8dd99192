package query

import (
	"context"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// accessShare is the mode of LOCK TABLE that every read takes anyway.
const accessShare = 1

// lockCommand is LOCK TABLE of temporary tables, which nobody else sees: whatever the
// mode, there is nobody to wait for. Of other relations it takes what a read takes.
type lockCommand struct {
	tables []*pg.Node
	mode   int32
}

func (k *lockCommand) run(_ context.Context, s *Session, x *call) (result, error) {
	if s.tx.state != block && s.tx.alone {
		return result{}, sqlstate.New(sqlstate.NoActiveSQLTransaction, "LOCK TABLE can only be used in transaction blocks")
	}
	for _, n := range k.tables {
		if err := k.lockable(s, x, n.GetRangeVar()); err != nil {
			return result{}, err
		}
	}
	return done("LOCK TABLE")
}

func (k *lockCommand) lockable(s *Session, x *call, r *pg.RangeVar) error {
	what := ""
	if s.namesIndex(r) {
		what = "indexes"
	}
	if s.ownSchema(r) {
		switch s.tables.Object(r.GetRelname()).(type) {
		case *temptable.Table:
			return nil
		case *temptable.Sequence:
			what = "sequences"
		}
	}
	if what != "" {
		return sqlstate.New(sqlstate.WrongObjectType, "cannot lock relation %q", r.GetRelname()).WithDetail("This operation is not supported for %s.", what)
	}
	if err := s.found(x.compiled, r); err != nil {
		return err
	}
	if k.mode == accessShare {
		return nil
	}
	return unsupported(x.sql, r.GetLocation(), "LOCK TABLE of what is not a temporary table is not supported, but IN ACCESS SHARE MODE")
}
