package analyze

import (
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/optimize"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// tracer adds the columns of SEARCH and CYCLE to a recursive query. They are the
// last ones, which the recursive term sees by name alone.
type tracer struct {
	planner *planner
	query   *query // for its binder
	cte     *pg.CommonTableExpr
	columns []resultColumn // of the query itself

	search, cycle []int // columns
	mark, unmark  expr.Expr
	traced        []resultColumn
}

// newTracer checks the clauses; nil if there are none.
func (q *query) newTracer(c *pg.CommonTableExpr, st *pg.SelectStmt, columns []resultColumn) (*tracer, error) {
	t := &tracer{planner: q.planner, query: q, cte: c, columns: columns}
	s, y := c.SearchClause, c.CycleClause
	if s == nil && y == nil {
		return nil, nil
	}
	for side, arm := range map[string]*pg.SelectStmt{"left": st.Larg, "right": st.Rarg} {
		if arm.Op != pg.SetOperation_SETOP_NONE && arm.Op != pg.SetOperation_SET_OPERATION_UNDEFINED || arm.ValuesLists != nil {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "with a SEARCH or CYCLE clause, the %s side of the UNION must be a SELECT", side)
		}
	}
	var err error
	if s != nil {
		if t.search, err = t.named("search", s.SearchColList, s.Location); err != nil {
			return nil, err
		}
		if err := t.unused("search sequence", s.SearchSeqColumn, s.Location); err != nil {
			return nil, err
		}
	}
	if y != nil {
		if err := t.bindCycle(y); err != nil {
			return nil, err
		}
	}
	if s != nil && y != nil {
		for what, name := range map[string]string{"mark": y.CycleMarkColumn, "path": y.CyclePathColumn} {
			if s.SearchSeqColumn == name {
				return nil, t.bad(s.Location, "search sequence column name and cycle %s column name are the same", what)
			}
		}
	}
	return t, nil
}

func (t *tracer) bad(pos int32, format string, args ...any) error {
	return t.planner.errorAt(int(pos), sqlstate.SyntaxError, format, args...)
}

func (t *tracer) named(what string, list []*pg.Node, pos int32) ([]int, error) {
	var all []int
	for _, n := range list {
		name := n.GetString_().GetSval()
		i := slices.IndexFunc(t.columns, func(c resultColumn) bool { return c.Name == name })
		if i < 0 {
			return nil, t.bad(pos, "%s column %q not in WITH query column list", what, name)
		}
		if slices.Contains(all, i) {
			return nil, t.planner.errorAt(int(pos), sqlstate.DuplicateColumn, "%s column %q specified more than once", what, name)
		}
		all = append(all, i)
	}
	return all, nil
}

func (t *tracer) unused(what, name string, pos int32) error {
	if slices.ContainsFunc(t.columns, func(c resultColumn) bool { return c.Name == name }) {
		return t.bad(pos, "%s column name %q already used in WITH query column list", what, name)
	}
	return nil
}

func (t *tracer) bindCycle(y *pg.CTECycleClause) error {
	var err error
	if t.cycle, err = t.named("cycle", y.CycleColList, y.Location); err != nil {
		return err
	}
	b := t.query.in(inSelect)
	var values []expr.Expr
	for _, n := range []*pg.Node{y.CycleMarkValue, y.CycleMarkDefault} {
		e, err := b.Bind(n)
		if err != nil {
			return err
		}
		values = append(values, e)
	}
	made, _, err := b.CoerceCommon(values, "CYCLE")
	if err != nil {
		return err
	}
	t.mark, t.unmark = made[0], made[1]
	if err := t.unused("cycle mark", y.CycleMarkColumn, y.Location); err != nil {
		return err
	}
	if err := t.unused("cycle path", y.CyclePathColumn, y.Location); err != nil {
		return err
	}
	if y.CycleMarkColumn == y.CyclePathColumn {
		return t.bad(y.Location, "cycle mark column name and cycle path column name are the same")
	}
	return nil
}

// first adds the columns to the first term.
func (t *tracer) first(r *result) error {
	var made []expr.Expr
	var names []string
	refs := refsOf(r.columns)
	if s := t.cte.SearchClause; s != nil {
		values := those(refs, t.search)
		node := arrayOf(rowOf(len(values)))
		if s.SearchBreadthFirst {
			values = append([]expr.Expr{expr.NewConst(types.Of(types.Int8OID), types.Int(0), -1)}, values...)
			node = rowOf(len(values))
		}
		e, err := t.bind(node, values)
		if err != nil {
			return err
		}
		made, names = append(made, e), append(names, s.SearchSeqColumn)
	}
	if y := t.cte.CycleClause; y != nil {
		e, err := t.bind(arrayOf(rowOf(len(t.cycle))), those(refs, t.cycle))
		if err != nil {
			return err
		}
		made, names = append(made, t.unmark, e), append(names, y.CycleMarkColumn, y.CyclePathColumn)
	}
	t.add(r, made, names)
	t.traced = r.columns[len(t.columns):]
	return nil
}

// second adds them to the recursive term: scan is its reference to the query.
func (t *tracer) second(r *result, exprs []expr.Expr, scan *plan.CTEScan) error {
	p, ok := r.node.(*plan.Project)
	if scan == nil || !ok || !directly(p.Input, scan) {
		return sqlstate.New(sqlstate.FeatureNotSupported,
			"with a SEARCH or CYCLE clause, the recursive reference to WITH query %q must be at the top level of its right-hand SELECT", t.cte.Ctename)
	}
	before := make([]expr.Expr, len(t.traced))
	for i, c := range t.traced {
		before[i] = &plan.Variable{Slot: scan.First + plan.Slot(len(t.columns)+i), ValueType: c.Type, Location: -1, Name: c.Name}
	}
	var made []expr.Expr
	var names []string
	if s := t.cte.SearchClause; s != nil {
		e, err := t.searched(s, exprs, before[0])
		if err != nil {
			return err
		}
		made, names, before = append(made, e), append(names, s.SearchSeqColumn), before[1:]
	}
	if y := t.cte.CycleClause; y != nil {
		more, err := t.cycled(p, exprs, before)
		if err != nil {
			return err
		}
		made, names = append(made, more...), append(names, y.CycleMarkColumn, y.CyclePathColumn)
	}
	// The values are computed where the row before is known.
	for i, e := range made {
		slot := t.planner.slots(t.query, 1)
		p.Exprs, p.Out = append(p.Exprs, e), append(p.Out, slot)
		r.columns = append(r.columns, resultColumn{Column: plan.Column{Name: names[i], Type: e.Type()}, slot: slot, pos: -1})
	}
	return nil
}

// plainly are the values of the recursive term's columns, over its FROM.
func (t *tracer) plainly(r *result) ([]expr.Expr, error) {
	p, ok := r.node.(*plan.Project)
	if !ok {
		return nil, t.second(r, nil, nil)
	}
	var all []expr.Expr
	for _, c := range r.columns {
		all = append(all, p.Exprs[slices.Index(p.Out, c.slot)])
	}
	return all, nil
}

// searched is the sequence column of a row that comes from one with before.
func (t *tracer) searched(s *pg.CTESearchClause, exprs []expr.Expr, before expr.Expr) (expr.Expr, error) {
	values := those(exprs, t.search)
	if s.SearchBreadthFirst {
		depth := &recordField{record: before, typ: types.Of(types.Int8OID)}
		next, err := t.query.binder.Operator("+", depth, expr.NewConst(types.Of(types.Int8OID), types.Int(1), -1), -1)
		if err != nil {
			return nil, err
		}
		values = append([]expr.Expr{next}, values...)
		return t.bind(rowOf(len(values)), values)
	}
	row, err := t.bind(rowOf(len(values)), values)
	if err != nil {
		return nil, err
	}
	return t.query.binder.Operator("||", before, row, -1)
}

// cycled are the mark and the path of a row that comes from one with before, which
// must not have been marked.
func (t *tracer) cycled(p *plan.Project, exprs, before []expr.Expr) ([]expr.Expr, error) {
	b := t.query.binder
	open, err := b.Operator("<>", before[0], t.mark, -1)
	if err != nil {
		return nil, err
	}
	p.Input = optimize.Where(p.Input, open)
	row, err := t.bind(rowOf(len(t.cycle)), those(exprs, t.cycle))
	if err != nil {
		return nil, err
	}
	again := &pg.Node{Node: &pg.Node_AExpr{AExpr: &pg.A_Expr{
		Kind: pg.A_Expr_Kind_AEXPR_OP_ANY, Name: []*pg.Node{pg.MakeStrNode("=")}, Lexpr: operandAt(0), Rexpr: operandAt(1), Location: -1,
	}}}
	mark, err := t.bind(&pg.Node{Node: &pg.Node_CaseExpr{CaseExpr: &pg.CaseExpr{
		Args:      []*pg.Node{{Node: &pg.Node_CaseWhen{CaseWhen: &pg.CaseWhen{Expr: again, Result: operandAt(2), Location: -1}}}},
		Defresult: operandAt(3), Location: -1,
	}}}, []expr.Expr{row, before[1], t.mark, t.unmark})
	if err != nil {
		return nil, err
	}
	path, err := b.Operator("||", before[1], row, -1)
	return []expr.Expr{mark, path}, err
}

// add puts computed columns behind those of a result.
func (t *tracer) add(r *result, made []expr.Expr, names []string) {
	p := &plan.Project{Input: r.node}
	for i := range r.columns {
		p.Exprs, p.Out = append(p.Exprs, r.columns[i].ref(-1)), append(p.Out, r.columns[i].slot)
	}
	r.columns = slices.Clone(r.columns)
	for i, e := range made {
		slot := t.planner.slots(t.query, 1)
		p.Exprs, p.Out = append(p.Exprs, e), append(p.Out, slot)
		r.columns = append(r.columns, resultColumn{Column: plan.Column{Name: names[i], Type: e.Type()}, slot: slot, pos: -1})
	}
	r.node = p
}

// bind binds an expression whose operands are numbers of values.
func (t *tracer) bind(n *pg.Node, values []expr.Expr) (expr.Expr, error) {
	b := *t.query.in(inSelect)
	b.Scope = fieldsOf(values)
	return b.Bind(n)
}

func refsOf(columns []resultColumn) []expr.Expr {
	var all []expr.Expr
	for i := range columns {
		all = append(all, columns[i].ref(-1))
	}
	return all
}

func those(all []expr.Expr, which []int) []expr.Expr {
	var some []expr.Expr
	for _, i := range which {
		some = append(some, all[i])
	}
	return some
}

func operandAt(i int) *pg.Node {
	return &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: &pg.ColumnRef{Fields: []*pg.Node{pg.MakeStrNode(strconv.Itoa(i))}, Location: -1}}}
}

func rowOf(n int) *pg.Node {
	row := &pg.RowExpr{RowFormat: pg.CoercionForm_COERCE_EXPLICIT_CALL, Location: -1}
	for i := range n {
		row.Args = append(row.Args, operandAt(i))
	}
	return &pg.Node{Node: &pg.Node_RowExpr{RowExpr: row}}
}

func arrayOf(n *pg.Node) *pg.Node {
	return &pg.Node{Node: &pg.Node_AArrayExpr{AArrayExpr: &pg.A_ArrayExpr{Elements: []*pg.Node{n}, Location: -1}}}
}

// directly reports whether a scan is one of the FROM items that a tree joins.
func directly(n plan.Node, scan *plan.CTEScan) bool {
	switch n := n.(type) {
	case *plan.CTEScan:
		return n == scan
	case *plan.Filter:
		return directly(n.Input, scan)
	case *plan.Join:
		return directly(n.Left, scan) || directly(n.Right, scan)
	}
	return false
}

// recordField is the first field of a record.
type recordField struct {
	record expr.Expr
	typ    types.Type
}

// Type implements expr.Expr.
func (f *recordField) Type() types.Type { return f.typ }

// Pos implements expr.Expr.
func (f *recordField) Pos() int { return -1 }

// Children implements expr.Expr.
func (f *recordField) Children() []expr.Expr { return []expr.Expr{f.record} }

// WithChildren implements expr.Rebuilder.
func (f *recordField) WithChildren(c []expr.Expr) expr.Expr { return &recordField{c[0], f.typ} }

// Compile implements expr.Expr.
func (f *recordField) Compile(c *expr.Compiler) expr.Eval {
	record := f.record.Compile(c)
	return func(frame *expr.Frame) (types.Datum, error) {
		r, err := record(frame)
		if err != nil || r.IsNull() {
			return types.Null, err
		}
		return r.Record().Fields[0], nil
	}
}
