package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// LockStrength is how a locking clause begins.
func LockStrength(l *pg.LockingClause) string {
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
	return sqlstate.New(sqlstate.FeatureNotSupported, "%s is not allowed with %s", LockStrength(st.LockingClause[0].GetLockingClause()), what)
}

// lock checks FOR UPDATE and the like. Nobody else sees a session's own tables, so
// there is nothing to do for them; rows of other relations cannot be locked.
func (q *query) lock(st *pg.SelectStmt, tree plan.Node) error {
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
			return q.planner.errorAt(int(v.Location), sqlstate.SyntaxError, "%s must specify unqualified relation names", LockStrength(l))
		}
		i := slices.IndexFunc(q.scope.items, func(it *item) bool { return it.byName && it.name == v.Relname })
		if i < 0 {
			return q.planner.errorAt(int(v.Location), sqlstate.UndefinedTable, "relation %q in %s clause not found in FROM clause", v.Relname, LockStrength(l))
		}
		if q.scope.items[i].function {
			return q.planner.errorAt(int(v.Location), sqlstate.FeatureNotSupported, "%s cannot be applied to a function", LockStrength(l))
		}
	}
	return nil
}

// errShared says that nothing locks what others see too, and what they guard it with.
func (q *query) errShared() error {
	err := q.planner.unsupported(-1, "FOR UPDATE and the like of what is no temporary table")
	return sqlstate.Of(err).WithHint("Append with the expected_version that you have read, or under ASSERT: who comes second is told.")
}

func (q *query) lockable(n plan.Node) error {
	if s, ok := n.(*plan.Scan); ok && placeScan(s) < 0 {
		return q.errShared()
	}
	switch n.(type) {
	case *plan.PointScan, *plan.HistoryScan:
		return q.errShared()
	}
	for _, in := range n.Inputs() {
		if err := q.lockable(in); err != nil {
			return err
		}
	}
	return nil
}

// addPlaces adds the places of the tables that a query reads.
func (p *planner) addPlaces(r *result) (all []plan.Place) {
	simple, top := true, r.node
	for {
		switch n := top.(type) {
		case *plan.Sort:
			simple, top = false, n.Input
			continue
		case *plan.Limit:
			top = n.Input
			continue
		}
		break
	}
	project, ok := top.(*plan.Project)
	if !ok {
		return nil
	}
	var visit func(n plan.Node, simple bool)
	visit = func(n plan.Node, simple bool) {
		switch n := n.(type) {
		case *plan.Filter:
			visit(n.Input, simple)
		case *plan.Join:
			if n.Kind == plan.InnerJoin {
				visit(n.Left, false)
				visit(n.Right, false)
			}
		case *plan.Scan:
			if at := placeScan(n); at >= 0 {
				v := &plan.Variable{Slot: n.First + plan.Slot(at), ValueType: types.Of(types.Int8OID), Location: -1, Name: n.Alias}
				slot := p.slots(nil, 1)
				project.Exprs, project.Out = append(project.Exprs, v), append(project.Out, slot)
				r.columns = append(r.columns, resultColumn{Column: plan.Column{Name: plan.PlaceColumn, Type: v.ValueType}, slot: slot, pos: -1})
				all = append(all, plan.Place{Table: n.Relation.OID, Simple: simple})
			}
		}
	}
	visit(project.Input, simple)
	return all
}

// placeScan is the index of the relation's place column; -1: it has none.
func placeScan(n *plan.Scan) int {
	if n.Relation.Kind == plan.ProjectionRelation { // its column without a name is another
		return -1
	}
	return slices.IndexFunc(n.Relation.Columns, func(c plan.RelationColumn) bool { return c.Name == plan.PlaceColumn })
}
