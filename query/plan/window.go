package plan

import (
	"github.com/projsql/projsql/query/expr"
)

// bindWindow refuses window functions.
func (q *query) bindWindow(_ *expr.Binder, c *expr.WindowCall) (expr.Expr, error) {
	return nil, q.planner.unsupported(c.Pos, "a window function")
}
