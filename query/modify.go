package query

import (
	"context"
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// modifyCommand is INSERT, UPDATE or DELETE of a temporary table.
type modifyCommand struct {
	table  *temptable.Table
	tag    string
	modify *plan.Modify
	checks []tableCheck
}

// modifies makes a planned change the statement's command.
func (s *Session) modifies(c *compiled, t *temptable.Table, tag string, m *plan.Modify, err error) error {
	if err != nil {
		return err
	}
	k := &modifyCommand{table: t, tag: tag, modify: m}
	if k.checks, err = s.tableChecks(t); err != nil {
		return err
	}
	if m.Returning != nil {
		c.columns, c.rows = m.Returning.Columns, true
	}
	c.command = k
	return nil
}

func (s *Session) bindUpdate(c *compiled, params *expr.Params, n *pg.UpdateStmt) error {
	t := s.tableOf(n.GetRelation())
	if t == nil {
		return s.refuseChange(c, n.GetRelation(), "update")
	}
	m, err := plan.Update(c.sql, n, s.tableRelation(t), s.planOptions(c, params))
	return s.modifies(c, t, "UPDATE", m, err)
}

func (s *Session) bindDelete(c *compiled, params *expr.Params, n *pg.DeleteStmt) error {
	t := s.tableOf(n.GetRelation())
	if t == nil {
		return s.refuseChange(c, n.GetRelation(), "delete from")
	}
	m, err := plan.Delete(c.sql, n, s.tableRelation(t), s.planOptions(c, params))
	return s.modifies(c, t, "DELETE", m, err)
}

func (k *modifyCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	change, given, err := k.change(ctx, s, x)
	if err != nil {
		return result{}, err
	}
	if err := s.checkRows(ctx, k.table, k.checks, change.Insert); err != nil {
		return result{}, err
	}
	if err := s.tables.Change(k.table, change); err != nil {
		return result{}, err
	}
	tag := k.tag + " " + strconv.Itoa(len(given))
	if k.modify.Returning == nil {
		return done(tag)
	}
	rows, err := k.returning(ctx, s, x, given)
	return result{rows: rows, tag: tag}, err
}

// change reads all of the statement's rows before any is written: what the table
// loses and gets, and the rows that RETURNING is given.
func (k *modifyCommand) change(ctx context.Context, s *Session, x *call) (c temptable.Change, given [][]types.Datum, err error) {
	rows, err := s.openQuery(ctx, x, k.modify.Query, queryOptions{})
	if err != nil {
		return c, nil, err
	}
	defer rows.close()
	seen := map[temptable.Place]bool{}
	bytes := int64(0)
	for {
		batch, err := rows.next(ctx)
		if err != nil || len(batch) == 0 {
			return c, given, err
		}
		for _, row := range batch {
			if k.tag != insertTagWords {
				place := temptable.Place(row[0].Int())
				if seen[place] {
					continue // a row that joins with several others changes once
				}
				seen[place] = true
				c.Delete = append(c.Delete, place)
				row = row[1:]
			}
			row = slices.Clone(row)
			given = append(given, row)
			if k.tag != "DELETE" {
				c.Insert = append(c.Insert, row[:len(k.table.Columns):len(k.table.Columns)])
			}
			for _, d := range row {
				bytes += int64(types.SizeBytes(d))
			}
			if bytes > s.server.options.QueryBytesMax {
				return c, nil, sqlstate.New(sqlstate.OutOfMemory, "out of memory").
					WithDetail("The statement needs more than %d bytes.", s.server.options.QueryBytesMax)
			}
		}
	}
}

// insertTagWords begin an INSERT's command tag.
const insertTagWords = "INSERT 0"

// returning computes the result at once: a portal that is read later must not see
// what comes after.
func (k *modifyCommand) returning(ctx context.Context, s *Session, x *call, given [][]types.Datum) (rowSource, error) {
	src, err := s.sourceOf(ctx, x, k.modify.Returning, false)
	if err != nil {
		return nil, err
	}
	ctx = withSource(ctx, src)
	rows, err := exec.Open(ctx, k.modify.Returning, exec.Options{
		Source: src, Env: s.surroundings(ctx), Params: x.values, Given: given,
		Limits: exec.Limits{BytesMax: s.server.options.QueryBytesMax},
	})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	made := &fixedRows{}
	for {
		batch, err := rows.Next(ctx)
		if err != nil || len(batch) == 0 {
			return made, err
		}
		for _, row := range batch {
			made.rows = append(made.rows, slices.Clone(row))
		}
	}
}

// tableCheck is a CHECK constraint ready to run.
type tableCheck struct {
	name      string
	condition expr.Eval
}

func (s *Session) tableChecks(t *temptable.Table) ([]tableCheck, error) {
	var all []tableCheck
	for _, c := range t.Checks {
		e, err := s.bindCheck(t.Shape, c.SQL)
		if err != nil {
			return nil, err
		}
		all = append(all, tableCheck{c.Name, e.Compile(&expr.Compiler{})})
	}
	return all, nil
}

// bindCheck binds a condition over a table's columns.
func (s *Session) bindCheck(shape temptable.Shape, sql string) (expr.Expr, error) {
	node, err := parseExpression(sql)
	if err != nil {
		return nil, err
	}
	b := &expr.Binder{Text: sql, Scope: shapeScope{shape, sql}, Params: expr.FixedParams(nil), Env: s.env, Extensions: s.server.functions}
	return b.BindBool(node, "CHECK")
}

func parseExpression(sql string) (*pg.Node, error) {
	tree, err := pg.Parse("SELECT " + sql)
	if err != nil {
		return nil, err
	}
	return tree.GetStmts()[0].GetStmt().GetSelectStmt().GetTargetList()[0].GetResTarget().GetVal(), nil
}

// shapeScope resolves the columns of a table that may not exist yet.
type shapeScope struct {
	temptable.Shape
	text string
}

// Column implements expr.Scope.
func (c shapeScope) Column(parts []string, pos int) (expr.Expr, error) {
	name := parts[len(parts)-1]
	if len(parts) > 1 && parts[len(parts)-2] != c.Name {
		return nil, at(c.text, int32(pos), sqlstate.UndefinedTable, "missing FROM-clause entry for table %q", parts[len(parts)-2])
	}
	for i, col := range c.Columns {
		if col.Name == name {
			return expr.NewColumn(i, name, col.Type, pos), nil
		}
	}
	return nil, at(c.text, int32(pos), sqlstate.UndefinedColumn, "column %q does not exist", name)
}

// checkRows holds new rows against a table's constraints but its keys.
func (s *Session) checkRows(ctx context.Context, t *temptable.Table, checks []tableCheck, rows []temptable.Row) error {
	frame := &expr.Frame{Env: s.surroundings(ctx)}
	for _, row := range rows {
		for i, col := range t.Columns {
			if col.NotNull && row[i].IsNull() {
				e := sqlstate.New(sqlstate.NotNullViolation, "null value in column %q of relation %q violates not-null constraint", col.Name, t.Name)
				e.Schema, e.Table, e.Column = s.tables.Schema, t.Name, col.Name
				return e.WithDetail("%s", s.failingRow(t, row))
			}
		}
		frame.Row = row
		for _, c := range checks {
			v, err := c.condition(frame)
			if err != nil {
				return err
			}
			if !v.IsNull() && !v.Bool() {
				e := sqlstate.New(sqlstate.CheckViolation, "new row for relation %q violates check constraint %q", t.Name, c.name)
				e.Schema, e.Table, e.Constraint = s.tables.Schema, t.Name, c.name
				return e.WithDetail("%s", s.failingRow(t, row))
			}
		}
	}
	return nil
}

// rowTextBytesMax is how much of each value PostgreSQL shows of a failing row.
const rowTextBytesMax = 64

func (s *Session) failingRow(t *temptable.Table, row temptable.Row) string {
	values := make([]string, len(row))
	for i, d := range row {
		values[i] = "null"
		if !d.IsNull() {
			values[i] = types.Text(s.env, t.Columns[i].Type.OID, d)
		}
		if len(values[i]) > rowTextBytesMax {
			values[i] = strings.ToValidUTF8(values[i][:rowTextBytesMax], "") + "..."
		}
	}
	return "Failing row contains (" + strings.Join(values, ", ") + ")."
}

// truncateCommand is TRUNCATE of temporary tables.
type truncateCommand struct{ tables []*temptable.Table }

func (s *Session) bindTruncate(c *compiled, n *pg.TruncateStmt) error {
	k := &truncateCommand{}
	for _, r := range n.GetRelations() {
		t := s.tableOf(r.GetRangeVar())
		if t == nil {
			return s.refuseTruncate(c, n)
		}
		k.tables = append(k.tables, t)
	}
	c.command = k
	return nil
}

func (k *truncateCommand) run(_ context.Context, s *Session, _ *call) (result, error) {
	for _, t := range k.tables {
		s.tables.Empty(t)
	}
	return done("TRUNCATE TABLE")
}
