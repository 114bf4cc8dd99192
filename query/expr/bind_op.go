package expr

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (b *Binder) bindAExpr(n *pg_query.A_Expr) (Expr, error) {
	switch n.Kind {
	case pg_query.A_Expr_Kind_AEXPR_OP:
		return b.bindOp(n)
	case pg_query.A_Expr_Kind_AEXPR_LIKE, pg_query.A_Expr_Kind_AEXPR_ILIKE, pg_query.A_Expr_Kind_AEXPR_SIMILAR:
		return b.bindBinary(n)
	case pg_query.A_Expr_Kind_AEXPR_OP_ANY, pg_query.A_Expr_Kind_AEXPR_OP_ALL:
		return b.bindAnyAll(n)
	case pg_query.A_Expr_Kind_AEXPR_DISTINCT, pg_query.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		return b.bindDistinct(n)
	case pg_query.A_Expr_Kind_AEXPR_NULLIF:
		return b.bindNullIf(n)
	case pg_query.A_Expr_Kind_AEXPR_IN:
		return b.bindIn(n)
	case pg_query.A_Expr_Kind_AEXPR_BETWEEN, pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN,
		pg_query.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		return b.bindBetween(n)
	}
	return nil, b.unsupported(int(n.Location), "this operator")
}

// operatorName returns an operator's name; a schema must be pg_catalog.
func (b *Binder) operatorName(nodes []*pg_query.Node, pos int) (string, error) {
	parts := names(nodes)
	schema, err := b.schemaOf(parts, pos)
	if err == nil && schema != "" && schema != "pg_catalog" {
		err = b.errorAt(pos, sqlstate.UndefinedFunction, "operator does not exist: %s", strings.Join(parts, "."))
	}
	return parts[len(parts)-1], err
}

func (b *Binder) bindOp(n *pg_query.A_Expr) (Expr, error) {
	left, right := n.Lexpr.GetRowExpr(), n.Rexpr.GetRowExpr()
	if left != nil && right != nil {
		return b.bindRowCompare(n, left, right)
	}
	if s := n.Rexpr.GetSubLink(); left != nil && s != nil && s.SubLinkType == pg_query.SubLinkType_EXPR_SUBLINK {
		return b.bindSubLink(&pg_query.SubLink{
			SubLinkType: pg_query.SubLinkType_ROWCOMPARE_SUBLINK, Testexpr: n.Lexpr, OperName: n.Name,
			Subselect: s.Subselect, Location: n.Location,
		})
	}
	return b.bindBinary(n)
}

func (b *Binder) bindBinary(n *pg_query.A_Expr) (Expr, error) {
	pos := int(n.Location)
	name, err := b.operatorName(n.Name, pos)
	if err != nil {
		return nil, err
	}
	var left Expr
	if n.Lexpr != nil {
		if left, err = b.Bind(n.Lexpr); err != nil {
			return nil, err
		}
	}
	if n.Rexpr == nil {
		return nil, b.errorAt(pos, sqlstate.SyntaxError, "postfix operators are not supported")
	}
	right, err := b.Bind(n.Rexpr)
	if err != nil {
		return nil, err
	}
	return b.Operator(name, left, right, pos)
}

func (b *Binder) bindPair(n *pg_query.A_Expr) (left, right Expr, err error) {
	if left, err = b.Bind(n.Lexpr); err != nil {
		return nil, nil, err
	}
	right, err = b.Bind(n.Rexpr)
	return left, right, err
}

func (b *Binder) bindBetween(n *pg_query.A_Expr) (Expr, error) {
	limits := n.Rexpr.GetList().GetItems()
	inside := n.Kind == pg_query.A_Expr_Kind_AEXPR_BETWEEN || n.Kind == pg_query.A_Expr_Kind_AEXPR_BETWEEN_SYM
	compare := func(name string, limit *pg_query.Node) (Expr, error) {
		l, err := b.Bind(n.Lexpr)
		if err != nil {
			return nil, err
		}
		r, err := b.Bind(limit)
		if err != nil {
			return nil, err
		}
		e, err := b.Operator(name, l, r, int(n.Location))
		if err != nil {
			return nil, err
		}
		return b.boolean(e, map[bool]string{true: "AND", false: "OR"}[inside])
	}
	pair := func(first, second string, low, high *pg_query.Node) ([]Expr, error) {
		x, err := compare(first, low)
		if err != nil {
			return nil, err
		}
		y, err := compare(second, high)
		return []Expr{x, y}, err
	}
	low, high := limits[0], limits[1]
	first, second, join, other := ">=", "<=", NewAnd, NewOr
	if !inside {
		first, second, join, other = "<", ">", NewOr, NewAnd
	}
	one, err := pair(first, second, low, high)
	if err != nil || n.Kind == pg_query.A_Expr_Kind_AEXPR_BETWEEN || n.Kind == pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN {
		if err != nil {
			return nil, err
		}
		return join(one...), nil
	}
	two, err := pair(first, second, high, low)
	if err != nil {
		return nil, err
	}
	return other(join(one...), join(two...)), nil
}

func (b *Binder) bindDistinct(n *pg_query.A_Expr) (Expr, error) {
	not := n.Kind == pg_query.A_Expr_Kind_AEXPR_NOT_DISTINCT
	pos := int(n.Location)
	if l, r := n.Lexpr.GetRowExpr(), n.Rexpr.GetRowExpr(); l != nil && r != nil {
		return b.bindRowDistinct(l, r, not, pos)
	}
	left, right, err := b.bindPair(n)
	if err != nil {
		return nil, err
	}
	return b.distinct(left, right, not, pos)
}

func (b *Binder) distinct(left, right Expr, not bool, pos int) (Expr, error) {
	if isNullConst(right) {
		return &NullTest{base: base{typ: types.Of(types.BoolOID), pos: leftmost(pos, left)}, Arg: left, Not: !not, Whole: true}, nil
	}
	if isNullConst(left) {
		return &NullTest{base: base{typ: types.Of(types.BoolOID), pos: leftmost(pos, right)}, Arg: right, Not: !not, Whole: true}, nil
	}
	call, equal, err := b.equality(left, right, "IS DISTINCT FROM", pos)
	if err != nil {
		return nil, err
	}
	return &Distinct{base: call.base, Left: call.Args[0], Right: call.Args[1], Equal: equal, Not: not}, nil
}

// equality resolves = for two expressions; construct names the caller in errors.
func (b *Binder) equality(left, right Expr, construct string, pos int) (*Call, Func2, error) {
	e, err := b.Operator("=", left, right, pos)
	if err != nil {
		return nil, nil, err
	}
	call := e.(*Call)
	if call.typ.OID != types.BoolOID {
		return nil, nil, b.errorAt(pos, sqlstate.DatatypeMismatch, "%s requires = operator to yield boolean", construct)
	}
	f, err := b.binaryImpl(call)
	return call, f, err
}

// binaryImpl returns the function of two values that a call of an operator runs.
func (b *Binder) binaryImpl(call *Call) (Func2, error) {
	impl := call.Proc.impl
	if m, ok := impl.(maker); ok {
		impl = m(call)
	}
	f, ok := impl.(Func2)
	if !ok {
		return nil, b.unsupported(call.pos, "operator "+operatorText(call.Op.Name, call.Proc.Args)+" here")
	}
	return f, nil
}

func isNullConst(e Expr) bool {
	c, ok := e.(*Const)
	return ok && c.Value.IsNull()
}

func (b *Binder) bindNullIf(n *pg_query.A_Expr) (Expr, error) {
	left, right, err := b.bindPair(n)
	if err != nil {
		return nil, err
	}
	call, equal, err := b.equality(left, right, "NULLIF", int(n.Location))
	if err != nil {
		return nil, err
	}
	at := base{typ: call.Args[0].Type(), pos: call.pos}
	if isComposite(left.Type().OID) { // compared as a record, and no less of its type
		at.typ = left.Type()
	}
	return &NullIf{base: at, Left: call.Args[0], Right: call.Args[1], Equal: equal}, nil
}

// hasColumn reports whether an expression may differ between rows of this query.
func hasColumn(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		switch e.(type) {
		case *Const, *Param, Rebuilder:
		default:
			found = true
		}
		return !found
	})
	return found
}
