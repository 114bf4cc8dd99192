package ddl

import (
	"slices"

	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// untyped refuses what would change the values of columns that are rows of the table.
func (a *reshaping) untyped() error {
	oid := a.Tables().TypeOfRows(a.table)
	for _, t := range a.Tables().All() {
		for _, c := range t.Columns {
			if oid != 0 && types.MadeOf(c.Type.OID, oid) {
				return sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter table %q because column \"%s.%s\" uses its row type", a.shape.Name, t.Name, c.Name)
			}
		}
	}
	return nil
}

// widen gives the rows of a table that are values in others the columns that it has got.
func (c *call) widen(of *temptable.Table) error {
	oid := c.Tables().TypeOfRows(of)
	for _, t := range c.Tables().All() {
		rows, changed := []temptable.Row{}, false
		for _, row := range t.Version().All() {
			row = slices.Clone(row)
			for i, c := range t.Columns {
				if oid != 0 && types.MadeOf(c.Type.OID, oid) {
					row[i], changed = types.Widen(c.Type.OID, row[i]), true
				}
			}
			rows = append(rows, row)
		}
		if !changed {
			continue
		}
		if err := c.Tables().Alter(t, t.Shape, rows); err != nil {
			return err
		}
	}
	return nil
}
