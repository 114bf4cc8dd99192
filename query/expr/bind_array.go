package expr

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// ScalarArray is left op ANY (array), or ALL. Test is the operator's function.
type ScalarArray struct {
	base
	Left, Right Expr
	Op          string
	Test        Func2
	All         bool
	strict      bool
}

// Children implements Expr.
func (e *ScalarArray) Children() []Expr { return []Expr{e.Left, e.Right} }

// WithChildren implements Rebuilder.
func (e *ScalarArray) WithChildren(c []Expr) Expr {
	n := *e
	n.Left, n.Right = c[0], c[1]
	return &n
}

// Compile implements Expr.
func (e *ScalarArray) Compile(c *Compiler) Eval {
	left, right := e.Left.Compile(c), e.Right.Compile(c)
	test, all, strict := e.Test, e.All, e.strict
	return func(fr *Frame) (types.Datum, error) {
		l, err := left(fr)
		if err != nil {
			return types.Null, err
		}
		r, err := right(fr)
		if err != nil || r.IsNull() {
			return types.Null, err
		}
		return anyAll(fr.Env, test, l, r.Array().Items, all, strict)
	}
}

func anyAll(env *Env, test Func2, l types.Datum, items []types.Datum, all, strict bool) (types.Datum, error) {
	if len(items) == 0 {
		return types.Bool(all), nil
	}
	if strict && l.IsNull() {
		return types.Null, nil
	}
	null := false
	for _, item := range items {
		if strict && item.IsNull() {
			null = true
			continue
		}
		v, err := test(env, l, item)
		if err != nil {
			return types.Null, err
		}
		switch {
		case v.IsNull():
			null = true
		case v.Bool() != all:
			return v, nil
		}
	}
	if null {
		return types.Null, nil
	}
	return types.Bool(all), nil
}

func (b *Binder) bindAnyAll(n *pg_query.A_Expr) (Expr, error) {
	left, right, err := b.bindPair(n)
	if err != nil {
		return nil, err
	}
	name, err := b.operatorName(n.Name, int(n.Location))
	if err != nil {
		return nil, err
	}
	return b.scalarArray(name, left, right, n.Kind == pg_query.A_Expr_Kind_AEXPR_OP_ALL, int(n.Location))
}

// scalarArray is PostgreSQL's make_scalar_array_op.
func (b *Binder) scalarArray(name string, left, right Expr, all bool, pos int) (Expr, error) {
	elem := types.UnknownOID
	if t := right.Type().OID; t != types.UnknownOID {
		if elem = types.ElemOf(t); elem == 0 {
			return nil, b.errorAt(pos, sqlstate.WrongObjectType, "op ANY/ALL (array) requires array on right side")
		}
	}
	op, err := b.findOperator(name, []types.OID{left.Type().OID, elem}, pos)
	if err != nil {
		return nil, err
	}
	declared, result, err := settle(operands(op), []types.OID{left.Type().OID, elem}, op.Result)
	if err != nil {
		return nil, err
	}
	if result != types.BoolOID {
		return nil, b.errorAt(pos, sqlstate.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean")
	}
	array := types.ArrayOf(declared[1])
	if array == 0 {
		return nil, b.errorAt(pos, sqlstate.UndefinedObject, "could not find array type for data type %s", typeName(declared[1]))
	}
	args, err := b.coerceArgs([]Expr{left, right}, []types.OID{declared[0], array})
	if err != nil {
		return nil, err
	}
	p, err := b.operatorProc(op, declared, result, pos)
	if err != nil {
		return nil, err
	}
	at := base{typ: types.Of(types.BoolOID), pos: leftmost(pos, left, right)}
	test, err := b.binaryImpl(&Call{base: at, Proc: p, Op: op, Args: args})
	if err != nil {
		return nil, err
	}
	return &ScalarArray{base: at, Left: args[0], Right: args[1], Op: name, Test: test, All: all, strict: p.Row.Strict}, nil
}

// bindIn is PostgreSQL's transformAExprIn: constants become one array, the rest
// single comparisons.
func (b *Binder) bindIn(n *pg_query.A_Expr) (Expr, error) {
	pos := int(n.Location)
	name, err := b.operatorName(n.Name, pos)
	if err != nil {
		return nil, err
	}
	not := name == "<>"
	left, err := b.Bind(n.Lexpr)
	if err != nil {
		return nil, err
	}
	list := n.Rexpr.GetList().GetItems()
	rights, err := b.bindAll(list)
	if err != nil {
		return nil, err
	}
	tests, rest, err := b.inArray(name, left, rights, not, pos)
	if err != nil {
		return nil, err
	}
	for _, right := range rest {
		test, err := b.inOne(name, left, right, pos)
		if err != nil {
			return nil, err
		}
		tests = append(tests, test)
	}
	return oneOrAll(tests, not), nil
}

func (b *Binder) inOne(name string, left, right Expr, pos int) (Expr, error) {
	lr, lok := left.(*Row)
	rr, rok := right.(*Row)
	if lok && rok && lr.Relation == "" && rr.Relation == "" {
		return b.rowCompare(name, lr.Args, rr.Args, pos)
	}
	test, err := b.Operator(name, left, right, pos)
	if err != nil {
		return nil, err
	}
	return b.boolean(test, "IN")
}

func (b *Binder) inArray(name string, left Expr, rights []Expr, not bool, pos int) (tests, rest []Expr, err error) {
	var fixed []Expr
	for _, r := range rights {
		if hasColumn(r) {
			rest = append(rest, r)
		} else {
			fixed = append(fixed, r)
		}
	}
	if len(fixed) < 2 {
		return nil, rights, nil
	}
	common, ok := commonOID(oidsOf(append([]Expr{left}, fixed...)))
	if !ok || types.IsRecord(common) || types.ArrayOf(common) == 0 {
		return nil, rights, nil
	}
	items, err := b.coerceAllTo(fixed, common, "IN")
	if err != nil {
		return nil, nil, err
	}
	array := &Array{base: base{typ: types.Of(types.ArrayOf(common)), pos: items[0].Pos()}, Elem: common, Args: items}
	test, err := b.scalarArray(name, left, array, not, pos)
	if err != nil {
		return nil, nil, err
	}
	return []Expr{test}, rest, nil
}

// bindArray is PostgreSQL's transformArrayExpr; a target with an OID is the type
// that a cast around it asks for.
func (b *Binder) bindArray(n *pg_query.A_ArrayExpr, target types.Type) (Expr, error) {
	pos := int(n.Location)
	elems, nested, err := b.bindElements(n, target)
	if err != nil {
		return nil, err
	}
	elemTarget := types.ElemOf(target.OID)
	var elem types.OID
	switch {
	case target.OID != 0:
		elem = elemTarget
	case len(elems) == 0:
		return nil, b.errorAt(pos, sqlstate.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].")
	default:
		t, err := b.CommonType(elems, "ARRAY")
		if err != nil {
			return nil, err
		}
		if elem = t.OID; nested {
			elem = types.ElemOf(t.OID)
		}
	}
	array := types.ArrayOf(elem)
	if array == 0 {
		return nil, b.errorAt(pos, sqlstate.UndefinedObject, "could not find array type for data type %s", typeName(elem))
	}
	made, err := b.coerceElements(elems, nested, types.Type{OID: elem, Mod: target.Mod}, array, target.OID != 0)
	if err != nil {
		return nil, err
	}
	at := base{typ: types.Type{OID: array, Mod: target.Mod}, pos: pos}
	if types.IsVector(target.OID) {
		return nil, b.unsupported(pos, "ARRAY as "+typeName(target.OID))
	}
	return &Array{base: at, Elem: elem, Args: made, Nested: nested}, nil
}

func (b *Binder) bindElements(n *pg_query.A_ArrayExpr, target types.Type) (elems []Expr, nested bool, err error) {
	for _, e := range n.Elements {
		var item Expr
		if inner := e.GetAArrayExpr(); inner != nil {
			item, err = b.bindArray(inner, target)
			nested = true
		} else {
			item, err = b.Bind(e)
		}
		if err != nil {
			return nil, false, err
		}
		nested = nested || types.ElemOf(item.Type().OID) != 0 && !types.IsVector(item.Type().OID)
		elems = append(elems, item)
	}
	return elems, nested, nil
}

func (b *Binder) coerceElements(elems []Expr, nested bool, elem types.Type, array types.OID, hard bool) ([]Expr, error) {
	to, context := elem, Implicit
	if nested {
		to.OID = array
	}
	if hard {
		context = Explicit
	}
	if !hard {
		return b.coerceAllTo(elems, to.OID, "ARRAY")
	}
	made := make([]Expr, len(elems))
	for i, e := range elems {
		var err error
		if made[i], err = b.Coerce(e, to, context); err != nil {
			return nil, err
		}
	}
	return made, nil
}
