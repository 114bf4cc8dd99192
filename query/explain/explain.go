// Package explain shows a statement as EXPLAIN does: operators and their properties, what
// each did in a run, and how the whole was answered.
package explain

import (
	"fmt"
	"strings"

	"github.com/projsql/projsql/query/plan"
)

// Explanation is a plan as EXPLAIN shows it.
type Explanation struct {
	Label   string // "Sort", "Scan on events e"
	Details []Detail
	Actual  *plan.Actual
	Timed   bool // Actual has times
	Plans   []*Explanation
}

// Detail is a property of an operator, as "Sort Key: version DESC".
type Detail struct{ Name, Value string }

// Describe describes a plan. actual, which may be nil, tells what an operator did.
// timed says that it knows how long that took.
func Describe(q *plan.Query, actual func(plan.Node) *plan.Actual, timed bool) *Explanation {
	if actual == nil {
		actual = func(plan.Node) *plan.Actual { return nil }
	}
	return (&explainer{actual: actual, timed: timed}).node(q.Root)
}

// Lines returns PostgreSQL's text form, one line a string.
func (e *Explanation) Lines() []string { return e.lines("", "") }

func (e *Explanation) lines(first, rest string) []string {
	head := e.Label
	if a := e.Actual; a != nil {
		head += " (actual "
		if e.Timed {
			head += fmt.Sprintf("time=%.3f ", float64(a.Time.Microseconds())/1000/float64(a.Loops))
		}
		head += fmt.Sprintf("rows=%d loops=%d)", a.Rows/a.Loops, a.Loops)
	}
	all := []string{first + head}
	for _, d := range e.Details {
		all = append(all, rest+"  "+d.Name+": "+d.Value)
	}
	if e.Actual != nil {
		if used := usageText(&e.Actual.Usage); used != "" {
			all = append(all, rest+"  "+used)
		}
	}
	for _, p := range e.Plans {
		all = append(all, p.lines(rest+"  ->  ", rest+"      ")...)
	}
	return all
}

func (e *Explanation) object() map[string]any {
	o := map[string]any{"Node Type": e.Label}
	for _, d := range e.Details {
		o[d.Name] = d.Value
	}
	if a := e.Actual; a != nil {
		o["Actual Rows"], o["Actual Loops"] = a.Rows/a.Loops, a.Loops
		if e.Timed {
			o["Actual Total Time"] = float64(a.Time.Microseconds()) / 1000 / float64(a.Loops)
		}
		addUsage(o, &a.Usage)
	}
	var plans []map[string]any
	for _, p := range e.Plans {
		plans = append(plans, p.object())
	}
	if plans != nil {
		o["Plans"] = plans
	}
	return o
}

// explainer describes operators.
type explainer struct {
	actual func(plan.Node) *plan.Actual
	timed  bool
}

func (x *explainer) node(n plan.Node) *Explanation {
	e := &Explanation{Label: label(n), Details: details(n), Actual: x.actual(n), Timed: x.timed}
	if w, ok := n.(*plan.With); ok {
		for _, c := range w.CTEs {
			sub := x.node(c.Plan)
			sub.Label = "CTE " + c.Name + ": " + sub.Label
			e.Plans = append(e.Plans, sub)
			if c.Recursive != nil {
				e.Plans = append(e.Plans, x.node(c.Recursive))
			}
		}
	}
	for _, in := range n.Inputs() {
		e.Plans = append(e.Plans, x.node(in))
	}
	if c, ok := n.(*plan.Changed); ok {
		e.Plans = append(e.Plans, x.node(c.Modify.Root))
	}
	for _, s := range plan.SubLinks(n) {
		sub := x.node(s.Plan)
		if s.Probe != nil {
			sub.Label = "Hashed " + sub.Label
		}
		sub.Label = "SubPlan: " + sub.Label
		e.Plans = append(e.Plans, sub)
	}
	return e
}

var changeLabels = map[plan.ModifyKind]string{plan.InsertRows: "Insert", plan.UpdateRows: "Update", plan.DeleteRows: "Delete", plan.MergeRows: "Merge"}

func label(n plan.Node) string {
	switch n := n.(type) {
	case *plan.Scan:
		return scanLabel(n)
	case *plan.PointScan:
		return "Projection Read on " + n.Relation.Name + aliased(n.Relation.Name, n.Alias)
	case *plan.HistoryScan:
		return "Projection History on " + n.Relation.Name + aliased(n.Relation.Name, n.Alias)
	case *plan.FunctionScan:
		return "Function Scan on " + n.Name + aliased(n.Name, n.Alias)
	case *plan.Values:
		if n.Width() == 0 {
			return "Result"
		}
		return "Values Scan"
	case *plan.Given:
		return "Given Rows"
	case *plan.Changed:
		return changeLabels[n.Modify.Kind] + " on " + n.Modify.Relation.Name
	case *plan.Filter:
		return "Filter"
	case *plan.Project:
		return "Project"
	case *plan.ProjectSet:
		return "ProjectSet"
	case *plan.Window:
		return "WindowAgg"
	case *plan.Join:
		return joinLabel(n)
	case *plan.Aggregate:
		return aggregateLabel(n)
	case *plan.Sort:
		if n.Top != nil {
			return "Top-N Sort"
		}
		return "Sort"
	case *plan.Limit:
		return "Limit"
	case *plan.Distinct:
		return "Unique"
	case *plan.SetOp:
		if n.All && n.Kind == plan.Union {
			return "Append"
		}
		return "HashSetOp " + n.Kind.String()
	case *plan.With:
		return "With"
	case *plan.CTEScan:
		return "CTE Scan on " + n.CTE.Name + aliased(n.CTE.Name, n.Alias)
	}
	return fmt.Sprintf("%T", n)
}

func aliased(name, alias string) string {
	if alias == name {
		return ""
	}
	return " " + alias
}

func scanLabel(n *plan.Scan) string {
	how := "Seq Scan"
	b := &n.Bounds
	keyed := b.Entities != nil || b.EntityArray != nil
	switch {
	case n.Count:
		how = "Count"
	case n.Relation.Kind == plan.ProjectionRelation && keyed:
		how = "Projection Read"
	case n.Relation.Kind == plan.ProjectionRelation:
		how = "Projection Scan"
	case b.ID != nil:
		how = "Log Scan by event_id"
	case keyed:
		how = "Log Scan by entity"
	case b.OfKinds() && !n.Descending:
		how = "Log Scan by kind"
	case n.Relation.Kind == plan.EventsRelation && (!b.Sequence.None() || !b.HLC.None()):
		how = "Log Scan by sequence"
	case n.Relation.Kind == plan.EventsRelation:
		how = "Log Scan"
	}
	if n.Descending {
		how += " Backward"
	}
	return how + " on " + n.Relation.Name + aliased(n.Relation.Name, n.Alias)
}

var joinWords = map[plan.JoinKind]string{plan.InnerJoin: "", plan.LeftJoin: " Left", plan.RightJoin: " Right", plan.FullJoin: " Full"}

func joinLabel(n *plan.Join) string {
	kind := joinWords[n.Kind]
	if n.LeftKeys != nil {
		return "Hash" + kind + " Join"
	}
	if kind == "" {
		return "Nested Loop"
	}
	return "Nested Loop" + kind + " Join"
}

func aggregateLabel(n *plan.Aggregate) string {
	switch {
	case n.Plain:
		return "Aggregate"
	case len(n.Sets) > 0:
		return "MixedAggregate"
	}
	return "HashAggregate"
}

// details are an operator's properties.
func details(n plan.Node) []Detail {
	var all []Detail
	add := func(name, value string) {
		if value != "" {
			all = append(all, Detail{name, value})
		}
	}
	switch n := n.(type) {
	case *plan.Scan:
		add("Columns", strings.Join(plan.ColumnNames(n.Relation, n.Columns), ", "))
		add("Filter", text(n.Filter))
		if n.Fragment != nil {
			add("Fragment", n.Fragment.SQL)
		}
	case *plan.PointScan:
		add("Entity", text(n.Entity))
		add("Filter", text(n.Filter))
	case *plan.HistoryScan:
		add("Entity", text(n.Entity))
		add("From", texts(n.Lowest()))
		add("To", texts(n.Highest()))
		add("Filter", text(n.Filter))
	case *plan.FunctionScan:
		add("Filter", text(n.Filter))
	case *plan.Filter:
		if n.Once {
			add("One-Time Filter", text(n.Condition))
		} else {
			add("Filter", text(n.Condition))
		}
	case *plan.Join:
		var keys []string
		for i := range n.LeftKeys {
			keys = append(keys, "("+text(n.LeftKeys[i])+" = "+text(n.RightKeys[i])+")")
		}
		add("Hash Cond", strings.Join(keys, " AND "))
		add("Join Filter", text(n.Condition))
	case *plan.Aggregate:
		add("Group Key", texts(n.Keys))
		if n.Partial != nil {
			add("Fragment", n.Partial.Fragment.SQL)
		}
	case *plan.Sort:
		add("Sort Key", keyTexts(n.Keys))
	case *plan.Distinct:
		add("Key", texts(n.Keys))
	}
	if s := parallel(n); s != nil {
		add("Parallel Scan", s.Relation.Name)
	}
	return all
}

// parallel is the scan that workers may share for an operator.
func parallel(n plan.Node) *plan.Scan {
	switch n := n.(type) {
	case *plan.Aggregate:
		return n.Parallel
	case *plan.Join:
		return n.Parallel
	case *plan.Sort:
		return n.Parallel
	case *plan.Window:
		return n.Parallel
	}
	return nil
}

func keyTexts(keys []plan.SortKey) string {
	var all []string
	for _, k := range keys {
		s := text(k.Expr)
		if k.Desc {
			s += " DESC"
		}
		if k.NullsFirst != k.Desc {
			s += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[k.NullsFirst]
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}
