package plan

import (
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// Query is a planned SELECT. It is immutable: any number of executions share it.
type Query struct {
	Columns []Column
	Root    Node
	// Point is set when the whole statement reads one entity of one projection by
	// name and returns plain columns. Root answers the same.
	Point *Point
	// OneState says that all the statement reads is one entity's state in one projection.
	OneState bool
	// IfChanged says that project_if_changed() is called somewhere: it always reads consistent.
	IfChanged bool
	// Places are what the hidden columns behind Columns hold, if Options asked for them.
	Places []Place
	// Locks says that the query is FOR UPDATE or the like.
	Locks bool
	// Changes says that the statement changes relations, Appends that events is one of them.
	Changes, Appends bool
	// Routines are functions in SQL that are run, Runs says that one of them appends events.
	Routines []Routine
	Runs     bool
	// Called are the functions of users that the statement calls, those in its views and in functions too, by OID.
	Called []uint32
	// Uses are the relations that the statement names, those in its views too, in the order in which it does.
	Uses []*Use
	// Freshness are the named arguments project(…, freshness => …), in the order of the text.
	Freshness []FreshnessArgument
	// Contracts are the freshnesses of the views that the text reads, of the outermost that has one.
	Contracts []Contract
	// Beside says that events or states are read that are in no such view.
	Beside bool
}

// Contract is the freshness of a view.
type Contract struct{ View, Freshness string }

// Place tells which table's place a hidden column of a Query is, for WHERE CURRENT OF.
type Place struct {
	Table uint32 // OID
	// Simple says that the query reads the table row by row, without joins and sorts.
	Simple bool
}

// Column is a column of a result.
type Column struct {
	Name string
	Type types.Type
	// TableOID and ColumnNumber are set where the column is a plain column of a table.
	TableOID     uint32
	ColumnNumber uint16
	// Collation is that of the values; 0: their type's.
	Collation types.OID
}

// FreshnessArgument is a freshness named in a call of project().
type FreshnessArgument struct {
	Text     string
	Position int // byte offset of the argument's value in the statement's text
}

// Point is a statement that reads one entity of one projection.
type Point struct {
	Definition *projection.Definition
	Entity     Argument
	// IfChanged says that the call is project_if_changed with this generation.
	IfChanged  bool
	Generation Argument
	Outputs    []Output // one for each column of the query
	// Computed are the values of each ComputedOutput, over a row of Row. They depend on nothing else.
	Computed []expr.Eval
	Row      []Output
}

// Argument is a value known when the plan is made, or parameter $Param. A NULL
// argument finds no row.
type Argument struct {
	Param int // from 1; 0 = Value
	Value types.Datum
}

// OutputKind tells where a column of a Point comes from.
type OutputKind uint8

// Kinds of outputs. The zero value is not valid.
const (
	EntityOutput     OutputKind = iota + 1
	StateOutput                 // column Index of Definition.Columns; NULL without a state
	SystemOutput                // system column Index, SystemGeneration and following
	GenerationOutput            // the generation of project_if_changed
	ComputedOutput              // Point.Computed of Index
)

// Output is one column of a Point.
type Output struct {
	Kind  OutputKind
	Index int
}
