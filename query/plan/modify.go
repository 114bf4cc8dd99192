package plan

import (
	"context"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// Conflict is ON CONFLICT.
type Conflict struct {
	// Keys are the keys that may be in conflict, as indexes in Relation.Keys.
	Keys []int
	// Set is the new row where the old one changes, over the old row and the one that
	// was to be inserted; nil: DO NOTHING.
	Set   []expr.Expr
	Where expr.Expr // of DO UPDATE, over the same; nil: always
}

// ModifyKind is what a statement does to rows.
type ModifyKind uint8

// Kinds of changes. The zero value is not valid.
const (
	InsertRows ModifyKind = iota + 1
	UpdateRows
	DeleteRows
	MergeRows
)

// MergeAction is a WHEN of MERGE, over a row of Modify.Root.
type MergeAction struct {
	Matched bool       // of pairs, or of rows of the source that no row of the target meets
	Where   expr.Expr  // nil: always
	Kind    ModifyKind // 0: DO NOTHING
	Row     []expr.Expr
}

// Modify is a planned INSERT, UPDATE or DELETE of a relation with a place column, or an
// INSERT INTO events. It is immutable.
type Modify struct {
	Kind ModifyKind
	// Relation is what changes; of events it is what WritableEvents made.
	Relation *Relation
	// Root gives the rows to work on. An INSERT's are whole rows of the relation; an
	// UPDATE's and a DELETE's begin with the row's place, then the new or the old row,
	// then what RETURNING needs of other tables. A MERGE's begin with the place, NULL where no
	// row matches.
	Root Node
	// Conflict is ON CONFLICT; nil: none.
	Conflict *Conflict
	// Merge are the actions of a MERGE; the first that a row of Root is for is taken.
	Merge []*MergeAction
	// Given and Returning compute the statement's result: Returning is over Given, whose
	// rows are those of Root without the place, or events as the log has them. nil: no RETURNING.
	Given     *Given
	Returning Node
	// Stored says that the rows of Given end with ctid, xmin and xmax of the rows as they were written.
	Stored bool
	// Mentions are, of an INSERT INTO events, the columns of events that each column of RETURNING is
	// computed from, and Tells those that somebody reads.
	Mentions [][]int
	Tells    []bool
	// Feeds says that another INSERT INTO events of the statement is computed from what RETURNING tells.
	Feeds bool
}

// Appends reports whether m is an INSERT INTO events.
func (m *Modify) Appends() bool { return m.Kind == InsertRows && m.OfEvents() }

// OfEvents reports whether m changes events: an UPDATE and a DELETE find out that there is nothing to change, or
// are refused.
func (m *Modify) OfEvents() bool { return m.Relation.Kind == EventsRelation }

// WritableEvents is events as INSERT writes it: with expected_version behind the columns that it shows.
func WritableEvents(r *Relation) *Relation {
	made := *r
	made.Columns = nil
	for i, c := range r.Columns {
		if c.Hidden {
			continue
		}
		if i == EventData {
			c.Default = "'{}'"
		}
		made.Columns = append(made.Columns, c)
	}
	made.OwnRowType = r.RowType // what is told of them are rows of events
	made.Columns = append(made.Columns, RelationColumn{Name: "expected_version", Type: types.Of(types.Int8OID), WriteOnly: true})
	return &made
}

// Changed does a Modify, whole, before it gives the rows of RETURNING.
type Changed struct {
	nodeCore
	Modify *Modify
}

// Inputs implements Node; the change's own plans are none of them.
func (*Changed) Inputs() []Node { return nil }

// Changes are rows that go and rows that come.
type Changes struct {
	Delete []int64         // places
	Insert [][]types.Datum // whole rows; generated columns are filled in
	// Replaces tells for each of Insert which of Delete it is the new form of; 0: none.
	Replaces []int64
}

// Stored is what the rows that were written have as system columns.
type Stored struct {
	Ctid func(i int) types.Datum // of the row at i of Insert
	Xmin types.Datum
}

// Writer changes relations with place columns for running plans.
type Writer interface {
	// Write applies changes. The rows are kept.
	Write(ctx context.Context, m *Modify, c *Changes) (Stored, error)
	// Stands returns a function that tells which places hold what they held when the
	// statement began: another part of it may have changed others.
	Stands(m *Modify) func(place int64) bool
	// Conflict finds the row that a new one conflicts with in one of the keys; mine says
	// that this statement made it.
	Conflict(ctx context.Context, m *Modify, row []types.Datum) (place int64, existing []types.Datum, mine bool, err error)
	// Append appends the rows that it is given, whole rows of the relation, and returns the events of
	// which RETURNING tells, as rows of what events shows. The rows may not be asked for: they are appended already.
	Append(ctx context.Context, m *Modify, rows func() ([][]types.Datum, error)) ([][]types.Datum, error)
	// Wrote tells how many rows a change was about, once it is done.
	Wrote(m *Modify, rows int)
}

// PlaceColumn is the name of the hidden bigint column that tells where a row of a
// relation stands. No SQL can spell it.
const PlaceColumn = ""

// Given gives the rows that whoever runs the plan hands in.
type Given struct{ nodeCore }

// Inputs implements Node.
func (*Given) Inputs() []Node { return nil }
