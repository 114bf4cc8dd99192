package plan

import (
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
)

// distributor makes the fragments of one plan.
type distributor struct{ Options }

// AddFragments gives the scans of projections in a query fragments that other nodes can run.
// It was planned with these options, and nothing runs it yet.
func AddFragments(q *Query, o Options) { (&distributor{o}).scatter(q.Root, nil) }

// scatter gives the scans of a finished tree their fragments. What is run anew for rows
// around it has none.
func (d *distributor) scatter(n Node, limit *Limit) {
	switch n := n.(type) {
	case *Scan:
		d.scatterScan(n, limit)
		return
	case *Limit:
		limit = nil
		if n.Count != nil && n.Ties == nil {
			limit = n
		}
		d.scatter(n.Input, limit)
		return
	case *Project:
		d.scatter(n.Input, limit)
		return
	case *Join:
		d.scatter(n.Left, nil)
		if !n.Lateral {
			d.scatter(n.Right, nil)
		}
		return
	case *With:
		for _, c := range n.CTEs {
			d.scatter(c.Plan, nil)
		}
	}
	for _, in := range n.Inputs() {
		d.scatter(in, nil)
	}
	switch n := n.(type) {
	case *Aggregate:
		d.scatterAggregate(n)
	case *Sort:
		if n.Top != nil {
			d.scatterTop(n)
		}
	}
}

// scatterScan makes a scan's fragment: the conditions that mean the same at every node, up to
// the first that does not, so that each is judged after those before it.
func (d *distributor) scatterScan(n *Scan, limit *Limit) {
	if n.Relation.Kind != ProjectionRelation || !n.Bounds.none() || n.Lookup != nil {
		return
	}
	s := newSpeller(n.Relation, n.Columns)
	var pushed []expr.Expr
	all := conjuncts(n.Filter)
	for len(pushed) < len(all) {
		c, ok := s.condition(all[len(pushed)])
		if !ok {
			break
		}
		pushed = append(pushed, c)
	}
	rest := all[len(pushed):]
	f := &Fragment{Definition: n.Relation.Definition, Params: s.params, Reduces: len(pushed) > 0}
	f.Targets = n.read(rest)
	if limit != nil && len(rest) == 0 {
		f.Limit, f.Reduces = limit, true
	}
	f.SQL = f.spell(s, n)
	if f.Query = d.planFragment(f); f.Query == nil || !f.means(n, pushed) {
		return
	}
	n.Fragment, n.Rest = f, conjunction(rest)
}

// read returns which values of the scan's row are read above it, or by some conditions.
func (n *Scan) read(conditions []expr.Expr) (all []int) {
	read := make([]bool, len(n.Columns))
	copy(read, n.above)
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

func (f *Fragment) spell(s *speller, n *Scan) string {
	var b strings.Builder
	b.WriteString("SELECT entity")
	for _, i := range f.Targets {
		b.WriteString(", " + s.columns[i])
	}
	b.WriteString(" FROM " + n.Relation.spelled())
	b.WriteString(s.where() + " ORDER BY entity")
	if f.Limit != nil {
		b.WriteString(" LIMIT $" + strconv.Itoa(len(s.params)+1))
	}
	return b.String()
}

// planFragment plans the SQL as another node does; nil if it cannot be.
func (d *distributor) planFragment(f *Fragment) *Query {
	statements, err := parse.Parse(f.SQL)
	if err != nil || len(statements) != 1 {
		return nil
	}
	o := Options{Relations: d.Relations, Params: expr.FixedParams(f.ParamTypes()), Extensions: d.Extensions, Env: d.Env}
	q, err := Select(f.SQL, statements[0].Node, o)
	if err != nil {
		return nil
	}
	return q
}

// means reports whether the SQL says what it was made of: the same columns of the same
// projection, and conditions that are bound to the very same functions.
func (f *Fragment) means(n *Scan, conditions []expr.Expr) bool {
	s, columns := plainly(f.Query.Root)
	return n.sameTargets(f.Targets, s, columns) && n.sameConditions(conditions, s)
}

// sameTargets reports whether columns of another scan are the entity and some of n's values.
func (n *Scan) sameTargets(targets []int, other *Scan, columns []int) bool {
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
func (n *Scan) sameConditions(conditions []expr.Expr, other *Scan) bool {
	got := conjuncts(other.Filter)
	if other.Relation.Definition != n.Relation.Definition || len(got) != len(conditions) {
		return false
	}
	for i := range got {
		if !same(n.ofRelation(conditions[i]), other.ofRelation(got[i])) {
			return false
		}
	}
	return true
}

// plainly returns the scan whose values a tree gives, and which of the relation's columns they
// are, -1 for what is computed; nil for another tree.
func plainly(n Node) (s *Scan, columns []int) {
	switch n := n.(type) {
	case *Scan:
		return n, n.Columns
	case *Limit:
		return plainly(n.Input)
	case *Sort:
		return plainly(n.Input)
	case *Project:
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
func (n *Scan) ofRelation(e expr.Expr) expr.Expr {
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
