package plan

import (
	"github.com/projsql/projsql/query/expr"
)

// Told finds out, for each INSERT INTO events of a finished plan, what is read of the events that its
// RETURNING tells of, and whether another one is computed from it.
func Told(root Node) {
	changes, read := map[*Modify]*CTE{}, map[*CTE]map[int]bool{}
	each(root, func(n Node) {
		switch n := n.(type) {
		case *With:
			for _, c := range n.CTEs {
				if m := ModifyOf(c.Plan); m != nil {
					changes[m] = c
				}
			}
		case *Changed:
			if _, known := changes[n.Modify]; !known {
				changes[n.Modify] = nil // the statement itself
			}
		case *CTEScan:
			if read[n.CTE] == nil {
				read[n.CTE] = map[int]bool{}
			}
			for _, k := range n.Columns {
				read[n.CTE][k] = true
			}
		}
	})
	for m, c := range changes {
		if !m.Appends() {
			continue
		}
		for k, columns := range m.Mentions {
			if c == nil || read[c][k] {
				m.tell(columns)
			}
		}
		for other := range changes {
			m.Feeds = m.Feeds || c != nil && other != m && other.Appends() && reaches(other.Root, c, map[*CTE]bool{})
		}
	}
}

func (m *Modify) tell(columns []int) {
	if m.Tells == nil {
		m.Tells = make([]bool, EventSequence+1)
	}
	for _, k := range columns {
		m.Tells[k] = true
	}
}

// ModifyOf is the change that a WITH query or a statement is; nil: it is a query.
func ModifyOf(n Node) *Modify {
	if w, ok := n.(*With); ok {
		n = w.Body
	}
	if c, ok := n.(*Changed); ok {
		return c.Modify
	}
	return nil
}

// reaches reports whether a plan reads a WITH query, be it by others.
func reaches(n Node, c *CTE, seen map[*CTE]bool) (found bool) {
	each(n, func(n Node) {
		s, ok := n.(*CTEScan)
		if !ok || seen[s.CTE] {
			return
		}
		seen[s.CTE] = true
		found = found || s.CTE == c || reaches(s.CTE.Plan, c, seen) || s.CTE.Recursive != nil && reaches(s.CTE.Recursive, c, seen)
	})
	return found
}

// each visits every operator of a plan, those of subqueries, WITH queries and changes too.
func each(n Node, visit func(Node)) {
	visit(n)
	for _, in := range n.Inputs() {
		each(in, visit)
	}
	exprs := NodeExprs(n)
	switch n := n.(type) {
	case *With:
		for _, c := range n.CTEs {
			each(c.Plan, visit)
			if c.Recursive != nil {
				each(c.Recursive, visit)
			}
		}
	case *Changed:
		each(n.Modify.Root, visit)
		if n.Modify.Returning != nil {
			each(n.Modify.Returning, visit)
		}
		exprs = n.Modify.exprs()
	}
	for _, e := range exprs {
		expr.Walk(e, func(e expr.Expr) bool {
			if s, ok := e.(*SubLink); ok {
				each(s.Plan, visit)
			}
			return true
		})
	}
}

// exprs are the expressions that are not in Root and Returning.
func (m *Modify) exprs() (all []expr.Expr) {
	if c := m.Conflict; c != nil {
		all = append(all, c.Set...)
		if c.Where != nil {
			all = append(all, c.Where)
		}
	}
	for _, a := range m.Merge {
		all = append(all, a.Row...)
		if a.Where != nil {
			all = append(all, a.Where)
		}
	}
	return all
}
