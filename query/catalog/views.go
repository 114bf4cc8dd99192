package catalog

import (
	_ "embed" // views.sql
	"strings"
	"sync"

	"github.com/projsql/projsql/query/plan"
)

// viewsSQL are PostgreSQL's views as queries over the catalogs: a line "-- schema.name",
// then its SELECT.
//
//go:embed views.sql
var viewsSQL string

// madeViews are PostgreSQL's views whose rows a function makes.
var madeViews = map[[2]string]rowsOf{
	{"pg_catalog", "pg_settings"}: settingRows,
}

// views are PostgreSQL's views that can be read, by schema and name.
var views = sync.OnceValue(func() map[[2]string]*plan.Relation {
	all := map[[2]string]*plan.Relation{}
	for part := range strings.SplitSeq("\n"+viewsSQL, "\n-- ") {
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
		r := shapes()[key].relation(plan.VirtualRelation)
		r.Rows = rowsFunc(rows)
		all[key] = r
	}
	return all
})

func (s *shape) relation(kind plan.RelationKind) *plan.Relation {
	return &plan.Relation{Schema: s.schema, Name: s.name, OID: s.oid, Kind: kind, Columns: s.columns}
}
