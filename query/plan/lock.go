package plan

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func lockStrength(l *pg.LockingClause) string {
	switch l.Strength {
	case pg.LockClauseStrength_LCS_FORKEYSHARE:
		return "FOR KEY SHARE"
	case pg.LockClauseStrength_LCS_FORSHARE:
		return "FOR SHARE"
	case pg.LockClauseStrength_LCS_FORNOKEYUPDATE:
		return "FOR NO KEY UPDATE"
	}
	return "FOR UPDATE"
}

func lockRefused(st *pg.SelectStmt, what string) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "%s is not allowed with %s", lockStrength(st.LockingClause[0].GetLockingClause()), what)
}

// lock checks FOR UPDATE and the like. Nobody else sees a session's own tables, so
// there is nothing to do for them; rows of other relations cannot be locked.
func (q *query) lock(st *pg.SelectStmt, tree Node) error {
	if st.LockingClause == nil {
		return nil
	}
	for what, is := range map[string]bool{
		"DISTINCT clause": st.DistinctClause != nil, "GROUP BY clause": st.GroupClause != nil, "HAVING clause": st.HavingClause != nil,
		"aggregate functions": len(q.calls) > 0, "window functions": len(q.windows) > 0,
		"set-returning functions in the target list": len(q.sets) > 0,
	} {
		if is {
			return lockRefused(st, what)
		}
	}
	q.planner.locks = true
	for _, n := range st.LockingClause {
		if err := q.lockOnly(n.GetLockingClause()); err != nil {
			return err
		}
	}
	if q.outerJoins {
		return q.planner.unsupported(-1, "FOR UPDATE and the like over outer joins")
	}
	return q.lockable(tree)
}

// lockOnly checks the names of OF.
func (q *query) lockOnly(l *pg.LockingClause) error {
	for _, n := range l.LockedRels {
		v := n.GetRangeVar()
		if v.Schemaname != "" {
			return q.planner.errorAt(int(v.Location), sqlstate.SyntaxError, "%s must specify unqualified relation names", lockStrength(l))
		}
		i := slices.IndexFunc(q.scope.items, func(it *item) bool { return it.byName && it.name == v.Relname })
		if i < 0 {
			return q.planner.errorAt(int(v.Location), sqlstate.UndefinedTable, "relation %q in %s clause not found in FROM clause", v.Relname, lockStrength(l))
		}
		if q.scope.items[i].function {
			return q.planner.errorAt(int(v.Location), sqlstate.FeatureNotSupported, "%s cannot be applied to a function", lockStrength(l))
		}
	}
	return nil
}

func (q *query) lockable(n Node) error {
	if s, ok := n.(*Scan); ok && s.place() < 0 {
		return q.planner.unsupported(-1, "FOR UPDATE and the like of what is no temporary table")
	}
	switch n.(type) {
	case *PointScan, *HistoryScan:
		return q.planner.unsupported(-1, "FOR UPDATE and the like of what is no temporary table")
	}
	for _, in := range n.Inputs() {
		if err := q.lockable(in); err != nil {
			return err
		}
	}
	return nil
}

// Place tells which table's place a hidden column of a Query is, for WHERE CURRENT OF.
type Place struct {
	Table uint32 // OID
	// Simple says that the query reads the table row by row, without joins and sorts.
	Simple bool
}

// addPlaces adds the places of the tables that a query reads.
func (p *planner) addPlaces(r *result) (all []Place) {
	simple, top := true, r.node
	for {
		switch n := top.(type) {
		case *Sort:
			simple, top = false, n.Input
			continue
		case *Limit:
			top = n.Input
			continue
		}
		break
	}
	project, ok := top.(*Project)
	if !ok {
		return nil
	}
	var visit func(n Node, simple bool)
	visit = func(n Node, simple bool) {
		switch n := n.(type) {
		case *Filter:
			visit(n.Input, simple)
		case *Join:
			if n.Kind == InnerJoin {
				visit(n.Left, false)
				visit(n.Right, false)
			}
		case *Scan:
			if at := n.place(); at >= 0 {
				v := &variable{slot: n.first + Slot(at), typ: types.Of(types.Int8OID), pos: -1, name: n.Alias}
				slot := p.slots(nil, 1)
				project.Exprs, project.out = append(project.Exprs, v), append(project.out, slot)
				r.columns = append(r.columns, resultColumn{Column: Column{Name: PlaceColumn, Type: v.typ}, slot: slot, pos: -1})
				all = append(all, Place{Table: n.Relation.OID, Simple: simple})
			}
		}
	}
	visit(project.Input, simple)
	return all
}

// place is the index of the relation's place column; -1: it has none.
func (n *Scan) place() int {
	if n.Relation.Kind == ProjectionRelation { // its column without a name is another
		return -1
	}
	return slices.IndexFunc(n.Relation.Columns, func(c RelationColumn) bool { return c.Name == PlaceColumn })
}
