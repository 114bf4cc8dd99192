package analyze

import (
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// values plans VALUES with what may follow it.
func (q *query) values(st *pg.SelectStmt, settle bool) (*result, error) {
	rows, err := q.valueRows(st.ValuesLists)
	if err != nil {
		return nil, err
	}
	if err := q.valueTypes(rows, settle); err != nil {
		return nil, err
	}
	if t := q.planner.traces(); t != nil {
		t.Values[st] = rows
	}
	width := len(rows[0])
	v := &plan.Values{Rows: rows}
	first := q.planner.slots(q, width)
	it := &item{name: "*VALUES*", byName: true, byColumn: true}
	for i := range width {
		name := "column" + strconv.Itoa(i+1)
		slot := first + plan.Slot(i)
		v.Out = append(v.Out, slot)
		collation, err := q.columnCollation(rows, i)
		if err != nil {
			return nil, err
		}
		it.fields = append(it.fields, field{name: name, value: &plan.Variable{Slot: slot, ValueType: columnType(rows, i), Location: -1, Name: name, Collation: collation}})
	}
	q.scope.items, q.scope.tables = []*item{it}, []*item{it}
	return q.over(v, it, st)
}

// columnCollation is that of what a column has in all rows.
func (q *query) columnCollation(rows [][]expr.Expr, i int) (types.OID, error) {
	var all []expr.Expr
	for _, row := range rows {
		all = append(all, row[i])
	}
	return q.binder.CommonCollation(all, false)
}

func (q *query) valueRows(lists []*pg.Node) ([][]expr.Expr, error) {
	var rows [][]expr.Expr
	b := q.in(inValues)
	for _, l := range lists {
		items := l.GetList().Items
		for _, n := range items {
			if n.GetSetToDefault() != nil {
				return nil, q.planner.errorAt(int(n.GetSetToDefault().Location), sqlstate.SyntaxError, "DEFAULT is not allowed in this context")
			}
		}
		row, err := b.BindList(items)
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 && len(row) != len(rows[0]) {
			pos := -1
			if len(row) > 0 {
				pos = row[0].Pos()
			}
			return nil, q.planner.errorAt(pos, sqlstate.SyntaxError, "VALUES lists must all be the same length")
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (q *query) valueTypes(rows [][]expr.Expr, settle bool) error {
	for i := range rows[0] {
		column := make([]expr.Expr, len(rows))
		unknown := true
		for r := range rows {
			column[r] = rows[r][i]
			unknown = unknown && column[r].Type().OID == types.UnknownOID
		}
		if unknown && !settle {
			continue
		}
		made, _, err := q.binder.CoerceCommon(column, "VALUES")
		if err != nil {
			return err
		}
		for r := range rows {
			rows[r][i] = made[r]
		}
	}
	return nil
}

func columnType(rows [][]expr.Expr, i int) types.Type {
	t := rows[0][i].Type()
	for _, r := range rows[1:] {
		if r[i].Type() != t {
			t.Mod = -1
		}
	}
	return t
}

// over makes every field of it a target and adds ORDER BY and LIMIT.
func (q *query) over(node plan.Node, it *item, st *pg.SelectStmt) (*result, error) {
	p := &plan.Project{Input: node}
	for i := range it.fields {
		q.addTarget(it.fields[i].name, it.fields[i].value)
	}
	q.traceTargets(st)
	var c parts
	var err error
	if c.order, err = q.bindOrder(st.SortClause); err != nil {
		return nil, err
	}
	if len(q.sets) > 0 || len(q.calls) > 0 {
		return nil, q.planner.unsupported(-1, "an aggregate or a set in ORDER BY of VALUES")
	}
	if c.limit, err = q.bindLimit(st, c.order); err != nil {
		return nil, err
	}
	for _, t := range q.targets {
		p.Exprs, p.Out = append(p.Exprs, t.value), append(p.Out, t.slot)
	}
	return &result{node: q.tail(p, &c), columns: q.resultColumns()}, nil
}
