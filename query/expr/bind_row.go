package expr

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// RowCompare orders two rows field by field: <, <=, > or >=.
type RowCompare struct {
	base
	Left, Right []Expr
	Op          string
	equal, less []Func2 // less is the operator without equality
}

// Children implements Expr.
func (e *RowCompare) Children() []Expr {
	return append(append([]Expr(nil), e.Left...), e.Right...)
}

// WithChildren implements Rebuilder.
func (e *RowCompare) WithChildren(c []Expr) Expr {
	n := *e
	n.Left, n.Right = c[:len(e.Left)], c[len(e.Left):]
	return &n
}

// Compile implements Expr.
func (e *RowCompare) Compile(c *Compiler) Eval {
	left, right := compileAll(c, e.Left), compileAll(c, e.Right)
	equal, less := e.equal, e.less
	whenEqual := types.Bool(e.Op == "<=" || e.Op == ">=")
	return func(fr *Frame) (types.Datum, error) {
		for i := range left {
			l, err := left[i](fr)
			if err != nil {
				return types.Null, err
			}
			r, err := right[i](fr)
			if err != nil || l.IsNull() || r.IsNull() {
				return types.Null, err
			}
			same, err := equal[i](fr.Env, l, r)
			if err != nil {
				return types.Null, err
			}
			if !same.Bool() {
				return less[i](fr.Env, l, r)
			}
		}
		return whenEqual, nil
	}
}

func (b *Binder) bindRow(n *pg_query.RowExpr) (Expr, error) {
	args, err := b.BindList(n.Args)
	if err != nil {
		return nil, err
	}
	return &Row{base: base{typ: types.Of(types.RecordOID), pos: int(n.Location)}, Args: args}, nil
}

func (b *Binder) bindRowCompare(n *pg_query.A_Expr, left, right *pg_query.RowExpr) (Expr, error) {
	name, err := b.operatorName(n.Name, int(n.Location))
	if err != nil {
		return nil, err
	}
	l, err := b.bindAll(left.Args)
	if err != nil {
		return nil, err
	}
	r, err := b.bindAll(right.Args)
	if err != nil {
		return nil, err
	}
	return b.rowCompare(name, l, r, int(n.Location))
}

// RowComparison compares two rows that are bound already, as (a, b) < (c, d) does.
func (b *Binder) RowComparison(name string, left, right []Expr, pos int) (Expr, error) {
	return b.rowCompare(name, left, right, pos)
}

// rowCompare is PostgreSQL's make_row_comparison_op.
func (b *Binder) rowCompare(name string, left, right []Expr, pos int) (Expr, error) {
	if len(left) != len(right) {
		return nil, b.errorAt(pos, sqlstate.SyntaxError, "unequal number of entries in row expressions")
	}
	if len(left) == 0 {
		return nil, b.errorAt(pos, sqlstate.FeatureNotSupported, "cannot compare rows of zero length")
	}
	tests, err := b.pairwise(name, left, right, pos)
	if err != nil {
		return nil, err
	}
	if len(tests) == 1 {
		return tests[0], nil
	}
	known := !slices.ContainsFunc(tests, func(c *Call) bool { return types.Unordered(c.Op.Left) })
	switch {
	case !known:
	case name == "=":
		return NewAnd(exprs(tests)...), nil
	case name == "<>":
		return NewOr(exprs(tests)...), nil
	case name == "<", name == "<=", name == ">", name == ">=":
		return b.rowOrder(name, tests, pos)
	}
	return nil, b.errorAt(pos, sqlstate.FeatureNotSupported, "could not determine interpretation of row comparison operator %s", name).
		WithHint("Row comparison operators must be associated with btree operator families.")
}

func exprs(calls []*Call) []Expr {
	all := make([]Expr, len(calls))
	for i, c := range calls {
		all[i] = c
	}
	return all
}

func (b *Binder) pairwise(name string, left, right []Expr, pos int) ([]*Call, error) {
	tests := make([]*Call, len(left))
	for i := range left {
		e, err := b.Operator(name, left[i], right[i], pos)
		if err != nil {
			return nil, err
		}
		call := e.(*Call)
		if call.typ.OID != types.BoolOID {
			return nil, b.errorAt(pos, sqlstate.DatatypeMismatch, "row comparison operator must yield type boolean, not type %s", typeName(call.typ.OID))
		}
		tests[i] = call
	}
	return tests, nil
}

func (b *Binder) rowOrder(name string, tests []*Call, pos int) (Expr, error) {
	e := &RowCompare{base: base{typ: types.Of(types.BoolOID), pos: leftmost(pos, exprs(tests)...)}, Op: name}
	for _, t := range tests {
		l, r := t.Args[0], t.Args[1]
		_, equal, err := b.equality(l, r, "row comparison", pos)
		if err != nil {
			return nil, err
		}
		strictly, err := b.Operator(name[:1], l, r, pos)
		if err != nil {
			return nil, err
		}
		less, err := b.binaryImpl(strictly.(*Call))
		if err != nil {
			return nil, err
		}
		e.Left, e.Right = append(e.Left, l), append(e.Right, r)
		e.equal, e.less = append(e.equal, equal), append(e.less, less)
	}
	return e, nil
}

func (b *Binder) bindRowDistinct(left, right *pg_query.RowExpr, not bool, pos int) (Expr, error) {
	if len(left.Args) != len(right.Args) {
		return nil, b.errorAt(pos, sqlstate.SyntaxError, "unequal number of entries in row expressions")
	}
	var tests []Expr
	for i := range left.Args {
		l, err := b.Bind(left.Args[i])
		if err != nil {
			return nil, err
		}
		r, err := b.Bind(right.Args[i])
		if err != nil {
			return nil, err
		}
		test, err := b.distinct(l, r, not, pos)
		if err != nil {
			return nil, err
		}
		tests = append(tests, test)
	}
	return oneOrAll(tests, not), nil
}
