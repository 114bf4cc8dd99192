package catalog

import (
	"context"
	"hash/fnv"
	"iter"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/settings"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// EventsOID is the OID of the relation events.
const EventsOID = 16_384

// relationOIDs is where the OIDs of all other relations begin.
const relationOIDs = 1 << 20

// RelationOID is the OID of a projection's or catalog's relation: a function of its
// name, so that every node and every start gives the same.
func RelationOID(name string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return relationOIDs + h.Sum32()%(1<<31-relationOIDs)
}

// Session is what relations know of the session that reads them; the plan.Source
// that they are given implements it.
type Session interface {
	plan.Source
	Definitions() []*projection.Definition
	Kinds() projection.EventKinds
	Settings() []settings.Entry
	Statements() []Statement
	Started() time.Time
}

// Statement is a prepared statement of a session.
type Statement struct {
	Name       string
	SQL        string
	Parameters []types.OID
}

// rowsOf makes a relation's rows.
type rowsOf func(ctx context.Context, s Session) ([][]types.Datum, error)

// Lookup finds a relation of a catalog schema; nil if there is none.
func Lookup(schema, name string) *plan.Relation {
	for _, r := range relations() {
		if r.Schema == schema && r.Name == name {
			return r
		}
	}
	return nil
}

// column is a name and a type.
type column struct {
	name string
	typ  types.OID
}

func relation(schema, name string, columns []column, rows rowsOf) *plan.Relation {
	r := &plan.Relation{
		Schema: schema, Name: name, OID: RelationOID(schema + "." + name), Kind: plan.VirtualRelation,
		Rows: func(ctx context.Context, s plan.Source, _ []bool) iter.Seq2[[]types.Datum, error] {
			return produce(ctx, s, rows)
		},
	}
	for _, c := range columns {
		r.Columns = append(r.Columns, plan.RelationColumn{Name: c.name, Type: types.Of(c.typ)})
	}
	return r
}

func produce(ctx context.Context, s plan.Source, rows rowsOf) iter.Seq2[[]types.Datum, error] {
	return func(yield func([]types.Datum, error) bool) {
		session, ok := s.(Session)
		if !ok {
			yield(nil, sqlstate.New(sqlstate.FeatureNotSupported, "catalogs are not supported here"))
			return
		}
		all, err := rows(ctx, session)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, row := range all {
			if !yield(row, nil) {
				return
			}
		}
	}
}
