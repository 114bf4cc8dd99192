package temptable

import (
	"slices"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// SystemColumn is a column that every table has, and that is found by its name alone.
type SystemColumn struct {
	Name string
	Type types.OID
}

// Positions of SystemColumns.
const (
	Ctid = iota
	Xmin
	Cmin
	Xmax
	Cmax
	TableOID
)

// SystemColumns are those of every table.
var SystemColumns = [...]SystemColumn{
	Ctid: {"ctid", types.TIDOID}, Xmin: {"xmin", types.XIDOID}, Cmin: {"cmin", types.CIDOID},
	Xmax: {"xmax", types.XIDOID}, Cmax: {"cmax", types.CIDOID}, TableOID: {"tableoid", types.OIDOID},
}

// CheckName refuses to name a column like a system column.
func CheckName(column string) error {
	if slices.ContainsFunc(SystemColumns[:], func(c SystemColumn) bool { return c.Name == column }) {
		return sqlstate.New(sqlstate.DuplicateColumn, "column name %q conflicts with a system column name", column)
	}
	return nil
}

// System is what a table knows of a row beside its values.
type System struct {
	Row   RowID
	Place uint32 // which of the table's row forms it is, from 1
	By    uint32 // the transaction that it is of
}

// Sizes of PostgreSQL's storage.
const (
	pageSize    = 8192
	pointerSize = 4
)

func aligned(size int) int { return (size + 7) / 8 * 8 }

// Size is what PostgreSQL keeps a table's rows in, and the map of what is free there, which it
// makes when a second page is needed.
func (t *Table) Size() (rows, free int64) {
	const mapPages = 3
	pages := t.pages(t.places)
	if pages > max(1, t.pages(t.bulk)) {
		free = mapPages * pageSize
	}
	return pages * pageSize, free
}

func (t *Table) pages(places uint32) int64 {
	if places == 0 {
		return 0
	}
	return int64(places-1)/int64(t.perPage) + 1
}

// Counts are what ANALYZE has found.
type Counts struct {
	Rows, Pages int64
	KeyPages    map[string]int64 // of the indexes, by name
}

// Counted is what ANALYZE has found last; nil: nothing yet.
func (t *Table) Counted() *Counts { return t.counted }

// Count is ANALYZE.
func (t *Table) Count() {
	t.counted = &Counts{Rows: int64(t.version.Len()), Pages: t.pages(t.places), KeyPages: map[string]int64{}}
	for i := range t.Keys {
		t.counted.KeyPages[t.Keys[i].Name] = t.KeySize(i) / pageSize
	}
}

// KeySize is what PostgreSQL keeps an index in whose keys come in their order and are all as
// long as the first.
func (t *Table) KeySize(i int) int64 {
	const usable, entryHeader, rowHeader, fill, meta = pageSize - 24 - 16, 8, 24, 90, 1
	entry := entryHeader
	for _, row := range t.version.All() {
		key := &types.Record{}
		for _, c := range t.Keys[i].Columns {
			key.Fields, key.Types = append(key.Fields, row[c]), append(key.Types, t.Columns[c].Type.OID)
		}
		if size, ok := types.RowSize(key); ok {
			entry = aligned(entryHeader + size - rowHeader)
		}
		break
	}
	full := int64(usable / (entry + pointerSize))
	left := (usable - pageSize*(100-fill)/100) / int64(entry+pointerSize)
	pages, level := int64(meta), int64(t.places)
	for level > 0 {
		level = 1 + max(0, (level-full+left-1)/left)
		pages += level
		if level == 1 {
			break
		}
	}
	return pages * pageSize
}

// fit settles how many rows a page has, by the first.
func (t *Table) fit(rows []Row) {
	const pageHeader, least = 24, 4
	if t.perPage != 0 || len(rows) == 0 {
		return
	}
	row := &types.Record{Fields: rows[0]}
	for _, c := range t.Columns {
		row.Types = append(row.Types, c.Type.OID)
	}
	t.perPage = least
	if size, ok := types.RowSize(row); ok {
		t.perPage = max(least, uint32((pageSize-pageHeader)/(aligned(size)+pointerSize)))
	}
}

// Place returns where a row form stands: ctid's number of a page and of a row in it. All
// pages have as many as there are rows like the first in one.
func (t *Table) Place(place uint32) types.Datum {
	n := int64(place - 1)
	return types.Int(n/int64(t.perPage)<<16 | (n%int64(t.perPage) + 1))
}

// LastPlace is the one that was given last.
func (t *Table) LastPlace() uint32 { return t.places }

// rewritten tells whether a table's rows are written anew, in PostgreSQL, where it gets another shape.
func (t *Table) rewritten(to *Shape) bool {
	return slices.ContainsFunc(to.Columns, func(c Column) bool {
		i := slices.IndexFunc(t.Columns, func(was Column) bool { return was.Number == c.Number })
		return i < 0 && (c.Generated != "" || c.Identity != NoIdentity) || i >= 0 && t.Columns[i].Type != c.Type
	})
}
