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
	byHash map[uint64][]indexed
}

// indexed is a row in an index.
type indexed struct {
	id  RowID
	row Row
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
func (t *Table) check(c *Change, ids []rowID, gone map[RowID]Row, next *Version) *DuplicateError {
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
func (t *Table) checkKeys(keys []int, c *Change, ids []rowID, gone map[RowID]Row, next *Version) *DuplicateError {
	replaced := map[RowID]bool{}
	for _, id := range c.Replaces {
		replaced[id] = true
	}
	for _, i := range keys {
		for id, row := range gone {
			if t.Keys[i].Later || !replaced[id] {
				t.forget(&t.Keys[i], t.index(i), id, row)
			}
		}
	}
	for n, row := range c.Insert {
		for _, i := range keys {
			if c.Replaces != nil && c.Replaces[n] != 0 {
				t.forget(&t.Keys[i], t.index(i), c.Replaces[n], gone[c.Replaces[n]])
			}
			if !t.enter(i, ids[n].row, row) {
				return &DuplicateError{t.duplicate(&t.Keys[i], row), n}
			}
		}
	}
	for _, i := range keys {
		t.index(i).of = next
	}
	return nil
}

// enter adds a row to a key's index; false: another row has its values.
func (t *Table) enter(i int, id RowID, row Row) bool {
	key, index := &t.Keys[i], t.index(i)
	h, ok := t.hash(key, row)
	if !ok {
		return true
	}
	if t.find(key, index, h, row) != nil {
		return false
	}
	index.byHash[h] = append(index.byHash[h], indexed{id, row})
	return true
}

func (t *Table) forget(key *Key, index *keyIndex, id RowID, row Row) {
	if h, ok := t.hash(key, row); ok {
		index.byHash[h] = slices.DeleteFunc(index.byHash[h], func(r indexed) bool { return r.id == id })
	}
}

func (t *Table) find(key *Key, index *keyIndex, h uint64, row Row) *indexed {
	for i := range index.byHash[h] {
		if t.equal(key, index.byHash[h][i].row, row) {
			return &index.byHash[h][i]
		}
	}
	return nil
}

// Conflict returns the row that stands in the way of row: the first that equals it
// in the given keys, by their indexes in Keys; nil if there is none.
func (t *Table) Conflict(keys []int, row Row) (RowID, Row) {
	for _, i := range keys {
		key := &t.Keys[i]
		h, ok := t.hash(key, row)
		if !ok {
			continue
		}
		if r := t.find(key, t.index(i), h, row); r != nil {
			return r.id, r.row
		}
	}
	return 0, nil
}

// index returns the index of a key over the current version.
func (t *Table) index(i int) *keyIndex {
	if t.indexes == nil {
		t.indexes = make([]keyIndex, len(t.Keys))
	}
	index := &t.indexes[i]
	if index.of == t.version {
		return index
	}
	index.byHash = map[uint64][]indexed{}
	for id, row := range t.version.All() {
		if h, ok := t.hash(&t.Keys[i], row); ok {
			index.byHash[h] = append(index.byHash[h], indexed{id, row})
		}
	}
	index.of = t.version
	return index
}

// hash is of a row's values in a key; false if one is NULL and equals nothing.
func (t *Table) hash(key *Key, row Row) (h uint64, ok bool) {
	for _, c := range key.Columns {
		if row[c].IsNull() {
			if !key.SameNulls {
				return 0, false
			}
			h = h*31 + 1
			continue
		}
		h = types.Hash(t.Columns[c].Type.OID, row[c], h)
	}
	return h, true
}

func (t *Table) equal(key *Key, a, b Row) bool {
	for _, c := range key.Columns {
		if a[c].IsNull() || b[c].IsNull() {
			if a[c].IsNull() != b[c].IsNull() {
				return false
			}
			continue
		}
		if !types.Equal(t.Columns[c].Type.OID, a[c], b[c]) {
			return false
		}
	}
	return true
}

func (t *Table) duplicate(key *Key, row Row) *sqlstate.Error {
	e := sqlstate.New(sqlstate.UniqueViolation, "duplicate key value violates unique constraint %q", key.Name).
		WithDetail("Key %s already exists.", t.keyText(key, row))
	e.Table, e.Constraint = t.Name, key.Name
	return e
}

func (t *Table) keyText(key *Key, row Row) string {
	var names, values []string
	env := types.NewEnv()
	for _, c := range key.Columns {
		names = append(names, t.Columns[c].Name)
		if row[c].IsNull() {
			values = append(values, "null")
			continue
		}
		values = append(values, types.Text(env, t.Columns[c].Type.OID, row[c]))
	}
	return "(" + strings.Join(names, ", ") + ")=(" + strings.Join(values, ", ") + ")"
}

// unique holds all rows against one key that is new.
func (t *Table) unique(key *Key) *sqlstate.Error {
	if key.Plain {
		return nil
	}
	index := &keyIndex{byHash: map[uint64][]indexed{}}
	for id, row := range t.version.All() {
		h, ok := t.hash(key, row)
		if !ok {
			continue
		}
		if t.find(key, index, h, row) != nil {
			e := sqlstate.New(sqlstate.UniqueViolation, "could not create unique index %q", key.Name).
				WithDetail("Key %s is duplicated.", t.keyText(key, row))
			e.Table, e.Constraint = t.Name, key.Name
			return e
		}
		index.byHash[h] = append(index.byHash[h], indexed{id, row})
	}
	return nil
}
