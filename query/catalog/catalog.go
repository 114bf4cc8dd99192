package catalog

import (
	"context"
	"hash/fnv"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
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

// CompositeOID returns the OID of the row of pg_class that a composite type's attributes belong to.
func CompositeOID(t types.OID) uint32 { return RelationOID("type " + strconv.Itoa(int(t))) }

// Session is what relations and functions know of the session that reads them; the
// plan.Source that relations are given implements it.
type Session interface {
	plan.Source
	Definitions() []*projection.Definition
	Kinds() projection.EventKinds
	Settings() []settings.Entry
	// Parameter finds the definition of a setting; nil if there is none.
	Parameter(name string) *settings.Parameter
	Statements() []Statement
	Cursors() []Cursor
	// Backends are the sessions of all clients of this node.
	Backends() []Backend
	Started() time.Time
	// DiskBytes is what the events of the database take on this node's disk.
	DiskBytes() (bytes int64, known bool)
	Objects() *Objects
	// User is the current role, SessionUser the one that connected, and Superuser whether nothing is
	// withheld from the session.
	User() string
	SessionUser() string
	Superuser() bool
	// Roles are those of this moment; nil: none was ever created.
	Roles() *role.Set
	Database() string
	// Schemas is the effective search path.
	Schemas() []string
	// TempSchema is the name of the schema of the session's temporary tables; "" while it
	// has none.
	TempSchema() string
	// TypeNamed finds a type that the session has defined; "" is any schema. nil if there
	// is none.
	TypeNamed(schema, name string) *types.TypeInfo
	// Types are those that the session has defined.
	Types() []*types.TypeInfo
}

// Statement is a prepared statement of a session.
type Statement struct {
	Name       string
	SQL        string
	Parameters []types.OID
	Prepared   time.Time
	FromSQL    bool // by PREPARE
}

// Cursor is an open cursor of a session.
type Cursor struct {
	Name, SQL            string
	Hold, Binary, Scroll bool
	Created              time.Time
}

// rowsOf makes a relation's rows.
type rowsOf func(ctx context.Context, s Session) ([][]types.Datum, error)

// Lookup finds a relation of a catalog schema; nil if there is none.
func Lookup(schema, name string) *plan.Relation {
	switch {
	case schema == "projsql":
		return own()[name]
	case schema == "pg_catalog" && strings.HasPrefix(name, "pg_"), schema == "information_schema":
		key := [2]string{schema, name}
		if t := tables()[key]; t != nil {
			return t.relation
		}
		return views()[key]
	}
	return nil
}

// Missing reports whether a name is that of a view of PostgreSQL's that is not there.
func Missing(schema, name string) bool {
	s := shapes()[[2]string{schema, name}]
	return s != nil && s.kind == 'v' && views()[[2]string{schema, name}] == nil
}

// IsTable reports whether a name is that of a table of PostgreSQL's own.
func IsTable(schema, name string) bool {
	s := shapes()[[2]string{schema, name}]
	return s != nil && s.kind == 'r'
}

// column is a name and a type.
type column struct {
	name string
	typ  types.OID
}

// relation is one of the schema projsql.
func relation(name string, columns []column, rows rowsOf) *plan.Relation {
	const schema = "projsql"
	r := &plan.Relation{
		Schema: schema, Name: name, OID: RelationOID(schema + "." + name), Kind: plan.VirtualRelation,
		Rows: rowsFunc(rows),
	}
	for _, c := range columns {
		r.Columns = append(r.Columns, plan.RelationColumn{Name: c.name, Type: types.Of(c.typ)})
	}
	return r
}

func rowsFunc(rows rowsOf) func(context.Context, plan.Source, []bool) iter.Seq2[[]types.Datum, error] {
	return func(ctx context.Context, s plan.Source, _ []bool) iter.Seq2[[]types.Datum, error] {
		return produce(ctx, s, rows)
	}
}

func produce(ctx context.Context, s plan.Source, rows rowsOf) iter.Seq2[[]types.Datum, error] {
	return func(yield func([]types.Datum, error) bool) {
		session, err := sessionOf(s)
		if err != nil {
			yield(nil, err)
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

func sessionOf(s plan.Source) (Session, error) {
	session, ok := s.(Session)
	if !ok {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "catalogs are not supported here")
	}
	return session, nil
}
