package analyze

import (
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// inline puts the SELECT of a function in the place of a call: a plain expression where it
// is no more, else a subquery that gives its first row.
func (q *query) inline(b *expr.Binder, call *expr.Call) (expr.Expr, error) {
	q.planner.depth++
	q.planner.viewed++
	defer func() { q.planner.depth--; q.planner.viewed-- }()
	if q.planner.depth > depthMax {
		return nil, sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
	}
	f, err := q.functionBody(call)
	if err != nil {
		return nil, err
	}
	var e expr.Expr
	if f.plain() {
		e, err = f.expression(b)
	} else {
		e, err = f.subquery()
	}
	if err != nil {
		return nil, err
	}
	if e, err = f.returned(e); err != nil || !call.Proc.Row.Strict {
		return e, err
	}
	return expr.NewStrict(call.Args, e), nil
}

// sqlFunction is one call of a function in SQL.
type sqlFunction struct {
	q    *query
	call *expr.Call
	body *pg.SelectStmt
	args *scope
}

// functionBody parses the body anew: every call binds a tree of its own.
func (q *query) functionBody(call *expr.Call) (*sqlFunction, error) {
	tree, err := pg.Parse(call.Body())
	if err != nil {
		return nil, err
	}
	if q.planner.InBody && q.planner.viewed == 1 {
		q.planner.text = call.Body()
	}
	f := &sqlFunction{q: q, call: call, body: tree.Stmts[0].Stmt.GetSelectStmt()}
	uses := map[int]int{}
	nameParameters(f.body.ProtoReflect(), call.Proc.Row.Names, uses)
	it := &item{name: call.Proc.Name(), byName: true, byColumn: true}
	for i, a := range call.Args {
		if call.Proc.Row.Strict {
			uses[i]++ // by the test for NULL
		}
		if uses[i] > 1 && plan.HasSubLink(a) || plan.Volatile(a) && (uses[i] != 1 || !f.plain()) {
			return nil, q.planner.errorAt(a.Pos(), sqlstate.FeatureNotSupported, "a subquery or a volatile function as argument of a function in SQL that takes it other than once is not supported").
				WithHint("Compute it in a subquery in FROM.")
		}
		it.fields = append(it.fields, field{name: "$" + strconv.Itoa(i+1), value: a})
		if names := call.Proc.Row.Names; i < len(names) && names[i] != "" {
			it.fields = append(it.fields, field{name: names[i], value: a})
		}
	}
	f.args = &scope{planner: q.planner, query: q, items: []*item{it}}
	return f, nil
}

// nameParameters turns $1 into a column of that name, and counts what is used.
func nameParameters(m protoreflect.Message, names []string, uses map[int]int) {
	if n, ok := m.Interface().(*pg.Node); ok {
		if p := n.GetParamRef(); p != nil {
			uses[int(p.Number)-1]++
			name := &pg.Node{Node: &pg.Node_String_{String_: &pg.String{Sval: "$" + strconv.Itoa(int(p.Number))}}}
			n.Node = &pg.Node_ColumnRef{ColumnRef: &pg.ColumnRef{Fields: []*pg.Node{name}, Location: -1}}
			return
		}
		if ref := n.GetColumnRef(); ref != nil {
			last, _ := lastName(ref.Fields)
			for i, name := range names {
				if name != "" && name == last {
					uses[i]++
				}
			}
		}
	}
	_ = children(m, func(c protoreflect.Message) error {
		nameParameters(c, names, uses)
		return nil
	})
}

// plain reports whether the body is SELECT of expressions and nothing else.
func (f *sqlFunction) plain() bool {
	b := f.body
	for _, t := range b.TargetList {
		if ref := t.GetResTarget().Val.GetColumnRef(); ref != nil {
			if _, star := starOf(ref); star {
				return false
			}
		}
	}
	return len(b.TargetList) > 0 && len(b.FromClause) == 0 && b.WhereClause == nil && b.GroupClause == nil && b.HavingClause == nil &&
		b.LimitCount == nil && b.LimitOffset == nil && b.WithClause == nil && b.Op == pg.SetOperation_SETOP_NONE && b.ValuesLists == nil &&
		b.DistinctClause == nil && b.SortClause == nil
}

func (f *sqlFunction) expression(b *expr.Binder) (expr.Expr, error) {
	inner := *b
	inner.Text, inner.Scope, inner.Fixed = "", f.args, nil
	if f.q.planner.InBody && f.q.planner.viewed == 1 {
		inner.Text = f.q.planner.text
	}
	inner.Reset()
	inner.Aggregate, inner.Window, inner.Set, inner.Grouping = nil, nil, nil, nil
	inner.Subquery = func(_ *expr.Binder, n *pg.SubLink) (expr.Expr, error) {
		return nil, f.q.planner.unsupported(f.call.Pos(), "a subquery in a function in SQL without FROM")
	}
	var all []expr.Expr
	for _, t := range f.body.TargetList {
		e, err := inner.Bind(t.GetResTarget().Val)
		if err == nil {
			e, err = inner.Settle(e)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return expr.NewRow(all, f.call.Pos()), nil
}

// subquery is the body's first row, as one value.
func (f *sqlFunction) subquery() (expr.Expr, error) {
	r, err := f.q.subquery(f.body, f.args, nil)
	if err != nil {
		return nil, err
	}
	if len(r.columns) != 1 {
		return nil, f.q.planner.unsupported(f.call.Pos(), "a function in SQL that gives several columns here")
	}
	if f.call.Proc.Row.Volatile == 'v' && readsAny(r.node, f.q.planner.changing) {
		return nil, f.q.planner.errorAt(f.call.Pos(), sqlstate.FeatureNotSupported, "a volatile function in SQL that reads what the statement changes is not supported").
			WithHint("Declare it STABLE if it is to see the rows as the statement finds them.")
	}
	one := expr.NewConst(types.Of(types.Int8OID), types.Int(1), -1)
	c := r.columns[0]
	r.node = &plan.Limit{Input: r.node, Count: one}
	return &plan.SubLink{
		Kind: plan.ScalarSubLink, Plan: exact(r), Each: f.call.Proc.Row.Volatile == 'v', NewSlots: f.q.planner.ownSlots, ValueType: c.Type, Location: f.call.Pos(),
	}, nil
}

// readsAny reports whether a plan scans one of some relations.
func readsAny(n plan.Node, all []*plan.Relation) bool {
	if s, ok := n.(*plan.Scan); ok && slices.ContainsFunc(all, func(r *plan.Relation) bool { return r.OID == s.Relation.OID }) {
		return true
	}
	inner := slices.Clone(n.Inputs())
	for _, s := range plan.SubLinks(n) {
		inner = append(inner, s.Plan)
	}
	if w, ok := n.(*plan.With); ok {
		for _, c := range w.Planned() {
			inner = append(inner, c.Plan)
		}
	}
	return slices.ContainsFunc(inner, func(n plan.Node) bool { return readsAny(n, all) })
}

// returned is the value as the function's result.
func (f *sqlFunction) returned(e expr.Expr) (expr.Expr, error) {
	if n := len(f.body.TargetList); n > 1 && !types.IsRecord(f.call.Proc.Result) {
		return nil, f.mismatch("Final statement must return exactly one column.")
	}
	e, err := f.asRow(e)
	if err != nil {
		return nil, err
	}
	if f.call.Proc.Result == types.VoidOID {
		return nil, f.q.planner.unsupported(f.call.Pos(), "a call of a function in SQL that returns void")
	}
	made, err := f.q.binder.Coerce(e, types.Of(f.call.Proc.Result), expr.Assignment)
	if err != nil {
		return nil, f.mismatch("Actual return type is %s.", types.TypeName(e.Type().OID))
	}
	return made, nil
}

// asRow makes a row of the columns that a function gives for a composite type.
func (f *sqlFunction) asRow(e expr.Expr) (expr.Expr, error) {
	info := types.Info(f.call.Proc.Result)
	several := len(f.body.TargetList) > 1
	if info.Kind != 'c' || !several && types.IsRecord(e.Type().OID) {
		return e, nil
	}
	values := []expr.Expr{e}
	if several {
		values = e.(*expr.Row).Args
	}
	if len(values) != len(info.Attributes) {
		return nil, f.mismatch("Final statement returns too %s columns.", map[bool]string{true: "many", false: "few"}[len(values) > len(info.Attributes)])
	}
	made := make([]expr.Expr, len(values))
	for i, a := range info.Attributes {
		v, err := f.q.binder.Coerce(values[i], a.Type, expr.Assignment)
		if err != nil {
			return nil, f.mismatch("Final statement returns %s instead of %s at column %d.", types.TypeName(values[i].Type().OID), types.TypeName(a.Type.OID), i+1)
		}
		made[i] = v
	}
	return expr.NewRow(made, e.Pos()), nil
}

func (f *sqlFunction) mismatch(detail string, args ...any) error {
	return sqlstate.New(sqlstate.InvalidFunctionDefinition, "return type mismatch in function declared to return %s", types.TypeName(f.call.Proc.Result)).
		WithDetail(detail, args...)
}

// functionItem puts the SELECT of a set-returning function into FROM.
func (q *query) functionItem(call *expr.Call, alias *pg.Alias, ordinality bool) (plan.Node, []*item, error) {
	if ordinality {
		return nil, nil, q.planner.unsupported(call.Pos(), "WITH ORDINALITY on a function in SQL")
	}
	q.planner.viewed++
	defer func() { q.planner.viewed-- }()
	f, err := q.functionBody(call)
	if err != nil {
		return nil, nil, err
	}
	r, err := q.planner.selectStmt(f.body, f.args, nil, true)
	if err != nil {
		return nil, nil, err
	}
	columns, err := f.columns()
	if err != nil {
		return nil, nil, err
	}
	if len(columns) != len(r.columns) {
		return nil, nil, f.mismatch("Final statement returns too %s columns.", map[bool]string{true: "many", false: "few"}[len(r.columns) > len(columns)])
	}
	name := call.Proc.Name()
	if alias != nil {
		name = alias.Aliasname
	}
	it := r.item(name)
	it.function = len(columns) == 1
	it.of = rowsOf(call.Proc.Result)
	for i := range it.fields {
		fd := &it.fields[i]
		if fd.value, err = q.binder.Coerce(fd.value, columns[i].Type, expr.Assignment); err != nil {
			return nil, nil, err
		}
		fd.name, fd.table, fd.number = columns[i].Name, 0, 0
		if len(columns) == 1 && len(call.Proc.OutColumns()) == 0 && alias != nil {
			fd.name = name
		}
	}
	if err := it.rename(aliasColumns(alias)); err != nil {
		return nil, nil, err
	}
	q.scope.tables = append(q.scope.tables, it)
	return f.strictly(r.node), []*item{it}, nil
}

// rowsOf is what a function that returns rows of a type gives, as far as the type of a row
// goes; nil: it returns no composite type.
func rowsOf(t types.OID) *plan.Relation {
	info := types.Info(t)
	if info.Kind != 'c' {
		return nil
	}
	r := &plan.Relation{OwnRowType: func() (types.OID, error) { return t, nil }}
	for _, a := range info.Attributes {
		r.Columns = append(r.Columns, plan.RelationColumn{Name: a.Name, Type: a.Type})
	}
	return r
}

// columns are those that the function declares.
func (f *sqlFunction) columns() ([]expr.RecordColumn, error) {
	result := types.Of(f.call.Proc.Result)
	if out := f.call.Proc.OutColumns(); len(out) > 0 {
		var all []expr.RecordColumn
		for _, o := range out {
			all = append(all, expr.RecordColumn{Name: o.Name, Type: types.Of(o.Type)})
		}
		return all, nil
	}
	if columns, ok := expr.ColumnsOf(f.call); ok {
		return columns, nil
	}
	if result.OID == types.RecordOID {
		return nil, f.q.planner.unsupported(f.call.Pos(), "a function in SQL that returns record")
	}
	return []expr.RecordColumn{{Name: f.call.Proc.Name(), Type: result}}, nil
}

// strictly gives no rows where an argument of a strict function is NULL.
func (f *sqlFunction) strictly(node plan.Node) plan.Node {
	if !f.call.Proc.Row.Strict {
		return node
	}
	for _, a := range f.call.Args {
		node = &plan.Filter{Input: node, Condition: expr.NotNull(a)}
	}
	return node
}
