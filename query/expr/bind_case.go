package expr

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (b *Binder) bindCase(n *pg_query.CaseExpr) (Expr, error) {
	arg, err := b.caseOperand(n.Arg)
	if err != nil {
		return nil, err
	}
	once := computedOnce(&arg)
	e := &Case{When: make([]Branch, len(n.Args))}
	results := []Expr{NewConst(types.Of(types.UnknownOID), types.Null, int(n.Location))}
	for i, w := range n.Args {
		when := w.GetCaseWhen()
		if e.When[i].If, err = b.caseCondition(arg, when); err != nil {
			return nil, err
		}
		then, err := b.Bind(when.Result)
		if err != nil {
			return nil, err
		}
		results = append(results, then)
	}
	if n.Defresult != nil {
		if results[0], err = b.Bind(n.Defresult); err != nil {
			return nil, err
		}
	}
	t, err := b.CommonType(results, "CASE")
	if err != nil {
		return nil, err
	}
	otherwise, err := b.coerceAllTo(results[:1], t.OID, "CASE/ELSE")
	if err != nil {
		return nil, err
	}
	made, err := b.coerceAllTo(results[1:], t.OID, "CASE/WHEN")
	if err != nil {
		return nil, err
	}
	for i := range e.When {
		e.When[i].Then = made[i]
	}
	if n.Defresult != nil {
		e.Else = otherwise[0]
	}
	e.base = base{typ: t, pos: int(n.Location)}
	return once.around(e), nil
}

func (b *Binder) caseOperand(n *pg_query.Node) (Expr, error) {
	if n == nil {
		return nil, nil
	}
	arg, err := b.Bind(n)
	if err != nil {
		return nil, err
	}
	return b.Settle(arg)
}

func (b *Binder) caseCondition(arg Expr, when *pg_query.CaseWhen) (Expr, error) {
	if arg == nil {
		return b.BindBool(when.Expr, "CASE/WHEN")
	}
	value, err := b.Bind(when.Expr)
	if err != nil {
		return nil, err
	}
	test, err := b.Operator("=", arg, value, int(when.Location))
	if err != nil {
		return nil, err
	}
	if b.IsSet != nil && b.IsSet(value) {
		return nil, b.errorAt(int(when.Location), sqlstate.DatatypeMismatch, argumentIsSet, "CASE/WHEN")
	}
	return b.CoerceSpecific(test, types.Of(types.BoolOID), "CASE/WHEN")
}

// isVolatile reports whether an expression may differ when computed twice.
func isVolatile(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		if c, ok := e.(*Call); ok && (c.Proc.Row.Volatile == 'v' || c.Proc.Ran) {
			found = true
		}
		return !found
	})
	return found
}

func (b *Binder) bindCoalesce(n *pg_query.CoalesceExpr) (Expr, error) {
	args, err := b.bindAll(n.Args)
	if err != nil {
		return nil, err
	}
	made, t, err := b.CoerceCommon(args, "COALESCE")
	if err != nil {
		return nil, err
	}
	return &Coalesce{base: base{typ: t, pos: int(n.Location)}, Args: made}, nil
}

func (b *Binder) bindMinMax(n *pg_query.MinMaxExpr) (Expr, error) {
	args, err := b.bindAll(n.Args)
	if err != nil {
		return nil, err
	}
	name := "GREATEST"
	if n.Op == pg_query.MinMaxOp_IS_LEAST {
		name = "LEAST"
	}
	made, t, err := b.CoerceCommon(args, name)
	if err != nil {
		return nil, err
	}
	if !hasOrder(t.OID) {
		return nil, errNoComparison(t.OID)
	}
	return &MinMax{base: base{typ: t, pos: int(n.Location)}, Args: made, Max: name == "GREATEST"}, nil
}
