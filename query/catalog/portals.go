package catalog

import (
	"context"

	"github.com/projsql/projsql/query/types"
)

// cursorRows are those of pg_cursors.
func cursorRows(_ context.Context, s Session) ([][]types.Datum, error) {
	var rows [][]types.Datum
	for _, c := range s.Cursors() {
		rows = append(rows, []types.Datum{
			types.String(c.Name), types.String(c.SQL), types.Bool(c.Hold), types.Bool(c.Binary), types.Bool(c.Scroll), instant(c.Created),
		})
	}
	return rows, nil
}

// preparedRows are those of pg_prepared_statements. Every plan is custom: none is
// made for unknown parameters.
func preparedRows(_ context.Context, s Session) ([][]types.Datum, error) {
	var rows [][]types.Datum
	for _, st := range s.Statements() {
		var of []types.Datum
		for _, t := range st.Parameters {
			of = append(of, types.Int(int64(t)))
		}
		rows = append(rows, []types.Datum{
			types.String(st.Name), types.String(st.SQL), instant(st.Prepared),
			types.Pointer(types.NewArray(types.RegtypeOID, of)), types.Bool(st.FromSQL), types.Int(0), types.Int(0),
		})
	}
	return rows, nil
}
