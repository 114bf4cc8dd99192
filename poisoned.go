package projsql

import (
	"context"
	"iter"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// poisonedRelation is what this node has met of events that cannot be folded.
func (db *DB) poisonedRelation() *plan.Relation {
	return nodeRelation("poisoned", []column{
		{"node", types.TextOID},
		{"projection", types.TextOID},
		{"entity", types.TextOID},
		{"version", types.Int8OID},
		{"kind", types.TextOID},
		{"sqlstate", types.TextOID},
		{"message", types.TextOID},
		{"since", types.TimestamptzOID},
	}, db.poisonedRows)
}

func (db *DB) poisonedRows(context.Context) (rows [][]types.Datum) {
	for _, p := range db.engine.Poisoned() {
		rows = append(rows, []types.Datum{
			types.String(db.options.NodeName), types.String(p.Projection), types.String(string(p.Entity)), types.Int(int64(p.Version)),
			types.String(string(p.Kind)), types.String(string(p.Code)), types.String(p.Message),
			types.Int(types.MicrosOf(p.Since)),
		})
	}
	return rows
}

// withPoisoned adds a column to projsql.projections: how many rows poisoned has of each.
func (db *DB) withPoisoned(projections *plan.Relation) *plan.Relation {
	r := *projections
	r.Columns = append(r.Columns[:len(r.Columns):len(r.Columns)], plan.RelationColumn{Name: "poisoned", Type: types.Of(types.Int8OID)})
	r.Rows = func(ctx context.Context, s plan.Source, need []bool) iter.Seq2[[]types.Datum, error] {
		return func(yield func([]types.Datum, error) bool) {
			counts := map[string]int64{}
			for _, p := range db.engine.Poisoned() {
				counts[p.Projection]++
			}
			for row, err := range projections.Rows(ctx, s, need) {
				if err == nil {
					row = append(row[:len(row):len(row)], types.Int(counts[row[0].Str()]))
				}
				if !yield(row, err) {
					return
				}
			}
		}
	}
	return &r
}
