package query

import (
	"context"
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/ddl"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createTableAs is CREATE TEMP TABLE AS and SELECT INTO TEMP.
type createTableAs struct {
	shape       temptable.Shape
	query       *plan.Query
	execute     *executeCommand // of the query; nil: it is the statement's own
	ifNotExists bool
	empty       bool // WITH NO DATA
}

func (s *Session) bindCreateTableAs(c *compiled, params *expr.Params, n *pg.CreateTableAsStmt) error {
	if e := n.GetQuery().GetExecuteStmt(); e != nil && n.GetObjtype() == pg.ObjectType_OBJECT_TABLE {
		return s.bindTableAsExecute(c, params, n, e)
	}
	if n.GetObjtype() != pg.ObjectType_OBJECT_TABLE || n.GetQuery().GetSelectStmt() == nil {
		return unsupportedStatement(c, &pg.Node{Node: &pg.Node_CreateTableAsStmt{CreateTableAsStmt: n}})
	}
	if err := s.bindTableAs(c, params, n.GetInto(), n.GetQuery()); err != nil {
		return err
	}
	c.command.(*createTableAs).ifNotExists = n.GetIfNotExists()
	return nil
}

func (s *Session) bindTableAs(c *compiled, params *expr.Params, into *pg.IntoClause, query *pg.Node) error {
	onCommit, err := s.temporary(c, into)
	if err != nil {
		return err
	}
	if err := ddl.Storage(into.GetAccessMethod(), into.GetTableSpaceName(), into.GetOptions()); err != nil {
		return err
	}
	q, err := s.plan(c, params, query)
	if err != nil {
		return err
	}
	shape, err := shapeOf(into, q)
	if err != nil {
		return err
	}
	shape.OnCommit = onCommit
	c.command = &createTableAs{shape: shape, query: q, empty: into.GetSkipData()}
	return nil
}

// temporary checks that a table that a query makes is one of the session.
func (s *Session) temporary(c *compiled, into *pg.IntoClause) (temptable.OnCommit, error) {
	onCommit, temporary, err := ddl.Temporary(s.definer(&call{compiled: c}), c.statement, into)
	if err == nil && !temporary {
		return 0, unsupported(c.sql, int32(c.statement.Start), "CREATE TABLE AS is not supported").WithHint("%s", hints["CREATE TABLE AS"])
	}
	return onCommit, err
}

// shapeOf is a table with the columns of a query.
func shapeOf(into *pg.IntoClause, q *plan.Query) (temptable.Shape, error) {
	names := into.GetColNames()
	b := tabledef.New(temptable.Shape{Name: into.GetRel().GetRelname()}, tabledef.Options{})
	if len(names) > len(q.Columns) {
		return b.Shape, sqlstate.New(sqlstate.SyntaxError, "too many column names were specified")
	}
	for i, col := range q.Columns {
		name := col.Name
		if i < len(names) {
			name = names[i].GetString_().GetSval()
		}
		if types.Info(col.Type.OID).Kind == 'p' {
			return b.Shape, sqlstate.New(sqlstate.InvalidTableDefinition, "column %q has pseudo-type %s", name, types.TypeName(col.Type.OID))
		}
		if col.Collation == expr.NoCollation {
			return b.Shape, sqlstate.New(sqlstate.IndeterminateCollation, "no collation was derived for column %q with collatable type %s", name, types.FormatType(col.Type)).
				WithHint("Use the COLLATE clause to set the collation explicitly.")
		}
		if err := b.Add(temptable.Column{Name: name, Type: col.Type, Collation: col.Collation}); err != nil {
			return b.Shape, err
		}
	}
	return b.Shape, nil
}

// bindTableAsExecute is CREATE TABLE AS EXECUTE of a prepared query.
func (s *Session) bindTableAsExecute(c *compiled, params *expr.Params, n *pg.CreateTableAsStmt, e *pg.ExecuteStmt) error {
	into := n.GetInto()
	onCommit, err := s.temporary(c, into)
	if err != nil {
		return err
	}
	target, err := s.statement(e.GetName())
	if err != nil {
		return err
	}
	of, ok := target.command.(*selectCommand)
	if !ok {
		return sqlstate.New(sqlstate.WrongObjectType, "prepared statement is not a SELECT")
	}
	k := &executeCommand{name: e.GetName(), args: e.GetParams(), text: c.sql}
	if _, err := k.bind(s, target, params); err != nil {
		return err
	}
	shape, err := shapeOf(into, of.query)
	if err != nil {
		return err
	}
	shape.OnCommit = onCommit
	c.command = &createTableAs{shape: shape, query: of.query, execute: k, empty: into.GetSkipData(), ifNotExists: n.GetIfNotExists()}
	return nil
}

// begin makes the table and what its rows come from; what the query changes is changed when the
// table is there.
func (k *createTableAs) begin(ctx context.Context, s *Session, x *call) (rows rowSource, t *temptable.Table, err error) {
	if !k.query.Changes {
		if rows, err = s.openQuery(ctx, x, k.query, queryOptions{}); err != nil {
			return nil, nil, err
		}
	}
	mark := s.tables.Mark()
	t, err = s.tables.Create(k.shape)
	switch {
	case err != nil && rows != nil:
		rows.close()
	case err == nil && k.query.Changes:
		if rows, _, err = s.runWhole(ctx, &whole{call: x, query: k.query, command: "SELECT"}); err != nil {
			s.tables.Rollback(mark) // the statement may be planned again
		}
	}
	return rows, t, err
}

func (k *createTableAs) run(ctx context.Context, s *Session, x *call) (result, error) {
	switch there := !s.tables.Free(k.shape.Name); {
	case there && k.ifNotExists:
		return result{tag: "CREATE TABLE AS"}, s.skips(x, sqlstate.DuplicateTable, "relation %q already exists, skipping", k.shape.Name)
	case there:
		return result{}, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", k.shape.Name)
	}
	if k.empty {
		tag := "CREATE TABLE AS"
		if k.execute != nil {
			tag = "SELECT 0" // as PostgreSQL has it
		}
		_, err := s.tables.Create(k.shape)
		return result{tag: tag}, err
	}
	if k.execute != nil {
		var err error
		if x, err = k.execute.called(ctx, s, x); err != nil {
			return result{}, err
		}
	}
	rows, t, err := k.begin(ctx, s, x)
	if err != nil {
		return result{}, err
	}
	defer rows.close()
	for {
		batch, err := rows.next(ctx)
		if err != nil || len(batch) == 0 {
			return result{tag: "SELECT " + strconv.Itoa(t.Version().Len())}, err
		}
		more := make([]temptable.Row, len(batch))
		for i, row := range batch {
			more[i] = slices.Clone(row)
		}
		if _, err := s.tables.Change(t, temptable.Change{Insert: more, Bulk: true}); err != nil {
			return result{}, err
		}
	}
}
