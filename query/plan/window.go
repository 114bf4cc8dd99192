package plan

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/wire/sqlstate"
)

const windowingError sqlstate.Code = "42P20"

type boundWin struct {
	slot Slot
	call *WindowCall
	spec *windowSpec
}

type windowSpec struct {
	partition, order []SortKey
}

func (q *query) bindWindow(_ *expr.Binder, c *expr.WindowCall) (expr.Expr, error) {
	return nil, q.planner.unsupported(c.Pos, "a window function")
}

func (q *query) bindNamedWindows(st *pg.SelectStmt) error { return nil }

func (q *query) window(node Node) (Node, error) { return node, nil }

func (g *groupCheck) window(w *boundWin) error { return nil }
