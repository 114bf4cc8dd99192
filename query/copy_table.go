package query

import (
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/appends"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (s *Session) bindCopyTable(_ *compiled, n *pg.CopyStmt, k *copyInCommand) error {
	t := s.tableOf(n.GetRelation())
	for i, col := range t.Columns {
		if len(n.GetAttlist()) == 0 {
			k.targets = append(k.targets, appends.Target{Column: i, Name: col.Name, Type: col.Type})
		}
	}
	for _, a := range n.GetAttlist() {
		name := a.GetString_().GetSval()
		i := t.Find(name)
		if i < 0 {
			return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", name, t.Name)
		}
		if slices.ContainsFunc(k.targets, func(t appends.Target) bool { return t.Column == i }) {
			return sqlstate.New(sqlstate.DuplicateColumn, "column %q specified more than once", name)
		}
		k.targets = append(k.targets, appends.Target{Column: i, Name: name, Type: t.Columns[i].Type})
	}
	k.open = func(ctx context.Context, s *Session) (copySink, error) { return s.newTableSink(ctx, t, k.targets) }
	return nil
}

// tableSink makes rows of a temporary table.
type tableSink struct {
	session  *Session
	table    *temptable.Table
	targets  []appends.Target
	rules    *tabledef.Rules
	defaults []expr.Eval // nil: the column is a target
	frame    *expr.Frame
	rows     []temptable.Row
	bytes    int64
}

func (s *Session) newTableSink(ctx context.Context, t *temptable.Table, targets []appends.Target) (copySink, error) {
	k := &tableSink{session: s, table: t, targets: targets, frame: &expr.Frame{Env: s.surroundings(ctx)}, defaults: make([]expr.Eval, len(t.Columns))}
	var err error
	if k.rules, err = s.tableOptions("").Rules(&t.Shape); err != nil {
		return nil, err
	}
	for i := range t.Columns {
		column := s.tableRelation(t).Columns[i]
		if column.Default == "" || slices.ContainsFunc(targets, func(t appends.Target) bool { return t.Column == i }) {
			continue
		}
		e, err := analyze.Default(&column, s.planOptions(&compiled{catalog: s.server.options.Definitions.Current()}, expr.FixedParams(nil)))
		if err != nil {
			return nil, err
		}
		k.defaults[i] = e.Compile(&expr.Compiler{Env: k.frame.Env})
	}
	return k, nil
}

func (k *tableSink) add(values []types.Datum) error {
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
	if k.bytes > k.session.server.options.TempBytesMax {
		return sqlstate.New(sqlstate.OutOfMemory, "out of memory")
	}
	k.rows = append(k.rows, row)
	return k.rules.Hold(k.frame.Env, k.rows[len(k.rows)-1:])
}

func (k *tableSink) store(context.Context) (int, error) {
	_, err := k.session.tables.Change(k.table, temptable.Change{Insert: k.rows})
	return len(k.rows), err
}
