package temptable

import (
	"slices"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// keyIndex finds the rows of a version by the hash of a key's values. Rows with a
// NULL in the key are not in it.
type keyIndex struct {
	of     *Version
	byHash map[uint64][]Row
}

// check holds a change against every key and brings the indexes to next, which the
// table will be. After an error they are built anew.
func (t *Table) check(c *Change, next *Version) *sqlstate.Error {
	if t.indexes == nil {
		t.indexes = make([]keyIndex, len(t.Keys))
	}
	for i := range t.Keys {
		if err := t.checkKey(i, c, next); err != nil {
			t.indexes = nil
			return err
		}
	}
	return nil
}

func (t *Table) checkKey(i int, c *Change, next *Version) *sqlstate.Error {
	key, index := &t.Keys[i], t.index(i)
	for _, p := range c.Delete {
		row := t.version.row(p)
		if h, ok := t.hash(key, row); ok {
			index.byHash[h] = slices.DeleteFunc(index.byHash[h], func(r Row) bool { return &r[0] == &row[0] })
		}
	}
	for _, row := range c.Insert {
		h, ok := t.hash(key, row)
		if !ok {
			continue
		}
		if slices.ContainsFunc(index.byHash[h], func(r Row) bool { return t.equal(key, r, row) }) {
			return t.duplicate(key, row)
		}
		index.byHash[h] = append(index.byHash[h], row)
	}
	index.of = next
	return nil
}

// index returns the index of a key over the current version.
func (t *Table) index(i int) *keyIndex {
	index := &t.indexes[i]
	if index.of == t.version {
		return index
	}
	index.byHash = map[uint64][]Row{}
	for _, row := range t.version.All() {
		if h, ok := t.hash(&t.Keys[i], row); ok {
			index.byHash[h] = append(index.byHash[h], row)
		}
	}
	index.of = t.version
	return index
}

// hash is of a row's values in a key; false if one is NULL.
func (t *Table) hash(key *Key, row Row) (h uint64, ok bool) {
	for _, c := range key.Columns {
		if row[c].IsNull() {
			return 0, false
		}
		h = types.Hash(t.Columns[c].Type.OID, row[c], h)
	}
	return h, true
}

func (t *Table) equal(key *Key, a, b Row) bool {
	for _, c := range key.Columns {
		if !types.Equal(t.Columns[c].Type.OID, a[c], b[c]) {
			return false
		}
	}
	return true
}

func (t *Table) duplicate(key *Key, row Row) *sqlstate.Error {
	var names, values []string
	env := types.NewEnv()
	for _, c := range key.Columns {
		names = append(names, t.Columns[c].Name)
		values = append(values, types.Text(env, t.Columns[c].Type.OID, row[c]))
	}
	e := sqlstate.New(sqlstate.UniqueViolation, "duplicate key value violates unique constraint %q", key.Name).
		WithDetail("Key (%s)=(%s) already exists.", strings.Join(names, ", "), strings.Join(values, ", "))
	e.Table, e.Constraint = t.Name, key.Name
	return e
}
