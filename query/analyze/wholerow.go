package analyze

import (
	"cmp"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// wholeRow finds a table whose row a bare name means: the only value of a
// function with one column, else a record.
func (s *scope) wholeRow(name string, pos int) (*field, error) {
	for level := s; level != nil; level = level.parent {
		it, err := level.tableHere("", name, pos)
		if err != nil {
			return nil, err
		}
		if it == nil {
			continue
		}
		return level.rowOf(it, pos)
	}
	return nil, nil
}

func (s *scope) rowOf(it *item, pos int) (*field, error) {
	if it.function && len(it.fields) == 1 {
		return &it.fields[0], nil
	}
	var present expr.Expr
	if f := it.present(); f != nil && s.query.outerJoins {
		present = f.at(pos)
	}
	return s.record(it, present, pos)
}

// record makes the row of an item a value, which is NULL where present is.
func (s *scope) record(it *item, present expr.Expr, pos int) (*field, error) {
	row := &pg.RowExpr{RowFormat: pg.CoercionForm_COERCE_EXPLICIT_CALL, Location: int32(pos)}
	var values fieldsOf
	var columns, aliases []string
	for i := range it.fields {
		if it.fields[i].hidden {
			continue
		}
		name := it.fields[i].name
		if it.of != nil {
			name = it.of.Columns[i].Name // whatever it is called here
		}
		named(it.fields[i].value)
		row.Args = append(row.Args, operand(strconv.Itoa(len(values)), it.fields[i].value))
		values, columns, aliases = append(values, it.fields[i].value), append(columns, name), append(aliases, it.fields[i].name)
	}
	b := *s.query.binder
	b.Scope = values
	e, err := b.Bind(&pg.Node{Node: &pg.Node_RowExpr{RowExpr: row}})
	if err != nil {
		return nil, err
	}
	r, ok := e.(*expr.Row)
	if !ok {
		return &field{name: it.name, value: e}, nil
	}
	r.Names, r.Relation, r.Aliases, r.Present = columns, it.name, aliases, present
	made := &field{name: it.name, value: e}
	if it.of == nil {
		return made, nil
	}
	t, err := it.of.RowType()
	if err == nil && t != 0 {
		made.value, made.table = r.Of(types.Info(t)), it.of.OID
	}
	return made, err
}

// fieldsOf resolves the operands of a whole row, by number.
type fieldsOf []expr.Expr

// Column implements expr.Scope.
func (f fieldsOf) Column(parts []string, _ int) (expr.Expr, error) {
	i, err := strconv.Atoi(parts[0])
	return f[i], err
}

// WholeRow implements expr.RowScope.
func (s *scope) WholeRow(parts []string, pos int) (expr.Expr, error) {
	schema, name, err := s.planner.qualification(parts, pos)
	if err != nil {
		return nil, err
	}
	level, it, err := s.itemOf(schema, name, pos)
	if err != nil {
		if e := s.planner.argument(parts, pos); e != nil {
			return e, nil
		}
		return nil, err
	}
	f, err := level.rowOf(it, pos)
	if err != nil {
		return nil, err
	}
	return f.at(pos), nil
}

// RowColumns implements expr.RowScope.
func (s *scope) RowColumns(parts []string, pos int) ([]expr.Expr, error) {
	fields, err := s.query.starFields(parts, pos)
	if err != nil {
		return nil, err
	}
	var all []expr.Expr
	for _, f := range fields {
		if !f.hidden {
			all = append(all, f.at(pos))
		}
	}
	return all, nil
}

// checkWholeRow refuses a table's row as a column where it would have a type that projsql
// has not.
func (q *query) checkWholeRow(n *pg.Node) error {
	ref := n.GetColumnRef()
	if ref == nil || len(ref.Fields) != 1 {
		return nil
	}
	name, _ := lastName(ref.Fields)
	for level := q.scope; level != nil; level = level.parent {
		if f, err := level.columnHere(name, -1); f != nil || err != nil {
			return err
		}
	}
	for level := q.scope; level != nil; level = level.parent {
		it, _ := level.tableHere("", name, -1)
		if it == nil || it.of == nil {
			continue
		}
		if t, err := it.of.RowType(); err != nil || t == 0 {
			return cmp.Or(err, q.planner.unsupported(int(ref.Location), "a catalog's row as a column"))
		}
	}
	return nil
}
