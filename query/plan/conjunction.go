package plan

import "github.com/projsql/projsql/query/expr"

func Conjunction(all []expr.Expr) expr.Expr {
	if len(all) == 0 {
		return nil
	}
	return expr.NewAnd(all...)
}

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
