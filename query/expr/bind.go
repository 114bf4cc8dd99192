package expr

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (b *Binder) bindNode(node *pg_query.Node) (Expr, error) {
	switch n := node.GetNode().(type) {
	case *pg_query.Node_AConst:
		return b.bindConst(n.AConst)
	case *pg_query.Node_ColumnRef:
		return b.bindColumn(node, n.ColumnRef)
	case *pg_query.Node_ParamRef:
		return b.bindParam(int(n.ParamRef.Number), int(n.ParamRef.Location))
	case *pg_query.Node_AExpr:
		return b.bindAExpr(n.AExpr)
	case *pg_query.Node_BoolExpr:
		return b.bindBoolExpr(n.BoolExpr)
	case *pg_query.Node_NullTest:
		return b.bindNullTest(n.NullTest)
	case *pg_query.Node_BooleanTest:
		return b.bindBooleanTest(n.BooleanTest)
	case *pg_query.Node_CaseExpr:
		return b.bindCase(n.CaseExpr)
	case *pg_query.Node_CoalesceExpr:
		return b.bindCoalesce(n.CoalesceExpr)
	case *pg_query.Node_MinMaxExpr:
		return b.bindMinMax(n.MinMaxExpr)
	case *pg_query.Node_TypeCast:
		return b.bindCast(n.TypeCast)
	case *pg_query.Node_FuncCall:
		return b.bindFuncCall(n.FuncCall)
	case *pg_query.Node_AArrayExpr:
		return b.bindArray(n.AArrayExpr, types.Of(0))
	case *pg_query.Node_AIndirection:
		return b.bindIndirection(node, n.AIndirection)
	case *pg_query.Node_SqlvalueFunction:
		return b.bindSQLValue(n.SqlvalueFunction)
	case *pg_query.Node_RowExpr:
		return b.bindRow(n.RowExpr)
	case *pg_query.Node_CollateClause:
		return b.bindCollate(n.CollateClause)
	case *pg_query.Node_SubLink:
		return b.bindSubLink(n.SubLink)
	case *pg_query.Node_GroupingFunc:
		return b.bindGrouping(n.GroupingFunc)
	case *pg_query.Node_SetToDefault:
		return nil, b.errorAt(int(n.SetToDefault.Location), sqlstate.SyntaxError, "DEFAULT is not allowed in this context")
	case *pg_query.Node_XmlExpr:
		return nil, b.unsupported(int(n.XmlExpr.Location), "XML")
	case *pg_query.Node_XmlSerialize:
		return nil, b.unsupported(int(n.XmlSerialize.Location), "XML")
	case *pg_query.Node_NamedArgExpr:
		return nil, b.unsupported(int(n.NamedArgExpr.Location), "a named argument")
	case nil:
		return nil, sqlstate.New(sqlstate.InternalError, "expression is missing")
	default:
		return nil, b.unsupported(-1, strings.TrimPrefix(fmt.Sprintf("%T", n), "*pg_query.Node_"))
	}
}

func (b *Binder) bindAll(nodes []*pg_query.Node) ([]Expr, error) {
	all := make([]Expr, len(nodes))
	for i, n := range nodes {
		var err error
		if all[i], err = b.Bind(n); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (b *Binder) bindConst(c *pg_query.A_Const) (Expr, error) {
	pos := int(c.Location)
	if c.Isnull {
		return NewConst(types.Of(types.UnknownOID), types.Null, pos), nil
	}
	switch v := c.Val.(type) {
	case *pg_query.A_Const_Ival:
		return NewConst(types.Of(types.Int4OID), types.Int(int64(v.Ival.Ival)), pos), nil
	case *pg_query.A_Const_Fval:
		return b.bindNumber(v.Fval.Fval, pos)
	case *pg_query.A_Const_Boolval:
		return NewConst(types.Of(types.BoolOID), types.Bool(v.Boolval.Boolval), pos), nil
	case *pg_query.A_Const_Sval:
		return NewConst(types.Of(types.UnknownOID), types.String(v.Sval.Sval), pos), nil
	}
	v, err := types.Parse(b.env(), types.Of(types.BitOID), c.GetBsval().GetBsval())
	if err != nil {
		return nil, b.at(err, pos)
	}
	return NewConst(types.Of(types.BitOID), v, pos), nil
}

// bindNumber types a literal that is no int4 as written: int8 if it fits, else
// numeric.
func (b *Binder) bindNumber(text string, pos int) (Expr, error) {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		t := types.Int8OID
		if i == int64(int32(i)) {
			t = types.Int4OID
		}
		return NewConst(types.Of(t), types.Int(i), pos), nil
	}
	v, err := types.ParseNumeric(text)
	if err != nil {
		return nil, b.at(err, pos)
	}
	return NewConst(types.Of(types.NumericOID), v, pos), nil
}

func (b *Binder) bindColumn(node *pg_query.Node, c *pg_query.ColumnRef) (Expr, error) {
	pos := int(c.Location)
	parts := make([]string, len(c.Fields))
	for i, f := range c.Fields {
		s := f.GetString_()
		if rows, ok := b.Scope.(RowScope); s == nil && ok && i > 0 {
			return rows.WholeRow(parts[:i], pos)
		}
		if s == nil {
			return nil, b.errorAt(pos, sqlstate.FeatureNotSupported, "row expansion via \"*\" is not supported here")
		}
		parts[i] = s.Sval
	}
	if b.Scope != nil {
		e, err := b.Scope.Column(parts, pos)
		if err != nil && len(parts) > 1 && sqlstate.Of(err).Code == sqlstate.UndefinedColumn {
			return b.rowFunction(node, parts, err)
		}
		return e, err
	}
	if len(parts) > 1 {
		return nil, b.errorAt(pos, sqlstate.UndefinedTable, "missing FROM-clause entry for table \"%s\"", parts[len(parts)-2])
	}
	return nil, b.errorAt(pos, sqlstate.UndefinedColumn, "column \"%s\" does not exist", parts[0])
}

// rowFunction is what t.f means where t has no column f: f(t), if there is such a function.
func (b *Binder) rowFunction(node *pg_query.Node, parts []string, missing error) (Expr, error) {
	rows, ok := b.Scope.(RowScope)
	if !ok {
		return nil, missing
	}
	c, last := node.GetColumnRef(), len(parts)-1
	row, err := rows.WholeRow(parts[:last], int(c.Location))
	if err != nil {
		return nil, missing
	}
	of := func() *pg_query.Node {
		return &pg_query.Node{Node: &pg_query.Node_ColumnRef{ColumnRef: &pg_query.ColumnRef{Fields: c.Fields[:last], Location: c.Location}}}
	}
	if call, err := b.attributeCall(row, parts[last], int(c.Location), node, of); call != nil || err != nil {
		return call, err
	}
	return nil, missing
}

func (b *Binder) bindBoolExpr(n *pg_query.BoolExpr) (Expr, error) {
	word := map[pg_query.BoolExprType]string{
		pg_query.BoolExprType_AND_EXPR: "AND", pg_query.BoolExprType_OR_EXPR: "OR", pg_query.BoolExprType_NOT_EXPR: "NOT",
	}[n.Boolop]
	args := make([]Expr, len(n.Args))
	for i, a := range n.Args {
		var err error
		if args[i], err = b.BindBool(a, word); err != nil {
			return nil, err
		}
	}
	at := base{typ: types.Of(types.BoolOID), pos: leftmost(int(n.Location), args...)}
	switch n.Boolop {
	case pg_query.BoolExprType_AND_EXPR:
		return &And{base: at, Args: args}, nil
	case pg_query.BoolExprType_OR_EXPR:
		return &Or{base: at, Args: args}, nil
	}
	return &Not{base: at, Arg: args[0]}, nil
}

func (b *Binder) bindNullTest(n *pg_query.NullTest) (Expr, error) {
	arg, err := b.Bind(n.Arg)
	if err != nil {
		return nil, err
	}
	at := base{typ: types.Of(types.BoolOID), pos: leftmost(int(n.Location), arg)}
	return &NullTest{base: at, Arg: arg, Not: n.Nulltesttype == pg_query.NullTestType_IS_NOT_NULL}, nil
}

func (b *Binder) bindBooleanTest(n *pg_query.BooleanTest) (Expr, error) {
	e := &BooleanTest{Want: types.Null}
	clause := "IS UNKNOWN"
	switch n.Booltesttype {
	case pg_query.BoolTestType_IS_TRUE:
		e.Want, clause = types.Bool(true), "IS TRUE"
	case pg_query.BoolTestType_IS_NOT_TRUE:
		e.Want, e.Not, clause = types.Bool(true), true, "IS NOT TRUE"
	case pg_query.BoolTestType_IS_FALSE:
		e.Want, clause = types.Bool(false), "IS FALSE"
	case pg_query.BoolTestType_IS_NOT_FALSE:
		e.Want, e.Not, clause = types.Bool(false), true, "IS NOT FALSE"
	case pg_query.BoolTestType_IS_NOT_UNKNOWN:
		e.Not, clause = true, "IS NOT UNKNOWN"
	}
	arg, err := b.BindBool(n.Arg, clause)
	if err != nil {
		return nil, err
	}
	e.base = base{typ: types.Of(types.BoolOID), pos: leftmost(int(n.Location), arg)}
	e.Arg = arg
	return e, nil
}

func (b *Binder) bindSubLink(n *pg_query.SubLink) (Expr, error) {
	if b.Subquery == nil {
		e := b.errorAt(int(n.Location), sqlstate.FeatureNotSupported, "cannot use subquery in %s", cmp.Or(b.Place, "this expression"))
		return nil, e.WithHint("%s", b.Reach)
	}
	return b.Subquery(b, n)
}

func (b *Binder) bindGrouping(n *pg_query.GroupingFunc) (Expr, error) {
	if b.Grouping == nil {
		return nil, b.notAllowed(int(n.Location), sqlstate.GroupingError, "grouping operations")
	}
	return b.Grouping(b, n)
}
