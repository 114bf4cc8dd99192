package query

import (
	"context"
	"errors"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/appends"
	"github.com/projsql/projsql/query/copydata"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (s *Session) bindCopyTable(c *compiled, n *pg.CopyStmt, k *copyInCommand) error {
	t := s.tableOf(n.GetRelation())
	names, err := copiedColumns(s.tableRelation(t), n.GetAttlist())
	if err != nil {
		return err
	}
	for _, name := range names {
		i := t.Find(name)
		k.targets = append(k.targets, appends.Target{Column: i, Name: name, Type: t.Columns[i].Type})
	}
	var condition expr.Expr
	if n.GetWhereClause() != nil {
		if condition, err = s.copyCondition(c, t, n.GetWhereClause()); err != nil {
			return err
		}
	}
	k.open = func(ctx context.Context, s *Session, x *call) (copySink, error) {
		return s.newTableSink(withSource(ctx, &source{session: s, out: x.out, freshness: s.freshness}), t, k, condition)
	}
	return nil
}

// copyCondition is WHERE of COPY FROM.
func (s *Session) copyCondition(c *compiled, t *temptable.Table, n *pg.Node) (expr.Expr, error) {
	e, err := s.tableOptions(c.sql).Within("COPY FROM WHERE condition").Binder(&t.Shape).BindBool(n, "WHERE")
	if err != nil {
		return nil, err
	}
	expr.Walk(e, func(e expr.Expr) bool {
		if col, ok := e.(*expr.Column); ok && t.Columns[col.Index].Generated != "" {
			err = sqlstate.New(sqlstate.InvalidColumnReference, "generated columns are not supported in COPY FROM WHERE conditions").
				WithDetail("Column %q is a generated column.", col.Name)
		}
		return err == nil
	})
	return e, err
}

// tableSink makes rows of a temporary table.
type tableSink struct {
	session  *Session
	table    *temptable.Table
	targets  []appends.Target
	reading  *copydata.Reading
	rules    *tabledef.Rules
	defaults []expr.Eval // nil: the column is a target
	where    expr.Eval   // nil: every row is taken
	frame    *expr.Frame
	rows     []temptable.Row
	lines    []int // of rows
	bytes    int64
}

func (s *Session) newTableSink(ctx context.Context, t *temptable.Table, c *copyInCommand, condition expr.Expr) (copySink, error) {
	k := &tableSink{
		session: s, table: t, targets: c.targets, reading: c.reading,
		frame: &expr.Frame{Env: s.surroundings(ctx)}, defaults: make([]expr.Eval, len(t.Columns)),
	}
	if condition != nil {
		k.where = condition.Compile(&expr.Compiler{Env: k.frame.Env})
	}
	var err error
	if k.rules, err = s.tableOptions("").Rules(&t.Shape); err != nil {
		return nil, err
	}
	for i := range t.Columns {
		column := s.tableRelation(t).Columns[i]
		if column.Default == "" || slices.ContainsFunc(k.targets, func(t appends.Target) bool { return t.Column == i }) {
			continue
		}
		e, err := analyze.Default(&column, s.planOptions(&compiled{catalog: s.catalog()}, expr.FixedParams(nil)))
		if err != nil {
			return nil, err
		}
		k.defaults[i] = e.Compile(&expr.Compiler{Env: k.frame.Env})
	}
	return k, nil
}

func (k *tableSink) add(values []types.Datum, line int) error {
	row := make(temptable.Row, len(k.table.Columns))
	for i, t := range k.targets {
		row[t.Column] = values[i]
		k.bytes += int64(types.SizeBytes(values[i]))
	}
	for i, eval := range k.defaults {
		if eval == nil {
			continue
		}
		var err error
		if row[i], err = eval(k.frame); err != nil {
			return err
		}
	}
	if k.where != nil {
		k.frame.Row = row
		if holds, err := k.where(k.frame); err != nil || holds.IsNull() || !holds.Bool() {
			return err
		}
	}
	if k.bytes > k.session.server.options.TempBytesMax {
		return sqlstate.New(sqlstate.OutOfMemory, "out of memory")
	}
	k.rows, k.lines = append(k.rows, row), append(k.lines, line)
	_, err := k.rules.Hold(k.frame.Env, k.rows[len(k.rows)-1:])
	return err
}

func (k *tableSink) store(context.Context) (int, error) {
	_, err := k.session.tables.Change(k.table, temptable.Change{Insert: k.rows})
	var duplicate *temptable.DuplicateError
	if errors.As(err, &duplicate) {
		err = k.reading.Within(duplicate, k.lines[duplicate.Row])
	}
	return len(k.rows), err
}
