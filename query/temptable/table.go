package temptable

import "github.com/projsql/projsql/query/types"

// Column is a column of a table.
type Column struct {
	Name    string
	Type    types.Type
	NotNull bool
	Default string // SQL text; "" = NULL
}

// Check is a CHECK constraint.
type Check struct {
	Name string
	SQL  string // over the table's columns
}

// Key is a PRIMARY KEY or UNIQUE constraint.
type Key struct {
	Name    string
	Columns []int
	Primary bool
}

// OnCommit is what COMMIT does to a table.
type OnCommit uint8

// What COMMIT does. The zero value is not valid.
const (
	PreserveRows OnCommit = iota + 1
	DeleteRows
	Drop
)

// Shape is what a table is. It is immutable.
type Shape struct {
	Name     string
	OID      uint32 // given by Create
	Columns  []Column
	Keys     []Key
	Checks   []Check // for whoever makes rows: Change does not look at them
	OnCommit OnCommit
}

// Table is one temporary table.
type Table struct {
	Shape
	version *Version
	indexes []keyIndex // of Keys, in their order
}

// Version is the table's content now.
func (t *Table) Version() *Version { return t.version }

// Change is what one statement does to a table: rows that go, then rows that come.
type Change struct {
	Delete []Place // places in the current Version, each once
	Insert []Row   // with a value for every column
}
