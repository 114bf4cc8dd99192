package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/optimize"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Merge plans a MERGE into r, which n names.
func Merge(text string, n *pg.MergeStmt, r *plan.Relation, o Options) (*plan.Query, error) {
	p := &planner{Options: o, text: text, top: n.WithClause}
	return p.change(p.merge(n, r))
}

func (p *planner) merge(n *pg.MergeStmt, r *plan.Relation) (*result, error) {
	switch {
	case n.WithClause.GetRecursive():
		return nil, sqlstate.New(sqlstate.SyntaxError, "WITH RECURSIVE is not supported for MERGE statement")
	case len(n.ReturningList) > 0:
		return nil, p.unsupported(-1, "RETURNING of MERGE")
	}
	if err := checkWhens(p, n.MergeWhenClauses); err != nil {
		return nil, err
	}
	m, err := p.newModifier(plan.MergeRows, r, nil, n.WithClause, nil)
	if err != nil {
		return nil, err
	}
	g := &merger{modifier: m}
	tree, err := g.join(n)
	if err != nil {
		return nil, err
	}
	return g.plan(tree, n)
}

// checkWhens refuses what PostgreSQL 15 has not, and what is never reached.
func checkWhens(p *planner, all []*pg.Node) error {
	final := map[bool]bool{}
	for _, n := range all {
		w := n.GetMergeWhenClause()
		if w.MatchKind == pg.MergeMatchKind_MERGE_WHEN_NOT_MATCHED_BY_SOURCE {
			return p.unsupported(-1, "WHEN NOT MATCHED BY SOURCE")
		}
		if matched := whenMatched(w); final[matched] {
			return sqlstate.New(sqlstate.SyntaxError, "unreachable WHEN clause specified after unconditional WHEN clause")
		} else if w.Condition == nil {
			final[matched] = true
		}
	}
	return nil
}

func whenMatched(w *pg.MergeWhenClause) bool {
	return w.MatchKind == pg.MergeMatchKind_MERGE_WHEN_MATCHED
}

// merger plans a MERGE: its source joined to its target, and what each WHEN makes of a pair.
type merger struct {
	*modifier
	source []*item
}

// join is the source, with the rows of the target that each of its rows meets.
func (g *merger) join(n *pg.MergeStmt) (plan.Node, error) {
	q := g.query
	target, items, err := q.scanRelation(g.relation, g.relation.Name, n.Relation.Alias, int(n.Relation.Location))
	if err != nil {
		return nil, err
	}
	g.target = items[0]
	source, err := q.from([]*pg.Node{n.SourceRelation})
	if err != nil {
		return nil, err
	}
	g.source = q.scope.items
	if q.conflicts(items, g.source) != nil {
		return nil, sqlstate.New(sqlstate.DuplicateAlias, "name %q specified more than once", g.target.name).
			WithDetail("The name is used both as MERGE target table and data source.")
	}
	q.scope.items = append(items, g.source...)
	condition, err := q.in(inOn).BindBool(n.JoinCondition, "JOIN/ON")
	if err != nil {
		return nil, err
	}
	kind := plan.InnerJoin
	if slices.ContainsFunc(n.MergeWhenClauses, func(w *pg.Node) bool { return !whenMatched(w.GetMergeWhenClause()) }) {
		kind = plan.LeftJoin
	}
	return optimize.JoinOn(kind, source, target, optimize.SimplifyCondition(condition, g.planner.Env)), nil
}

// plan makes a place, the target's row and all of the source the columns of the join, and binds the
// actions over these.
func (g *merger) plan(tree plan.Node, n *pg.MergeStmt) (*result, error) {
	q := g.query
	over, err := g.planner.newQuery(nil, q.with)
	if err != nil {
		return nil, err
	}
	over.outerJoins = q.outerJoins
	q.addTarget(plan.PlaceColumn, g.place())
	target := g.copied(g.target)
	var source []*item
	for _, it := range g.source {
		source = append(source, g.copied(it))
	}
	p := &plan.Project{Input: tree}
	for _, t := range q.targets {
		p.Exprs, p.Out = append(p.Exprs, t.value), append(p.Out, t.slot)
	}
	made := &plan.Modify{Kind: plan.MergeRows, Relation: g.relation, Root: optimize.Simplify(p)}
	g.planner.changing = append(g.planner.changing, g.relation)
	for _, w := range n.MergeWhenClauses {
		when := w.GetMergeWhenClause()
		m := *g.modifier
		m.query, m.target = over, target
		over.scope.items, over.scope.tables = source, append(source[:len(source):len(source)], target)
		if whenMatched(when) {
			over.scope.items = append(over.scope.items, target)
		}
		action, err := m.when(when, &optimize.Rows{Slots: p.Out})
		if err != nil {
			return nil, err
		}
		made.Merge = append(made.Merge, action)
	}
	optimize.Finish(made.Root, p.Out)
	r := &result{node: &plan.Changed{Modify: made}}
	if g.with != nil {
		r.node = &plan.With{CTEs: g.with, Body: r.node}
	}
	return r, nil
}

// copied is an item whose values are columns of the query.
func (g *merger) copied(it *item) *item {
	made := *it
	made.fields = append([]field(nil), it.fields...)
	for i := range made.fields {
		made.fields[i].value = g.query.addTarget(made.fields[i].name, made.fields[i].value).ref()
	}
	if it.found != nil {
		made.found = &field{value: g.query.addTarget("found", it.found.value).ref()}
	}
	return &made
}

// when binds one WHEN; in has the columns that it sees.
func (m *modifier) when(w *pg.MergeWhenClause, in *optimize.Rows) (*plan.MergeAction, error) {
	a := &plan.MergeAction{Matched: whenMatched(w)}
	if w.Condition != nil {
		e, err := m.query.in(inMergeWhen).BindBool(w.Condition, "WHEN")
		if err != nil {
			return nil, err
		}
		a.Where = optimize.Resolve(e, in)
	}
	var err error
	switch w.CommandType {
	case pg.CmdType_CMD_UPDATE:
		a.Kind, a.Row = plan.UpdateRows, m.old()
		err = m.set(w.TargetList, a.Row)
	case pg.CmdType_CMD_DELETE:
		a.Kind = plan.DeleteRows
	case pg.CmdType_CMD_INSERT:
		a.Kind = plan.InsertRows
		a.Row, err = m.mergedRow(w)
	}
	optimize.ResolveAll(a.Row, in)
	return a, err
}

// mergedRow is the row that WHEN NOT MATCHED inserts.
func (m *modifier) mergedRow(w *pg.MergeWhenClause) ([]expr.Expr, error) {
	i := &inserter{modifier: m, override: w.Override}
	if err := i.columns(w.TargetList); err != nil {
		return nil, err
	}
	at := -1
	if len(w.Values) > len(i.targets) {
		at = nodePos(w.Values[len(i.targets)])
	}
	if len(w.Values) > 0 {
		if err := i.fits(len(w.Values), at); err != nil {
			return nil, err
		}
	}
	given := map[int]expr.Expr{}
	for k, v := range w.Values {
		c := i.targets[k]
		var err error
		if i.parts[k] != nil {
			given[c], err = i.part(i.parts[k], c, given[c], v, inValues)
		} else {
			given[c], err = i.inserted(v, c)
		}
		if err != nil {
			return nil, err
		}
	}
	return i.row(given)
}
