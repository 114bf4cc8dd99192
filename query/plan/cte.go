package plan

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// withScope is the WITH queries that can be named.
type withScope struct {
	known  []*boundCTE
	later  []string // names of WITH RECURSIVE that are bound after the current one
	plans  []*CTE
	parent *withScope
	top    bool // of the statement itself
}

// boundCTE is a WITH query and its columns. Inside its own recursive term it is
// working.
type boundCTE struct {
	cte     *CTE
	columns []resultColumn
	working bool
	banned  bool // its first term must not name it
	silent  bool // a change without RETURNING, which has no columns
	used    bool
}

func (w *withScope) find(p *planner, name string, pos int) (*boundCTE, error) {
	for ; w != nil; w = w.parent {
		for _, l := range w.later {
			if l == name {
				return nil, p.unsupported(pos, "a forward reference in WITH RECURSIVE")
			}
		}
		for _, c := range w.known {
			if c.cte.Name == name {
				c.used = true
				if c.banned {
					return nil, p.errorAt(pos, invalidRecursion, "recursive reference to query %q must not appear within its non-recursive term", name)
				}
				if c.silent {
					return nil, p.errorAt(pos, sqlstate.FeatureNotSupported, "WITH query %q does not have a RETURNING clause", name)
				}
				return c, nil
			}
		}
	}
	return nil, nil
}

const invalidRecursion sqlstate.Code = "42P19"

func (p *planner) bindWith(w *pg.WithClause, parent *scope, outer *withScope) (*withScope, error) {
	s := &withScope{parent: outer, top: w == p.top}
	for i, n := range w.Ctes {
		c := n.GetCommonTableExpr()
		for _, o := range w.Ctes[:i] {
			if o.GetCommonTableExpr().Ctename == c.Ctename {
				return nil, p.errorAt(int(c.Location), sqlstate.DuplicateAlias, "WITH query name %q specified more than once", c.Ctename)
			}
		}
		if c.SearchClause != nil || c.CycleClause != nil {
			return nil, p.unsupported(int(c.Location), "SEARCH and CYCLE in WITH")
		}
		s.later = nil
		if w.Recursive {
			for _, o := range w.Ctes[i+1:] {
				s.later = append(s.later, o.GetCommonTableExpr().Ctename)
			}
		}
		b, err := p.bindCTE(c, w.Recursive, parent, s)
		if err != nil {
			return nil, err
		}
		s.known = append(s.known, b)
		s.plans = append(s.plans, b.cte)
	}
	s.later = nil
	return s, nil
}

func (p *planner) bindCTE(c *pg.CommonTableExpr, recursive bool, parent *scope, s *withScope) (*boundCTE, error) {
	st := c.Ctequery.GetSelectStmt()
	p.ctes++
	b := &boundCTE{cte: &CTE{Name: c.Ctename, ID: p.ctes}}
	if st == nil {
		return b, p.bindChange(b, c, recursive, s)
	}
	if recursive && st.Op == pg.SetOperation_SETOP_UNION && st.WithClause == nil && st.SortClause == nil && st.LimitCount == nil && st.LimitOffset == nil {
		done, err := p.bindRecursive(b, c, st, parent, s)
		if done || err != nil {
			return b, err
		}
	}
	inner := s
	if recursive {
		inner = &withScope{parent: s, known: []*boundCTE{{cte: &CTE{Name: c.Ctename}, banned: true}}}
	}
	r, err := p.selectStmt(st, parent, inner, true)
	if err != nil {
		return nil, p.recursionForm(err, c)
	}
	b.cte.Plan = exact(r)
	return b, p.nameColumns(b, r, c)
}

// recursionForm tells that a query that names itself has not the form it needs.
func (p *planner) recursionForm(err error, c *pg.CommonTableExpr) error {
	if e := sqlstate.Of(err); e.Code == invalidRecursion {
		return p.errorAt(int(c.Location), invalidRecursion, "recursive query %q does not have the form non-recursive-term UNION [ALL] recursive-term", c.Ctename)
	}
	return err
}

// bindRecursive plans "first UNION [ALL] second" whose second term may name the
// query; done is false if it does not.
func (p *planner) bindRecursive(b *boundCTE, c *pg.CommonTableExpr, st *pg.SelectStmt, parent *scope, s *withScope) (bool, error) {
	q, err := p.newQuery(parent, s)
	if err != nil {
		return false, err
	}
	b.banned = true
	inner := &withScope{parent: s, known: []*boundCTE{b}}
	first, err := p.selectStmt(st.Larg, parent, inner, true)
	if err != nil {
		return false, err
	}
	if err := p.nameColumns(b, first, c); err != nil {
		return false, err
	}
	b.banned, b.working = false, true
	second, err := p.selectStmt(st.Rarg, parent, inner, false)
	if err != nil {
		return false, err
	}
	if !b.used {
		*b = boundCTE{cte: &CTE{Name: c.Ctename, ID: b.cte.ID}}
		return false, nil
	}
	if len(second.columns) != len(first.columns) {
		return false, p.errorAt(firstPos(second), sqlstate.SyntaxError, "each UNION query must have the same number of columns")
	}
	exprs, err := q.recursiveTypes(c, first, second)
	if err != nil {
		return false, err
	}
	b.cte.Plan, b.cte.Recursive, b.cte.All = exact(first), q.coerceArm(second, exprs), st.All
	if err := p.recursiveUse(b, c); err != nil {
		return false, err
	}
	for _, col := range first.columns {
		b.cte.Types = append(b.cte.Types, col.Type.OID)
	}
	b.working = false
	return true, nil
}

func (q *query) recursiveTypes(c *pg.CommonTableExpr, first, second *result) ([]expr.Expr, error) {
	var exprs []expr.Expr
	for i := range first.columns {
		l, r := first.columns[i].ref(first.columns[i].pos), literal(second, i)
		made, t, err := q.binder.CoerceCommon([]expr.Expr{l, r}, "UNION")
		if err != nil {
			return nil, err
		}
		if t.OID != l.typ.OID {
			return nil, q.planner.errorAt(l.pos, sqlstate.DatatypeMismatch, "recursive query %q column %d has type %s in non-recursive term but type %s overall",
				c.Ctename, i+1, types.FormatType(l.typ), types.FormatType(t)).WithHint("Cast the output of the non-recursive term to the correct type.")
		}
		exprs = append(exprs, made[1])
	}
	return exprs, nil
}

// recursiveUse refuses recursive terms that do not see each new row once.
func (p *planner) recursiveUse(b *boundCTE, c *pg.CommonTableExpr) error {
	scans, bad := 0, false
	var visit func(n Node, inside bool)
	visit = func(n Node, inside bool) {
		switch n := n.(type) {
		case *CTEScan:
			if n.CTE == b.cte {
				scans++
				bad = bad || inside
			}
		case *Aggregate, *Window, *SetOp, *Sort, *Limit, *Distinct:
			inside = true
		case *Join:
			inside = inside || n.Kind != InnerJoin
		}
		for _, e := range nodeExprs(n) {
			expr.Walk(e, func(e expr.Expr) bool {
				if s, ok := e.(*SubLink); ok {
					visit(s.Plan, true)
				}
				return true
			})
		}
		if w, ok := n.(*With); ok {
			for _, o := range w.CTEs {
				visit(o.Plan, true)
			}
		}
		for _, in := range n.Inputs() {
			visit(in, inside)
		}
	}
	visit(b.cte.Recursive, false)
	if scans > 1 || bad {
		return p.unsupported(int(c.Location), "this use of the recursive query in its own term")
	}
	return nil
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

func (q *query) cteScan(c *boundCTE, v *pg.RangeVar) (Node, []*item, error) {
	name := v.Relname
	if v.Alias != nil {
		name = v.Alias.Aliasname
	}
	var columns []RelationColumn
	for _, col := range c.columns {
		columns = append(columns, RelationColumn{Name: col.Name, Type: col.Type})
	}
	it, first := q.planner.newItem(q, name, columns, 0)
	for i := range it.fields {
		it.fields[i].number, it.fields[i].table = c.columns[i].ColumnNumber, c.columns[i].TableOID
	}
	it.real = v.Relname
	if err := it.rename(q.planner, aliasColumns(v.Alias)); err != nil {
		return nil, nil, err
	}
	q.scope.tables = append(q.scope.tables, it)
	return &CTEScan{CTE: c.cte, Alias: name, Working: c.working, first: first, width: len(columns)}, []*item{it}, nil
}
