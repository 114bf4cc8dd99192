package query

import (
	"context"
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createTableAs is CREATE TEMP TABLE AS and SELECT INTO TEMP.
type createTableAs struct {
	shape       temptable.Shape
	query       *plan.Query
	ifNotExists bool
	empty       bool // WITH NO DATA
}

func (s *Session) bindCreateTableAs(c *compiled, params *expr.Params, n *pg.CreateTableAsStmt) error {
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
	b := &tableBinder{session: s, c: c}
	onCommit, err := b.temporary(into.GetRel(), into.GetOnCommit(), "CREATE TABLE AS")
	if err != nil {
		return err
	}
	if len(into.GetOptions()) > 0 || into.GetTableSpaceName() != "" || into.GetAccessMethod() != "" {
		return unsupported(c.sql, into.GetRel().GetLocation(), "this form of CREATE TABLE AS is not supported")
	}
	q, err := s.plan(c, params, query)
	if err != nil {
		return err
	}
	names := into.GetColNames()
	if len(names) > len(q.Columns) {
		return sqlstate.New(sqlstate.SyntaxError, "too many column names were specified")
	}
	b.shape = temptable.Shape{Name: into.GetRel().GetRelname(), OnCommit: onCommit}
	for i, col := range q.Columns {
		name := col.Name
		if i < len(names) {
			name = names[i].GetString_().GetSval()
		}
		if types.Info(col.Type.OID).Kind == 'p' {
			return sqlstate.New(sqlstate.InvalidTableDefinition, "column %q has pseudo-type %s", name, types.FormatType(types.Of(col.Type.OID)))
		}
		if err := b.add(temptable.Column{Name: name, Type: col.Type}); err != nil {
			return err
		}
	}
	c.command = &createTableAs{shape: b.shape, query: q, empty: into.GetSkipData()}
	return nil
}

func (k *createTableAs) run(ctx context.Context, s *Session, x *call) (result, error) {
	if k.ifNotExists && s.tables.Lookup(k.shape.Name) != nil {
		return result{tag: "CREATE TABLE AS"}, s.skips(x, sqlstate.DuplicateTable, "relation %q already exists, skipping", k.shape.Name)
	}
	if k.empty {
		_, err := s.tables.Create(k.shape)
		return result{tag: "CREATE TABLE AS"}, err
	}
	rows, err := s.openQuery(ctx, x, k.query, queryOptions{})
	if err != nil {
		return result{}, err
	}
	defer rows.close()
	t, err := s.tables.Create(k.shape)
	if err != nil {
		return result{}, err
	}
	for {
		batch, err := rows.next(ctx)
		if err != nil || len(batch) == 0 {
			return result{tag: "SELECT " + strconv.Itoa(t.Version().Len())}, err
		}
		more := make([]temptable.Row, len(batch))
		for i, row := range batch {
			more[i] = slices.Clone(row)
		}
		if _, err := s.tables.Change(t, temptable.Change{Insert: more}); err != nil {
			return result{}, err
		}
	}
}
