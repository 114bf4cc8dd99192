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
// is no more, else a subquery that gives its first row. Where neither would mean the same, the
// call is run.
func (q *query) inline(b *expr.Binder, call *expr.Call) (expr.Expr, error) {
	q.planner.calls(call)
	if q.planner.Opaque || call.Proc.Row.Set {
		return q.runs(call)
	}
	f, leave, err := q.enter(call)
	if err != nil {
		return nil, err
	}
	defer leave()
	if f == nil {
		return q.runs(call)
	}
	var e expr.Expr
	if f.plain() {
		e, err = f.expression(b)
	} else {
		e, err = f.subquery()
	}
	if e == nil && err == nil || err != nil && f.plain() && queriesOnly(err) {
		return q.runs(call)
	}
	if err != nil {
		return nil, f.during(err)
	}
	if e, err = f.returned(e); err != nil || !call.Proc.Row.Strict {
		return e, f.during(err)
	}
	return expr.NewStrict(call.Args, e), nil
}

// enter begins to put a function in the place of a call; a nil one is to be run. leave ends it.
func (q *query) enter(call *expr.Call) (f *sqlFunction, leave func(), err error) {
	p, row := q.planner, call.Proc.Row
	extensions, env, by, arguments := p.Extensions, p.Env, p.by, p.Arguments
	p.depth++
	p.viewed++
	p.inlining = append(p.inlining, row.OID)
	p.by = "" // in a view too, a function does what its caller may do
	if around := p.around(call); around != nil {
		p.Extensions, p.Env = around.Extensions, around.Env
	}
	leave = func() {
		p.depth--
		p.viewed--
		p.inlining = p.inlining[:len(p.inlining)-1]
		p.Extensions, p.Env, p.by, p.Arguments = extensions, env, by, arguments
	}
	if p.depth > depthMax {
		leave()
		return nil, nil, sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
	}
	f, err = q.functionBody(call)
	if err != nil {
		leave()
		return nil, nil, err
	}
	return f, leave, nil
}

// around is what names in the body of a function mean; nil: what they mean around the call.
func (p *planner) around(call *expr.Call) *Surroundings {
	if call.Lasting() {
		return p.Lasting
	}
	return p.Caller
}

// calls takes note of a function of users that is called.
func (p *planner) calls(call *expr.Call) {
	if p.Opaque && p.viewed > 0 { // the text itself is looked at
		return
	}
	if oid := call.Proc.Row.OID; oid >= firstOfUsers && !slices.Contains(p.called, oid) {
		p.called = append(p.called, oid)
	}
}

// firstOfUsers is the first OID that no function of PostgreSQL's own has.
const firstOfUsers = 16384

// queriesOnly reports whether an error is of what a query has and an expression has not.
func queriesOnly(err error) bool {
	switch sqlstate.Of(err).Code {
	case sqlstate.GroupingError, sqlstate.WindowingError, sqlstate.FeatureNotSupported:
		return true
	}
	return false
}

// sqlFunction is one call of a function in SQL.
type sqlFunction struct {
	q    *query
	call *expr.Call
	body *pg.SelectStmt
	args *scope
}

// during adds the function to an error that its body has.
func (f *sqlFunction) during(err error) error {
	if err == nil {
		return nil
	}
	e := *sqlstate.Of(err)
	if e.Code == sqlstate.FeatureNotSupported {
		return &e
	}
	return e.InQuery(f.call.Body()).Within(`SQL function "` + f.call.Proc.Name() + `" during inlining`)
}

// functionBody is nil if the call is to be run.
func (q *query) functionBody(call *expr.Call) (*sqlFunction, error) {
	statements, err := q.planner.parsed(call.Body())
	if err != nil {
		return nil, err
	}
	f := &sqlFunction{q: q, call: call}
	if len(statements) != 1 || !f.inlines(statements[0].Stmt.GetSelectStmt()) {
		return nil, nil
	}
	uses := map[int]int{}
	names := call.Proc.Row.ArgNames()
	nameParameters(f.body.ProtoReflect(), names, uses)
	it := &item{name: call.Proc.Name(), byName: true, byColumn: true}
	for i, a := range call.Args {
		if call.Proc.Row.Strict {
			uses[i]++ // by the test for NULL
		}
		if uses[i] > 1 && (plan.HasSubLink(a) || plan.Volatile(a)) || plan.Volatile(a) && !f.plain() {
			return nil, nil
		}
		switch {
		case uses[i] < 2:
		case call.Runnable() && dear(a, oftenCostMax):
			return nil, nil
		case dear(a, costMax):
			return nil, sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
		}
		it.fields = append(it.fields, field{name: "$" + strconv.Itoa(i+1), value: a})
		if i < len(names) && names[i] != "" {
			it.fields = append(it.fields, field{name: names[i], value: a})
		}
	}
	f.args = &scope{planner: q.planner, query: q, items: []*item{it}}
	q.planner.Arguments = &Arguments{Function: it.name, Names: names, values: call.Args}
	return f, nil
}

// oftenCostMax is what PostgreSQL lets an argument cost, in operators, that a body uses more than once. costMax is that of functions
// that cannot be run: calls within calls would double without end.
const (
	oftenCostMax = 10
	costMax      = 10_000
)

// dear reports whether an expression costs more than some operators.
func dear(e expr.Expr, most float64) bool {
	cost := 0.0
	expr.Walk(e, func(n expr.Expr) bool {
		if call, ok := n.(*expr.Call); ok {
			cost += call.Proc.Row.Cost
		} else if len(n.Children()) > 0 {
			cost++
		}
		return cost <= most
	})
	return cost > most
}

// inlines reports whether a body may stand in the place of a call.
func (f *sqlFunction) inlines(body *pg.SelectStmt) bool {
	f.body = body
	p, proc := f.q.planner, f.call.Proc
	before := p.inlining[:len(p.inlining)-1]
	if f.call.Runnable() {
		if p.inlined++; p.inlined > inlinedMax {
			return false
		}
	}
	switch {
	case f.call.Apart(), body == nil || FirstOf(body).GetIntoClause() != nil || len(body.GetLockingClause()) > 0 || ChangeBelowTop("", body.GetWithClause()) != nil:
		return false
	case proc.Result == types.VoidOID, proc.Result == types.RecordOID && !proc.Row.Set, slices.Contains(before, proc.Row.OID):
		return false
	case f.plain() && !proc.Row.Set:
		return !hasNode(body.ProtoReflect(), "SubLink")
	}
	return proc.Row.Volatile != 'v' || !p.Extensions.Changing
}

// hasNode reports whether a tree has a node of a kind.
func hasNode(m protoreflect.Message, kind protoreflect.Name) (found bool) {
	if m.Descriptor().Name() == kind {
		return true
	}
	_ = children(m, func(c protoreflect.Message) error {
		found = found || hasNode(c, kind)
		return nil
	})
	return found
}

// HasStar reports whether a statement leaves it to its tables which columns it is about.
func HasStar(n *pg.Node) bool { return hasNode(n.ProtoReflect(), "A_Star") }

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
			countNames(ref.Fields, names, uses)
		}
	}
	_ = children(m, func(c protoreflect.Message) error {
		nameParameters(c, names, uses)
		return nil
	})
}

// countNames counts the parameters that a name may mean, or one of its parts; .* is each of its columns.
func countNames(parts []*pg.Node, names []string, uses map[int]int) {
	for _, part := range parts {
		i := slices.Index(names, part.GetString_().GetSval())
		switch {
		case i < 0 || names[i] == "":
		case endsInStar(parts):
			uses[i] += 2
		default:
			uses[i]++
		}
	}
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
	inner.Text, inner.Scope, inner.Fixed, inner.Qualifies = f.call.Body(), f.args, nil, false
	inner.Extensions, inner.Env = f.q.planner.Extensions, f.q.planner.Env
	inner.Reset()
	inner.Aggregate, inner.Window, inner.Set, inner.Grouping = nil, nil, nil, nil
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

// inBody has positions count in the body, until what it returns is called.
func (f *sqlFunction) inBody() func() {
	before := f.q.planner.text
	f.q.planner.text = f.call.Body()
	return func() { f.q.planner.text = before }
}

// subquery is the body's first row, as one value; nil: it is several values, or of what the statement changes.
func (f *sqlFunction) subquery() (expr.Expr, error) {
	defer f.inBody()()
	r, err := f.q.subquery(f.body, f.args, nil)
	if err != nil {
		return nil, err
	}
	if len(r.columns) != 1 || f.call.Proc.Row.Volatile == 'v' && readsAny(r.node, f.q.planner.changing) {
		return nil, nil
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
		return nil, f.tooManyOrFew(len(values), len(info.Attributes))
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

func (f *sqlFunction) tooManyOrFew(given, declared int) error {
	return f.mismatch("Final statement returns too %s columns.", map[bool]string{true: "many", false: "few"}[given > declared])
}
