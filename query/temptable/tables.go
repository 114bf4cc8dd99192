package temptable

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Schema is the name that the schema of a session's own objects goes by.
const Schema = "pg_temp"

// Object is what a name of a session's schema stands for: a *Table, a *View, a
// *Sequence or a *Type.
type Object interface{ name() string }

func (t *Table) name() string { return t.Name }
func (v *View) name() string  { return v.Name }

// Tables are the temporary tables of one session, and its views, sequences and types.
type Tables struct {
	// Schema is the name that errors give the tables' schema.
	Schema string
	// Quote writes a name as SQL does; nil: as it is.
	Quote func(string) string
	// Derive compiles a unique key with expressions or a condition; nil: there are none.
	Derive    func(*Shape, *Key) (*Derived, error)
	bytesMax  int64
	byName    map[string]Object
	undo      []undo
	shapes    uint64
	lastOID   uint32
	lastRow   RowID
	by        uint32 // the transaction, as xmin shows it
	functions []*Function
	rowTypes  map[uint32]types.OID // of the rows of objects, by the objects' OIDs
	defined   []types.OID          // whatever was defined
}

// firstOID is where the OIDs of temporary tables begin; they are unique in a session and above those of other relations.
const firstOID = 3 << 30

// firstTransaction is the number of a session's first transaction; those below are PostgreSQL's own.
const firstTransaction = 3

// New returns a session without tables, whose rows may take bytesMax of memory.
func New(bytesMax int64) *Tables {
	return &Tables{bytesMax: bytesMax, byName: map[string]Object{}, lastOID: firstOID, by: firstTransaction, rowTypes: map[uint32]types.OID{}}
}

// Lookup finds a table; nil if there is none.
func (t *Tables) Lookup(name string) *Table {
	table, _ := t.byName[name].(*Table)
	return table
}

// Object finds what a name stands for; nil if it stands for nothing.
func (t *Tables) Object(name string) Object { return t.byName[name] }

// All returns the tables by name.
func (t *Tables) All() []*Table { return kind[*Table](t) }

// Views returns the views by name.
func (t *Tables) Views() []*View { return kind[*View](t) }

func kind[T Object](t *Tables) []T {
	all := make([]T, 0, len(t.byName))
	for _, o := range t.byName {
		if o, ok := o.(T); ok {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(a.name(), b.name()) })
	return all
}

// None reports whether there is no object at all.
func (t *Tables) None() bool { return len(t.byName) == 0 && len(t.functions) == 0 }

// Shapes changes whenever a table comes, goes or is altered: what was planned before
// may be about others.
func (t *Tables) Shapes() uint64 { return t.shapes }

// Owns reports whether a schema that is named is that of the session's objects.
func (t *Tables) Owns(schema string) bool { return schema == Schema || schema == t.Schema }

// FreeName is a name that nothing has, with a number behind it if need be.
func (t *Tables) FreeName(wanted string) string {
	made := wanted
	for i := 1; !t.Free(made); i++ {
		made = wanted + strconv.Itoa(i)
	}
	return made
}

// Free reports whether nothing has a name, no key either.
func (t *Tables) Free(name string) bool {
	table, _ := t.Index(name)
	return t.byName[name] == nil && table == nil
}

// Index finds a key by its name.
func (t *Tables) Index(name string) (*Table, int) {
	for _, table := range t.All() {
		if i := slices.IndexFunc(table.Keys, func(k Key) bool { return k.Name == name }); i >= 0 {
			return table, i
		}
	}
	return nil, -1
}

// Create makes an empty table and gives it an OID. 42P07 if its name is taken.
func (t *Tables) Create(s Shape) (*Table, error) {
	oid, err := t.claim(s.Name)
	if err != nil {
		return nil, err
	}
	s.OID = oid
	table := &Table{Shape: s, version: &Version{}, derive: t.Derive}
	t.put(table)
	return table, nil
}

// CreateView makes a view and gives it an OID. 42P07 if its name is taken.
func (t *Tables) CreateView(v View) error {
	oid, err := t.claim(v.Name)
	if err != nil {
		return err
	}
	v.OID = oid
	t.put(&v)
	return nil
}

// ReplaceView makes a view another one of the same name.
func (t *Tables) ReplaceView(was *View, v View) error {
	v.OID = was.OID
	t.Drop(was)
	t.put(&v)
	t.reshape(&v)
	t.undo = append(t.undo, undo{func() { t.reshape(was) }, true})
	return nil
}

// Describe gives an object a comment; "" takes it away.
func (t *Tables) Describe(o Object, comment string) error {
	switch o := o.(type) {
	case *Table:
		s := o.Shape
		s.Comment = comment
		return t.Alter(o, s, nil)
	case *View:
		v := *o
		v.Comment = comment
		return t.ReplaceView(o, v)
	case *Sequence:
		t.describe(&o.Comment, comment)
	case *Type:
		t.describe(&o.Comment, comment)
	}
	return nil
}

func (t *Tables) describe(at *string, comment string) {
	was := *at
	*at = comment
	t.shapes++
	t.undo = append(t.undo, undo{func() { *at = was }, true})
}

func (t *Tables) claim(name string) (oid uint32, err error) {
	if !t.Free(name) {
		return 0, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", name)
	}
	t.lastOID++
	return t.lastOID, nil
}

func (t *Tables) put(o Object) {
	t.byName[o.name()] = o
	t.shapes++
	t.undo = append(t.undo, undo{func() { delete(t.byName, o.name()) }, true})
}

// Drop removes an object.
func (t *Tables) Drop(o Object) {
	name := o.name()
	delete(t.byName, name)
	t.shapes++
	t.undo = append(t.undo, undo{func() { t.byName[name] = o }, true})
}

// Alter gives a table another shape, and rows that fit it in the order of those that
// it has; nil: it keeps them. 23505 if a key that is new is not met, 42P07 if another
// name is taken.
func (t *Tables) Alter(table *Table, s Shape, rows []Row) error {
	if s.Name != table.Name && !t.Free(s.Name) {
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", s.Name)
	}
	was := *table
	next := was.version
	if rows != nil {
		next = (&Version{}).with(rows, was.version.ids())
	}
	altered := was
	altered.Shape, altered.version, altered.indexes = s, next, nil
	if rows != nil && was.rewritten(&s) {
		altered.perPage = 0
		altered.fit(rows)
		altered.places = next.renumber()
	}
	for i := range s.Keys {
		if slices.ContainsFunc(was.Keys, func(k Key) bool { return k.Name == s.Keys[i].Name }) && rows == nil {
			continue
		}
		if err := altered.unique(&s.Keys[i]); err != nil {
			return t.within(err)
		}
	}
	t.replace(table, altered)
	t.undo = append(t.undo, undo{func() { t.replace(table, was) }, true})
	return nil
}

// within tells in an error about a key which schema its table is in.
func (t *Tables) within(err error) error {
	var e *sqlstate.Error
	if errors.As(err, &e) && e.Code == sqlstate.UniqueViolation {
		e.Schema = t.Schema
	}
	return err
}

func (t *Tables) replace(table *Table, by Table) {
	delete(t.byName, table.Name)
	*table = by
	table.indexes = nil
	t.byName[table.Name] = table
	t.reshape(table)
	t.shapes++
}

// renumber gives the rows of a version that nobody has seen places from the first, and returns
// how many there are.
func (v *Version) renumber() (places uint32) {
	for _, c := range v.chunks {
		for i := range c.ids {
			places++
			c.ids[i].place = places
		}
	}
	return places
}

func (v *Version) ids() []rowID {
	var all []rowID
	for _, c := range v.chunks {
		all = append(all, c.ids...)
	}
	return all
}

// Change applies a change to a table, whole or not at all, and returns the names of
// the rows that came. Errors: 23505, 53200 above the limit.
func (t *Tables) Change(table *Table, c Change) ([]RowID, error) {
	next, gone, ids := table.version, map[RowID]Row(nil), []rowID(nil)
	if len(c.Delete) > 0 {
		next, gone = next.without(c.Delete)
	}
	if len(c.Insert) > 0 {
		ids = t.names(table, &c)
		next = next.with(c.Insert, ids)
	}
	if grown := next.bytes - table.version.bytes; grown > 0 && t.bytes()+grown > t.bytesMax {
		return nil, sqlstate.New(sqlstate.OutOfMemory, "out of memory").
			WithDetail("Temporary tables of a session may take %d bytes.", t.bytesMax)
	}
	if err := table.check(&c, ids, gone, next); err != nil {
		var duplicate *DuplicateError
		if errors.As(err, &duplicate) { // rows behind it are not reached
			table.places -= uint32(len(ids) - duplicate.Row - 1)
		}
		return nil, t.within(err)
	}
	if c.Bulk {
		table.bulk = table.places
	}
	t.set(table, next)
	made := make([]RowID, len(ids))
	for i := range ids {
		made[i] = ids[i].row
	}
	return made, nil
}

// names are those of the rows that come.
func (t *Tables) names(table *Table, c *Change) []rowID {
	all := make([]rowID, len(c.Insert))
	table.fit(c.Insert)
	for i := range all {
		t.lastRow++
		table.places++
		all[i] = rowID{row: t.lastRow, place: table.places, by: t.by}
		if c.Replaces != nil && c.Replaces[i] != 0 {
			all[i].row = c.Replaces[i]
		}
	}
	return all
}

func (t *Tables) bytes() (n int64) {
	for _, o := range t.byName {
		if table, ok := o.(*Table); ok {
			n += table.version.bytes
		}
	}
	return n
}

// Empty removes every row.
func (t *Tables) Empty(table *Table) {
	places, counted := table.places, table.counted
	t.undo = append(t.undo, undo{func() { table.places, table.counted = places, counted }, false})
	t.set(table, &Version{})
	table.places, table.counted = 0, nil
}

// By is the number of the transaction.
func (t *Tables) By() uint32 { return t.by }

func (t *Tables) set(table *Table, v *Version) {
	was := table.version
	t.undo = append(t.undo, undo{func() { table.version = was }, false})
	table.version = v
}
