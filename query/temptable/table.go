package temptable

import (
	"slices"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Column is a column of a table.
type Column struct {
	Name      string
	Number    uint16 // from 1; those of dropped columns are not given again
	Type      types.Type
	Collation types.OID // that COLLATE gives it; 0: the type's
	NotNull   bool
	Default   string // SQL text; "" = NULL
	Identity  Identity
	Generated string // SQL text over the row, for GENERATED … STORED; "" = an ordinary column
	Comment   string // "" = none
}

// ByDefault is the default of a column, or that of its domain.
func (c *Column) ByDefault() string {
	if c.Default == "" && c.Generated == "" && c.Identity == NoIdentity {
		if i := types.Info(c.Type.OID); i != nil {
			return i.Default
		}
	}
	return c.Default
}

// Identity is what GENERATED … AS IDENTITY says. The zero value is no identity.
type Identity uint8

// Kinds of identity columns.
const (
	NoIdentity Identity = iota
	IdentityAlways
	IdentityByDefault
)

// Check is a CHECK constraint.
type Check struct {
	Name string
	SQL  string // over the table's columns
	// NotValid says that rows from before it may break it.
	NotValid bool
	// NoInherit is what NO INHERIT says; no table inherits.
	NoInherit bool
	// Comment is what COMMENT says of it; "" = nothing.
	Comment string
}

// Key is a PRIMARY KEY or UNIQUE constraint, or an index.
type Key struct {
	Name    string
	Columns []int
	Primary bool
	Index   bool // made by CREATE INDEX, no constraint
	Plain   bool // an index that is not unique: it does nothing
	Opaque  bool // a plain index that Columns and Parts do not describe
	// Parts are the columns of an index that has more to it than Columns in ascending
	// order; nil: there is no more. Where is the condition of a partial one, as SQL.
	Parts []Part
	Where string
	// Include are columns that an index has beside those that it is about.
	Include []int
	// Later says that a statement is held against the key as a whole, not row by row.
	Later bool
	// SameNulls says NULLS NOT DISTINCT.
	SameNulls bool
	// Comment and ConstraintComment are what COMMENT says of the index and of the
	// constraint; "" = nothing.
	Comment, ConstraintComment string
	// Clustered says that CLUSTER goes by this one where it names none.
	Clustered bool
}

// ClusterOn makes the key of a name the one that CLUSTER goes by, "" none.
func (s *Shape) ClusterOn(name string) error {
	i := slices.IndexFunc(s.Keys, func(k Key) bool { return k.Name == name })
	switch {
	case i < 0 && name != "":
		return sqlstate.New(sqlstate.UndefinedObject, "index %q for table %q does not exist", name, s.Name)
	case i >= 0 && s.Keys[i].Where != "":
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot cluster on partial index %q", name)
	}
	s.Keys = slices.Clone(s.Keys)
	for k := range s.Keys {
		s.Keys[k].Clustered = k == i
	}
	return nil
}

// Part is a column of an index.
type Part struct {
	Column           int    // -1: an expression
	SQL              string // of the expression
	Name             string // that the index has for it
	Desc, NullsFirst bool
}

// derived reports whether a unique key is about more than the values of columns.
func (k *Key) derived() bool {
	return !k.Plain && (k.Where != "" || slices.ContainsFunc(k.Parts, func(p Part) bool { return p.Column < 0 }))
}

// Derived is what a unique key with expressions or a condition makes of rows.
type Derived struct {
	Names []string // of the parts, as errors tell them
	Types []types.OID
	// Values are a row's; nil: the key is not kept to for it.
	Values func(Row) (Row, error)
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
	Numbers  uint16 // of columns, that have been given
	Dropped  []Column
	Keys     []Key
	Checks   []Check // for whoever makes rows: Change does not look at them
	OnCommit OnCommit
	Comment  string // "" = none
}

// Find returns the index of a column; -1: there is none.
func (s *Shape) Find(column string) int {
	return slices.IndexFunc(s.Columns, func(c Column) bool { return c.Name == column })
}

// Table is one temporary table. Its Shape changes by Alter alone.
type Table struct {
	Shape
	version *Version
	places  uint32     // that row forms have had
	bulk    uint32     // of these, those that the table was made with
	counted *Counts    // by ANALYZE; nil: not yet
	perPage uint32     // how many of them a page of PostgreSQL's has; 0: there was no row yet
	indexes []keyIndex // of Keys, in their order
	derive  func(*Shape, *Key) (*Derived, error)
}

// Version is the table's content now.
func (t *Table) Version() *Version { return t.version }

// Change is what one statement does to a table: rows that go, then rows that come.
type Change struct {
	Delete []RowID // of the current Version, each once
	Insert []Row   // with a value for every column
	// Replaces tells for each of Insert which of Delete it is the new form of, 0 = none;
	// nil: all are new.
	Replaces []RowID
	// Bulk says that the table is made with the rows.
	Bulk bool
}
