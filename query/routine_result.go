package query

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// returns finds how the last statement's rows become the result. (PostgreSQL's
// check_sql_fn_retval.)
func (r *routine) returns() error {
	r.convert, r.whole = nil, false
	if r.key.result == types.VoidOID || r.function.Procedure && r.key.out == nil {
		return nil
	}
	var last *compiled
	if n := len(r.steps); n > 0 {
		last = r.steps[n-1].compiled
	}
	if last == nil || !last.rows || last.statement.Node.GetCallStmt() != nil {
		return r.mismatch("Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.")
	}
	if !types.IsRecord(types.BaseOf(r.key.result)) {
		if len(last.columns) != 1 {
			return r.mismatch("Final statement must return exactly one column.")
		}
		if !r.converts(last.columns[0], 0, types.Of(r.key.result)) {
			return r.mismatch("Actual return type is %s.", types.TypeName(last.columns[0].Type.OID))
		}
		return nil
	}
	return r.returnsRow(last.columns)
}

func (r *routine) returnsRow(given []plan.Column) error {
	if len(given) == 1 && !r.function.Procedure && r.converts(given[0], 0, types.Of(r.key.result)) {
		r.whole = true
		return nil
	}
	if r.key.out == nil {
		for i, c := range given {
			r.key.out = append(r.key.out, expr.RecordColumn{Name: c.Name, Type: c.Type})
			r.converts(c, i, c.Type)
		}
		return nil
	}
	for i, c := range given {
		if i == len(r.key.out) {
			return r.mismatch("Final statement returns too many columns.")
		}
		if !r.converts(c, i, r.key.out[i].Type) {
			return r.mismatch("Final statement returns %s instead of %s at column %d.", types.TypeName(c.Type.OID), types.TypeName(r.key.out[i].Type.OID), i+1)
		}
	}
	if len(given) < len(r.key.out) {
		return r.mismatch("Final statement returns too few columns.")
	}
	return nil
}

// converts adds the conversion of a column; false: there is none.
func (r *routine) converts(c plan.Column, i int, to types.Type) bool {
	b := &expr.Binder{Env: r.session.env, Extensions: r.session.extensions()}
	e, err := b.Coerce(expr.NewColumn(i, c.Name, c.Type, -1), to, expr.Assignment)
	if err != nil {
		return false
	}
	r.convert = append(r.convert, e.Compile(&expr.Compiler{}))
	return true
}

func (r *routine) mismatch(detail string, args ...any) error {
	return sqlstate.New(sqlstate.InvalidFunctionDefinition, "return type mismatch in function declared to return %s", types.TypeName(r.key.result)).
		WithDetail(detail, args...)
}

// result is a row of the last statement as a value of the function's result.
func (r *routine) result(env *expr.Env, row []types.Datum) (types.Datum, error) {
	values, err := evalRow(r.convert, &expr.Frame{Env: env, Row: row})
	if err != nil {
		return types.Null, err
	}
	if r.whole {
		return values[0], nil
	}
	if !types.IsRecord(types.BaseOf(r.key.result)) {
		return values[0], nil
	}
	made := &types.Record{Fields: values}
	for _, c := range r.key.out {
		made.Names, made.Types = append(made.Names, c.Name), append(made.Types, c.Type.OID)
	}
	return types.Pointer(made), nil
}

// expected holds a record that the function gives whole against what the query expects of it.
func (r *routine) expected(v types.Datum) error {
	if r.key.result != types.RecordOID || r.key.out == nil || v.IsNull() {
		return nil
	}
	given := v.Record()
	mismatch := sqlstate.New(sqlstate.DatatypeMismatch, "function return row and query-specified return row do not match")
	if n := len(given.Fields); n != len(r.key.out) {
		return mismatch.WithDetail("Returned row contains %d attribute%s, but query expects %d.", n, map[bool]string{false: "s"}[n == 1], len(r.key.out))
	}
	for i, c := range r.key.out {
		if i < len(given.Types) && given.Types[i] != c.Type.OID {
			return mismatch.WithDetail("Returned type %s at ordinal position %d, but query expects %s.", types.TypeName(given.Types[i]), i+1, types.TypeName(c.Type.OID))
		}
	}
	return nil
}
