package catalog

import (
	"cmp"
	"slices"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// Table is a relation that a session sees beside PostgreSQL's catalogs: events, a
// projection, a temporary table, a relation of the schema projsql.
type Table struct {
	*plan.Relation
	Temporary bool
	// Held is who owns it and may do what with it; nil: what holds by default. Tells says that it tells of the node, to
	// those alone who may see that.
	Held      *role.Object
	Tells     bool
	View      bool      // its rows are made when it is read
	Composite types.OID // the composite type that it holds the attributes of; 0: it is none
	// Query writes the query of a session's view; nil: it is none.
	Query    func(pretty bool) (string, bool)
	Sequence *Sequence
	// Options are what WITH (…) gives a view of all sessions, Reads the OIDs of what it reads.
	Options map[string]string
	Reads   []uint32
	Calls   []uint32 // the routines that a lasting view calls, by OID
	// Size is what its rows take in files, Free the map of what is free there; nil: not known.
	Size func() (rows, free int64)
	// Live is the number of its rows, if that is known without reading them; nil: it never is.
	Live func() (rows int64, known bool)
	// Counted is what ANALYZE has found; rows < 0: nothing.
	Counted func() (rows, pages int64, keyPages map[string]int64)
	// KeySize is that of the index of one of Keys.
	KeySize   func(key string) int64
	Insert    bool     // takes INSERT
	NotNull   []bool   // of the columns that are not hidden; nil = none
	Identity  []byte   // of the columns: 'a' always, 'd' by default, 0 no identity; nil = none
	Generated []string // what columns are generated from; "" = an ordinary one; nil = none
	Defaults  []string // of the columns as SQL; nil = those of the relation
	// Pretty are the same expressions, and those of the checks, with few parentheses.
	Pretty map[string]string
	// Dropped are columns that there were.
	Dropped []DroppedColumn
	Keys    []Key
	Checks  []Check
	// Comment and Comments are what COMMENT says of the table and of its columns; "" =
	// nothing, nil = nothing of any.
	Comment  string
	Comments []string
	// row is the type of the rows, and array that of arrays of them, of a table that all sessions
	// see; 0: there are none.
	row, array uint32
}

// addRowType finds the type of the table's rows.
func (t *Table) addRowType() {
	if t.Temporary || t.Sequence != nil || t.Composite != 0 {
		return
	}
	if row, err := t.RowType(); err == nil && row != 0 {
		t.row, t.array = uint32(row), uint32(types.ArrayOf(row))
	}
}

// DroppedColumn is a column that a table had.
type DroppedColumn struct {
	Number int
	Type   types.Type
}

// Key is a PRIMARY KEY or UNIQUE constraint with its index.
type Key struct {
	Name    string
	Columns []int
	Primary bool
	Index   bool // an index and no constraint
	Plain   bool // an index that is not unique
	// SameNulls says NULLS NOT DISTINCT, Later DEFERRABLE.
	SameNulls, Later bool
	// Parts are the columns of an index that has more to it than Columns in ascending
	// order; nil: there is no more. Where is the condition of a partial one, as SQL.
	Parts []Part
	Where string
	// Include are columns that the index has beside those that it is about.
	Include []int
	// Comment and ConstraintComment are what COMMENT says of the index and of the
	// constraint; "" = nothing.
	Comment, ConstraintComment string
	Clustered                  bool
}

// Part is a column of an index.
type Part struct {
	Column           int    // -1: an expression
	SQL              string // of the expression
	Function         bool   // the expression is a call, which needs no parentheses
	Name             string
	Type             types.Type
	Desc, NullsFirst bool
}

// parts are the columns of a key's index.
func (c *constraint) parts() []Part {
	if c.key.Parts != nil {
		return c.key.Parts
	}
	return c.plain(c.key.Columns)
}

// attributes are all columns of a key's index.
func (c *constraint) attributes() []Part {
	return append(slices.Clip(c.parts()), c.plain(c.key.Include)...)
}

func (c *constraint) plain(columns []int) (all []Part) {
	for _, i := range columns {
		col := &c.table.Columns[i]
		all = append(all, Part{Column: i, Name: col.Name, Type: col.Type})
	}
	return all
}

// Check is a CHECK constraint.
type Check struct {
	Name    string
	SQL     string // with its parentheses
	Columns []int  // that it is about, in their order in SQL
	Comment string // "" = none
	// NotValid says that rows from before it may break it.
	NotValid bool
	// NoInherit is what NO INHERIT says.
	NoInherit bool
}

// Sequence is what numbers are given by, and the column that they are for.
type Sequence struct {
	Type                       types.OID
	Start, Increment, Min, Max int64
	Cycle                      bool
	Owner                      uint32 // the OID of a table; 0 = none
	Column                     string // of the owner
	// Last is the number given last, if one was.
	Last func() (last int64, called bool)
}

// visible are the columns that * means.
func (t *Table) visible() []plan.RelationColumn {
	for i := range t.Columns {
		if t.Columns[i].Hidden {
			return t.Columns[:i]
		}
	}
	return t.Columns
}

// number is that of a column, which stays the same when another is dropped; 0 for an expression, -1.
func (t *Table) number(i int) int {
	if i < 0 {
		return 0
	}
	if n := t.Columns[i].Number; n != 0 {
		return int(n)
	}
	return i + 1
}

// initial is the default of a column, or what it is generated from, as SQL; "" if there is
// none. Identity columns have none.
func (t *Table) initial(i int) string {
	switch {
	case t.Identity != nil && t.Identity[i] != 0:
		return ""
	case t.Generated != nil && t.Generated[i] != "":
		return t.Generated[i]
	}
	if t.Defaults != nil {
		return t.Defaults[i]
	}
	return t.Columns[i].Default
}

// namespace is the OID of the table's schema.
func (t *Table) namespace() uint32 { return namespaceOID(t.Schema) }

// constraint is a constraint of a table, with an index if it is a key.
type constraint struct {
	oid   uint32
	index uint32 // 0: none
	table *Table
	key   *Key
	check *Check
}

func (c *constraint) name() string {
	if c.key != nil {
		return c.key.Name
	}
	return c.check.Name
}

// Objects are the tables that a session sees and what belongs to them. It is immutable.
type Objects struct {
	tables       []*Table
	constraints  []*constraint
	byOID        map[uint32]*Table
	indexes      map[uint32]*constraint // by the OID of the index
	constraintBy map[uint32]*constraint
	byName       map[[2]string]uint32 // relations and indexes
	comments     map[described]string
	routines     []*Routine
}

// NewObjects returns the objects of some tables.
func NewObjects(tables []*Table) *Objects {
	o := &Objects{
		tables: slices.SortedFunc(slices.Values(tables), func(a, b *Table) int { return cmp.Compare(a.OID, b.OID) }),
		byOID:  map[uint32]*Table{}, indexes: map[uint32]*constraint{}, constraintBy: map[uint32]*constraint{}, byName: map[[2]string]uint32{},
		comments: map[described]string{},
	}
	for _, t := range o.tables {
		t.addRowType()
		o.byOID[t.OID] = t
		o.byName[[2]string{t.Schema, t.Name}] = t.OID
		for i := range t.Keys {
			o.add(&constraint{table: t, key: &t.Keys[i]})
		}
		for i := range t.Checks {
			o.add(&constraint{table: t, check: &t.Checks[i]})
		}
		o.commentTable(t)
	}
	o.comment(described{extensionOID, classOfExtensions, 0}, extensionComment)
	return o
}

func (o *Objects) add(c *constraint) {
	name := c.table.Schema + "." + c.table.Name + "." + c.name()
	c.oid = RelationOID("constraint " + name)
	if c.key != nil {
		c.index = RelationOID("index " + name)
		o.indexes[c.index] = c
		o.byName[[2]string{c.table.Schema, c.name()}] = c.index
	}
	o.constraints = append(o.constraints, c)
	if c.key == nil || !c.key.Index {
		o.constraintBy[c.oid] = c
	}
	o.commentConstraint(c)
}
