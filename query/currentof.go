package query

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// currentOf is the place of the row that a cursor stands on, when it is evaluated.
type currentOf struct {
	session *Session
	cursor  string
	table   *plan.Relation
}

// Type implements expr.Expr.
func (*currentOf) Type() types.Type { return types.Of(types.Int8OID) }

// Pos implements expr.Expr.
func (*currentOf) Pos() int { return -1 }

// Children implements expr.Expr.
func (*currentOf) Children() []expr.Expr { return nil }

// Compile implements expr.Expr.
func (k *currentOf) Compile(*expr.Compiler) expr.Eval {
	return func(*expr.Frame) (types.Datum, error) {
		place, err := k.place()
		return types.Int(place), err
	}
}

func invalidCursor(format string, args ...any) error {
	return sqlstate.New(sqlstate.InvalidCursorState, format, args...)
}

func (k *currentOf) place() (int64, error) {
	p := k.session.portals[k.cursor]
	switch {
	case p == nil:
		return 0, noCursor(k.cursor)
	case p.cursor == nil || p.cursor.declared == nil:
		return 0, invalidCursor("cursor %q is not a SELECT query", k.cursor)
	case p.cursor.held:
		return 0, invalidCursor("cursor %q is held from a previous transaction", k.cursor)
	}
	i, err := k.column(p.cursor.declared.plan())
	if err != nil {
		return 0, err
	}
	c := p.cursor
	if c.position == 0 || c.hereAt != c.position || len(c.here) <= i {
		return 0, invalidCursor("cursor %q is not positioned on a row", k.cursor)
	}
	return c.here[i], nil
}

// column is which of the query's places is the table's.
func (k *currentOf) column(q *plan.Query) (int, error) {
	found := -1
	for i, p := range q.Places {
		if p.Table != k.table.OID || !q.Locks && !p.Simple {
			continue
		}
		if found >= 0 {
			return 0, invalidCursor("cursor %q has multiple FOR UPDATE/SHARE references to table %q", k.cursor, k.table.Name)
		}
		found = i
	}
	switch {
	case found < 0 && q.Locks:
		return 0, invalidCursor("cursor %q does not have a FOR UPDATE/SHARE reference to table %q", k.cursor, k.table.Name)
	case found < 0:
		return 0, invalidCursor("cursor %q is not a simply updatable scan of table %q", k.cursor, k.table.Name)
	}
	return found, nil
}
