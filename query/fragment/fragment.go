// Package fragment finds the parts of a finished plan that other nodes may run, each over
// the entities that it owns, and says them in SQL: scans with their conditions, partial
// aggregations, the first rows of a sort. What it has written it plans again as another node
// will, and keeps only what is bound to the very same functions (ADR 14).
package fragment

import (
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// distributor makes the fragments of one plan.
type distributor struct {
	analyze.Options
	texts *Texts
}

// Add gives the scans of projections in a query fragments that other nodes can run.
// It was planned with these options, and nothing runs it yet.
func Add(q *plan.Query, o analyze.Options, t *Texts) { (&distributor{o, t}).scatter(q.Root, nil) }

// scatter gives the scans of a finished tree their fragments. What is run anew for rows
// around it has none.
func (d *distributor) scatter(n plan.Node, limit *plan.Limit) {
	d.scatterSubLinks(n)
	switch n := n.(type) {
	case *plan.Scan:
		d.scatterScan(n, limit)
		return
	case *plan.Limit:
		limit = nil
		if n.Count != nil && n.Ties == nil {
			limit = n
		}
		d.scatter(n.Input, limit)
		return
	case *plan.Project:
		d.scatter(n.Input, limit)
		return
	case *plan.Join:
		d.scatter(n.Left, nil)
		if !n.Lateral {
			d.scatter(n.Right, nil)
			n.Parallel = parallelRight(n)
		}
		return
	case *plan.With:
		for _, c := range n.CTEs {
			d.scatter(c.Plan, nil)
		}
	}
	for _, in := range n.Inputs() {
		d.scatter(in, nil)
	}
	switch n := n.(type) {
	case *plan.Aggregate:
		d.scatterAggregate(n)
		parallelAggregate(n)
	case *plan.Sort:
		if n.Top != nil {
			d.scatterTop(n)
		} else {
			n.Parallel = parallelRows(n.Input, n.Keys)
		}
	case *plan.Window:
		n.Parallel = parallelRows(n.Input, n.Sorted())
	}
}

// scatterSubLinks gives those below subqueries that are run once, and to their end, theirs.
func (d *distributor) scatterSubLinks(n plan.Node) {
	for _, s := range plan.SubLinks(n) {
		switch {
		case s.Probe != nil:
			d.scatter(s.Plan, nil)
			parallelProbe(s)
		case s.Kind == plan.ScalarSubLink && !s.Correlated:
			d.scatter(s.Plan, nil)
		}
	}
}

// scatterScan makes a scan's fragment: the conditions that mean the same at every node, up to
// the first that does not, so that each is judged after those before it.
func (d *distributor) scatterScan(n *plan.Scan, limit *plan.Limit) {
	if n.Relation.Kind != plan.ProjectionRelation || !n.Bounds.None() || n.Lookup != nil {
		return
	}
	s := newSpeller(n.Relation, n.Columns)
	var pushed []expr.Expr
	all := plan.Conjuncts(n.Filter)
	for len(pushed) < len(all) {
		c, ok := s.condition(all[len(pushed)])
		if !ok {
			break
		}
		pushed = append(pushed, c)
	}
	rest := all[len(pushed):]
	f := &plan.Fragment{Definition: n.Relation.Definition, Params: s.params, Reduces: len(pushed) > 0, Exhausts: len(pushed) > 0 && limit == nil}
	f.Targets = valuesRead(n, rest)
	if limit != nil && len(rest) == 0 {
		f.Limit, f.Reduces = limit, true
	}
	f.SQL = spell(f, s, n)
	if f.Query = d.planFragment(f); f.Query == nil || !means(f, n, pushed) {
		return
	}
	n.Fragment, n.Rest = f, plan.Conjunction(rest)
}

// valuesRead returns which values of the scan's row are read above it, or by some conditions.
func valuesRead(n *plan.Scan, conditions []expr.Expr) (all []int) {
	read := make([]bool, len(n.Columns))
	copy(read, n.Above)
	for _, c := range conditions {
		expr.Walk(c, func(e expr.Expr) bool {
			if column, ok := e.(*expr.Column); ok && column.Level == 0 {
				read[column.Index] = true
			}
			return true
		})
	}
	for i, r := range read {
		if r && n.Columns[i] != 0 {
			all = append(all, i)
		}
	}
	return all
}

func spell(f *plan.Fragment, s *speller, n *plan.Scan) string {
	var b strings.Builder
	b.WriteString("SELECT entity")
	for _, i := range f.Targets {
		b.WriteString(", " + s.columns[i])
	}
	b.WriteString(" FROM " + spelled(n.Relation))
	b.WriteString(s.where() + " ORDER BY entity")
	if f.Limit != nil {
		b.WriteString(" LIMIT $" + strconv.Itoa(len(s.params)+1))
	}
	return b.String()
}

// planFragment plans the SQL as another node does; nil if it cannot be.
func (d *distributor) planFragment(f *plan.Fragment) *plan.Query {
	node := d.texts.parse(f.SQL)
	if node == nil {
		return nil
	}
	o := analyze.Options{Relations: d.Relations, Params: expr.FixedParams(f.ParamTypes()), Extensions: d.Extensions, Env: d.Env}
	q, err := analyze.Select(f.SQL, node, o)
	if err != nil {
		return nil
	}
	return q
}

// means reports whether the SQL says what it was made of: the same columns of the same
// projection, and conditions that are bound to the very same functions.
func means(f *plan.Fragment, n *plan.Scan, conditions []expr.Expr) bool {
	s, columns := plainly(f.Query.Root)
	return sameTargets(n, f.Targets, s, columns) && sameConditions(n, conditions, s)
}

// sameTargets reports whether columns of another scan are the entity and some of n's values.
func sameTargets(n *plan.Scan, targets []int, other *plan.Scan, columns []int) bool {
	if other == nil || len(columns) != 1+len(targets) || columns[0] != 0 {
		return false
	}
	for i, target := range targets {
		if columns[1+i] != n.Columns[target] {
			return false
		}
	}
	return true
}

// sameConditions reports whether another scan of the same projection has just these
// conditions of n's.
func sameConditions(n *plan.Scan, conditions []expr.Expr, other *plan.Scan) bool {
	got := plan.Conjuncts(other.Filter)
	if other.Relation.Definition != n.Relation.Definition || len(got) != len(conditions) {
		return false
	}
	for i := range got {
		if !plan.Same(ofRelation(n, conditions[i]), ofRelation(other, got[i])) {
			return false
		}
	}
	return true
}

// plainly returns the scan whose values a tree gives, and which of the relation's columns they
// are, -1 for what is computed; nil for another tree.
func plainly(n plan.Node) (s *plan.Scan, columns []int) {
	switch n := n.(type) {
	case *plan.Scan:
		return n, n.Columns
	case *plan.Limit:
		return plainly(n.Input)
	case *plan.Sort:
		return plainly(n.Input)
	case *plan.Project:
		s, below := plainly(n.Input)
		if s == nil {
			return nil, nil
		}
		for _, e := range n.Exprs {
			column := -1
			if c, ok := e.(*expr.Column); ok && c.Level == 0 {
				column = below[c.Index]
			}
			columns = append(columns, column)
		}
		return s, columns
	}
	return nil, nil
}

// ofRelation turns the columns of the scan's row into those of the relation.
func ofRelation(n *plan.Scan, e expr.Expr) expr.Expr {
	return expr.Transform(e, func(e expr.Expr) expr.Expr {
		c, ok := e.(*expr.Column)
		if !ok || c.Level != 0 {
			return e
		}
		made := *c
		made.Index = 0 // the entity
		if c.Index >= 0 {
			made.Index = n.Columns[c.Index]
		}
		return &made
	})
}
