package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// present is a column that is NULL only where an outer join found no row; nil: there is none.
func (it *item) present() *field {
	if it.found != nil {
		return it.found
	}
	if it.of == nil {
		return nil
	}
	for i := range it.fields {
		if it.fields[i].hidden && it.fields[i].name == "tableoid" {
			return &it.fields[i]
		}
	}
	if it.of.Kind == plan.EventsRelation || it.of.Kind == plan.ProjectionRelation {
		return &it.fields[0] // the entity
	}
	return nil
}

// found gives the items of a side of an outer join that may find no row a column that tells, where
// they have none and their row may be read as a whole.
func (q *query) found(side plan.Node, items []*item) plan.Node {
	var made *field
	for _, it := range items {
		if !it.byName || it.joined || it.present() != nil || !q.mentions(it.name) {
			continue
		}
		if made == nil {
			v := &plan.Variable{Slot: q.planner.slots(q, 1), ValueType: types.Of(types.BoolOID), Location: -1, Name: "found"}
			made, side = &field{value: v}, withConstant(side, items, v.Slot)
		}
		it.found = made
	}
	return side
}

// withConstant adds a column that is true to the rows of a node, which items give names to.
func withConstant(n plan.Node, items []*item, slot plan.Slot) plan.Node {
	p := projectOf(n)
	if p == nil {
		p = passing(n, items)
		n = p
	}
	p.Exprs, p.Out = append(p.Exprs, expr.NewConst(types.Of(types.BoolOID), types.Bool(true), -1)), append(p.Out, slot)
	return n
}

// passing is a select list of all that the items may read of a node.
func passing(n plan.Node, items []*item) *plan.Project {
	p := &plan.Project{Input: n}
	seen := map[plan.Slot]bool{}
	for _, it := range items {
		fields := it.fields
		if it.found != nil {
			fields = append(slices.Clip(fields), *it.found)
		}
		for _, f := range fields {
			for _, v := range plan.Variables(f.value) {
				if !seen[v.Slot] {
					seen[v.Slot] = true
					p.Exprs, p.Out = append(p.Exprs, v), append(p.Out, v.Slot)
				}
			}
		}
	}
	return p
}

// projectOf is the select list that the rows of a node come from, one for one; nil: there is none.
func projectOf(n plan.Node) *plan.Project {
	switch n := n.(type) {
	case *plan.Project:
		return n
	case *plan.Filter:
		return projectOf(n.Input)
	case *plan.Limit:
		return projectOf(n.Input)
	case *plan.Sort:
		return projectOf(n.Input)
	case *plan.With:
		return projectOf(n.Body)
	}
	return nil
}

// mentions reports whether the query, or one within, may read the row of what has the name as a whole.
func (q *query) mentions(name string) bool {
	return q.statement == nil || mentions(q.statement.ProtoReflect(), name)
}

func mentions(m protoreflect.Message, name string) bool {
	switch n := m.Interface().(type) {
	case *pg.ResTarget:
		if ref := n.Val.GetColumnRef(); ref != nil && endsInStar(ref.Fields) {
			return false
		}
	case *pg.ColumnRef:
		last := len(n.Fields) - 1
		if last > 0 && n.Fields[last].GetAStar() != nil {
			last--
		}
		return last == 0 && n.Fields[0].GetString_().GetSval() == name
	}
	found := false
	_ = children(m, func(c protoreflect.Message) error {
		found = found || mentions(c, name)
		return nil
	})
	return found
}
