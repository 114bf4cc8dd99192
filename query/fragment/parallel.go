package fragment

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// parallelAggregate finds the scan of an aggregation's input that workers of this node may share.
func parallelAggregate(n *plan.Aggregate) {
	exprs := slices.Clone(n.Keys)
	for _, c := range n.Calls {
		exprs = append(exprs, plan.CallExprs(c)...)
	}
	if sideBySide(0, exprs...) {
		n.Parallel = parallelScan(n.Input)
	}
	if n.Partial != nil { // it is for other nodes alone then
		n.Partial.Fragment.Exhausts = n.Parallel == nil
	}
}

// parallelRight finds that of a join's right side, which is kept by its keys.
func parallelRight(n *plan.Join) *plan.Scan {
	if n.Lateral || len(n.RightKeys) == 0 || slices.ContainsFunc(n.RightKeys, plan.HasSubLink) || !sideBySide(0, n.RightKeys...) {
		return nil
	}
	return parallelScan(n.Right)
}

// parallelRows finds that of rows that are all kept, and sorted by keys.
func parallelRows(input plan.Node, keys []plan.SortKey) *plan.Scan {
	for _, k := range keys {
		if !sideBySide(0, k.Expr) {
			return nil
		}
	}
	return parallelScan(input)
}

// parallelProbe finds that of a subquery whose keys are put into a table.
func parallelProbe(s *plan.SubLink) {
	if sideBySide(0, s.Probe.Inner...) {
		s.Probe.Parallel = parallelScan(s.Plan)
	}
}

// parallelScan returns the scan that a tree makes its rows of, those of a range of it from the
// range alone and in its order, whatever else it reads; nil: there is none, or a worker might
// compute something else than the session.
func parallelScan(n plan.Node) *plan.Scan {
	switch n := n.(type) {
	case *plan.Scan:
		if n.Relation.Kind == plan.ProjectionRelation && n.Bounds.None() && n.Lookup == nil && sideBySide(0, n.Filter) {
			return n
		}
	case *plan.Filter:
		if n.Lookup == nil && sideBySide(0, n.Condition) {
			return parallelScan(n.Input)
		}
	case *plan.Project:
		if sideBySide(0, n.Exprs...) {
			return parallelScan(n.Input)
		}
	case *plan.Join: // the right side is kept, and the rows of it without a partner are known at the end
		one := n.Kind == plan.InnerJoin || n.Kind == plan.LeftJoin
		if one && !n.Lateral && sideBySide(0, n.LeftKeys...) && sideBySide(0, n.Condition) {
			return parallelScan(n.Left)
		}
	}
	return nil
}

// sideBySide reports whether expressions over the row at a level may be computed in several goroutines
// at a time, as each depends on its row, on settings and on what is known before alone.
func sideBySide(level int, all ...expr.Expr) bool {
	for _, e := range all {
		steady := true
		expr.Walk(e, func(e expr.Expr) bool {
			steady = steady && sideBySideNode(level, e)
			return steady
		})
		if !steady {
			return false
		}
	}
	return true
}

// ofTransaction are functions of what does not change in a statement.
var ofTransaction = map[string]bool{"now": true, "transaction_timestamp": true, "statement_timestamp": true}

func sideBySideNode(level int, e expr.Expr) bool {
	switch n := e.(type) {
	case *expr.Column:
		return n.Level == level
	case *expr.Const, *expr.Param:
		return true
	case *plan.SubLink:
		return sharedAnswer(n)
	case *expr.Call:
		return steady(n) || n.Proc.Row.OID < plan.OwnFunctions && ofTransaction[n.Proc.Name()]
	}
	return steady(e)
}

// sharedAnswer reports whether workers can look up in what the session has made of a subquery.
func sharedAnswer(s *plan.SubLink) bool {
	if slices.ContainsFunc(plan.AllExprs(s.Plan), plan.Volatile) {
		return false
	}
	switch {
	case s.Probe != nil && s.Kind == plan.ExistsSubLink:
		return sideBySide(0, s.Probe.Guards...) && sideBySide(0, s.Probe.Outer...)
	case s.Probe != nil:
		return len(s.Probe.Types) == 1 && sideBySide(1, s.Probe.Outer...)
	}
	return !s.Correlated && (s.Kind == plan.ScalarSubLink || s.Kind == plan.ExistsSubLink)
}
