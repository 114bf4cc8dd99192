package plan

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
)

// Variables returns the references in an expression, those in its subqueries
// included.
func Variables(e expr.Expr) []*Variable {
	var all []*Variable
	expr.Walk(e, func(n expr.Expr) bool {
		switch n := n.(type) {
		case *Variable:
			all = append(all, n)
		case *SubLink:
			all = append(all, Mentioned(n)...)
		}
		return true
	})
	return all
}

// Mentioned returns every reference in a subquery, its own included.
func Mentioned(s *SubLink) []*Variable {
	all := NodeVariables(s.Plan)
	if s.Test != nil {
		all = append(all, Variables(s.Test)...)
	}
	return all
}

// NodeVariables returns every reference in the expressions of a plan.
func NodeVariables(n Node) []*Variable {
	var all []*Variable
	for _, e := range NodeExprs(n) {
		all = append(all, Variables(e)...)
	}
	for _, in := range n.Inputs() {
		all = append(all, NodeVariables(in)...)
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			all = append(all, NodeVariables(c.Plan)...)
			if c.Recursive != nil {
				all = append(all, NodeVariables(c.Recursive)...)
			}
		}
	}
	return all
}

// NodeExprs returns the expressions of one operator.
func NodeExprs(n Node) []expr.Expr {
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
		for _, w := range n.Bounds.Within {
			add(w.Value)
		}
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
		add(n.Exprs()...)
	case *Aggregate:
		add(n.Keys...)
		for _, c := range n.Calls {
			add(CallExprs(c)...)
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

// MentionsAny reports whether an expression refers to one of the slots.
func MentionsAny(e expr.Expr, slots map[Slot]bool) bool {
	for _, v := range Variables(e) {
		if slots[v.Slot] {
			return true
		}
	}
	return false
}

// CallsVolatile reports whether an expression calls a volatile function, or one that is run in SQL.
func CallsVolatile(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(n expr.Expr) bool {
		if c, ok := n.(*expr.Call); ok && (c.Proc.Row.Volatile == 'v' || c.Proc.Ran) {
			found = true
		}
		return !found
	})
	return found
}

// HasSubLink reports whether an expression contains a subquery.
func HasSubLink(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(n expr.Expr) bool {
		if _, ok := n.(*SubLink); ok {
			found = true
		}
		return !found
	})
	return found
}

// CallExprs are the expressions of an aggregate call: arguments, ORDER BY, FILTER and the
// direct arguments.
func CallExprs(c *expr.AggregateCall) []expr.Expr {
	all := append([]expr.Expr(nil), c.Args...)
	for _, k := range c.Order {
		all = append(all, k.Expr)
	}
	if c.Filter != nil {
		all = append(all, c.Filter)
	}
	return append(all, c.Direct...)
}

// AllExprs are the expressions of a tree.
func AllExprs(n Node) []expr.Expr {
	all := NodeExprs(n)
	for _, in := range n.Inputs() {
		all = append(all, AllExprs(in)...)
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			all = append(all, AllExprs(c.Plan)...)
			if c.Recursive != nil {
				all = append(all, AllExprs(c.Recursive)...)
			}
		}
	}
	return all
}

// OwnFunctions is where the OIDs of functions begin that PostgreSQL does not have.
const OwnFunctions = 16_384

// ReadsLog reports whether an expression calls a function that may read the log: one of
// projsql's own that is not immutable, or of PostgreSQL's that tell what a statement sees.
func ReadsLog(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(n expr.Expr) bool {
		if c, ok := n.(*expr.Call); ok {
			row := c.Proc.Row
			found = row.OID >= OwnFunctions && row.Volatile != 'i' || row.Source == "pg_current_snapshot" || row.Source == "pg_xact_status"
		}
		return !found
	})
	return found
}

// Volatile reports whether evaluating an expression may do something: it calls a volatile
// function, in a subquery even.
func Volatile(e expr.Expr) bool {
	found := CallsVolatile(e)
	expr.Walk(e, func(n expr.Expr) bool {
		if s, ok := n.(*SubLink); ok && slices.ContainsFunc(AllExprs(s.Plan), Volatile) {
			found = true
		}
		return !found
	})
	return found
}

// SubLinks returns the subqueries in an operator's own expressions.
func SubLinks(n Node) []*SubLink {
	var all []*SubLink
	for _, e := range NodeExprs(n) {
		expr.Walk(e, func(e expr.Expr) bool {
			if s, ok := e.(*SubLink); ok {
				all = append(all, s)
			}
			return true
		})
	}
	return all
}
