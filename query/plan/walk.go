package plan

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
)

// variables returns the references in an expression, those in its subqueries
// included.
func variables(e expr.Expr) []*variable {
	var all []*variable
	expr.Walk(e, func(n expr.Expr) bool {
		switch n := n.(type) {
		case *variable:
			all = append(all, n)
		case *SubLink:
			all = append(all, mentioned(n)...)
		}
		return true
	})
	return all
}

// mentioned returns every reference in a subquery, its own included.
func mentioned(s *SubLink) []*variable {
	all := nodeVariables(s.Plan)
	if s.Test != nil {
		all = append(all, variables(s.Test)...)
	}
	return all
}

// nodeVariables returns every reference in the expressions of a plan.
func nodeVariables(n Node) []*variable {
	var all []*variable
	for _, e := range nodeExprs(n) {
		all = append(all, variables(e)...)
	}
	for _, in := range n.Inputs() {
		all = append(all, nodeVariables(in)...)
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			all = append(all, nodeVariables(c.Plan)...)
			if c.Recursive != nil {
				all = append(all, nodeVariables(c.Recursive)...)
			}
		}
	}
	return all
}

// nodeExprs returns the expressions of one operator.
func nodeExprs(n Node) []expr.Expr {
	var all []expr.Expr
	add := func(e ...expr.Expr) {
		for _, x := range e {
			if x != nil {
				all = append(all, x)
			}
		}
	}
	keys := func(k []SortKey) {
		for i := range k {
			add(k[i].Expr)
		}
	}
	switch n := n.(type) {
	case *Scan:
		add(n.Filter)
		add(n.Bounds.exprs()...)
	case *PointScan:
		add(n.Filter, n.Entity, n.Generation)
	case *HistoryScan:
		add(n.Filter)
		add(n.exprs()...)
	case *FunctionScan:
		add(n.Calls...)
		add(n.Filter)
	case *Values:
		for _, r := range n.Rows {
			add(r...)
		}
	case *Filter:
		add(n.Condition)
	case *Project:
		add(n.Exprs...)
	case *ProjectSet:
		for _, c := range n.Calls {
			add(c)
		}
	case *Join:
		add(n.Condition)
		add(n.LeftKeys...)
		add(n.RightKeys...)
	case *Window:
		add(n.exprs()...)
	case *Aggregate:
		add(n.Keys...)
		for _, c := range n.Calls {
			add(callExprs(c)...)
		}
	case *Sort:
		keys(n.Keys)
	case *Limit:
		add(n.Count, n.Offset)
		keys(n.Ties)
	case *Distinct:
		add(n.Keys...)
	}
	return all
}

// mentionsAny reports whether an expression refers to one of the slots.
func mentionsAny(e expr.Expr, slots map[Slot]bool) bool {
	for _, v := range variables(e) {
		if slots[v.slot] {
			return true
		}
	}
	return false
}

// volatile reports whether an expression calls a volatile function.
func volatile(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(n expr.Expr) bool {
		if c, ok := n.(*expr.Call); ok && c.Proc.Row.Volatile == 'v' {
			found = true
		}
		return !found
	})
	return found
}

// hasSubLink reports whether an expression contains a subquery.
func hasSubLink(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(n expr.Expr) bool {
		if _, ok := n.(*SubLink); ok {
			found = true
		}
		return !found
	})
	return found
}

func callExprs(c *expr.AggregateCall) []expr.Expr {
	all := append([]expr.Expr(nil), c.Args...)
	for _, k := range c.Order {
		all = append(all, k.Expr)
	}
	if c.Filter != nil {
		all = append(all, c.Filter)
	}
	return append(all, c.Direct...)
}

// allExprs are the expressions of a tree.
func allExprs(n Node) []expr.Expr {
	all := nodeExprs(n)
	for _, in := range n.Inputs() {
		all = append(all, allExprs(in)...)
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			all = append(all, allExprs(c.Plan)...)
			if c.Recursive != nil {
				all = append(all, allExprs(c.Recursive)...)
			}
		}
	}
	return all
}

// ownFunctions is where the OIDs of functions begin that PostgreSQL does not have.
const ownFunctions = 16_384

// readsLog reports whether an expression calls a function that may read the log: one of
// projsql's own that is not immutable.
func readsLog(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(n expr.Expr) bool {
		if c, ok := n.(*expr.Call); ok && c.Proc.Row.OID >= ownFunctions && c.Proc.Row.Volatile != 'i' {
			found = true
		}
		return !found
	})
	return found
}

// Volatile reports whether evaluating an expression may do something: it calls a volatile
// function, in a subquery even.
func Volatile(e expr.Expr) bool {
	found := volatile(e)
	expr.Walk(e, func(n expr.Expr) bool {
		if s, ok := n.(*SubLink); ok && slices.ContainsFunc(allExprs(s.Plan), Volatile) {
			found = true
		}
		return !found
	})
	return found
}
