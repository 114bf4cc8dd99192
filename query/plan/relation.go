package plan

import (
	"context"
	"errors"
	"iter"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// Relations finds what a FROM item names. The session implements it; plans of
// one Relations are good for one epoch of its definitions.
type Relations interface {
	// Relation finds a table by name; schema is "" for an unqualified one. nil means
	// that there is none (42P01).
	Relation(schema, name string) (*Relation, error)
	// Projection finds the relation of project('name', …): the exact name, else the
	// folded one; nil means that there is none.
	Projection(name string) (*Relation, error)
}

// RelationKind tells where a relation's rows come from.
type RelationKind uint8

// Kinds of relations. The zero value is not valid.
const (
	EventsRelation     RelationKind = iota + 1 // the log
	ProjectionRelation                         // states by entity
	VirtualRelation                            // rows made by a function
	ViewRelation                               // what a SELECT gives
)

// Relation is a table that a FROM item can name. It is immutable.
type Relation struct {
	Schema  string
	Name    string
	OID     uint32
	Kind    RelationKind
	Columns []RelationColumn
	// Definition is set for projections.
	Definition *projection.Definition
	// Kinds tell in which shape the log's events are shown.
	Kinds projection.EventKinds
	// View is the SELECT that a view stands for. Its columns are cast to the types of
	// Columns and go by their names.
	View string
	// Lasting says of a view that every session sees it; then nothing of a session's own is in it.
	Lasting bool
	// Invoker says of such a view that what it reads is read by the rights of who reads it, not of its owner.
	Invoker bool
	// Barrier says of it that conditions of its reader are judged of its rows alone.
	Barrier bool
	// Freshness is what a view is read with where nobody says more; "" = what the session says.
	Freshness string
	// OwnRowType gives the composite type of the rows of what is the session's; nil: it is not.
	OwnRowType func() (types.OID, error)
	// Moves says that the rows may change while a statement reads them.
	Moves bool
	// Keys are the unique keys, for ON CONFLICT.
	Keys []RelationKey
	// Rows makes the rows of a virtual relation. need tells for each column whether
	// it is read; others may be left NULL. A yielded slice may be reused.
	Rows func(ctx context.Context, s Source, need []bool) iter.Seq2[[]types.Datum, error]
}

// RelationColumn is a column of a Relation.
type RelationColumn struct {
	Name string
	Type types.Type
	// Collation is what COLLATE gives the column; 0: its type's.
	Collation types.OID
	// Record has the columns of a column of type record, where they are known.
	Record []expr.RecordColumn
	// Number is the attribute number; 0: the column's index + 1, or none if it is hidden.
	Number uint16
	// Hidden columns are found by name only, never by *; their attribute number is 0.
	Hidden bool
	// Key says that the column is one of the primary key.
	Key bool
	// Default is SQL text for what INSERT puts where nothing is said; "" = NULL.
	Default string
	// Always says GENERATED ALWAYS AS IDENTITY, ByDefault the other kind of identity,
	// Generated GENERATED … STORED: whoever writes the row computes it.
	Always, ByDefault, Generated bool
	// WriteOnly columns are written where an INSERT's list names them, and never read.
	WriteOnly bool
}

// RelationKey is a unique key.
type RelationKey struct {
	Name    string
	Columns []int // indexes in Relation.Columns
	Later   bool  // a deferrable constraint
	// Expressions are the key's other parts and Where is the condition of the rows that it is kept
	// to for, over the relation's columns as a row has them; nil: there is none.
	Expressions []expr.Expr
	Where       expr.Expr
	// Check says that it is no key but another constraint.
	Check bool
}

// Source is what a running plan reads: everything at one cut of the log. The
// session implements it, with its transaction's own appends folded in. It is
// used by one goroutine at a time.
type Source interface {
	// Project returns one entity's state.
	Project(ctx context.Context, d *projection.Definition, e event.Entity) (projection.Outcome, error)
	// Changed is Project, but with Outcome.Unchanged set if the entity's generation is
	// the given one.
	Changed(ctx context.Context, d *projection.Definition, e event.Entity, generation event.Version) (projection.Outcome, error)
	// Scan calls each with every entity of the range that has a state, in byte order, and maybe
	// with others. An error of each ends the scan and is returned. The pace is
	// the caller's: who works for the scan besides him goes on detours in his place.
	Scan(ctx context.Context, d *projection.Definition, in projection.Range, pace *fair.Pace, each func(event.Entity, *projection.Outcome) error) error
	// History calls each with the relevant events of one entity whose versions are wanted
	// and the state after each; the request's cut is the statement's. An error of each ends
	// the history and is returned.
	History(ctx context.Context, r projection.HistoryRequest, each projection.EachStep) error
	// Log reads events.
	Log() event.Reader
	// Node names this node, for _node.
	Node() string
}

// Columns of events, in the order of SPEC 3.1; their indexes in a Relation.
const (
	EventEntity = iota
	EventVersion
	EventKind
	EventData
	EventMetadata
	EventID
	EventCorrelation
	EventCausation
	EventOccurredAt
	EventRecordedAt
	EventRecordedBy
	EventHLC
	EventSequence
	// Hidden columns: what is stored, whatever upcasts make of it.
	EventRawData
	EventRawMetadata
)

// System columns of a projection, hidden columns that follow the declared ones.
const (
	SystemGeneration = iota
	SystemWatermark
	SystemHLC
	SystemStrategy
	SystemCacheStatus
	SystemFreshness
	SystemAgeMS
	SystemNode
	SystemEncoded // the state as nodes hand it to each other; it has a name for them alone
	SystemColumns // their number
)

var systemColumns = [SystemColumns]RelationColumn{
	SystemGeneration:  {Name: "_generation", Type: types.Of(types.Int8OID), Hidden: true},
	SystemWatermark:   {Name: "_watermark", Type: types.Of(types.Int8OID), Hidden: true},
	SystemHLC:         {Name: "_hlc", Type: types.Of(types.Int8OID), Hidden: true},
	SystemStrategy:    {Name: "_strategy", Type: types.Of(types.TextOID), Hidden: true},
	SystemCacheStatus: {Name: "_cache_status", Type: types.Of(types.TextOID), Hidden: true},
	SystemFreshness:   {Name: "_freshness", Type: types.Of(types.TextOID), Hidden: true},
	SystemAgeMS:       {Name: "_age_ms", Type: types.Of(types.Int8OID), Hidden: true},
	SystemNode:        {Name: "_node", Type: types.Of(types.TextOID), Hidden: true},
	SystemEncoded:     {Type: types.Of(types.ByteaOID), Hidden: true},
}

// EncodedColumn is how nodes name SystemEncoded; see NewNodeProjection.
const EncodedColumn = "_encoded"

// SystemName is the name of a system column.
func SystemName(index int) string { return systemColumns[index].Name }

// NewEvents returns the relation of the log, shown in the newest shapes of these kinds.
func NewEvents(oid uint32, kinds projection.EventKinds) *Relation {
	return &Relation{Schema: "public", Name: "events", OID: oid, Kind: EventsRelation, Kinds: kinds, Columns: []RelationColumn{
		{Name: "entity", Type: types.Of(types.TextOID)},
		{Name: "version", Type: types.Of(types.Int8OID)},
		{Name: "kind", Type: types.Of(types.TextOID)},
		{Name: "data", Type: types.Of(types.JSONBOID)},
		{Name: "metadata", Type: types.Of(types.JSONBOID)},
		{Name: "event_id", Type: types.Of(types.UUIDOID)},
		{Name: "correlation_id", Type: types.Of(types.UUIDOID)},
		{Name: "causation_id", Type: types.Of(types.UUIDOID)},
		{Name: "occurred_at", Type: types.Of(types.TimestamptzOID)},
		{Name: "recorded_at", Type: types.Of(types.TimestamptzOID)},
		{Name: "recorded_by", Type: types.Of(types.TextOID)},
		{Name: "hlc", Type: types.Of(types.Int8OID)},
		{Name: "sequence", Type: types.Of(types.Int8OID)},
		{Name: "_raw_data", Type: types.Of(types.JSONBOID), Hidden: true},
		{Name: "_raw_metadata", Type: types.Of(types.JSONBOID), Hidden: true},
	}}
}

// NewProjection returns the relation of a projection: entity, the declared
// columns, and the hidden system columns.
func NewProjection(d *projection.Definition, oid uint32) *Relation {
	columns := []RelationColumn{{Name: "entity", Type: types.Of(types.TextOID), Key: true}}
	for _, c := range d.Columns {
		columns = append(columns, RelationColumn{Name: c.Name, Type: types.Type{OID: types.OID(c.Type), Mod: c.TypeMod}})
	}
	columns = append(columns, systemColumns[:]...)
	return &Relation{Schema: "public", Name: d.Name, OID: oid, Kind: ProjectionRelation, Columns: columns, Definition: d}
}

// NewNodeProjection is NewProjection with what other nodes of the cluster may name, and
// clients may not.
func NewNodeProjection(d *projection.Definition, oid uint32) *Relation {
	r := NewProjection(d, oid)
	r.Columns[1+len(d.Columns)+SystemEncoded].Name = EncodedColumn
	return r
}

// Scatterer may be implemented by a Source whose node has others beside it.
type Scatterer interface {
	// Scatter has nodes run a fragment, each over its share of the entities; params are the
	// values of its parameters. nil: this node is to read all itself.
	Scatter(ctx context.Context, f *Fragment, params []types.Datum) []Strand
}

// ErrAnew says that all rows that a strand has given come again.
var ErrAnew = errors.New("the rows begin anew")

// Strand is the rows of one share. It is used by one goroutine at a time.
type Strand interface {
	// Next returns the next rows, at least one; none at the end. They are valid until the next
	// call; their Datums stay valid. ErrAnew says that the rows begin anew, of a fragment whose rows
	// have no order.
	Next(ctx context.Context) ([][]types.Datum, error)
	// Close ends it, wherever it is. It may be called again.
	Close()
}

// ColumnNames are the names of columns given by their indexes.
func ColumnNames(r *Relation, columns []int) []string {
	var all []string
	for _, c := range columns {
		all = append(all, r.Columns[c].Name)
	}
	return all
}

// Visible are the indexes of the columns that a row of the relation has.
func (r *Relation) Visible() []int {
	var all []int
	for i := range r.Columns {
		if !r.Columns[i].Hidden {
			all = append(all, i)
		}
	}
	return all
}

// RowType is the composite type of the relation's rows; 0: they have none of their own here, and
// one of them cannot be a column.
func (r *Relation) RowType() (types.OID, error) {
	switch {
	case r.OwnRowType != nil:
		return r.OwnRowType()
	case r.Schema != "public" && r.Schema != "projsql":
		return 0, nil
	}
	t := types.TypeInfo{Name: r.Name, SQLName: expr.QuoteIdent(r.Name)}
	if r.Schema != "public" {
		t.SQLName = r.Schema + "." + t.SQLName
	}
	for _, i := range r.Visible() {
		t.Attributes = append(t.Attributes, types.Attribute{Name: r.Columns[i].Name, Type: r.Columns[i].Type})
	}
	return types.RowOf(t)
}
