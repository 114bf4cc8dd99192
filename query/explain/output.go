package explain

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// merged describes what projects or filters the rows of an operator as part of that; nil: it stands
// alone.
func (x *explainer) merged(n plan.Node) *Explanation {
	if !x.Verbose || x.Actual(n) != nil {
		return nil
	}
	switch n := n.(type) {
	case *plan.Project:
		e := x.node(n.Input)
		e.Output = outputs(n)
		x.subLinks(e, n)
		return e
	case *plan.Filter:
		if n.Once || !filters(n.Input) {
			return nil
		}
		e := x.node(n.Input)
		if slices.ContainsFunc(e.Details, func(d Detail) bool { return d.Name == "Filter" }) {
			return nil
		}
		e.Details = append(e.Details, Detail{"Filter", text(named(n.Condition, outputs(n.Input)))})
		x.subLinks(e, n)
		return e
	}
	return nil
}

// filters says that PostgreSQL has the operator itself filter its rows.
func filters(n plan.Node) bool {
	switch n.(type) {
	case *plan.Scan, *plan.PointScan, *plan.HistoryScan, *plan.FunctionScan, *plan.Join, *plan.Aggregate:
		return true
	}
	return false
}

// outputs are the values of an operator's rows as SQL; nil: that is not known.
func outputs(n plan.Node) []string {
	all := values(n)
	if len(all) != n.Width() {
		return nil
	}
	return all
}

func values(n plan.Node) (all []string) {
	switch n := n.(type) {
	case *plan.Scan:
		return qualified(n.Alias, plan.ColumnNames(n.Relation, n.Columns))
	case *plan.PointScan:
		if n.Generation == nil {
			return qualified(n.Alias, plan.ColumnNames(n.Relation, n.Columns))
		}
	case *plan.HistoryScan:
		return qualified(n.Alias, plan.ColumnNames(n.Relation, n.Columns))
	case *plan.Join:
		if left, right := outputs(n.Left), outputs(n.Right); left != nil && right != nil {
			return slices.Concat(left, right)
		}
	case *plan.Project:
		below := outputs(n.Input)
		for _, e := range n.Exprs {
			all = append(all, text(named(e, below)))
		}
		return all
	case *plan.Filter, *plan.Sort, *plan.Limit, *plan.Distinct:
		return outputs(n.Inputs()[0])
	}
	return nil
}

func qualified(alias string, columns []string) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = expr.QuoteIdent(alias) + "." + expr.QuoteIdent(c)
	}
	return all
}

// named is an expression with its columns named as what is below names them.
func named(e expr.Expr, below []string) expr.Expr {
	return expr.Transform(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(*expr.Column); ok && c.Level == 0 && c.Index < len(below) {
			other := *c
			other.Name = below[c.Index]
			return &other
		}
		return e
	})
}
