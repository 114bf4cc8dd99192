package temptable

import (
	"slices"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Tables are the temporary tables of one session.
type Tables struct {
	// Schema is the name that errors give the tables' schema.
	Schema   string
	bytesMax int64
	byName   map[string]*Table
	journal  []entry
	shapes   uint64
	lastOID  uint32
}

// entry is what stood before one change.
type entry struct {
	table   *Table
	version *Version // before a change of rows; nil: the table was created or dropped
	created bool
}

// firstOID is where the OIDs of temporary tables begin; they are unique in a session and above those of other relations.
const firstOID = 3 << 30

// New returns a session without tables, whose rows may take bytesMax of memory.
func New(bytesMax int64) *Tables {
	return &Tables{bytesMax: bytesMax, byName: map[string]*Table{}, lastOID: firstOID}
}

// Lookup finds a table; nil if there is none.
func (t *Tables) Lookup(name string) *Table { return t.byName[name] }

// All returns the tables by name.
func (t *Tables) All() []*Table {
	all := make([]*Table, 0, len(t.byName))
	for _, table := range t.byName {
		all = append(all, table)
	}
	slices.SortFunc(all, func(a, b *Table) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all
}

// Shapes changes whenever a table comes or goes: what was planned before may be
// about others.
func (t *Tables) Shapes() uint64 { return t.shapes }

// Create makes an empty table and gives it an OID. 42P07 if there is one of the name.
func (t *Tables) Create(s Shape) (*Table, error) {
	if t.byName[s.Name] != nil {
		return nil, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", s.Name)
	}
	t.lastOID++
	s.OID = t.lastOID
	table := &Table{Shape: s, version: &Version{}}
	t.put(table)
	t.journal = append(t.journal, entry{table: table, created: true})
	return table, nil
}

func (t *Tables) put(table *Table) {
	t.byName[table.Name] = table
	t.shapes++
}

// Drop removes a table.
func (t *Tables) Drop(table *Table) {
	delete(t.byName, table.Name)
	t.shapes++
	t.journal = append(t.journal, entry{table: table})
}

// Change applies a change to a table, whole or not at all. Errors: 23505, 53200
// above the limit.
func (t *Tables) Change(table *Table, c Change) error {
	next := table.version
	if len(c.Delete) > 0 {
		next = next.without(c.Delete)
	}
	if len(c.Insert) > 0 {
		next = next.with(c.Insert)
	}
	if grown := next.bytes - table.version.bytes; grown > 0 && t.bytes()+grown > t.bytesMax {
		return sqlstate.New(sqlstate.OutOfMemory, "out of memory").
			WithDetail("Temporary tables of a session may take %d bytes.", t.bytesMax)
	}
	if err := table.check(&c, next); err != nil {
		err.Schema = t.Schema
		return err
	}
	t.set(table, next)
	return nil
}

func (t *Tables) bytes() (n int64) {
	for _, table := range t.byName {
		n += table.version.bytes
	}
	return n
}

// Empty removes every row.
func (t *Tables) Empty(table *Table) { t.set(table, &Version{}) }

func (t *Tables) set(table *Table, v *Version) {
	t.journal = append(t.journal, entry{table: table, version: table.version})
	table.version = v
}

// Mark is the point that Rollback goes back to.
func (t *Tables) Mark() int { return len(t.journal) }

// Rollback undoes what was done since a mark.
func (t *Tables) Rollback(mark int) {
	for i := len(t.journal) - 1; i >= mark; i-- {
		e := &t.journal[i]
		switch {
		case e.version != nil:
			e.table.version = e.version
		case e.created:
			delete(t.byName, e.table.Name)
			t.shapes++
		default:
			t.put(e.table)
		}
	}
	clear(t.journal[mark:])
	t.journal = t.journal[:mark]
}

// Commit forgets how to go back, and empties or drops the tables that are to be.
func (t *Tables) Commit() {
	for _, table := range t.byName {
		switch table.OnCommit {
		case DeleteRows:
			table.version = &Version{}
		case Drop:
			delete(t.byName, table.Name)
			t.shapes++
		}
	}
	clear(t.journal)
	t.journal = t.journal[:0]
}
