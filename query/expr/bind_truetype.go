package expr

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"
)

// trueType writes information_schema._pg_truetypid(a.*, t.*) and _pg_truetypmod as what they are made of, as
// rows of catalogs are no values here; nil: the call is another.
func trueType(n *pg_query.FuncCall) *pg_query.Node {
	of := names(n.Funcname)
	if len(of) != 2 || of[0] != "information_schema" || len(n.Args) != 2 {
		return nil
	}
	var domain, plain string
	switch of[1] {
	case "_pg_truetypid":
		domain, plain = "typbasetype", "atttypid"
	case "_pg_truetypmod":
		domain, plain = "typtypmod", "atttypmod"
	default:
		return nil
	}
	attribute, typ := wholeRow(n.Args[0]), wholeRow(n.Args[1])
	if attribute == nil || typ == nil {
		return nil
	}
	isDomain := pg_query.MakeAExprNode(pg_query.A_Expr_Kind_AEXPR_OP, []*pg_query.Node{pg_query.MakeStrNode("=")}, typ("typtype"), pg_query.MakeAConstStrNode("d", n.Location), n.Location)
	missing := func(column *pg_query.Node) *pg_query.Node { // of an outer join: the function is strict
		return &pg_query.Node{Node: &pg_query.Node_NullTest{NullTest: &pg_query.NullTest{Arg: column, Nulltesttype: pg_query.NullTestType_IS_NULL, Location: n.Location}}}
	}
	when := func(condition, result *pg_query.Node) *pg_query.Node {
		return &pg_query.Node{Node: &pg_query.Node_CaseWhen{CaseWhen: &pg_query.CaseWhen{Expr: condition, Result: result, Location: n.Location}}}
	}
	null := &pg_query.Node{Node: &pg_query.Node_AConst{AConst: &pg_query.A_Const{Isnull: true, Location: n.Location}}}
	return &pg_query.Node{Node: &pg_query.Node_CaseExpr{CaseExpr: &pg_query.CaseExpr{Args: []*pg_query.Node{
		when(missing(attribute("attnum")), null), when(missing(typ("typtype")), null), when(isDomain, typ(domain)),
	}, Defresult: attribute(plain), Location: n.Location}}}
}

// wholeRow makes columns of what t.* or t names; nil: n is neither.
func wholeRow(n *pg_query.Node) func(column string) *pg_query.Node {
	ref := n.GetColumnRef()
	fields := ref.GetFields()
	if len(fields) > 1 && fields[len(fields)-1].GetAStar() != nil {
		fields = fields[:len(fields)-1]
	} else if len(fields) != 1 {
		return nil
	}
	return func(column string) *pg_query.Node {
		path := append(fields[:len(fields):len(fields)], pg_query.MakeStrNode(column))
		return &pg_query.Node{Node: &pg_query.Node_ColumnRef{ColumnRef: &pg_query.ColumnRef{Fields: path, Location: ref.Location}}}
	}
}
