package plan

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
)

// Ordered returns conditions in the order in which PostgreSQL asks them of a row: the cheaper
// before the dearer (order_qual_clauses in its createplan.c), and among equals those that its
// equivalence classes take up after the others. A condition is not asked of a row that one
// before it drops, so the order decides whether an error of it is found.
func Ordered(conditions []expr.Expr) []expr.Expr {
	if len(conditions) < 2 {
		return conditions
	}
	type priced struct {
		e       expr.Expr
		cost    float64
		equates bool
	}
	all := make([]priced, len(conditions))
	for i, e := range conditions {
		all[i] = priced{e, cost(e), equates(e)}
	}
	slices.SortStableFunc(all, func(a, b priced) int {
		switch {
		case a.cost < b.cost, a.cost == b.cost && !a.equates && b.equates:
			return -1
		case a.cost > b.cost, a.equates && !b.equates:
			return 1
		}
		return 0
	})
	made := make([]expr.Expr, len(all))
	for i, p := range all {
		made[i] = p.e
	}
	return made
}

// Costs that PostgreSQL gives to functions of which nothing else was said, and assumes of arrays and
// subqueries that it knows nothing of; in calls of a function.
const (
	costOfOwn       = 100
	costOfSubquery  = 1000 // its own goes by tables' sizes
	elementsAssumed = 10
	elementsHashed  = 9 // of = ANY, from so many on
)

// cost is what PostgreSQL's cost_qual_eval takes a condition to cost for a row.
func cost(e expr.Expr) float64 {
	sum := 0.0
	switch e := e.(type) {
	case *expr.Call:
		if sum = e.Proc.Row.Cost; sum == 0 {
			sum = costOfOwn
		}
	case *expr.IOCast:
		sum = 2
	case *expr.Length, *expr.MinMax, *expr.Distinct, *expr.NullIf, *expr.DomainCheck:
		sum = 1
	case *expr.RowCompare:
		sum = float64(len(e.Children()) / 2)
	case *expr.ScalarArray:
		n := elements(e.Right)
		sum = float64(n) / 2
		if _, constant := e.Right.(*expr.Const); constant && n >= elementsHashed && e.Op == "=" && !e.All {
			sum = 2
		}
	case *expr.ArrayCast:
		sum = cost(e.Elem) * float64(elements(e.Arg))
	case *SubLink:
		if e.Correlated {
			sum = costOfSubquery
		}
	}
	for _, c := range e.Children() {
		sum += cost(c)
	}
	return sum
}

func elements(e expr.Expr) int {
	switch e := e.(type) {
	case *expr.Const:
		if !e.Value.IsNull() {
			return len(e.Value.Array().Items)
		}
	case *expr.Array:
		return len(e.Args)
	}
	return elementsAssumed
}

// equates reports whether PostgreSQL makes a condition part of an equivalence class.
func equates(e expr.Expr) bool {
	c, ok := e.(*expr.Call)
	return ok && c.Op != nil && c.Op.Name == "=" && !CallsVolatile(e)
}
