package projsql

import (
	"context"
	"iter"

	"github.com/projsql/projsql/cluster/placement"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// column is a name and a type of a relation.
type column struct {
	name string
	typ  types.OID
}

// relations are the node's own state in the schema projsql.
func (db *DB) relations() []*plan.Relation {
	return []*plan.Relation{
		nodeRelation("nodes", []column{
			{"name", types.TextOID},
			{"role", types.TextOID},
			{"state", types.TextOID},
			{"pg_addr", types.TextOID},
			{"applied_sequence", types.Int8OID},
			{"lag_events", types.Int8OID},
			{"lag_seconds", types.Float8OID},
			{"partitions", types.Int4OID},
		}, db.nodeRows),
		nodeRelation("partitions", []column{{"partition", types.Int4OID}, {"owner", types.TextOID}}, db.partitionRows),
		nodeRelation("cache", []column{
			{"node", types.TextOID},
			{"level", types.TextOID},
			{"bytes", types.Int8OID},
			{"damaged", types.Int8OID},
			{"projection", types.TextOID},
			{"version", types.Int8OID},
		}, db.cacheRows),
		nodeRelation("statements", []column{
			{"node", types.TextOID},
			{"projection", types.TextOID},
			{"strategy", types.TextOID},
			{"cache_status", types.TextOID},
			{"freshness", types.TextOID},
			{"reads", types.Int8OID},
		}, db.statementRows),
		db.projectionsRelation(),
	}
}

func nodeRelation(name string, columns []column, rows func() [][]types.Datum) *plan.Relation {
	r := &plan.Relation{
		Schema: "projsql", Name: name, OID: catalog.RelationOID("projsql." + name), Kind: plan.VirtualRelation,
		Rows: func(context.Context, plan.Source, []bool) iter.Seq2[[]types.Datum, error] {
			return func(yield func([]types.Datum, error) bool) {
				for _, row := range rows() {
					if !yield(row, nil) {
						return
					}
				}
			}
		},
	}
	r.Columns = planColumns(columns)
	return r
}

func planColumns(columns []column) (all []plan.RelationColumn) {
	for _, c := range columns {
		all = append(all, plan.RelationColumn{Name: c.name, Type: types.Of(c.typ)})
	}
	return all
}

func (db *DB) nodeRows() [][]types.Datum {
	s := db.cluster.Status()
	return [][]types.Datum{{
		types.String(s.Name), types.String(s.Role), types.String(s.State), db.servedAt(),
		types.Int(int64(s.Sequence)), types.Int(0), types.Float(0), types.Int(placement.Partitions),
	}}
}

func (db *DB) partitionRows() [][]types.Datum {
	owners := placement.NewMap([]string{db.options.NodeName})
	rows := make([][]types.Datum, placement.Partitions)
	for p := range rows {
		rows[p] = []types.Datum{types.Int(int64(p)), types.String(owners.Owner(placement.Partition(p)))}
	}
	return rows
}

func (db *DB) cacheRows() [][]types.Datum {
	name, external := types.String(db.options.NodeName), db.external.Metrics()
	used, _ := db.engine.SlotBytes()
	rows := [][]types.Datum{
		{name, types.String("slots"), types.Int(int64(used)), types.Int(0), types.Null, types.Null},
		{name, types.String("external"), types.Int(int64(external.Bytes)), types.Int(int64(external.Damaged)), types.Null, types.Null},
	}
	owners, err := db.external.Owners()
	for _, o := range owners {
		var bytes uint64
		if bytes, err = db.external.OwnerBytes(o.Name, o.Version); err != nil {
			break
		}
		rows = append(rows, []types.Datum{
			name, types.String("rows"), types.Int(int64(bytes)), types.Int(0), types.String(o.Name), types.Int(int64(o.Version)),
		})
	}
	if err != nil {
		db.options.Logger.Warn("external cache cannot be searched", "error", err)
	}
	return rows
}

func (db *DB) statementRows() (rows [][]types.Datum) {
	for _, s := range db.engine.Stats() {
		for _, a := range s.Answers {
			rows = append(rows, []types.Datum{
				types.String(db.options.NodeName), types.String(s.Projection), types.String(a.Strategy.String()),
				types.String(a.Cache.String()), types.String(a.Observed.String()), types.Int(int64(a.Count)),
			})
		}
	}
	return rows
}

// servedAt is the address of the Postgres protocol, NULL if there is none.
func (db *DB) servedAt() types.Datum {
	if addr := db.pgAddr.Load(); addr != nil {
		return types.String(*addr)
	}
	return types.Null
}
