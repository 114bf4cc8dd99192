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

// fit settles how many rows a page has, by the first.
func (t *Table) fit(rows []Row) {
	const page, pageHeader, pointer, align, least = 8192, 24, 4, 8, 4
	if t.perPage != 0 || len(rows) == 0 {
		return
	}
	row := &types.Record{Fields: rows[0]}
	for _, c := range t.Columns {
		row.Types = append(row.Types, c.Type.OID)
	}
	t.perPage = least
	if size, ok := types.RowSize(row); ok {
		t.perPage = max(least, uint32((page-pageHeader)/((size+align-1)/align*align+pointer)))
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
