package analyze

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

func (q *query) historyScan(r *plan.Relation, args []*pg.Node, alias *pg.Alias) (plan.Node, []*item, error) {
	n := &plan.HistoryScan{Relation: historyRelation(r), Alias: "project_history"}
	b := *q.in(inFrom)
	b.Scope = q.inner(true)
	var err error
	if n.Entity, err = b.BindAs(args[1], types.Of(types.TextOID), expr.Assignment); err != nil {
		return nil, nil, err
	}
	for i, to := range []*expr.Expr{&n.From, &n.To} {
		if args[2+i] == nil {
			continue
		}
		if *to, err = b.BindAs(args[2+i], types.Of(types.Int8OID), expr.Implicit); err != nil {
			return nil, nil, err
		}
	}
	if alias != nil {
		n.Alias = alias.Aliasname
	}
	it, first := q.planner.newItem(q, n.Alias, n.Relation.Columns, 0)
	for i := range it.fields {
		it.fields[i].number = 0
	}
	q.planner.readsHistory(r, it)
	if err := it.rename(aliasColumns(alias)); err != nil {
		return nil, nil, err
	}
	q.scope.tables = append(q.scope.tables, it)
	n.First = first
	return n, []*item{it}, nil
}

// historyRelation has the columns of project_history over a projection.
func historyRelation(r *plan.Relation) *plan.Relation {
	columns := []plan.RelationColumn{
		{Name: "version", Type: types.Of(types.Int8OID)},
		{Name: "hlc", Type: types.Of(types.Int8OID)},
		{Name: "kind", Type: types.Of(types.TextOID)},
	}
	columns = append(columns, r.Columns[1:]...) // all but the entity
	columns = append(columns,
		plan.RelationColumn{Name: "_exists", Type: types.Of(types.BoolOID), Hidden: true},
		plan.RelationColumn{Name: "_occurred_at", Type: types.Of(types.TimestamptzOID), Hidden: true},
		plan.RelationColumn{Name: "_event_id", Type: types.Of(types.UUIDOID), Hidden: true},
		plan.RelationColumn{Name: "_data", Type: types.Of(types.JSONBOID), Hidden: true},
	)
	return &plan.Relation{Schema: r.Schema, Name: r.Name, Kind: plan.ProjectionRelation, Columns: columns, Definition: r.Definition}
}
