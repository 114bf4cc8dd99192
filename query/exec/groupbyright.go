package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// groupByRight remembers the groups of a join's right rows, where all keys are columns of those: a right row
// has one group, however many left rows it is paired with, and neither its keys are hashed again nor
// compared. (Columns of a dimension, of facts that are joined to it.)
type groupByRight struct {
	join   *join
	groups []int32 // of the right rows, + 1; 0: not known
	fresh  [][]types.Datum
	places []int   // of the fresh rows in their batch
	found  []int32 // groups of the fresh rows
}

// groupByRight returns nil where groups are of more than right rows, or there are several sets.
func (a *aggregate) groupByRight() *groupByRight {
	j, ok := a.input.(*join)
	if !ok || j.node.Lateral || len(j.node.RightKeys) == 0 || a.node.Sets != nil || len(a.node.Keys) == 0 {
		return nil
	}
	for _, k := range a.node.Keys {
		if c, ok := k.(*expr.Column); !ok || c.Level != 0 || c.Index < j.leftWidth {
			return nil
		}
	}
	j.tellRights, j.leavesRight = true, j.condition == nil && a.readsBefore(j.leftWidth)
	return &groupByRight{join: j}
}

// readsBefore reports whether the calls read columns before width only.
func (a *aggregate) readsBefore(width int) bool {
	before := true
	for _, c := range a.node.Calls {
		for _, e := range plan.CallExprs(c) {
			expr.Walk(e, func(e expr.Expr) bool {
				column, ok := e.(*expr.Column)
				_, under := e.(*plan.SubLink)
				before = before && !under && (!ok || column.Index < width)
				return before
			})
		}
	}
	return before
}

// find is findGroups with what is known of right rows.
func (g *groupByRight) find(a *aggregate, s *groupSet, batch [][]types.Datum) (bytes int, err error) {
	rights := g.join.rights
	if g.groups == nil {
		g.groups = make([]int32, g.join.kept.count)
		bytes = 4 * len(g.groups)
	}
	g.fresh, g.places, s.groups = g.fresh[:0], g.places[:0], s.groups[:0]
	for i, right := range rights {
		known := int32(0)
		if right >= 0 {
			known = g.groups[right]
		}
		if known == 0 {
			g.fresh, g.places = append(g.fresh, batch[i]), append(g.places, i)
			g.join.bring(batch[i], right)
		}
		s.groups = append(s.groups, known-1)
	}
	if err := a.evaluateKeys(g.fresh); err != nil {
		return 0, err
	}
	more := 0
	if g.found, more, err = a.findGroups(s, g.fresh, g.found[:0]); err != nil {
		return 0, err
	}
	for k, n := range g.found {
		i := g.places[k]
		s.groups[i] = n
		if right := rights[i]; right >= 0 {
			g.groups[right] = n + 1
		}
	}
	return bytes + more, nil
}

// forget drops what is known; nil knows nothing.
func (g *groupByRight) forget() {
	if g != nil {
		g.groups = nil
	}
}
