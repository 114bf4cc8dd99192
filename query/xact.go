package query

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// frozenXID is the last of the numbers that are no transaction's in PostgreSQL, and always committed.
const frozenXID = 2

// xactFunctions are those that compare transactions. What stands for their numbers are the sequences of events, which
// are given when a transaction commits, and not before.
func xactFunctions() map[string]any {
	return map[string]any{
		"pg_current_snapshot": expr.Func0(currentSnapshot),
		"pg_xact_status":      expr.Func1(xactStatus),
	}
}

// readSequence is the last sequence that a statement sees.
func readSequence(env *expr.Env, function string) (uint64, error) {
	src, ok := sourceFrom(env.Context)
	if !ok {
		return 0, sqlstate.New(sqlstate.FeatureNotSupported, "%s is not supported here", function)
	}
	err := src.ready(env.Context)
	return uint64(src.cut.Sequence), err
}

// currentSnapshot sees the events up to the cut. No other that is below its end comes later: none is ever in progress.
func currentSnapshot(env *expr.Env) (types.Datum, error) {
	last, err := readSequence(env, "pg_current_snapshot()")
	return types.SnapshotOf(last).Datum(), err
}

func xactStatus(env *expr.Env, id types.Datum) (types.Datum, error) {
	last, err := readSequence(env, "pg_xact_status(xid8)")
	if err != nil || id.Int() == 0 {
		return types.Null, err
	}
	if n := uint64(id.Int()); n > max(last, frozenXID) {
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "transaction ID %d is in the future", n)
	}
	return types.String("committed"), nil
}
