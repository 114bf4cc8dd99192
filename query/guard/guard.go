package guard

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// Guard is what a condition excludes.
type Guard struct {
	event.Guard // without Since
	// Exact: an event that the guard finds meets the condition. If not it may.
	Exact bool
	// Never: no event can meet the condition, so that there is nothing to guard.
	Never bool
	// Indexed: the condition names the kinds or the entities, or how entities begin.
	Indexed bool
}

// Reading is how a condition reads events.
type Reading struct {
	// Value computes a part of the condition without columns.
	Value func(expr.Expr) (types.Datum, error)
	// Reshaped: SQL may show documents otherwise than they are stored, so that what a
	// condition says of them is left to SQL.
	Reshaped bool
}

// Of makes a guard of a condition over the columns of events; nil is true.
func Of(where expr.Expr, r Reading) (Guard, error) {
	c := condition{reading: r, exact: true}
	n := c.node(where, false)
	if c.err != nil {
		return Guard{}, c.err
	}
	g := Guard{Exact: c.exact, Never: n.isNever()}
	kinds, entities := n.named(colKind), n.named(colEntity)
	g.Indexed = kinds != nil && len(kinds.prefixes) == 0 || entities != nil || g.Never
	if kinds != nil && len(kinds.prefixes) == 0 {
		g.Kinds = namesOf[event.Kind](kinds.names)
	}
	if entities != nil {
		g.Entities, g.Prefixes = namesOf[event.Entity](entities.names), namesOf[event.Entity](entities.prefixes)
	}
	n.trim(&g)
	return g, nil
}

// trim drops the predicate where it is always true, and what is beyond its limits.
func (n *node) trim(g *Guard) {
	if nodes, depth := n.size(); nodes > nodesMax || depth > depthMax {
		g.Exact = false
		return
	}
	if n.isAlways() {
		return
	}
	if g.Predicate = n.encode(); len(g.Predicate) > event.PredicateBytesMax {
		g.Predicate, g.Exact = nil, false
	}
}

func namesOf[T ~string](names []string) []T {
	var all []T
	for _, n := range names {
		all = append(all, T(n))
	}
	return all
}

// named are the values that a text column has, or begins with, wherever a predicate is
// true.
type named struct{ names, prefixes []string }

// named returns nil where the column can be anything.
func (n *node) named(col column) *named {
	switch {
	case n.op == opAnd:
		var best *named
		for _, a := range n.args {
			if s := a.named(col); s != nil && (best == nil || s.better(best)) {
				best = s
			}
		}
		return best
	case n.op == opOr:
		return n.union(col)
	case n.not || n.column != col:
		return nil
	case n.op == opText && n.how == equal:
		return &named{names: []string{n.value}}
	case n.op == opPrefix && n.value != "":
		return &named{prefixes: []string{n.value}}
	}
	return nil
}

func (n *node) union(col column) *named {
	u := &named{}
	for _, a := range n.args {
		s := a.named(col)
		if s == nil {
			return nil
		}
		u.names, u.prefixes = append(u.names, s.names...), append(u.prefixes, s.prefixes...)
	}
	slices.Sort(u.names)
	slices.Sort(u.prefixes)
	u.names, u.prefixes = slices.Compact(u.names), slices.Compact(u.prefixes)
	return u
}

// better reports whether s names less than t.
func (s *named) better(t *named) bool {
	if len(s.prefixes) != len(t.prefixes) {
		return len(s.prefixes) < len(t.prefixes)
	}
	return len(s.names) < len(t.names)
}
