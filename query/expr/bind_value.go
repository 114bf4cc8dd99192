package expr

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// bindSQLValue binds the functions that are written without parentheses.
func (b *Binder) bindSQLValue(n *pg_query.SQLValueFunction) (Expr, error) {
	pos := int(n.Location)
	switch n.Op {
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_DATE:
		return b.castNow(types.Of(types.DateOID), pos)
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME, pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:
		return b.castNow(types.Type{OID: types.TimetzOID, Mod: b.valueMod(n, types.TimetzOID)}, pos)
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP, pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N:
		return b.castNow(types.Type{OID: types.TimestamptzOID, Mod: b.valueMod(n, types.TimestamptzOID)}, pos)
	case pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME, pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME_N:
		return b.castNow(types.Type{OID: types.TimeOID, Mod: b.valueMod(n, types.TimeOID)}, pos)
	case pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP, pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:
		return b.castNow(types.Type{OID: types.TimestampOID, Mod: b.valueMod(n, types.TimestampOID)}, pos)
	case pg_query.SQLValueFunctionOp_SVFOP_SESSION_USER:
		return b.valueCall("session_user", pos)
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:
		return b.valueCall("current_database", pos)
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:
		return b.valueCall("current_schema", pos)
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_ROLE, pg_query.SQLValueFunctionOp_SVFOP_CURRENT_USER, pg_query.SQLValueFunctionOp_SVFOP_USER:
		return b.valueCall("current_user", pos)
	}
	return nil, b.errorAt(pos, sqlstate.FeatureNotSupported, "this value is not supported yet")
}

// valueMod is the precision in parentheses, -1 without.
func (b *Binder) valueMod(n *pg_query.SQLValueFunction, t types.OID) int32 {
	switch n.Op {
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N, pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N,
		pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME_N, pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:
		b.warn(types.Reduced(t, []int32{n.Typmod}), -1)
		return min(n.Typmod, 6)
	}
	return -1
}

func (b *Binder) valueCall(name string, pos int) (Expr, error) {
	call, err := b.Resolve(name, nil, pos)
	if err != nil {
		return nil, err
	}
	return call, nil
}

func (b *Binder) castNow(to types.Type, pos int) (Expr, error) {
	now, err := b.valueCall("now", pos)
	if err != nil {
		return nil, err
	}
	return b.coerceAt(now, to, Explicit, pos)
}
