package plan

import "github.com/projsql/projsql/query/expr"

// Conjunction joins conditions by AND; nil if there are none.
func Conjunction(all []expr.Expr) expr.Expr {
	if len(all) == 0 {
		return nil
	}
	return expr.NewAnd(all...)
}

// Conjuncts takes a condition, which may be nil, apart at its ANDs.
func Conjuncts(e expr.Expr) []expr.Expr {
	if e == nil {
		return nil
	}
	and, ok := e.(*expr.And)
	if !ok {
		return []expr.Expr{e}
	}
	var all []expr.Expr
	for _, a := range and.Args {
		all = append(all, Conjuncts(a)...)
	}
	return all
}
