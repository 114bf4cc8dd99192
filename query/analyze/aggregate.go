package analyze

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// bindAggregate makes a call a value of the query that its arguments belong to.
func (q *query) bindAggregate(b *expr.Binder, c *expr.AggregateCall) (expr.Expr, error) {
	owner := q.ownerOf(c)
	if err := owner.aggregateAllowed(c.Pos, owner != q); err != nil {
		return nil, err
	}
	if v := q.lowerDirect(c, owner); v != nil {
		return nil, q.planner.errorAt(v.Location, sqlstate.GroupingError, "outer-level aggregate cannot contain a lower-level variable in its direct arguments")
	}
	if c.Filter != nil && owner == q {
		for _, v := range plan.Variables(c.Filter) {
			if slices.ContainsFunc(owner.calls, func(b boundCall) bool { return b.slot == v.Slot }) {
				return nil, q.planner.errorAt(v.Location, sqlstate.GroupingError, "aggregate functions are not allowed in FILTER")
			}
		}
	}
	for _, v := range callVariables(c) {
		if err := owner.nestedAggregate(v); err != nil {
			return nil, err
		}
	}
	if err := owner.aggregateOrder(c); err != nil {
		return nil, err
	}
	c.Written = nil // it has served
	if name := c.Proc.Name(); name == "min" || name == "max" {
		c.AtOdds = b.CollationFrom(c.Args, c.Proc.Result) == expr.NoCollation
	}
	for _, had := range owner.calls {
		if plan.SameCall(had.call, c) {
			return owner.callRef(b, had.slot, c), nil
		}
	}
	slot := q.planner.slots(owner, 1)
	owner.calls = append(owner.calls, boundCall{slot: slot, call: c})
	if t := q.planner.traces(); t != nil {
		t.Calls[slot] = c
	}
	return owner.callRef(b, slot, c), nil
}

func (q *query) callRef(b *expr.Binder, slot plan.Slot, c *expr.AggregateCall) expr.Expr {
	t := types.Of(c.Proc.Result)
	return &plan.Variable{Slot: slot, ValueType: t, Location: c.Pos, Name: c.Proc.Name(), Collation: b.CollationFrom(c.Args, t.OID)}
}

// aggregateOrder refuses DISTINCT over types without equality.
func (q *query) aggregateOrder(c *expr.AggregateCall) error {
	for _, k := range c.Order {
		if err := q.sortable(k.Expr, k.Expr.Pos()); err != nil {
			return err
		}
	}
	if !c.Distinct {
		return nil
	}
	for _, a := range c.Args {
		if err := q.groupable(a, a.Pos()); err != nil {
			return err
		}
		if err := q.sortable(a, a.Pos()); err != nil {
			e := *sqlstate.Of(err)
			e.Hint, e.Detail = "", "Aggregates with DISTINCT must be able to sort their inputs."
			return &e
		}
	}
	for i, k := range c.Order {
		found := false
		for j, a := range c.Args {
			if j < len(c.Written) && plan.Same(c.Written[j], k.Expr) {
				c.Order[i].Expr, found = a, true
				break
			}
		}
		if !found {
			return q.planner.errorAt(k.Expr.Pos(), sqlstate.InvalidColumnReference, "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list")
		}
	}
	return nil
}

// ownerOf returns the innermost query that a variable of the call belongs to; q
// if there is none.
func (q *query) ownerOf(c *expr.AggregateCall) *query {
	var owner *query
	aggregated := *c
	aggregated.Direct = nil // which do not count
	for _, v := range callVariables(&aggregated) {
		o := q.planner.owners[v.Slot]
		// What a subquery among the arguments has of its own does not count.
		if o != nil && o.depth <= q.depth && (owner == nil || o.depth > owner.depth) {
			owner = o
		}
	}
	if owner == nil {
		return q
	}
	return owner
}

// lowerDirect finds a direct argument's variable of a query within the owner.
func (q *query) lowerDirect(c *expr.AggregateCall, owner *query) (found *plan.Variable) {
	for _, d := range c.Direct {
		expr.Walk(d, func(e expr.Expr) bool {
			v, ok := e.(*plan.Variable)
			if ok && owner != q {
				if o := q.planner.owners[v.Slot]; o != nil && o.depth > owner.depth {
					found = v
				}
			}
			return found == nil
		})
	}
	return found
}

func callVariables(c *expr.AggregateCall) []*plan.Variable {
	var all []*plan.Variable
	for _, e := range plan.CallExprs(c) {
		all = append(all, plan.Variables(e)...)
	}
	return all
}

var clausePhrases = map[clause]string{
	inFrom: "functions in FROM", inOn: "JOIN conditions", inWhere: "WHERE", inGroup: "GROUP BY",
	inLimit: "LIMIT", inOffset: "OFFSET", inValues: "VALUES", inUpdate: "UPDATE", inReturning: "RETURNING", inMergeWhen: "MERGE WHEN conditions",
	inRows: string(inRows), inRange: string(inRange), inGroups: string(inGroups),
}

// aggregateAllowed refuses an aggregate where the clause has none; within says that it
// stands in a subquery.
func (q *query) aggregateAllowed(pos int, within bool) error {
	phrase, refused := clausePhrases[q.clause]
	switch {
	case !refused:
		return nil
	case within && q.clause == inFrom:
		phrase = "FROM clause of their own query level"
	}
	return q.planner.errorAt(pos, sqlstate.GroupingError, "aggregate functions are not allowed in %s", phrase)
}

func (q *query) nestedAggregate(v *plan.Variable) error {
	for _, b := range q.calls {
		if b.slot == v.Slot {
			return q.planner.errorAt(v.Location, sqlstate.GroupingError, "aggregate function calls cannot be nested")
		}
	}
	if q.isWindow(v.Slot) {
		return q.planner.errorAt(v.Location, sqlstate.GroupingError, "aggregate function calls cannot contain window function calls")
	}
	for _, g := range q.groupings {
		if g.slot == v.Slot {
			return q.planner.errorAt(v.Location, sqlstate.GroupingError, "aggregate function calls cannot be nested")
		}
	}
	for _, s := range q.sets {
		if s.slot == v.Slot {
			return q.planner.errorAt(v.Location, sqlstate.FeatureNotSupported, "aggregate function calls cannot contain set-returning function calls").
				WithHint("You might be able to move the set-returning function into a LATERAL FROM item.")
		}
	}
	return nil
}

// bindSet makes a set-returning call of the select list a value of its own.
func (q *query) bindSet(b *expr.Binder, c *expr.Call) (expr.Expr, error) {
	if q.clause != inSelect && q.clause != inOrder && q.clause != inGroup && q.clause != inDistinctOn {
		phrase := clausePhrases[q.clause]
		switch {
		case phrase == "":
			phrase = string(q.clause)
		case isFrameClause(q.clause):
			phrase = "window definitions"
		}
		return nil, q.planner.errorAt(c.Pos(), sqlstate.FeatureNotSupported, "set-returning functions are not allowed in %s", phrase)
	}
	slot, again := q.sameSet(c)
	if !again {
		slot = q.planner.slots(q, 1)
		q.sets = append(q.sets, boundSet{slot: slot, call: c})
		if t := q.planner.traces(); t != nil {
			t.Sets[slot] = c
		}
	}
	return &plan.Variable{Slot: slot, ValueType: c.Type(), Location: c.Pos(), Name: c.Proc.Name(), Record: plan.RecordOf(c), Collation: b.CollationFrom(c.Args, c.Type().OID)}, nil
}

// sameSet finds an equal call: both give their rows in lockstep.
func (q *query) sameSet(c *expr.Call) (plan.Slot, bool) {
	for _, s := range q.sets {
		if !plan.CallsVolatile(c) && plan.Same(s.call, c) {
			return s.slot, true
		}
	}
	return 0, false
}

// hasSets reports whether a set-returning call is in an expression.
func (q *query) hasSets(e expr.Expr) bool {
	return len(q.sets) > 0 && len(q.setsOf([]expr.Expr{e})) > 0
}

// checkSets refuses sets where PostgreSQL cannot tell how often they are called.
func (q *query) checkSets(e expr.Expr) error {
	if len(q.sets) == 0 {
		return nil
	}
	var found error
	expr.Walk(e, func(n expr.Expr) bool {
		var what string
		switch n.(type) {
		case *expr.Case, *expr.Once:
			what = "CASE"
		case *expr.Coalesce:
			what = "COALESCE"
		default:
			return found == nil
		}
		for _, v := range plan.Variables(n) {
			for _, s := range q.sets {
				if s.slot == v.Slot && found == nil {
					found = q.planner.errorAt(v.Location, sqlstate.FeatureNotSupported, "set-returning functions are not allowed in %s", what).
						WithHint("You might be able to move the set-returning function into a LATERAL FROM item.")
				}
			}
		}
		return found == nil
	})
	return found
}
