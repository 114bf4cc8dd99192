// Package explain shows a statement as EXPLAIN does: operators and their properties, what
// each did in a run, and how the whole was answered.
package explain

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/projsql/projsql/query/plan"
)

// Explanation is a plan as EXPLAIN shows it.
type Explanation struct {
	Label   string // "Sort", "Scan on events e"
	Details []Detail
	// Output are the values of a row, columns with the relation's alias; nil: not to be shown.
	Output []string
	// Join is the kind of a join, "Left", and Relationship what an operator is to the one above,
	// "Outer": forms for programs have them.
	Join, Relationship string
	Actual             *plan.Actual
	Timed              bool // Actual has times
	// Estimate is of the whole statement, of the topmost operator alone; nil: it is not to be shown.
	Estimate *Estimate
	Plans    []*Explanation
}

// Detail is a property of an operator, as "Sort Key: version DESC".
type Detail struct{ Name, Value string }

// Options are what is to be shown of a plan.
type Options struct {
	// Actual tells what an operator did; nil: nothing has run.
	Actual func(plan.Node) *plan.Actual
	Timed  bool // Actual knows how long that took
	// Verbose shows what is in the rows. As in PostgreSQL, projecting and filtering is then
	// part of the operator below; not where each is measured.
	Verbose bool
}

// Describe describes a plan.
func Describe(q *plan.Query, o Options) *Explanation {
	if o.Actual == nil {
		o.Actual = func(plan.Node) *plan.Actual { return nil }
	}
	return (&explainer{o}).node(q.Root)
}

// Lines returns PostgreSQL's text form, one line a string.
func (e *Explanation) Lines() []string { return e.lines("", "") }

func (e *Explanation) lines(first, rest string) []string {
	head := e.Label
	if g := e.Estimate; g != nil {
		head += fmt.Sprintf("  (cost=0.00..%.2f rows=%.0f width=%d)", g.Cost, g.Rows, g.Width)
	}
	if a := e.Actual; a != nil {
		head += " (actual "
		if e.Timed {
			head += fmt.Sprintf("time=%.3f ", float64(a.Time.Microseconds())/1000/float64(a.Loops))
		}
		head += fmt.Sprintf("rows=%d loops=%d)", a.Rows/a.Loops, a.Loops)
	}
	all := []string{first + head}
	if e.Output != nil {
		all = append(all, rest+"  Output: "+strings.Join(e.Output, ", "))
	}
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
	if e.Output != nil {
		o["Output"] = e.Output
	}
	if e.Join != "" {
		o["Join Type"] = e.Join
	}
	if e.Relationship != "" {
		o["Parent Relationship"] = e.Relationship
	}
	if g := e.Estimate; g != nil {
		o["Startup Cost"], o["Total Cost"], o["Plan Rows"], o["Plan Width"] = json.Number("0.00"), json.Number(fmt.Sprintf("%.2f", g.Cost)), int64(g.Rows), g.Width
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
type explainer struct{ Options }

func (x *explainer) node(n plan.Node) *Explanation {
	if e := x.merged(n); e != nil {
		return e
	}
	e := &Explanation{Label: label(n), Details: details(n), Actual: x.Actual(n), Timed: x.Timed}
	if x.Verbose {
		e.Output = outputs(n)
	}
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
	for i, in := range n.Inputs() {
		sub := x.node(in)
		sub.Relationship = relationships[min(i, 1)]
		e.Plans = append(e.Plans, sub)
	}
	if j, ok := n.(*plan.Join); ok {
		e.joins(j)
	}
	if c, ok := n.(*plan.Changed); ok {
		e.Plans = append(e.Plans, x.node(c.Modify.Root))
	}
	x.subLinks(e, n)
	return e
}

// joins tells the kind of a join. As in PostgreSQL a RIGHT JOIN is a LEFT JOIN of its right side.
func (e *Explanation) joins(j *plan.Join) {
	e.Join = map[plan.JoinKind]string{plan.InnerJoin: "Inner", plan.LeftJoin: "Left", plan.RightJoin: "Left", plan.FullJoin: "Full"}[j.Kind]
	if j.Kind == plan.RightJoin {
		e.Plans[0].Relationship, e.Plans[1].Relationship = relationships[1], relationships[0]
	}
}

// relationships are those of the inputs of an operator to it.
var relationships = [...]string{"Outer", "Inner"}

func (x *explainer) subLinks(e *Explanation, n plan.Node) {
	for _, s := range plan.SubLinks(n) {
		sub := x.node(s.Plan)
		if s.Probe != nil {
			sub.Label = "Hashed " + sub.Label
		}
		sub.Label, sub.Relationship = "SubPlan: "+sub.Label, "SubPlan"
		e.Plans = append(e.Plans, sub)
	}
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
	case n.Relation.Kind == plan.ProjectionRelation && b.Within != nil:
		how = "Projection Scan by entity range"
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
	case n.Relation.Kind == plan.EventsRelation && b.Within != nil && !n.InOrder:
		how = "Log Scan by entity range"
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
