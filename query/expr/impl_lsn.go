package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// logPositions are the functions of pg_lsn, positions in PostgreSQL's log.
func logPositions() map[string]any {
	plus := movedLSN("cannot add NaN to pg_lsn", types.NumericAdd)
	all := map[string]any{
		"pg_lsn_mi":       Func2(betweenLSNs),
		"pg_wal_lsn_diff": Func2(betweenLSNs),
		"pg_lsn_pli":      plus,
		"pg_lsn_mii":      movedLSN("cannot subtract NaN from pg_lsn", types.NumericSub),
		"numeric_pl_pg_lsn(numeric,pg_lsn)": Func2(func(env *Env, n, lsn types.Datum) (types.Datum, error) {
			return plus(env, lsn, n)
		}),
		"numeric_pg_lsn": Func1(func(_ *Env, n types.Datum) (types.Datum, error) { return types.LSNOfNumeric(n) }),
	}
	for _, name := range []string{"pg_current_wal_lsn", "pg_current_wal_insert_lsn", "pg_current_wal_flush_lsn"} {
		all[name] = Func0(func(*Env) (types.Datum, error) {
			return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "function %s() is not supported yet", name).WithHint(noPositions)
		})
	}
	return all
}

func betweenLSNs(_ *Env, a, b types.Datum) (types.Datum, error) {
	return types.NumericSub(types.NumericOfLSN(a), types.NumericOfLSN(b))
}

func movedLSN(nan string, by func(a, b types.Datum) (types.Datum, error)) Func2 {
	return func(_ *Env, lsn, n types.Datum) (types.Datum, error) {
		if types.NumericIsNaN(n) {
			return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "%s", nan)
		}
		moved, err := by(types.NumericOfLSN(lsn), n)
		if err != nil {
			return types.Null, err
		}
		return types.LSNOfNumeric(moved)
	}
}
