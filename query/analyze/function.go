package analyze

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// rangeFunction binds a function in FROM: project() and its kin, or any other.
func (q *query) rangeFunction(f *pg.RangeFunction) (plan.Node, []*item, error) {
	if call := projectionCall(f); call != nil {
		return q.projectionFunction(call, f)
	}
	if call, err := q.setInSQL(f); call != nil || err != nil {
		if err != nil {
			return nil, nil, err
		}
		q.planner.spreads(call.Type().OID)
		if node, items, err := q.functionItem(call, f.Alias); items != nil || err != nil {
			return node, items, err
		}
	}
	b := &functionBuilder{q: q, scan: &plan.FunctionScan{Ordinality: f.Ordinality}}
	if f.Coldeflist != nil && f.Ordinality {
		return nil, nil, q.planner.errorAt(nodePosition(f.Coldeflist[0]), sqlstate.SyntaxError, "WITH ORDINALITY cannot be used with a column definition list").
			WithHint("Put the column definition list inside ROWS FROM().")
	}
	for _, n := range f.Functions {
		if err := b.add(n.GetList(), f.Coldeflist); err != nil {
			return nil, nil, err
		}
	}
	return b.finish(f)
}

// spreads takes note of the type of a function that is an item of FROM.
func (p *planner) spreads(t types.OID) {
	if p.Spreads != nil && p.viewed == 0 {
		p.Spreads(t)
	}
}

// functionBuilder makes one FunctionScan.
type functionBuilder struct {
	q       *query
	scan    *plan.FunctionScan
	outs    [][]expr.OutColumn // of each call
	columns []plan.RelationColumn
}

func (b *functionBuilder) add(l *pg.List, definitions []*pg.Node) error {
	n := l.Items[0]
	if len(l.Items) > 1 && l.Items[1].GetList() != nil {
		definitions = l.Items[1].GetList().Items
	}
	if len(definitions) > 0 {
		return b.addDefined(n, definitions)
	}
	if each := unnests(n); each != nil {
		for _, one := range each {
			if err := b.addFunction(one); err != nil {
				return err
			}
		}
		return nil
	}
	return b.addFunction(n)
}

// addDefined adds a function whose columns a column definition list says.
func (b *functionBuilder) addDefined(n *pg.Node, definitions []*pg.Node) error {
	e, err := b.q.bindCall(n)
	if err != nil {
		return err
	}
	planner, pos := b.q.planner, nodePosition(definitions[0])
	call, ok := e.(*expr.Call)
	switch {
	case types.IsRecord(e.Type().OID) && e.Type().OID != types.RecordOID:
		return planner.errorAt(pos, sqlstate.SyntaxError, "a column definition list is redundant for a function returning a named composite type")
	case !ok || e.Type().OID != types.RecordOID:
		return planner.errorAt(pos, sqlstate.SyntaxError, "a column definition list is only allowed for functions returning \"record\"")
	case call.Proc.OutColumns() != nil:
		return planner.errorAt(pos, sqlstate.SyntaxError, "a column definition list is redundant for a function with OUT parameters")
	}
	columns, err := b.definitions(definitions)
	if err != nil {
		return err
	}
	for _, c := range columns {
		b.columns = append(b.columns, plan.RelationColumn{Name: c.Name, Type: c.Type})
	}
	b.nameBy(n)
	made := expr.Expr(call.WithColumns(columns))
	if call.InSQL() {
		if made, err = b.q.runs(call.WithColumns(columns)); err != nil {
			return err
		}
	}
	b.scan.Calls, b.outs = append(b.scan.Calls, made), append(b.outs, nil)
	b.scan.Fields, b.scan.Spread = append(b.scan.Fields, len(columns)), append(b.scan.Spread, true)
	return nil
}

func (b *functionBuilder) definitions(all []*pg.Node) ([]expr.RecordColumn, error) {
	planner := b.q.planner
	columns := make([]expr.RecordColumn, len(all))
	for i, n := range all {
		def := n.GetColumnDef()
		t, err := b.q.binder.BindType(def.TypeName)
		if err != nil {
			return nil, err
		}
		if types.Info(t.OID).Kind == 'p' && t.OID != types.RecordOID && t.OID != types.RecordArrayOID {
			return nil, planner.errorAt(int(def.Location), sqlstate.InvalidTableDefinition, "column %q has pseudo-type %s", def.Colname, types.FormatType(t))
		}
		for _, before := range columns[:i] {
			if before.Name == def.Colname {
				return nil, sqlstate.New(sqlstate.DuplicateColumn, "column name %q specified more than once", def.Colname)
			}
		}
		columns[i] = expr.RecordColumn{Name: def.Colname, Type: t}
	}
	return columns, nil
}

func nodePosition(n *pg.Node) int { return int(n.GetColumnDef().GetLocation()) }

// unnests splits unnest(a, b), which stands for ROWS FROM (unnest(a), unnest(b)).
func unnests(n *pg.Node) []*pg.Node {
	f := n.GetFuncCall()
	if f == nil || len(f.Args) < 2 || len(f.Funcname) != 1 || f.Funcname[0].GetString_().GetSval() != "unnest" || f.AggOrder != nil ||
		f.AggFilter != nil || f.Over != nil || f.AggStar || f.AggDistinct || f.FuncVariadic {
		return nil
	}
	var all []*pg.Node
	for _, arg := range f.Args {
		one := &pg.FuncCall{Funcname: f.Funcname, Args: []*pg.Node{arg}, Funcformat: f.Funcformat, Location: f.Location}
		all = append(all, &pg.Node{Node: &pg.Node_FuncCall{FuncCall: one}})
	}
	return all
}

func (b *functionBuilder) addFunction(n *pg.Node) error {
	e, err := b.q.bindCall(n)
	if err != nil {
		return err
	}
	var out []expr.OutColumn
	if call, ok := e.(*expr.Call); ok {
		out = call.Proc.OutColumns()
		if call.InSQL() {
			if e, err = b.q.inline(b.q.binder, call); err != nil {
				return err
			}
		}
	}
	name := b.nameBy(n)
	b.scan.Calls, b.outs = append(b.scan.Calls, e), append(b.outs, out)
	return b.addColumns(name, e, out)
}

// nameBy names the item by its first function.
func (b *functionBuilder) nameBy(n *pg.Node) string {
	name := b.q.planner.names.column(n)
	if len(b.scan.Calls) == 0 {
		b.scan.Name = name
	}
	return name
}

func (b *functionBuilder) addColumns(name string, e expr.Expr, out []expr.OutColumn) error {
	if attributes, composite := expr.ColumnsOf(e); composite && len(out) <= 1 {
		b.q.planner.spreads(e.Type().OID)
		for _, c := range attributes {
			b.columns = append(b.columns, plan.RelationColumn{Name: c.Name, Type: c.Type})
		}
		b.scan.Fields, b.scan.Spread = append(b.scan.Fields, len(attributes)), append(b.scan.Spread, true)
		return nil
	}
	if len(out) == 0 && e.Type().OID == types.RecordOID {
		return b.q.planner.errorAt(e.Pos(), sqlstate.SyntaxError, "a column definition list is required for functions returning \"record\"")
	}
	if len(out) <= 1 {
		if len(out) == 1 && out[0].Name != "" {
			name = out[0].Name
		}
		b.columns = append(b.columns, plan.RelationColumn{Name: name, Type: e.Type()})
		b.scan.Fields, b.scan.Spread = append(b.scan.Fields, 1), append(b.scan.Spread, false)
		return nil
	}
	for _, o := range out {
		t := types.Of(o.Type)
		if types.Info(o.Type) == nil || types.Info(o.Type).Kind == 'p' && o.Type != types.RecordOID {
			return b.q.planner.unsupported(e.Pos(), "function "+name+" in FROM")
		}
		b.columns = append(b.columns, plan.RelationColumn{Name: o.Name, Type: t})
	}
	b.scan.Fields, b.scan.Spread = append(b.scan.Fields, len(out)), append(b.scan.Spread, true)
	return nil
}

func (b *functionBuilder) finish(f *pg.RangeFunction) (plan.Node, []*item, error) {
	if f.Ordinality {
		b.columns = append(b.columns, plan.RelationColumn{Name: "ordinality", Type: types.Of(types.Int8OID)})
	}
	name := b.scan.Name
	if f.Alias != nil {
		name = f.Alias.Aliasname
		single := len(b.scan.Calls) == 1 && b.scan.Fields[0] == 1 && !b.scan.Spread[0]
		if single && !b.named(0) {
			b.columns[0].Name = name
		}
	}
	it, first := b.q.planner.newItem(b.q, name, b.columns, 0)
	for i := range it.fields {
		it.fields[i].number = 0
	}
	if len(b.scan.Calls) == 1 && b.scan.Spread[0] && !f.Ordinality {
		it.of = rowsOf(b.scan.Calls[0].Type().OID)
	} else {
		it.function = len(b.columns) == 1
	}
	if err := it.rename(aliasColumns(f.Alias)); err != nil {
		return nil, nil, err
	}
	b.q.scope.tables = append(b.q.scope.tables, it)
	b.scan.Alias, b.scan.First = name, first
	return b.scan, []*item{it}, nil
}

// named reports whether the function's own OUT parameter names its column.
func (b *functionBuilder) named(i int) bool {
	return len(b.outs[i]) == 1 && b.outs[i][0].Name != ""
}

// bindCall binds an expression that may be a set-returning call itself, but may not contain
// one. A call of a function in SQL is still to be put in place.
func (q *query) bindCall(n *pg.Node) (expr.Expr, error) {
	b := *q.in(inFrom)
	b.Scope = q.inner(true)
	b.Set = func(_ *expr.Binder, c *expr.Call) (expr.Expr, error) {
		return nil, q.planner.errorAt(c.Pos(), sqlstate.FeatureNotSupported, "set-returning functions must appear at top level of FROM")
	}
	if f := n.GetFuncCall(); f != nil {
		e, err := b.BindFunction(f)
		if call, ok := e.(*expr.Call); err != nil || ok && call.InSQL() {
			return e, err
		}
		return b.Settle(e)
	}
	e, err := b.Bind(n)
	if err != nil {
		return nil, err
	}
	return b.Settle(e)
}

func nodePos(n *pg.Node) int {
	switch n := n.Node.(type) {
	case *pg.Node_ParamRef:
		return int(n.ParamRef.Location)
	case *pg.Node_ColumnRef:
		return int(n.ColumnRef.Location)
	case *pg.Node_SetToDefault:
		return int(n.SetToDefault.Location)
	case *pg.Node_AConst:
		return int(n.AConst.Location)
	case *pg.Node_FuncCall:
		return int(n.FuncCall.Location)
	case *pg.Node_TypeCast:
		return nodePos(n.TypeCast.Arg)
	case *pg.Node_AExpr:
		if n.AExpr.Lexpr != nil {
			return nodePos(n.AExpr.Lexpr)
		}
		return int(n.AExpr.Location)
	}
	return -1
}
