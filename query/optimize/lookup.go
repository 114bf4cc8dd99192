package optimize

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// lookup finds the equalities of a filter between a row's own values and those of
// rows around it; nil if there are none.
func lookup(filter expr.Expr, own map[plan.Slot]bool, in, up *Rows) *plan.Lookup {
	around := slotSet{}
	for r := up; r != nil; r = r.up {
		for _, s := range r.Slots {
			around[s] = true
		}
	}
	if len(around) == 0 {
		return nil
	}
	l := &plan.Lookup{}
	for _, c := range plan.Conjuncts(filter) {
		if plan.CallsVolatile(c) || plan.HasSubLink(c) {
			continue
		}
		p := plan.Probe{}
		if addPair(&p, c, own, around) && plan.MentionsAny(p.Outer[0], around) {
			l.Inner, l.Outer, l.Types = append(l.Inner, Resolve(p.Inner[0], in)), append(l.Outer, Resolve(p.Outer[0], up)), append(l.Types, p.Types[0])
		}
	}
	if l.Inner == nil {
		return nil
	}
	return l
}

// fixed reports whether a tree gives the same rows whenever it runs, whatever the
// rows around it.
func fixed(n plan.Node, up *Rows) bool {
	return still(n) && !refersTo(n, up)
}

// still reports whether a tree reads nothing that changes while a statement runs.
func still(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.CTEScan, *plan.With, *plan.Given, *plan.Changed:
		return false
	case *plan.Scan:
		if n.Relation.Moves {
			return false
		}
	}
	for _, e := range plan.NodeExprs(n) {
		if plan.HasSubLink(e) || plan.CallsVolatile(e) {
			return false
		}
	}
	for _, in := range n.Inputs() {
		if !still(in) {
			return false
		}
	}
	return true
}

// arrange puts the side of a join that is the same in every run where it is kept.
func arrange(n *plan.Join, up *Rows) {
	if up == nil || n.Lateral {
		return
	}
	if n.Kind == plan.InnerJoin && !fixed(n.Right, up) && fixed(n.Left, up) {
		n.Left, n.Right = n.Right, n.Left
		n.LeftKeys, n.RightKeys = n.RightKeys, n.LeftKeys
	}
	n.Keep = fixed(n.Right, up)
}
