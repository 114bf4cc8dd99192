package temptable

import (
	"slices"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// keyIndex finds the rows of a version by the hash of a key's values. Rows with a
// NULL in the key are not in it, unless NULLs are the same.
type keyIndex struct {
	of     *Version
	key    *Key
	values keyValues
	byHash map[uint64][]indexed
}

// keyValues says where a key's values stand: in columns of the table's rows, or in rows that are
// derived of them.
type keyValues struct {
	columns []int
	types   []types.OID // by column
	names   []string    // by column
	derive  func(Row) (Row, error)
}

// indexed is a row in an index.
type indexed struct {
	id  RowID
	row Row // that has the key's values
}

// DuplicateError is a row that a unique key excludes.
type DuplicateError struct {
	Err *sqlstate.Error // 23505
	Row int             // of Change.Insert
}

func (e *DuplicateError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *DuplicateError) Unwrap() error { return e.Err }

// check holds a change against the keys and brings the indexes to next, which the
// table will be. After an error they are built anew.
func (t *Table) check(c *Change, ids []rowID, gone map[RowID]Row, next *Version) error {
	var now, later []int
	for i := range t.Keys {
		switch key := &t.Keys[i]; {
		case key.Plain:
		case key.Later:
			later = append(later, i)
		default:
			now = append(now, i)
		}
	}
	for _, keys := range [][]int{now, later} {
		if err := t.checkKeys(keys, c, ids, gone, next); err != nil {
			t.indexes = nil
			return err
		}
	}
	return nil
}

// checkKeys looks at the rows in their order: one that takes the place of another
// may have its key, but not that of a row whose turn is still to come.
func (t *Table) checkKeys(keys []int, c *Change, ids []rowID, gone map[RowID]Row, next *Version) error {
	replaced := map[RowID]bool{}
	for _, id := range c.Replaces {
		replaced[id] = true
	}
	all := make([]*keyIndex, len(keys))
	for n, i := range keys {
		index, err := t.index(i)
		if err != nil {
			return err
		}
		for id, row := range gone {
			if t.Keys[i].Later || !replaced[id] {
				if err := index.forget(id, row); err != nil {
					return err
				}
			}
		}
		all[n] = index
	}
	for n, row := range c.Insert {
		for _, index := range all {
			if c.Replaces != nil && c.Replaces[n] != 0 {
				if err := index.forget(c.Replaces[n], gone[c.Replaces[n]]); err != nil {
					return err
				}
			}
			other, err := index.enter(ids[n].row, row)
			if err != nil {
				return err
			}
			if other != nil {
				return &DuplicateError{t.duplicate(index, other), n}
			}
		}
	}
	for _, index := range all {
		index.of = next
	}
	return nil
}

// valuesOf returns the row that has the key's values, and their hash; false: it is not in the index.
func (x *keyIndex) valuesOf(row Row) (values Row, h uint64, ok bool, err error) {
	if x.values.derive != nil {
		if row, err = x.values.derive(row); row == nil || err != nil {
			return nil, 0, false, err
		}
	}
	for _, c := range x.values.columns {
		if row[c].IsNull() {
			if !x.key.SameNulls {
				return nil, 0, false, nil
			}
			h = h*31 + 1
			continue
		}
		h = types.Hash(x.values.types[c], row[c], h)
	}
	return row, h, true, nil
}

// enter adds a row, unless another one has its values: it is returned.
func (x *keyIndex) enter(id RowID, row Row) (other Row, err error) {
	values, h, ok, err := x.valuesOf(row)
	if err != nil || !ok {
		return nil, err
	}
	if found := x.find(h, values); found != nil {
		return found.row, nil
	}
	x.byHash[h] = append(x.byHash[h], indexed{id, values})
	return nil, nil
}

func (x *keyIndex) forget(id RowID, row Row) error {
	_, h, ok, err := x.valuesOf(row)
	if ok {
		x.byHash[h] = slices.DeleteFunc(x.byHash[h], func(r indexed) bool { return r.id == id })
	}
	return err
}

func (x *keyIndex) find(h uint64, values Row) *indexed {
	for i := range x.byHash[h] {
		if x.equal(x.byHash[h][i].row, values) {
			return &x.byHash[h][i]
		}
	}
	return nil
}

func (x *keyIndex) equal(a, b Row) bool {
	for _, c := range x.values.columns {
		if a[c].IsNull() || b[c].IsNull() {
			if a[c].IsNull() != b[c].IsNull() {
				return false
			}
			continue
		}
		if !types.Equal(x.values.types[c], a[c], b[c]) {
			return false
		}
	}
	return true
}

// Conflict returns the row that stands in the way of row: the first that equals it
// in the given keys, by their indexes in Keys; nil if there is none.
func (t *Table) Conflict(keys []int, row Row) (RowID, Row, error) {
	for _, i := range keys {
		index, err := t.index(i)
		if err != nil {
			return 0, nil, err
		}
		values, h, ok, err := index.valuesOf(row)
		if err != nil {
			return 0, nil, err
		}
		if !ok {
			continue
		}
		r := index.find(h, values)
		switch {
		case r == nil:
		case index.values.derive == nil:
			return r.id, r.row, nil
		default:
			return r.id, t.row(r.id), nil
		}
	}
	return 0, nil, nil
}

// row finds a row by its name.
func (t *Table) row(id RowID) Row {
	for other, row := range t.version.All() {
		if other == id {
			return row
		}
	}
	return nil
}

// index returns the index of a key over the current version.
func (t *Table) index(i int) (*keyIndex, error) {
	if t.indexes == nil {
		t.indexes = make([]keyIndex, len(t.Keys))
	}
	index := &t.indexes[i]
	if index.of == t.version {
		return index, nil
	}
	made, err := t.newIndex(&t.Keys[i])
	if err != nil {
		return nil, err
	}
	for id, row := range t.version.All() {
		if _, err := made.enter(id, row); err != nil {
			return nil, err
		}
	}
	made.of = t.version
	*index = *made
	return index, nil
}

// newIndex is an empty index of a key.
func (t *Table) newIndex(key *Key) (*keyIndex, error) {
	x := &keyIndex{key: key, byHash: map[uint64][]indexed{}}
	x.values.columns = key.Columns
	if !key.derived() {
		for _, c := range t.Columns {
			x.values.types, x.values.names = append(x.values.types, c.Type.OID), append(x.values.names, c.Name)
		}
		return x, nil
	}
	d, err := t.derive(&t.Shape, key)
	if err != nil {
		return nil, err
	}
	x.values = keyValues{types: d.Types, names: d.Names, derive: d.Values}
	for i := range d.Types {
		x.values.columns = append(x.values.columns, i)
	}
	return x, nil
}

func (t *Table) duplicate(x *keyIndex, values Row) *sqlstate.Error {
	e := sqlstate.New(sqlstate.UniqueViolation, "duplicate key value violates unique constraint %q", x.key.Name).
		WithDetail("Key %s already exists.", x.text(values))
	e.Table, e.Constraint = t.Name, x.key.Name
	return e
}

func (x *keyIndex) text(values Row) string {
	var names, texts []string
	env := types.NewEnv()
	for _, c := range x.values.columns {
		names = append(names, x.values.names[c])
		if values[c].IsNull() {
			texts = append(texts, "null")
			continue
		}
		texts = append(texts, types.Text(env, x.values.types[c], values[c]))
	}
	return "(" + strings.Join(names, ", ") + ")=(" + strings.Join(texts, ", ") + ")"
}

// unique holds all rows against one key that is new.
func (t *Table) unique(key *Key) error {
	if key.Plain {
		return nil
	}
	index, err := t.newIndex(key)
	if err != nil {
		return err
	}
	for id, row := range t.version.All() {
		other, err := index.enter(id, row)
		if err != nil {
			return err
		}
		if other != nil {
			e := sqlstate.New(sqlstate.UniqueViolation, "could not create unique index %q", key.Name).
				WithDetail("Key %s is duplicated.", index.text(other))
			e.Table, e.Constraint = t.Name, key.Name
			return e
		}
	}
	return nil
}
