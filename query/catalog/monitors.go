package catalog

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// What a new database of PostgreSQL's has for its first transaction and multixact. Transactions
// have no numbers here: these are always the next, so that nothing is ever near a wraparound.
const (
	nextXID          = 716
	nextMXID         = 1
	firstOrdinaryXID = 3
)

// ages are how far numbers of transactions lie back.
func ages() map[string]call {
	return map[string]call{
		"xid_age":  ageOf(nextXID, firstOrdinaryXID),
		"mxid_age": ageOf(nextMXID, 1),
		// Nothing is replayed from another server.
		"pg_last_wal_receive_lsn": always(types.Null), "pg_last_wal_replay_lsn": always(types.Null),
	}
}

// ageOf counts to the next number; what is below the first has no age that ends.
func ageOf(next, first int64) call {
	return func(_ Session, args []types.Datum) (types.Datum, error) {
		const forever = 1<<31 - 1
		if args[0].Int() < first {
			return types.Int(forever), nil
		}
		return types.Int(int64(int32(next - args[0].Int()))), nil
	}
}

// monitors are the functions under PostgreSQL's views of the server's files and memory, of which
// there are none here, and of its log, of which PostgreSQL's numbers are not known.
func (f Find) monitors() map[string]any {
	all := map[string]any{
		"pg_stat_get_wal":               f.bind(walRow),
		"pg_stat_get_recovery_prefetch": f.bindSet(prefetchRows),
		"pg_ls_tmpdir_1arg":             expr.SetFunc(temporaryFiles),
		"pg_stat_file":                  f.bind(statFile),
		"pg_stat_file_1arg":             f.bind(statFile),
		"pg_current_logfile":            f.bind(always(types.Null)),
	}
	for _, name := range []string{
		"pg_stat_get_slru", "pg_get_shmem_allocations", "pg_get_backend_memory_contexts", "pg_config", "show_all_file_settings",
		"pg_hba_file_rules", "pg_ident_file_mappings", "pg_ls_tmpdir_noargs",
	} {
		all[name] = expr.SetFunc(noRows)
	}
	return all
}

// statFile answers pg_stat_file(name, missing_ok): there are no files that clients could see.
func statFile(_ Session, args []types.Datum) (types.Datum, error) {
	if len(args) < 2 || !args[1].Bool() {
		return types.Null, sqlstate.New(sqlstate.UndefinedFile, "could not stat file \"%s\": No such file or directory", args[0].Str())
	}
	return types.Null, nil
}

func walRow(s Session, _ []types.Datum) (types.Datum, error) {
	n := types.Null
	return outputs("pg_stat_get_wal", n, n, n, n, n, n, n, n, instant(s.Started())), nil
}

// prefetchRows answers pg_stat_get_recovery_prefetch(): nothing is recovered so.
func prefetchRows(s Session, _ []types.Datum) ([][]types.Datum, error) {
	row := []types.Datum{instant(s.Started())}
	for range 9 {
		row = append(row, types.Int(0))
	}
	return [][]types.Datum{row}, nil
}

// temporaryFiles answers pg_ls_tmpdir(oid): files of statements have no names.
func temporaryFiles(env *expr.Env, args []types.Datum) (expr.Rows, error) {
	if !fixedOIDs("pg_tablespace")()[argOID(args[0])] {
		return nil, sqlstate.New(sqlstate.UndefinedObject, "tablespace with OID %d does not exist", argOID(args[0]))
	}
	return noRows(env, nil)
}
