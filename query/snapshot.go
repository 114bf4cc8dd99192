package query

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// exportSnapshot answers pg_export_snapshot(). A position of the log can be read at any time, on every node: what it
// names is that, and lasts longer than the transaction, as it does not in PostgreSQL.
func exportSnapshot(env *expr.Env) (types.Datum, error) {
	src, ok := sourceFrom(env.Context)
	if !ok {
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "pg_export_snapshot() is not supported here")
	}
	if len(src.session.tx.savepoints) > 0 {
		return types.Null, sqlstate.New(sqlstate.ActiveSQLTransaction, "cannot export a snapshot from a subtransaction")
	}
	if err := src.ready(env.Context); err != nil {
		return types.Null, err
	}
	at := uint64(src.cut.Sequence)
	return types.String(fmt.Sprintf("%08X-%08X-1", at>>32, uint32(at))), nil
}

// setSnapshot is SET TRANSACTION SNAPSHOT.
type setSnapshot struct{ id string }

func bindSetSnapshot(c *compiled, n *pg.VariableSetStmt) error {
	c.command = &setSnapshot{id: n.GetArgs()[0].GetAConst().GetSval().GetSval()}
	return nil
}

func (k *setSnapshot) run(ctx context.Context, s *Session, x *call) (result, error) {
	if s.tx.state != block && s.tx.alone {
		if err := s.warn(x.out, sqlstate.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks"); err != nil {
			return result{}, err
		}
	}
	switch {
	case s.begun() || len(s.tx.savepoints) > 0:
		return result{}, sqlstate.New(sqlstate.ActiveSQLTransaction, "SET TRANSACTION SNAPSHOT must be called before any query")
	case s.tx.modes.isolation != "serializable" && s.tx.modes.isolation != "repeatable read":
		return result{}, sqlstate.New(sqlstate.FeatureNotSupported, "a snapshot-importing transaction must have isolation level SERIALIZABLE or REPEATABLE READ")
	}
	at, ok := snapshotSequence(k.id)
	if !ok {
		return result{}, k.invalid()
	}
	c, err := s.server.options.Backend.Cut(ctx, projection.Freshness{Level: projection.AsOfSequence, Sequence: at, Wait: projection.WaitDefault}, s.floor)
	if err != nil && sqlstate.Of(err).Code == sqlstate.InvalidParameterValue {
		return result{}, k.invalid()
	} else if err != nil {
		return result{}, err
	}
	if s.tx.state == block {
		s.tx.cut, s.tx.cutFixed = c, true
	}
	return result{tag: "SET"}, nil
}

func (k *setSnapshot) invalid() error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "invalid snapshot identifier: %q", k.id)
}

var snapshotID = regexp.MustCompile(`^([0-9A-F]{8})-([0-9A-F]{8})-1$`)

func snapshotSequence(id string) (event.Sequence, bool) {
	m := snapshotID.FindStringSubmatch(id)
	if m == nil {
		return 0, false
	}
	at, err := strconv.ParseUint(m[1]+m[2], 16, 64)
	return event.Sequence(at), err == nil
}
