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
			{"external_store", types.TextOID},
			{"slot_store", types.TextOID},
			{"reads", types.Int8OID},
		}, db.statementRows),
		nodeRelation("cache_stores", []column{
			{"node", types.TextOID},
			{"projection", types.TextOID},
			{"cache", types.TextOID},
			{"outcome", types.TextOID},
			{"states", types.Int8OID},
		}, db.storeRows),
		nodeRelation("fragments", []column{
			{"node", types.TextOID},
			{"sent", types.Int8OID},
			{"redone", types.Int8OID},
			{"running", types.Int8OID},
			{"served", types.Int8OID},
			{"states", types.Int8OID},
			{"rows", types.Int8OID},
		}, db.fragmentRows),
		db.poisonedRelation(),
		db.withPoisoned(db.projectionsRelation()),
	}
}

func nodeRelation(name string, columns []column, rows func(context.Context) [][]types.Datum) *plan.Relation {
	r := &plan.Relation{
		Schema: "projsql", Name: name, OID: catalog.RelationOID("projsql." + name), Kind: plan.VirtualRelation,
		Rows: func(ctx context.Context, _ plan.Source, _ []bool) iter.Seq2[[]types.Datum, error] {
			return func(yield func([]types.Datum, error) bool) {
				for _, row := range rows(ctx) {
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

func (db *DB) nodeRows(ctx context.Context) (rows [][]types.Datum) {
	for _, m := range db.cluster.Members(ctx) {
		row := []types.Datum{
			types.String(m.Name), types.String(m.Role), types.String(m.State), db.servedAt(m.PGAddr),
			types.Null, types.Null, types.Null, types.Int(int64(m.Partitions)),
		}
		if m.Answers {
			row[4], row[5] = types.Int(int64(m.Sequence)), types.Int(int64(m.LagEvents))
		}
		if m.AgeMS >= 0 {
			row[6] = types.Float(float64(m.AgeMS) / 1000)
		}
		rows = append(rows, row)
	}
	return rows
}

func (db *DB) partitionRows(context.Context) [][]types.Datum {
	owners := db.cluster.Owners()
	rows := make([][]types.Datum, placement.Partitions)
	for p := range rows {
		rows[p] = []types.Datum{types.Int(int64(p)), types.String(owners.Owner(placement.Partition(p)))}
	}
	return rows
}

func (db *DB) cacheRows(context.Context) [][]types.Datum {
	name, external := types.String(db.options.NodeName), db.external.Metrics()
	used, _ := db.engine.SlotBytes()
	rows := [][]types.Datum{
		{name, types.String("slots"), types.Int(int64(used)), types.Int(0), types.Null, types.Null},
		{name, types.String("external"), types.Int(int64(external.Bytes)), types.Int(int64(external.Damaged)), types.Null, types.Null},
	}
	listings, _ := db.engine.Listings()
	for _, l := range listings {
		rows = append(rows, []types.Datum{
			name, types.String("listing"), types.Int(int64(l.Bytes)), types.Int(0), types.String(l.Projection), types.Int(int64(l.Version)),
		})
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

func (db *DB) statementRows(context.Context) (rows [][]types.Datum) {
	for _, s := range db.engine.Stats() {
		for _, a := range s.Answers {
			rows = append(rows, []types.Datum{
				types.String(db.options.NodeName), types.String(s.Projection), types.String(a.Strategy.String()),
				types.String(a.Cache.String()), types.String(a.Observed.String()),
				types.String(a.Stores.External.String()), types.String(a.Stores.Slot.String()), types.Int(int64(a.Count)),
			})
		}
	}
	return rows
}

// fragmentRows is the node's part in scans that nodes share.
func (db *DB) fragmentRows(context.Context) [][]types.Datum {
	sent, redone := db.cluster.Fragments()
	served := db.query.Served()
	row := []types.Datum{types.String(db.options.NodeName)}
	for _, n := range []uint64{sent, redone, uint64(served.Running), served.Fragments, served.States, served.Rows} {
		row = append(row, types.Int(int64(n)))
	}
	return [][]types.Datum{row}
}

// servedAt is the address of a node's Postgres protocol, this one's where none is
// known, NULL if there is none.
func (db *DB) servedAt(addr string) types.Datum {
	if own := db.pgAddr.Load(); addr == "" && db.options.Cluster == nil && own != nil {
		addr = *own
	}
	if addr == "" {
		return types.Null
	}
	return types.String(addr)
}

func (db *DB) storeRows(context.Context) (rows [][]types.Datum) {
	for _, s := range db.engine.Stats() {
		for _, st := range s.Stores {
			rows = append(rows, []types.Datum{
				types.String(db.options.NodeName), types.String(s.Projection), types.String(st.Cache), types.String(st.Outcome),
				types.Int(int64(st.Count)),
			})
		}
	}
	return rows
}
