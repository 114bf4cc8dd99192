package catalog

import (
	"strings"

	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// counters are the functions that tell how often something happened to a relation, an index
// or a function. These are not counted here: as in a PostgreSQL that has just reset its
// statistics, they are 0.
var counters = strings.Fields(`
	numscans tuples_returned tuples_fetched tuples_updated tuples_deleted tuples_hot_updated
	dead_tuples mod_since_analyze ins_since_vacuum blocks_fetched blocks_hit
	vacuum_count autovacuum_count analyze_count autoanalyze_count
	xact_numscans xact_tuples_returned xact_tuples_fetched xact_tuples_inserted xact_tuples_updated xact_tuples_deleted
	xact_tuples_hot_updated xact_blocks_fetched xact_blocks_hit`)

// never are those that tell when something was done last, and those of functions, which
// have no row before the first is counted.
var never = strings.Fields(`
	last_vacuum_time last_autovacuum_time last_analyze_time last_autoanalyze_time
	function_calls function_total_time function_self_time
	xact_function_calls xact_function_total_time xact_function_self_time`)

// unknown are those of the database that nobody counts, though it happens: NULL, as 0 would say that it does not.
var unknown = strings.Fields(`
	db_xact_commit db_xact_rollback db_blocks_fetched db_blocks_hit db_tuples_returned db_tuples_fetched db_tuples_inserted db_tuples_updated
	db_tuples_deleted db_temp_files db_temp_bytes db_session_time db_active_time db_idle_in_transaction_time db_sessions db_sessions_abandoned
	db_sessions_fatal db_sessions_killed db_checksum_failures db_checksum_last_failure db_stat_reset_time`)

// neverHere are those of what there is not: nobody waits for a lock, nothing is replayed from another server, and
// there is no background writer.
var neverHere = strings.Fields(`
	db_deadlocks db_conflict_all db_conflict_tablespace db_conflict_lock db_conflict_snapshot db_conflict_bufferpin db_conflict_startup_deadlock
	bgwriter_timed_checkpoints bgwriter_requested_checkpoints bgwriter_buf_written_checkpoints bgwriter_buf_written_clean bgwriter_maxwritten_clean
	buf_written_backend buf_fsync_backend buf_alloc`)

// unhurried are times of what is not measured, as with track_io_timing off, or does not happen.
var unhurried = strings.Fields(`db_blk_read_time db_blk_write_time checkpoint_write_time checkpoint_sync_time`)

// databaseStatistics are the functions under the views of databases and of the background writer.
func databaseStatistics() map[string]call {
	all := map[string]call{
		"pg_stat_get_db_numbackends": func(s Session, args []types.Datum) (types.Datum, error) {
			if argOID(args[0]) != databaseOID {
				return types.Int(0), nil
			}
			return types.Int(int64(len(s.Backends()))), nil
		},
		"pg_stat_get_bgwriter_stat_reset_time": func(s Session, _ []types.Datum) (types.Datum, error) { return instant(s.Started()), nil },
		"pg_stat_get_archiver":                 archiverRow,
		"pg_stat_clear_snapshot":               always(types.Bool(true)),
		// No transaction has a number here.
		"pg_current_xact_id_if_assigned": always(types.Null),
		"pg_last_xact_replay_timestamp":  always(types.Null),
		"pg_is_wal_replay_paused":        notInRecovery,
		"pg_get_wal_replay_pause_state":  notInRecovery,
		"pg_wal_replay_pause":            notInRecovery,
		"pg_wal_replay_resume":           notInRecovery,
	}
	for _, name := range unknown {
		all["pg_stat_get_"+name] = always(types.Null)
	}
	for _, name := range neverHere {
		all["pg_stat_get_"+name] = always(types.Int(0))
	}
	for _, name := range unhurried {
		all["pg_stat_get_"+name] = always(types.Float(0))
	}
	return all
}

func notInRecovery(Session, []types.Datum) (types.Datum, error) {
	return types.Null, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "recovery is not in progress").
		WithHint("Recovery control functions can only be executed during recovery.")
}

// archiverRow answers pg_stat_get_archiver(): nothing is archived.
func archiverRow(s Session, _ []types.Datum) (types.Datum, error) {
	return outputs("pg_stat_get_archiver", types.Int(0), types.Null, types.Null, types.Int(0), types.Null, types.Null, instant(s.Started())), nil
}

// outputs is the row that a function of PostgreSQL's gives in its OUT parameters.
func outputs(function string, fields ...types.Datum) types.Datum {
	p, r := pgdata.Procs(function)[0], &types.Record{Fields: fields}
	for i, mode := range p.Modes {
		if mode == 'o' {
			r.Names, r.Types = append(r.Names, p.Names[i]), append(r.Types, p.AllArgs[i])
		}
	}
	return types.Pointer(r)
}

// rowsOfTable is the number of rows of tables of which it tells what is asked, as far as it is known; else 0.
func rowsOfTable(tells func(*Table) bool) call {
	return func(s Session, args []types.Datum) (types.Datum, error) {
		t := s.Objects().byOID[argOID(args[0])]
		if t == nil || t.Live == nil || !tells(t) {
			return types.Int(0), nil
		}
		n, _ := t.Live()
		return types.Int(n), nil
	}
}

// statistics are the functions under PostgreSQL's views of statistics.
func statistics() map[string]call {
	all := databaseStatistics()
	all["pg_stat_get_live_tuples"] = rowsOfTable(func(*Table) bool { return true })
	all["pg_stat_get_tuples_inserted"] = rowsOfTable(func(t *Table) bool { return t.OID == EventsOID }) // no row ever goes
	for _, name := range counters {
		all["pg_stat_get_"+name] = always(types.Int(0))
	}
	for _, name := range never {
		all["pg_stat_get_"+name] = always(types.Null)
	}
	return all
}
