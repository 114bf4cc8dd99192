package analyze

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/optimize"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Options are what a plan is made with. Relations and Params must be set.
type Options struct {
	Relations  plan.Relations
	Params     *expr.Params
	Extensions *expr.Extensions
	// Lasting is what views that all sessions see are planned with, and bodies of functions with every name written out,
	// Caller what other bodies of functions are; nil: Extensions and Env.
	Lasting, Caller *Surroundings
	// Opaque leaves calls of functions in SQL as they are: the plan is only looked at.
	Opaque   bool
	Database string // that names may be qualified with
	// Env reads literals; nil: UTC, ISO.
	Env *types.Env
	// Places gives the rows hidden columns, behind those of the query: see Query.Places.
	Places bool
	// Qualify, if it is set, writes the schema of every relation into the tree, so that its text
	// means the same relations later. It is called with each.
	Qualify func(*plan.Relation)
	// Determined is called with each relation of the text itself whose columns need not be grouped
	// since its primary key is; nil: nobody asks.
	Determined func(*plan.Relation)
	// Spreads is called with the types of functions in FROM of the text itself that give columns; nil: nobody asks.
	Spreads func(types.OID)
	// Fixed is that of the binder, for the text itself: not for views and functions in it.
	Fixed map[int]string
	// Trace is filled with what the text means; nil: nobody asks.
	Trace *Trace
	// Called is what CALL calls: a procedure; nil: there is no CALL.
	Called *pg.FuncCall
	// Arguments are those of the function whose body the statement is in; nil: it is in none.
	Arguments *Arguments
	// CurrentOf is the place in a relation that a cursor stands on, as it is when the
	// statement runs; nil: WHERE CURRENT OF is refused.
	CurrentOf func(cursor string, r *plan.Relation) expr.Expr
	// Unwritable is why a statement in WITH cannot change what it names: "insert into", "update" or
	// "delete from".
	Unwritable func(r *pg.RangeVar, verb string) error
	// Interrupted is why the statement is not to be planned any further; nil: nobody asks.
	Interrupted func() error
}

// Surroundings are what names mean where a text was written.
type Surroundings struct {
	Extensions *expr.Extensions
	Env        *types.Env
}

// Select plans a SELECT or VALUES; text is the whole query string that node's
// locations count in. Errors carry SQLSTATE and position.
func Select(text string, node *pg.Node, o Options) (*plan.Query, error) {
	st := node.GetSelectStmt()
	if st == nil {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "only SELECT can be planned")
	}
	p := &planner{Options: o, text: text, top: st.WithClause}
	r, err := p.selectStmt(st, nil, nil, true)
	if err != nil {
		return nil, err
	}
	if !o.Places {
		return p.finish(r)
	}
	columns, places := len(r.columns), p.addPlaces(r)
	q, err := p.finish(r)
	if err == nil {
		q.Columns, q.Places = q.Columns[:columns], places
	}
	return q, err
}

// selectStmt plans one query at any level. settle gives columns of unknown type
// the type text.
func (p *planner) selectStmt(st *pg.SelectStmt, parent *scope, with *withScope, settle bool) (*result, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > depthMax {
		return nil, sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
	}
	if into := FirstOf(st).GetIntoClause(); into != nil {
		return nil, p.errorAt(int(into.GetRel().GetLocation()), sqlstate.SyntaxError, "SELECT ... INTO is not allowed here")
	}
	if st.WithClause == nil {
		return p.body(st, parent, with, settle)
	}
	inner, err := p.bindWith(st.WithClause, parent, with)
	if err != nil {
		return nil, err
	}
	r, err := p.body(st, parent, inner, settle)
	if err != nil {
		return nil, err
	}
	r.node = &plan.With{CTEs: inner.plans, Body: r.node}
	return r, nil
}

// FirstOf is the first SELECT of set operations, which alone may have INTO; st if it is none.
func FirstOf(st *pg.SelectStmt) *pg.SelectStmt {
	for st.GetLarg() != nil {
		st = st.GetLarg()
	}
	return st
}

func (p *planner) body(st *pg.SelectStmt, parent *scope, with *withScope, settle bool) (*result, error) {
	q, err := p.newQuery(parent, with)
	if err != nil {
		return nil, err
	}
	switch {
	case st.Op != pg.SetOperation_SETOP_NONE && st.Op != pg.SetOperation_SET_OPERATION_UNDEFINED:
		if st.LockingClause != nil {
			return nil, lockRefused(st, "UNION/INTERSECT/EXCEPT")
		}
		return q.setOperation(st)
	case st.ValuesLists != nil:
		if st.LockingClause != nil {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "%s cannot be applied to VALUES", LockStrength(st.LockingClause[0].GetLockingClause()))
		}
		return q.values(st, settle)
	}
	return q.plain(st, settle)
}

// target is a column of the select list, or one that only ORDER BY, GROUP BY or
// DISTINCT ON need.
type target struct {
	name   string
	value  expr.Expr
	slot   plan.Slot
	hidden bool
	table  uint32
	number uint16
	// collation is that of the value; 0: its type's.
	collation types.OID
}

func (t *target) ref() *plan.Variable {
	return &plan.Variable{Slot: t.slot, ValueType: t.value.Type(), Location: t.value.Pos(), Name: t.name, Record: plan.RecordOf(t.value), Collation: t.collation}
}

// parts are the clauses of a query once they are bound.
type parts struct {
	where, having expr.Expr
	group         []expr.Expr
	sets          [][]int
	twins         []twinKey
	order         []orderKey
	distinct      []*target // nil: no DISTINCT
	limit         *plan.Limit
}

func (q *query) plain(st *pg.SelectStmt, settle bool) (*result, error) {
	q.statement = st
	tree, err := q.from(st.FromClause)
	if err != nil {
		return nil, err
	}
	var c parts
	if err := q.bindClauses(st, &c, settle); err != nil {
		return nil, err
	}
	if q.recursive && len(q.calls) > 0 {
		return nil, q.planner.errorAt(q.calls[0].call.Pos, sqlstate.InvalidRecursion, "aggregate functions are not allowed in a recursive query's recursive term")
	}
	if err := q.checkGrouping(&c); err != nil {
		return nil, err
	}
	if err := q.lock(st, tree); err != nil {
		return nil, err
	}
	return &result{node: q.assemble(tree, &c), columns: q.resultColumns()}, nil
}

// bindClauses binds in PostgreSQL's order, which decides the error that is told
// and the types that parameters get.
func (q *query) bindClauses(st *pg.SelectStmt, c *parts, settle bool) error {
	q.nameWindows(st.WindowClause)
	if err := q.bindTargets(st.TargetList, settle); err != nil {
		return err
	}
	q.traceTargets(st)
	var err error
	if st.WhereClause != nil {
		if c.where, err = q.in(inWhere).BindBool(st.WhereClause, "WHERE"); err != nil {
			return err
		}
	}
	if st.HavingClause != nil {
		if c.having, err = q.in(inHaving).BindBool(st.HavingClause, "HAVING"); err != nil {
			return err
		}
	}
	if c.order, err = q.bindOrder(st.SortClause); err != nil {
		return err
	}
	if err := q.bindNamedWindows(); err != nil {
		return err
	}
	if err := q.bindGroup(st, c); err != nil {
		return err
	}
	if c.distinct, err = q.bindDistinct(st.DistinctClause, c.order); err != nil {
		return err
	}
	c.limit, err = q.bindLimit(st, c.order)
	return err
}

// assemble stacks the operators above FROM.
func (q *query) assemble(tree plan.Node, c *parts) plan.Node {
	q.askBeforeGrouping(c)
	node := optimize.Where(tree, optimize.SimplifyCondition(c.where, q.planner.Env))
	if q.planner.exists == q.statement && q.onlyRows(c) {
		q.targets = nil
		return node
	}
	if q.grouped {
		node = q.aggregate(q.liftKeys(node, c), c)
		if c.having != nil {
			node = &plan.Filter{Input: node, Condition: c.having}
		}
	}
	node = q.addWindows(node, c)
	if late := q.postponed(c); len(late) > 0 {
		return q.computeLate(node, c, late)
	}
	return q.tail(q.project(projectSets(node, q.sets), q.targets), c)
}

// onlyRows reports whether there are rows wherever there are some before its select list, GROUP BY, DISTINCT, ORDER BY and
// LIMIT: EXISTS computes none of these then. (PostgreSQL's simplify_EXISTS_query.)
func (q *query) onlyRows(c *parts) bool {
	if len(q.calls)+len(q.groupings)+len(q.windows)+len(q.sets) > 0 || q.statement.HavingClause != nil || c.sets != nil {
		return false
	}
	if q.statement.LockingClause != nil && q.statement.FromClause != nil {
		return false
	}
	if c.limit == nil || c.limit.Count == nil && c.limit.Offset == nil {
		return true
	}
	simple, err := expr.Simplify(c.limit.Count, nil, &expr.Env{Env: q.planner.Env})
	count, ok := simple.(*expr.Const)
	return err == nil && ok && c.limit.Offset == nil && (count.Value.IsNull() || count.Value.Int() > 0)
}

func (q *query) project(input plan.Node, targets []*target) *plan.Project {
	p := &plan.Project{Input: input}
	for _, t := range targets {
		p.Exprs = append(p.Exprs, t.value)
		p.Out = append(p.Out, t.slot)
	}
	return p
}

// tail adds DISTINCT, ORDER BY and LIMIT.
func (q *query) tail(node plan.Node, c *parts) plan.Node {
	keys := sortKeys(c.order)
	if c.distinct != nil && !q.distinctOn(c) {
		node = distinct(node, c.distinct)
		c.distinct = nil
	}
	if len(keys) > 0 {
		node = &plan.Sort{Input: node, Keys: keys}
	}
	if c.distinct != nil {
		node = sortedDistinct(node, c)
	} else if s, ok := node.(*plan.Sort); ok && c.limit != nil && c.limit.Count != nil && c.limit.Ties == nil {
		s.Top = c.limit
	}
	if c.limit != nil {
		c.limit.Input = node
		node = c.limit
	}
	return node
}

// sortedDistinct is the DISTINCT of rows that are sorted, if there is an ORDER BY.
func sortedDistinct(node plan.Node, c *parts) plan.Node {
	d := distinct(node, c.distinct)
	d.Ordered, d.Adjacent = len(c.order) > 0, allOrdered(c.order, c.distinct)
	return d
}

func distinct(node plan.Node, on []*target) *plan.Distinct {
	d := &plan.Distinct{Input: node}
	for _, t := range on {
		d.Keys = append(d.Keys, t.ref())
	}
	return d
}

// distinctOn reports whether the rows must be sorted before duplicates go.
func (q *query) distinctOn(c *parts) bool {
	visible := 0
	for _, t := range q.targets {
		if !t.hidden {
			visible++
		}
	}
	if len(c.distinct) != visible {
		return true
	}
	for _, t := range c.distinct {
		if t.hidden {
			return true
		}
	}
	return false
}

func (q *query) resultColumns() []resultColumn {
	var all []resultColumn
	for _, t := range q.targets {
		if t.hidden {
			continue
		}
		all = append(all, resultColumn{
			Column: plan.Column{Name: t.name, Type: t.value.Type(), TableOID: t.table, ColumnNumber: t.number, Collation: t.collation},
			slot:   t.slot, record: plan.RecordOf(t.value), pos: t.value.Pos(),
		})
	}
	return all
}

// projectSets puts set-returning calls above a node, those that others take as
// arguments first.
func projectSets(node plan.Node, rest []boundSet) plan.Node {
	for len(rest) > 0 {
		open := map[plan.Slot]bool{}
		for _, s := range rest {
			open[s.slot] = true
		}
		n := &plan.ProjectSet{Input: node}
		var later []boundSet
		for _, s := range rest {
			if plan.MentionsAny(s.call, open) {
				later = append(later, s)
				continue
			}
			n.Calls = append(n.Calls, s.call)
			n.CallSlots = append(n.CallSlots, s.slot)
		}
		node, rest = n, later
	}
	return node
}
