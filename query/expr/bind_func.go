package expr

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// BindFunction binds a function in FROM: the call may be of a set-returning one.
func (b *Binder) BindFunction(n *pg_query.FuncCall) (Expr, error) {
	e, err := b.funcCall(n)
	if call, ok := e.(*Call); err == nil && ok && call.InSQL() {
		b.qualify(n, call)
	}
	return e, err
}

// qualify writes the schema of a function into the tree.
func (b *Binder) qualify(n *pg_query.FuncCall, call *Call) {
	schema := call.Proc.impl.(SQLBody).Schema
	if !b.Qualifies || schema == "" {
		return
	}
	name := func(s string) *pg_query.Node {
		return &pg_query.Node{Node: &pg_query.Node_String_{String_: &pg_query.String{Sval: s}}}
	}
	n.Funcname = []*pg_query.Node{name(schema), name(call.Proc.Name())}
}

func (b *Binder) bindFuncCall(n *pg_query.FuncCall) (Expr, error) {
	e, err := b.funcCall(n)
	if err != nil {
		return nil, err
	}
	return b.placed(n, e)
}

// placed is a call where it may be of a function in SQL, or of one that returns a set.
func (b *Binder) placed(n *pg_query.FuncCall, e Expr) (_ Expr, err error) {
	call, ok := e.(*Call)
	if ok && call.InSQL() {
		b.qualify(n, call)
		if e, err = b.inline(call); err != nil {
			return nil, err
		}
		call, ok = e.(*Call)
	}
	if !ok || !call.Proc.Row.Set {
		return e, nil
	}
	if b.Set == nil {
		if b.Place != "" {
			return nil, b.notAllowed(int(n.Location), sqlstate.FeatureNotSupported, "set-returning functions")
		}
		return nil, b.errorAt(int(n.Location), sqlstate.FeatureNotSupported, "set-returning functions are not allowed here")
	}
	return b.Set(b, call)
}

// inline puts a function's own SQL in the place of a call, or has it run there.
func (b *Binder) inline(call *Call) (Expr, error) {
	if b.Inline != nil {
		return b.Inline(b, call)
	}
	made, _, err := call.Runs()
	if err == nil && made == nil {
		return nil, b.unsupported(call.pos, "a function in SQL here")
	}
	return made, err
}

func (b *Binder) funcCall(n *pg_query.FuncCall) (Expr, error) {
	if made := trueType(n); made != nil {
		return b.Bind(made)
	}
	args, err := b.bindArguments(n)
	if err != nil {
		return nil, err
	}
	return b.callOf(n, args)
}

// callOf is a call whose arguments are bound.
func (b *Binder) callOf(n *pg_query.FuncCall, args *arguments) (Expr, error) {
	pos := int(n.Location)
	names := names(n.Funcname)
	if cast, ok, err := b.functionCast(names, n, args); ok || err != nil {
		return cast, err
	}
	within, err := b.bindWithin(n, args)
	if err != nil {
		return nil, err
	}
	r, err := b.findFunction(names, args, pos)
	if err != nil {
		if b.Called == n {
			return nil, ofProcedure(err)
		}
		if field := b.columnOf(names, n, args); field != nil {
			return field, nil
		}
		return nil, aggregateHint(err, n)
	}
	switch {
	case b.Called == n && r.row.Kind != 'p':
		return nil, b.errorAt(pos, sqlstate.WrongObjectType, "%s is not a procedure", signature(strings.Join(names, "."), args)).
			WithHint("To call a function, use SELECT.")
	case r.row.Kind == 'p' && b.Called != n:
		return nil, b.errorAt(pos, sqlstate.WrongObjectType, "%s is a procedure", signature(strings.Join(names, "."), args)).
			WithHint("To call a procedure, use CALL.")
	case r.row.Kind == 'a' || r.row.Kind == 'w' || n.Over != nil:
		return b.queryCall(r, args, within, n)
	}
	if err := b.plainOnly(n, names[len(names)-1]); err != nil {
		return nil, err
	}
	call, err := b.makeCall(r, args, pos)
	if err != nil {
		return nil, err
	}
	if r.row.Kind == 'p' {
		return call.withoutOut(), nil
	}
	switch call.Proc.Row.Source {
	case "pg_collation_for":
		return b.collationFor(call)
	case "pg_column_size":
		return call, b.sizeable(call)
	}
	if call.Proc.Row.Set {
		return b.Collate(call)
	}
	return call, nil
}

// ofProcedure is how an error tells of a procedure that is not found.
func ofProcedure(err error) error {
	e := *sqlstate.Of(err)
	if e.Code == sqlstate.UndefinedFunction || e.Code == sqlstate.AmbiguousFunction {
		e.Message = "procedure" + strings.TrimPrefix(e.Message, "function")
		e.Hint = strings.Replace(e.Hint, "function", "procedure", 1)
	}
	return &e
}

// withoutOut is the call of a procedure without what is written for OUT parameters, which is not
// computed.
func (e *Call) withoutOut() *Call {
	n := *e
	n.Args = slices.Clone(e.Args)
	for i, mode := range e.Proc.Row.Modes {
		if mode == 'o' {
			n.Args[i] = NewConst(n.Args[i].Type(), types.Null, -1)
		}
	}
	return &n
}

func aggregateHint(err error, n *pg_query.FuncCall) error {
	if !n.AggStar && !n.AggDistinct && len(n.AggOrder) == 0 {
		return err
	}
	e := *sqlstate.Of(err)
	if e.Code != sqlstate.UndefinedFunction {
		return err
	}
	if len(n.AggOrder) > 1 && !n.AggWithinGroup {
		e.Hint = "No aggregate function matches the given name and argument types. Perhaps you misplaced ORDER BY; ORDER BY must appear after all regular arguments of the aggregate."
	}
	return &e
}

// plainOnly refuses what only aggregates take.
func (b *Binder) plainOnly(n *pg_query.FuncCall, name string) error {
	refuse := func(format string) error {
		return b.errorAt(int(n.Location), sqlstate.WrongObjectType, format, name)
	}
	switch {
	case n.AggStar:
		return refuse("%s(*) specified, but %[1]s is not an aggregate function")
	case n.AggDistinct:
		return refuse("DISTINCT specified, but %s is not an aggregate function")
	case n.AggWithinGroup:
		return refuse("WITHIN GROUP specified, but %s is not an aggregate function")
	case len(n.AggOrder) > 0:
		return refuse("ORDER BY specified, but %s is not an aggregate function")
	case n.AggFilter != nil:
		return refuse("FILTER specified, but %s is not an aggregate function")
	}
	return nil
}

func (b *Binder) bindArguments(n *pg_query.FuncCall) (*arguments, error) {
	args := &arguments{variadic: n.FuncVariadic}
	for _, a := range n.Args {
		value := a
		if named := a.GetNamedArgExpr(); named != nil {
			for _, used := range args.names {
				if used == named.Name {
					return nil, b.errorAt(int(named.Location), sqlstate.SyntaxError, "argument name \"%s\" used more than once", named.Name)
				}
			}
			args.names = append(args.names, named.Name)
			value = named.Arg
		} else if len(args.names) > 0 {
			return nil, b.errorAt(nodePos(a), sqlstate.SyntaxError, "positional argument cannot follow named argument")
		}
		e, err := b.Bind(value)
		if err != nil {
			return nil, err
		}
		if value != a || n.AggWithinGroup || !isOut(e) {
			args.exprs = append(args.exprs, e)
		}
	}
	return args, nil
}

// isOut reports whether an argument is a parameter of type void, by which clients that know
// functions by all their parameters mark what comes out. It is passed over, as in PostgreSQL.
func isOut(e Expr) bool {
	p, ok := e.(*Param)
	return ok && p.Type().OID == types.VoidOID
}

func nodePos(n *pg_query.Node) int {
	switch n := n.GetNode().(type) {
	case *pg_query.Node_AConst:
		return int(n.AConst.Location)
	case *pg_query.Node_ColumnRef:
		return int(n.ColumnRef.Location)
	}
	return -1
}

// functionCast takes name(x) for a cast if name is a type, no function takes just
// that argument, and the cast is one that a function call may mean.
func (b *Binder) functionCast(names []string, n *pg_query.FuncCall, args *arguments) (Expr, bool, error) {
	name, ok := unqualified(names)
	if !ok || !inPostgres(names) || len(args.exprs) != 1 || len(args.names) > 0 || args.variadic || n.AggStar || n.AggDistinct || n.Over != nil || len(n.AggOrder) > 0 {
		return nil, false, nil
	}
	info := types.ByName(name)
	if info == nil {
		return nil, false, nil
	}
	from := args.exprs[0].Type().OID
	for _, p := range pgdata.Procs(name) {
		if len(p.Args) == 1 && p.Args[0] == from {
			return nil, false, nil
		}
	}
	way, _ := pathway(info.OID, from, Explicit)
	if way == ioPath && types.IsRecord(from) && info.Category == 'S' {
		return nil, false, nil
	}
	if from != types.UnknownOID && way != relabelPath && way != ioPath {
		return nil, false, nil
	}
	e, err := b.coerceAt(args.exprs[0], types.Of(info.OID), Explicit, int(n.Location))
	return e, true, err
}

// queryCall hands an aggregate or window call to the query that can compute it.
func (b *Binder) queryCall(r *resolved, args *arguments, within []SortKey, n *pg_query.FuncCall) (Expr, error) {
	pos := int(n.Location)
	if err := b.checkQueryCall(r, args, n); err != nil {
		return nil, err
	}
	call, err := b.makeCall(r, args, pos)
	if err != nil {
		return nil, err
	}
	a := &AggregateCall{Proc: call.Proc, Args: call.Args, Star: n.AggStar, Distinct: n.AggDistinct, Pos: pos}
	if n.AggFilter != nil {
		if a.Filter, err = b.BindBool(n.AggFilter, "FILTER"); err != nil {
			return nil, err
		}
	}
	switch {
	case n.AggWithinGroup:
		direct := len(call.Args) - len(within)
		a.Direct, a.Args, a.Order = call.Args[:direct], call.Args[direct:], within
		if agg := pgdata.AggregateOf(r.row.OID); agg != nil && agg.Kind == 'h' {
			if err := b.unifyHypothetical(a, args); err != nil {
				return nil, err
			}
		}
		for i := range within {
			a.Order[i].Expr = a.Args[i]
		}
	default:
		a.Written = args.exprs
		if a.Order, err = b.bindOrder(n.AggOrder); err != nil {
			return nil, err
		}
		for i, k := range a.Order {
			if a.Order[i].Expr, err = b.Settle(k.Expr); err != nil {
				return nil, err
			}
		}
	}
	if n.Over != nil {
		if b.Window == nil {
			return nil, b.notAllowed(pos, sqlstate.WindowingError, "window functions")
		}
		a.Written = nil
		return b.Window(b, &WindowCall{AggregateCall: *a, Over: n.Over})
	}
	if b.Aggregate == nil {
		return nil, b.notAllowed(pos, sqlstate.GroupingError, "aggregate functions")
	}
	return b.Aggregate(b, a)
}

func (b *Binder) checkQueryCall(r *resolved, args *arguments, n *pg_query.FuncCall) error {
	pos, name := int(n.Location), r.row.Name
	kind := byte('n')
	if a := pgdata.AggregateOf(r.row.OID); a != nil {
		kind = a.Kind
	}
	switch {
	case r.row.Kind == 'w' && n.Over == nil:
		return b.errorAt(pos, sqlstate.WrongObjectType, "window function %s requires an OVER clause", name)
	case r.row.Kind == 'f':
		return b.errorAt(pos, sqlstate.WrongObjectType, "OVER specified, but %s is not a window function nor an aggregate function", name)
	case r.row.Kind == 'a' && kind != 'n' && !n.AggWithinGroup:
		return b.errorAt(pos, sqlstate.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", name)
	case r.row.Kind == 'a' && kind == 'n' && n.AggWithinGroup:
		return b.errorAt(pos, sqlstate.WrongObjectType, "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name)
	case r.row.Kind == 'a' && len(args.exprs) == 0 && !n.AggStar:
		return b.errorAt(pos, sqlstate.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", name)
	case r.row.Kind == 'a' && kind != 'n' && n.Over != nil:
		return b.errorAt(pos, sqlstate.FeatureNotSupported, "OVER is not supported for ordered-set aggregate %s", name)
	case n.Over != nil && n.AggDistinct:
		return b.errorAt(pos, sqlstate.FeatureNotSupported, "DISTINCT is not implemented for window functions")
	case n.Over != nil && len(n.AggOrder) > 0:
		return b.errorAt(pos, sqlstate.FeatureNotSupported, "aggregate ORDER BY is not implemented for window functions")
	case n.AggFilter != nil && r.row.Kind == 'w':
		return b.errorAt(pos, sqlstate.FeatureNotSupported, "FILTER is not implemented for non-aggregate window functions")
	}
	return nil
}

// unifyHypothetical gives each direct argument of a hypothetical-set aggregate and
// the sort key that it is compared with one type.
func (b *Binder) unifyHypothetical(a *AggregateCall, args *arguments) error {
	name := a.Proc.Name()
	if len(a.Direct) != len(a.Args) {
		e := *sqlstate.Of(b.noFunction(name, args, a.Pos))
		return e.WithHint("To use the hypothetical-set aggregate %s, the number of hypothetical direct arguments (here %d) must match the number of ordering columns (here %d).",
			name, len(a.Direct), len(a.Args))
	}
	a.Direct, a.Args = slices.Clone(a.Direct), slices.Clone(a.Args)
	for i := range a.Args {
		pair, _, err := b.CoerceCommon([]Expr{a.Args[i], a.Direct[i]}, "WITHIN GROUP")
		if err != nil {
			return err
		}
		a.Args[i], a.Direct[i] = pair[0], pair[1]
	}
	return nil
}
