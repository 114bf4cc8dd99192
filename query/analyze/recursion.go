package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/projsql/projsql/wire/sqlstate"
)

// children calls visit with each node directly below m, in the order of its fields.
func children(m protoreflect.Message, visit func(protoreflect.Message) error) error {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Message() == nil || !m.Has(f) {
			continue
		}
		if !f.IsList() {
			if err := visit(m.Get(f).Message()); err != nil {
				return err
			}
			continue
		}
		list := m.Get(f).List()
		for k := range list.Len() {
			if err := visit(list.Get(k).Message()); err != nil {
				return err
			}
		}
	}
	return nil
}

// references calls found with every name in FROM that no inner WITH hides.
func references(m protoreflect.Message, hidden []string, found func(*pg.RangeVar)) {
	if v, ok := m.Interface().(*pg.RangeVar); ok {
		if v.Schemaname == "" && !slices.Contains(hidden, v.Relname) {
			found(v)
		}
		return
	}
	if f := m.Descriptor().Fields().ByName("with_clause"); f != nil && m.Has(f) {
		w := m.Get(f).Message().Interface().(*pg.WithClause)
		hidden = slices.Clone(hidden)
		for _, c := range w.Ctes {
			hidden = append(hidden, c.GetCommonTableExpr().Ctename)
		}
	}
	_ = children(m, func(c protoreflect.Message) error {
		references(c, hidden, found)
		return nil
	})
}

// recursiveOrder brings the queries of WITH RECURSIVE into an order in which each
// comes behind those that it names, and tells which name themselves.
func (p *planner) recursiveOrder(w *pg.WithClause) (order []*pg.CommonTableExpr, self map[string]bool, err error) {
	self = map[string]bool{}
	needs := map[string]map[string]bool{}
	var rest []*pg.CommonTableExpr
	for _, n := range w.Ctes {
		c := n.GetCommonTableExpr()
		needs[c.Ctename] = map[string]bool{}
		references(c.Ctequery.ProtoReflect(), nil, func(v *pg.RangeVar) { needs[c.Ctename][v.Relname] = true })
		rest = append(rest, c)
	}
	for len(rest) > 0 {
		i := slices.IndexFunc(rest, func(c *pg.CommonTableExpr) bool {
			return !slices.ContainsFunc(rest, func(o *pg.CommonTableExpr) bool { return o != c && needs[c.Ctename][o.Ctename] })
		})
		if i < 0 {
			return nil, nil, p.errorAt(int(rest[0].Location), sqlstate.FeatureNotSupported, "mutual recursion between WITH items is not implemented")
		}
		self[rest[i].Ctename] = needs[rest[i].Ctename][rest[i].Ctename]
		order, rest = append(order, rest[i]), slices.Delete(rest, i, i+1)
	}
	return order, self, nil
}

// recursionContext is where in a recursive query a reference stands.
type recursionContext string

const (
	recursionFine      recursionContext = ""
	recursionFirstTerm recursionContext = "its non-recursive term"
	recursionSubquery  recursionContext = "a subquery"
	recursionOuterJoin recursionContext = "an outer join"
	recursionIntersect recursionContext = "INTERSECT"
	recursionExcept    recursionContext = "EXCEPT"
)

// recursionCheck looks for references where a recursive query must not have them.
type recursionCheck struct {
	planner *planner
	name    string
	found   int
}

// checkRecursion holds a query that names itself against the form that it needs.
func (p *planner) checkRecursion(c *pg.CommonTableExpr) error {
	bad := func(pos int, code sqlstate.Code, format string, args ...any) error {
		return p.errorAt(pos, code, format, args...)
	}
	st := c.Ctequery.GetSelectStmt()
	switch {
	case st == nil:
		return bad(int(c.Location), sqlstate.InvalidRecursion, "recursive query %q must not contain data-modifying statements", c.Ctename)
	case st.Op != pg.SetOperation_SETOP_UNION:
		return bad(int(c.Location), sqlstate.InvalidRecursion, "recursive query %q does not have the form non-recursive-term UNION [ALL] recursive-term", c.Ctename)
	}
	k := &recursionCheck{planner: p, name: c.Ctename}
	if st.WithClause != nil {
		if err := k.with(st.WithClause, nil, recursionSubquery); err != nil {
			return err
		}
	}
	if err := k.walk(st.Larg.ProtoReflect(), nil, recursionFirstTerm); err != nil {
		return err
	}
	if err := k.walk(st.Rarg.ProtoReflect(), nil, recursionFine); err != nil {
		return err
	}
	switch {
	case st.SortClause != nil:
		return bad(nodePos(st.SortClause[0].GetSortBy().Node), sqlstate.FeatureNotSupported, "ORDER BY in a recursive query is not implemented")
	case st.LimitOffset != nil:
		return bad(nodePos(st.LimitOffset), sqlstate.FeatureNotSupported, "OFFSET in a recursive query is not implemented")
	case st.LimitCount != nil:
		return bad(nodePos(st.LimitCount), sqlstate.FeatureNotSupported, "LIMIT in a recursive query is not implemented")
	case st.LockingClause != nil:
		return bad(-1, sqlstate.FeatureNotSupported, "FOR UPDATE/SHARE in a recursive query is not implemented")
	}
	return nil
}

// with walks the queries of an inner WITH.
func (k *recursionCheck) with(w *pg.WithClause, hidden []string, at recursionContext) error {
	for i, c := range w.Ctes {
		inner := slices.Clone(hidden)
		for j, o := range w.Ctes {
			if w.Recursive || j < i {
				inner = append(inner, o.GetCommonTableExpr().Ctename)
			}
		}
		if err := k.walk(c.GetCommonTableExpr().Ctequery.ProtoReflect(), inner, at); err != nil {
			return err
		}
	}
	return nil
}

func (k *recursionCheck) walk(m protoreflect.Message, hidden []string, at recursionContext) error {
	switch n := m.Interface().(type) {
	case *pg.RangeVar:
		return k.reference(n, hidden, at)
	case *pg.SelectStmt:
		return k.selectStmt(n, hidden, at)
	case *pg.JoinExpr:
		return k.join(n, hidden, at)
	case *pg.SubLink:
		if n.Testexpr != nil {
			if err := k.walk(n.Testexpr.ProtoReflect(), hidden, at); err != nil {
				return err
			}
		}
		return k.walk(n.Subselect.ProtoReflect(), hidden, stricter(at, recursionSubquery))
	}
	return children(m, func(c protoreflect.Message) error { return k.walk(c, hidden, at) })
}

// stricter keeps a context that forbids references already.
func stricter(at, inside recursionContext) recursionContext {
	if at != recursionFine {
		return at
	}
	return inside
}

func (k *recursionCheck) reference(v *pg.RangeVar, hidden []string, at recursionContext) error {
	if v.Schemaname != "" || v.Relname != k.name || slices.Contains(hidden, v.Relname) {
		return nil
	}
	if at != recursionFine {
		return k.planner.errorAt(int(v.Location), sqlstate.InvalidRecursion, "recursive reference to query %q must not appear within %s", k.name, string(at))
	}
	if k.found++; k.found > 1 {
		return k.planner.errorAt(int(v.Location), sqlstate.InvalidRecursion, "recursive reference to query %q must not appear more than once", k.name)
	}
	return nil
}

func (k *recursionCheck) selectStmt(n *pg.SelectStmt, hidden []string, at recursionContext) error {
	if n.WithClause != nil {
		if err := k.with(n.WithClause, hidden, at); err != nil {
			return err
		}
		hidden = slices.Clone(hidden)
		for _, c := range n.WithClause.Ctes {
			hidden = append(hidden, c.GetCommonTableExpr().Ctename)
		}
	}
	left, right := at, at
	switch {
	case n.Op == pg.SetOperation_SETOP_INTERSECT && n.All:
		left, right = stricter(at, recursionIntersect), stricter(at, recursionIntersect)
	case n.Op == pg.SetOperation_SETOP_EXCEPT:
		right = stricter(at, recursionExcept)
		if n.All {
			left = right
		}
	}
	return children(n.ProtoReflect(), func(c protoreflect.Message) error {
		switch c.Interface() {
		case n.WithClause:
			return nil
		case n.Larg:
			return k.walk(c, hidden, left)
		case n.Rarg:
			return k.walk(c, hidden, right)
		}
		return k.walk(c, hidden, at)
	})
}

func (k *recursionCheck) join(n *pg.JoinExpr, hidden []string, at recursionContext) error {
	left, right := at, at
	if n.Jointype == pg.JoinType_JOIN_FULL || n.Jointype == pg.JoinType_JOIN_RIGHT {
		left = stricter(at, recursionOuterJoin)
	}
	if n.Jointype == pg.JoinType_JOIN_FULL || n.Jointype == pg.JoinType_JOIN_LEFT {
		right = stricter(at, recursionOuterJoin)
	}
	if err := k.walk(n.Larg.ProtoReflect(), hidden, left); err != nil {
		return err
	}
	if err := k.walk(n.Rarg.ProtoReflect(), hidden, right); err != nil {
		return err
	}
	if n.Quals == nil {
		return nil
	}
	return k.walk(n.Quals.ProtoReflect(), hidden, at)
}
