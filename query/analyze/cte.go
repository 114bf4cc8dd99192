package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// withScope is the WITH queries that can be named.
type withScope struct {
	known  []*boundCTE
	later  map[string]bool // names that are bound after the current one
	plans  []*plan.CTE
	parent *withScope
	top    bool // of the statement itself
}

// boundCTE is a WITH query and its columns. Inside its own recursive term it is
// working.
type boundCTE struct {
	cte     *plan.CTE
	columns []resultColumn
	working bool
	silent  bool           // a change without RETURNING, which has no columns
	traced  []resultColumn // of SEARCH and CYCLE, while it is working
	scan    *plan.CTEScan  // its reference to itself
}

func (w *withScope) find(p *planner, name string, pos int) (*boundCTE, error) {
	for ; w != nil; w = w.parent {
		for _, c := range w.known {
			if c.cte.Name != name {
				continue
			}
			if c.silent {
				return nil, p.errorAt(pos, sqlstate.FeatureNotSupported, "WITH query %q does not have a RETURNING clause", name)
			}
			return c, nil
		}
		if l := w.later[name]; l {
			return nil, p.errorAt(pos, sqlstate.UndefinedTable, "relation %q does not exist", name).
				WithDetail("There is a WITH item named %q, but it cannot be referenced from this part of the query.", name).
				WithHint("Use WITH RECURSIVE, or re-order the WITH items to remove forward references.")
		}
	}
	return nil, nil
}

func (p *planner) bindWith(w *pg.WithClause, parent *scope, outer *withScope) (*withScope, error) {
	s := &withScope{parent: outer, top: w == p.top, later: map[string]bool{}}
	var order []*pg.CommonTableExpr
	for _, n := range w.Ctes {
		c := n.GetCommonTableExpr()
		if slices.ContainsFunc(order, func(o *pg.CommonTableExpr) bool { return o.Ctename == c.Ctename }) {
			return nil, p.errorAt(int(c.Location), sqlstate.DuplicateAlias, "WITH query name %q specified more than once", c.Ctename)
		}
		order = append(order, c)
	}
	self := map[string]bool{}
	if w.Recursive {
		var err error
		if order, self, err = p.recursiveOrder(w); err != nil {
			return nil, err
		}
		for _, n := range w.Ctes {
			if c := n.GetCommonTableExpr(); self[c.Ctename] {
				if err := p.checkRecursion(c); err != nil {
					return nil, err
				}
			}
		}
	}
	for i, c := range order {
		clear(s.later)
		for _, o := range order[i:] {
			s.later[o.Ctename] = true
		}
		b, err := p.bindCTE(c, self[c.Ctename], parent, s)
		if err != nil {
			return nil, err
		}
		s.known = append(s.known, b)
		s.plans = append(s.plans, b.cte)
	}
	clear(s.later)
	return s, nil
}

func (p *planner) bindCTE(c *pg.CommonTableExpr, recursive bool, parent *scope, s *withScope) (*boundCTE, error) {
	b := &boundCTE{cte: &plan.CTE{Name: c.Ctename}}
	st := c.Ctequery.GetSelectStmt()
	switch {
	case st == nil:
		return b, p.bindChange(b, c, s)
	case recursive:
		return b, p.bindRecursive(b, c, st, parent, s)
	case c.SearchClause != nil || c.CycleClause != nil:
		return nil, p.errorAt(int(c.Location), sqlstate.SyntaxError, "WITH query is not recursive")
	}
	r, err := p.selectStmt(st, parent, s, true)
	if err != nil {
		return nil, err
	}
	b.cte.Plan = exact(r)
	return b, p.nameColumns(b, r, c)
}

// bindRecursive plans "first UNION [ALL] second" whose second term names the query.
func (p *planner) bindRecursive(b *boundCTE, c *pg.CommonTableExpr, st *pg.SelectStmt, parent *scope, s *withScope) error {
	inner := s
	if st.WithClause != nil {
		var err error
		if inner, err = p.bindWith(st.WithClause, parent, s); err != nil {
			return err
		}
	}
	q, err := p.newQuery(parent, inner)
	if err != nil {
		return err
	}
	first, err := p.selectStmt(st.Larg, parent, inner, true)
	if err != nil {
		return err
	}
	if err := p.nameColumns(b, first, c); err != nil {
		return err
	}
	t, err := q.newTracer(c, st, b.columns)
	if err != nil {
		return err
	}
	if t != nil {
		if err := t.first(first); err != nil {
			return err
		}
		b.traced = t.traced
	}
	b.working = true
	second, err := p.selectStmt(st.Rarg, parent, &withScope{parent: inner, known: []*boundCTE{b}}, false)
	if err != nil {
		return err
	}
	own := *first
	own.columns = first.columns[:len(b.columns)]
	if len(second.columns) != len(own.columns) {
		return p.errorAt(firstPos(second), sqlstate.SyntaxError, "each UNION query must have the same number of columns")
	}
	exprs, err := q.recursiveTypes(c, &own, second, st.All)
	if err != nil {
		return err
	}
	b.cte.Plan, b.cte.All = exact(first), st.All
	if inner != s {
		with := &plan.With{CTEs: inner.plans, Body: b.cte.Plan}
		with.Out = exact(first).Slots()
		b.cte.Plan = with
	}
	if t != nil {
		values, err := t.plainly(second)
		if err != nil {
			return err
		}
		for i, v := range values {
			if v.Type().OID != own.columns[i].Type.OID {
				return p.unsupported(v.Pos(), "SEARCH or CYCLE where the terms of a recursive query have different types")
			}
		}
		if err := t.second(second, values, b.scan); err != nil {
			return err
		}
		exprs = append(exprs, refsOf(second.columns[len(exprs):])...)
	}
	b.cte.Recursive = q.coerceArm(second, exprs)
	for _, col := range first.columns {
		b.cte.Types = append(b.cte.Types, col.Type.OID)
	}
	b.working, b.columns, b.traced = false, append(b.columns, b.traced...), nil
	for i := range b.columns {
		b.columns[i].TableOID, b.columns[i].ColumnNumber = 0, 0
	}
	return nil
}

func (q *query) recursiveTypes(c *pg.CommonTableExpr, first, second *result, all bool) ([]expr.Expr, error) {
	var exprs []expr.Expr
	for i := range first.columns {
		l, r := first.columns[i].ref(first.columns[i].pos), literal(second, i)
		made, t, err := q.binder.CoerceCommon([]expr.Expr{l, r}, "UNION")
		if err != nil {
			return nil, err
		}
		if typ := made[1].Type(); typ.OID != t.OID || typ.Mod != l.ValueType.Mod {
			t.Mod = -1
		} else {
			t.Mod = typ.Mod
		}
		if t.OID != l.ValueType.OID || t.Mod != l.ValueType.Mod {
			return nil, q.planner.errorAt(l.Location, sqlstate.DatatypeMismatch, "recursive query %q column %d has type %s in non-recursive term but type %s overall",
				c.Ctename, i+1, types.FormatType(l.ValueType), types.FormatType(t)).WithHint("Cast the output of the non-recursive term to the correct type.")
		}
		if err := q.sameCollation(c, i, l, made); err != nil {
			return nil, err
		}
		if !all {
			if err := q.planner.groupable(l, l.Location); err != nil {
				return nil, err
			}
		}
		exprs = append(exprs, made[1])
	}
	return exprs, nil
}

// sameCollation refuses a column whose collation is another one by the recursive term.
func (q *query) sameCollation(c *pg.CommonTableExpr, i int, first *plan.Variable, both []expr.Expr) error {
	own, err := q.binder.CommonCollation(both[:1], false)
	if err != nil {
		return err
	}
	all, err := q.binder.CommonCollation(both, false)
	if err != nil || all == own {
		return err
	}
	return q.planner.errorAt(first.Location, sqlstate.CollationMismatch, "recursive query %q column %d has collation %q in non-recursive term but collation %q overall",
		c.Ctename, i+1, expr.CollationName(own), expr.CollationName(all)).
		WithHint("Use the COLLATE clause to set the collation of the non-recursive term.")
}

func (p *planner) nameColumns(b *boundCTE, r *result, c *pg.CommonTableExpr) error {
	aliases := names(c.Aliascolnames)
	if len(aliases) > len(r.columns) {
		return p.errorAt(int(c.Location), sqlstate.InvalidColumnReference, "WITH query %q has %d columns available but %d columns specified", c.Ctename, len(r.columns), len(aliases))
	}
	b.columns = append([]resultColumn(nil), r.columns...)
	for i, a := range aliases {
		b.columns[i].Name = a
	}
	return nil
}

func (q *query) cteScan(c *boundCTE, v *pg.RangeVar) (plan.Node, []*item, error) {
	if c.cte.Recursive != nil && !c.cte.All && slices.ContainsFunc(c.cte.Types, types.HasNoHash) {
		return nil, nil, sqlstate.New(sqlstate.FeatureNotSupported, "could not implement recursive UNION").WithDetail("All column datatypes must be hashable.")
	}
	name := v.Relname
	if v.Alias != nil {
		name = v.Alias.Aliasname
	}
	var columns []plan.RelationColumn
	for _, col := range c.columns {
		columns = append(columns, plan.RelationColumn{Name: col.Name, Type: col.Type, Record: col.record, Collation: col.Collation})
	}
	for _, col := range c.traced {
		columns = append(columns, plan.RelationColumn{Name: col.Name, Type: col.Type, Hidden: true})
	}
	it, first := q.planner.newItem(q, name, columns, 0)
	for i := range c.columns {
		it.fields[i].number, it.fields[i].table = c.columns[i].ColumnNumber, c.columns[i].TableOID
	}
	it.real = v.Relname
	if err := it.rename(aliasColumns(v.Alias)); err != nil {
		return nil, nil, err
	}
	q.scope.tables = append(q.scope.tables, it)
	scan := &plan.CTEScan{CTE: c.cte, Alias: name, Working: c.working, First: first, Count: len(columns)}
	if c.cte.Read = c.cte.Read || !c.working; c.working {
		c.scan, q.recursive = scan, true
	}
	return scan, []*item{it}, nil
}
