package catalog

import (
	"context"
	_ "embed" // the queries
	"strings"
	"sync"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// viewsSQL are PostgreSQL's views as queries over the catalogs: a line "-- schema.name",
// then its SELECT.
//
//go:embed views.sql
var viewsSQL string

// informationSQL are those of information_schema.
//
//go:embed information.sql
var informationSQL string

// emptyViews are PostgreSQL's views of what there is none of here.
var emptyViews = strings.Fields(`
	information_schema.referential_constraints information_schema.triggers information_schema.foreign_tables
	information_schema.triggered_update_columns pg_catalog.pg_locks
	pg_catalog.pg_stat_progress_analyze pg_catalog.pg_stat_progress_basebackup pg_catalog.pg_stat_progress_cluster
	pg_catalog.pg_stat_progress_copy pg_catalog.pg_stat_progress_create_index pg_catalog.pg_stat_progress_vacuum
	pg_catalog.pg_stat_replication pg_catalog.pg_stat_replication_slots pg_catalog.pg_stat_subscription pg_catalog.pg_stat_subscription_stats
	pg_catalog.pg_stat_wal_receiver pg_catalog.pg_replication_origin_status pg_catalog.pg_available_extension_versions
	pg_catalog.pg_stats_ext pg_catalog.pg_stats_ext_exprs
	pg_catalog.pg_policies pg_catalog.pg_publication_tables pg_catalog.pg_user_mappings
	pg_catalog.pg_available_extensions pg_catalog.pg_prepared_xacts pg_catalog.pg_replication_slots pg_catalog.pg_seclabels`)

// madeViews are PostgreSQL's views whose rows a function makes.
var madeViews = map[[2]string]rowsOf{
	{"pg_catalog", "pg_settings"}:            settingRows,
	{"pg_catalog", "pg_stat_activity"}:       activityRows,
	{"pg_catalog", "pg_cursors"}:             cursorRows,
	{"pg_catalog", "pg_prepared_statements"}: preparedRows,
}

// views are PostgreSQL's views that can be read, by schema and name.
var views = sync.OnceValue(func() map[[2]string]*plan.Relation {
	all := map[[2]string]*plan.Relation{}
	for part := range strings.SplitSeq("\n"+viewsSQL+"\n"+informationSQL, "\n-- ") {
		title, sql, found := strings.Cut(part, "\n")
		schema, name, qualified := strings.Cut(title, ".")
		if !found || !qualified {
			continue
		}
		key := [2]string{schema, name}
		all[key] = shapes()[key].relation(plan.ViewRelation)
		all[key].View = strings.TrimRight(sql, ";\n")
	}
	for key, rows := range madeViews {
		all[key] = madeView(key, rows)
	}
	for key, text := range viewTexts() {
		if all[key] == nil {
			all[key] = shapes()[key].relation(plan.ViewRelation)
			all[key].View = text.runnable()
		}
	}
	for _, name := range emptyViews {
		schema, name, _ := strings.Cut(name, ".")
		key := [2]string{schema, name}
		all[key] = madeView(key, func(context.Context, Session) ([][]types.Datum, error) { return nil, nil })
	}
	return all
})

func madeView(key [2]string, rows rowsOf) *plan.Relation {
	r := shapes()[key].relation(plan.VirtualRelation)
	r.Rows = rowsFunc(rows)
	return r
}

func (s *shape) relation(kind plan.RelationKind) *plan.Relation {
	return &plan.Relation{Schema: s.schema, Name: s.name, OID: s.oid, Kind: kind, Columns: s.columns}
}
