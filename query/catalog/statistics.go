package catalog

import (
	"strings"

	"github.com/projsql/projsql/query/types"
)

// counters are the functions that tell how often something happened to a relation, an index
// or a function. Nothing is counted here: as in a PostgreSQL that has just reset its
// statistics, all are 0.
var counters = strings.Fields(`
	numscans tuples_returned tuples_fetched tuples_inserted tuples_updated tuples_deleted tuples_hot_updated
	live_tuples dead_tuples mod_since_analyze ins_since_vacuum blocks_fetched blocks_hit
	vacuum_count autovacuum_count analyze_count autoanalyze_count
	xact_numscans xact_tuples_returned xact_tuples_fetched xact_tuples_inserted xact_tuples_updated xact_tuples_deleted
	xact_tuples_hot_updated xact_blocks_fetched xact_blocks_hit`)

// never are those that tell when something was done last, and those of functions, which
// have no row before the first is counted.
var never = strings.Fields(`
	last_vacuum_time last_autovacuum_time last_analyze_time last_autoanalyze_time
	function_calls function_total_time function_self_time
	xact_function_calls xact_function_total_time xact_function_self_time`)

// statistics are the functions under PostgreSQL's views of statistics.
func statistics() map[string]call {
	all := map[string]call{}
	for _, name := range counters {
		all["pg_stat_get_"+name] = always(types.Int(0))
	}
	for _, name := range never {
		all["pg_stat_get_"+name] = always(types.Null)
	}
	return all
}
