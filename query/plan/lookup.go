package plan

import "github.com/projsql/projsql/query/expr"

// lookup finds the equalities of a filter between a row's own values and those of
// rows around it; nil if there are none.
func lookup(filter expr.Expr, own map[Slot]bool, in, up *rows) *Lookup {
	around := slotSet{}
	for r := up; r != nil; r = r.up {
		for _, s := range r.slots {
			around[s] = true
		}
	}
	if len(around) == 0 {
		return nil
	}
	l := &Lookup{}
	for _, c := range conjuncts(filter) {
		if volatile(c) || hasSubLink(c) {
			continue
		}
		p := Probe{}
		if p.add(c, own, around) && mentionsAny(p.Outer[0], around) {
			l.Inner, l.Outer, l.Types = append(l.Inner, resolve(p.Inner[0], in)), append(l.Outer, resolve(p.Outer[0], up)), append(l.Types, p.Types[0])
		}
	}
	if l.Inner == nil {
		return nil
	}
	return l
}

// fixed reports whether a tree gives the same rows whenever it runs, whatever the
// rows around it.
func fixed(n Node, up *rows) bool {
	return still(n) && !refersTo(n, up)
}

// still reports whether a tree reads nothing that changes while a statement runs.
func still(n Node) bool {
	switch n := n.(type) {
	case *CTEScan, *With, *Given, *Changed:
		return false
	case *Scan:
		if n.Relation.Moves {
			return false
		}
	}
	for _, e := range nodeExprs(n) {
		if hasSubLink(e) || volatile(e) {
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
func (n *Join) arrange(up *rows) {
	if up == nil || n.Lateral {
		return
	}
	if n.Kind == InnerJoin && !fixed(n.Right, up) && fixed(n.Left, up) {
		n.Left, n.Right = n.Right, n.Left
		n.LeftKeys, n.RightKeys = n.RightKeys, n.LeftKeys
	}
	n.Keep = fixed(n.Right, up)
}
