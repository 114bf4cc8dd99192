package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// Trace tells what the nodes of a text were found to mean, for whoever writes it anew. What
// stands in views that the text reads is not in it.
type Trace struct {
	Bound     map[*pg.Node]expr.Expr
	Calls     map[plan.Slot]*expr.AggregateCall // of aggregates and windows
	Over      map[plan.Slot]*pg.WindowDef
	Groupings map[plan.Slot][]expr.Expr
	Sets      map[plan.Slot]*expr.Call // set-returning calls outside of FROM
	SubLinks  map[*plan.SubLink]TracedSubLink
	Targets   map[*pg.SelectStmt][]TracedColumn
	Values    map[*pg.SelectStmt][][]expr.Expr
	From      map[*pg.Node]*TracedItem
}

// TracedColumn is a column with its value.
type TracedColumn struct {
	Name  string
	Value expr.Expr
}

// TracedSubLink is a subquery expression, with the comparison of what stands left of it.
type TracedSubLink struct {
	Node *pg.SubLink
	Test expr.Expr
}

// TracedItem is what an element of FROM offers.
type TracedItem struct {
	Name    string
	Of      *plan.Relation // nil: a WITH query, a subquery, a function, a join
	Columns []TracedColumn
	Calls   []expr.Expr    // of functions
	Using   []TracedColumn // of a join
}

// NewTrace returns one that is empty.
func NewTrace() *Trace {
	return &Trace{
		Bound: map[*pg.Node]expr.Expr{}, Calls: map[plan.Slot]*expr.AggregateCall{}, Over: map[plan.Slot]*pg.WindowDef{},
		Groupings: map[plan.Slot][]expr.Expr{}, Sets: map[plan.Slot]*expr.Call{}, SubLinks: map[*plan.SubLink]TracedSubLink{},
		Targets: map[*pg.SelectStmt][]TracedColumn{}, Values: map[*pg.SelectStmt][][]expr.Expr{}, From: map[*pg.Node]*TracedItem{},
	}
}

// traces is the trace, if what is being planned is of the text itself.
func (p *planner) traces() *Trace {
	if p.viewed > 0 {
		return nil
	}
	return p.Trace
}

func (q *query) traceTargets(st *pg.SelectStmt) {
	t := q.planner.traces()
	if t == nil {
		return
	}
	for _, c := range q.targets {
		if !c.hidden {
			t.Targets[st] = append(t.Targets[st], TracedColumn{c.name, c.value})
		}
	}
}

func (q *query) traceFrom(n *pg.Node, node plan.Node, items []*item) {
	t := q.planner.traces()
	if t == nil || n.GetJoinExpr() != nil {
		return
	}
	it := items[len(items)-1]
	made := &TracedItem{Name: it.name, Of: it.of, Columns: traced(it.fields)}
	if f, ok := node.(*plan.FunctionScan); ok {
		made.Calls = slices.Clone(f.Calls)
	}
	t.From[n] = made
}

func traced(fields []field) (all []TracedColumn) {
	for _, f := range fields {
		if !f.hidden {
			all = append(all, TracedColumn{f.name, f.value})
		}
	}
	return all
}
