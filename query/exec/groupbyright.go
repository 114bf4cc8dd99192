package exec

import (
	"slices"

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

	whole  bool    // the keys of the join are keys of the groups, and nothing else is kept of their rows
	apart  bool    // each right row that is met is a group of its own: no keys are looked for, and nothing is kept of it
	rights []int32 // where they are apart, of each group in their order; -1: the one of no right row
	none   int32   // the group of no right row, + 1
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
	ofRight := !slices.ContainsFunc(a.node.Carry, func(column int) bool { return column < j.leftWidth })
	return &groupByRight{join: j, whole: ofRight && a.groupsByKeysOf(j)}
}

// groupsByKeysOf reports whether right rows that are in one group have the same keys of the join.
func (a *aggregate) groupsByKeysOf(j *join) bool {
	for i, k := range j.node.RightKeys {
		column := columnOf(k)
		if column < 0 || !slices.ContainsFunc(a.node.Keys, func(e expr.Expr) bool {
			return columnOf(e) == j.leftWidth+column && e.Type().OID == j.node.KeyTypes[i]
		}) {
			return false
		}
	}
	return true
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
		g.apart = g.whole && g.join.disk == nil && g.join.index.unique() && !g.join.givesNullKeys()
	}
	if g.apart {
		more, err := g.findApart(a, s, batch)
		return bytes + more, err
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

// findApart is find where each right row is a group of its own.
func (g *groupByRight) findApart(a *aggregate, s *groupSet, batch [][]types.Datum) (bytes int, err error) {
	s.groups = s.groups[:0]
	for i, right := range g.join.rights {
		place := g.place(right)
		if *place == 0 {
			more, err := g.begin(a, s, batch[i], right)
			if err != nil {
				return 0, err
			}
			bytes += more
		}
		s.groups = append(s.groups, *place-1)
	}
	return bytes, nil
}

// place is where the group of a right row stands.
func (g *groupByRight) place(right int32) *int32 {
	if right < 0 {
		return &g.none
	}
	return &g.groups[right]
}

// begin makes the group of a right row, unless there is no more room: the row goes to disk then.
func (g *groupByRight) begin(a *aggregate, s *groupSet, row []types.Datum, right int32) (bytes int, err error) {
	if !a.full {
		g.add(right, s.count)
		a.newGroup(s)
		return stateBytes*(1+len(a.calls)) + 4, nil
	}
	g.join.bring(row, right)
	g.fresh = append(g.fresh[:0], row)
	if err := a.evaluateKeys(g.fresh); err != nil {
		return 0, err
	}
	_, err = a.known(s, a.batchKeys, s.index.hash(a.batchKeys), row)
	return 0, err
}

// carry fills what is kept of a group where right rows are apart; nil keeps nothing.
func (g *groupByRight) carry(a *aggregate, group int, row []types.Datum) bool {
	if g == nil || !g.apart || a.part.of != nil {
		return false
	}
	right := g.rights[group]
	if right < 0 {
		clear(row[:len(a.node.Carry)])
		return true
	}
	kept := g.join.kept.row(int(right))
	for i, column := range a.node.Carry {
		row[i] = kept[column-g.join.leftWidth]
	}
	return true
}

func (g *groupByRight) add(right int32, group int) {
	*g.place(right) = int32(group) + 1
	g.rights = append(g.rights, right)
}

// forget drops what is known; nil knows nothing.
func (g *groupByRight) forget() {
	if g != nil {
		g.groups, g.rights, g.none, g.apart = nil, nil, 0, false
	}
}
