package analyze

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// setInSQL is the only call of a FROM item, if it is of a set-returning function in SQL.
func (q *query) setInSQL(f *pg.RangeFunction) (*expr.Call, error) {
	if f.IsRowsfrom || len(f.Functions) != 1 || f.Coldeflist != nil || f.Ordinality {
		return nil, nil
	}
	n := f.Functions[0].GetList().Items[0].GetFuncCall()
	if n == nil || !q.planner.Extensions.Defines(n) {
		return nil, nil
	}
	b := *q.in(inFrom)
	b.Scope = q.inner(true)
	e, err := b.BindFunction(n)
	if call, ok := e.(*expr.Call); err == nil && ok && call.InSQL() && call.Proc.Row.Set {
		return call, nil
	}
	return nil, err
}

// functionItem puts the SELECT of a set-returning function into FROM; without items, the call
// is to be run.
func (q *query) functionItem(call *expr.Call, alias *pg.Alias) (plan.Node, []*item, error) {
	q.planner.calls(call)
	if q.planner.Opaque {
		return nil, nil, nil
	}
	f, leave, err := q.enter(call)
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	if f == nil {
		return nil, nil, nil
	}
	columns, ok := f.columns()
	if !ok {
		return nil, nil, nil
	}
	node, it, err := f.item(columns, alias)
	if err != nil {
		return nil, nil, f.during(err)
	}
	if err := it.rename(aliasColumns(alias)); err != nil {
		return nil, nil, err
	}
	q.scope.tables = append(q.scope.tables, it)
	return f.strictly(node), []*item{it}, nil
}

func (f *sqlFunction) item(columns []expr.RecordColumn, alias *pg.Alias) (plan.Node, *item, error) {
	defer f.inBody()()
	r, err := f.q.planner.selectStmt(f.body, f.args, nil, true)
	if err != nil {
		return nil, nil, err
	}
	if len(columns) != len(r.columns) {
		return nil, nil, f.tooManyOrFew(len(r.columns), len(columns))
	}
	name := f.call.Proc.Name()
	if alias != nil {
		name = alias.Aliasname
	}
	it := r.item(name)
	it.function = len(columns) == 1
	it.of = rowsOf(f.call.Proc.Result)
	for i := range it.fields {
		fd := &it.fields[i]
		given := fd.value.Type().OID
		if fd.value, err = f.q.binder.Coerce(fd.value, columns[i].Type, expr.Assignment); err != nil {
			if len(columns) == 1 && !types.IsRecord(f.call.Proc.Result) {
				return nil, nil, f.mismatch("Actual return type is %s.", types.TypeName(given))
			}
			return nil, nil, f.mismatch("Final statement returns %s instead of %s at column %d.", types.TypeName(given), types.TypeName(columns[i].Type.OID), i+1)
		}
		fd.name, fd.table, fd.number = columns[i].Name, 0, 0
		if len(columns) == 1 && len(f.call.Proc.OutColumns()) == 0 && alias != nil {
			fd.name = name
		}
	}
	return r.node, it, nil
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

// columns are those that the function declares; false: none.
func (f *sqlFunction) columns() ([]expr.RecordColumn, bool) {
	result := types.Of(f.call.Proc.Result)
	if out := f.call.Proc.OutColumns(); len(out) > 0 {
		var all []expr.RecordColumn
		for _, o := range out {
			all = append(all, expr.RecordColumn{Name: o.Name, Type: types.Of(o.Type)})
		}
		return all, true
	}
	if columns, ok := expr.ColumnsOf(f.call); ok {
		// One column may be the whole row.
		return columns, len(f.body.TargetList) == len(columns) || len(f.body.TargetList) != 1
	}
	return []expr.RecordColumn{{Name: f.call.Proc.Name(), Type: result}}, result.OID != types.RecordOID
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
