package query

import (
	"context"
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/freshness"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// modifyCommand is INSERT, UPDATE or DELETE of a temporary table.
type modifyCommand struct {
	query   *plan.Query
	top     *plan.Modify // the statement's own
	current *currentOf   // of WHERE CURRENT OF; nil: there is none
}

// tags begin the command tags.
var tags = map[plan.ModifyKind]string{plan.InsertRows: "INSERT 0 ", plan.UpdateRows: "UPDATE ", plan.DeleteRows: "DELETE "}

// modifies makes a planned change the statement's command.
func (s *Session) modifies(c *compiled, rel *relations, q *plan.Query, err error) error {
	if err != nil {
		return err
	}
	if c.freshness, err = freshness.OfStatement(c.sql, c.freshness, q.Freshness); err != nil {
		return err
	}
	c.reads = c.reads || rel.used
	c.changed = c.changed || q.IfChanged
	c.columns, c.rows = q.Columns, len(q.Columns) > 0
	c.command = &modifyCommand{query: q, top: changedOf(q.Root)}
	return nil
}

// findsCurrent is analyze.Options.CurrentOf; into is what it has found.
func (s *Session) findsCurrent(into **currentOf) func(string, *plan.Relation) expr.Expr {
	return func(cursor string, r *plan.Relation) expr.Expr {
		*into = &currentOf{session: s, cursor: cursor, table: r}
		return *into
	}
}

func (s *Session) modifiesCurrent(c *compiled, rel *relations, q *plan.Query, current *currentOf, err error) error {
	if err := s.modifies(c, rel, q, err); err != nil {
		return err
	}
	c.command.(*modifyCommand).current = current
	return nil
}

func changedOf(n plan.Node) *plan.Modify {
	if w, ok := n.(*plan.With); ok {
		n = w.Body
	}
	return n.(*plan.Changed).Modify
}

func (s *Session) bindUpdate(c *compiled, params *expr.Params, n *pg.UpdateStmt) error {
	t := s.tableOf(n.GetRelation())
	if t == nil {
		return s.refuseChange(c, n.GetRelation(), "update")
	}
	rel, o := s.readOptions(c, params)
	var current *currentOf
	o.CurrentOf = s.findsCurrent(&current)
	q, err := analyze.Update(c.sql, n, s.tableRelation(t), o)
	return s.modifiesCurrent(c, rel, q, current, err)
}

func (s *Session) bindDelete(c *compiled, params *expr.Params, n *pg.DeleteStmt) error {
	t := s.tableOf(n.GetRelation())
	if t == nil {
		return s.refuseChange(c, n.GetRelation(), "delete from")
	}
	rel, o := s.readOptions(c, params)
	var current *currentOf
	o.CurrentOf = s.findsCurrent(&current)
	q, err := analyze.Delete(c.sql, n, s.tableRelation(t), o)
	return s.modifiesCurrent(c, rel, q, current, err)
}

func (k *modifyCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	if k.current != nil {
		if _, err := k.current.place(); err != nil {
			return result{}, err
		}
	}
	rows, w, err := s.runWhole(ctx, x, k.query)
	if err != nil {
		return result{}, err
	}
	tag := tags[k.top.Kind] + strconv.Itoa(w.wrote[k.top])
	if len(k.query.Columns) == 0 {
		return done(tag)
	}
	return result{rows: rows, tag: tag}, nil
}

// runWhole runs a query that changes tables to its end: a portal that is read later
// must not see what comes after.
func (s *Session) runWhole(ctx context.Context, x *call, q *plan.Query) (rowSource, *tableWriter, error) {
	src, err := s.sourceOf(ctx, x, q, false)
	if err != nil {
		return nil, nil, err
	}
	src.writer = newTableWriter(src)
	rows, err := s.openAt(ctx, x, q, src, queryOptions{})
	if err != nil {
		return nil, nil, err
	}
	defer rows.close()
	made := &fixedRows{}
	bytes := int64(0)
	for {
		batch, err := rows.next(ctx)
		if err != nil || len(batch) == 0 {
			return made, src.writer, err
		}
		for _, row := range batch {
			for _, d := range row {
				bytes += int64(types.SizeBytes(d))
			}
			made.rows = append(made.rows, slices.Clone(row))
		}
		if bytes > s.server.options.QueryBytesMax {
			return nil, nil, exec.OutOfMemory(s.server.options.QueryBytesMax)
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
	b := &expr.Binder{Text: sql, Scope: shapeScope{shape, sql}, Params: expr.FixedParams(nil), Env: s.env, Extensions: s.extensions()}
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

// checkRows computes what new rows generate, and holds them against a table's
// constraints but its keys.
func (s *Session) checkRows(ctx context.Context, t *temptable.Table, rules *rowRules, rows []temptable.Row) error {
	frame := &expr.Frame{Env: s.surroundings(ctx)}
	for _, row := range rows {
		frame.Row = row
		for i, eval := range rules.generated {
			if eval == nil {
				continue
			}
			var err error
			if row[i], err = eval(frame); err != nil {
				return err
			}
		}
		for i, col := range t.Columns {
			if col.NotNull && row[i].IsNull() {
				e := sqlstate.New(sqlstate.NotNullViolation, "null value in column %q of relation %q violates not-null constraint", col.Name, t.Name)
				e.Schema, e.Table, e.Column = s.tables.Schema, t.Name, col.Name
				return e.WithDetail("%s", s.failingRow(t, row))
			}
		}
		for _, c := range rules.checks {
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
type truncateCommand struct {
	tables  []*temptable.Table
	restart bool // the sequences of their columns too
}

func (s *Session) bindTruncate(c *compiled, n *pg.TruncateStmt) error {
	k := &truncateCommand{restart: n.GetRestartSeqs()}
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
		for _, q := range s.tables.Sequences() {
			if k.restart && q.Owner == t.OID {
				s.tables.Restart(q)
			}
		}
	}
	return done("TRUNCATE TABLE")
}
