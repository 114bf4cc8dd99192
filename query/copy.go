package query

import (
	"context"
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/appends"
	"github.com/projsql/projsql/query/copydata"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (s *Session) bindCopy(c *compiled, params *expr.Params, n *pg.CopyStmt) error {
	start := int32(c.statement.Start)
	if n.GetFilename() != "" || n.GetIsProgram() {
		return unsupported(c.sql, start, "COPY to or from a file or program of the server is not supported").
			WithHint("Use COPY ... STDIN or STDOUT; psql's \\copy does.")
	}
	if n.GetWhereClause() != nil {
		return unsupported(c.sql, start, "COPY FROM ... WHERE is not supported")
	}
	o, err := copydata.OptionsOf(c.sql, n)
	if err != nil {
		return err
	}
	if n.GetIsFrom() {
		return s.bindCopyIn(c, n, o)
	}
	return s.bindCopyOut(c, params, n, o)
}

// copyQuery is the query of COPY TO: its own, or all of a relation.
func copyQuery(n *pg.CopyStmt) *pg.Node {
	if n.GetQuery() != nil {
		return n.GetQuery()
	}
	sel := &pg.SelectStmt{FromClause: []*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: n.GetRelation()}}}}
	for _, a := range n.GetAttlist() {
		sel.TargetList = append(sel.TargetList, resTarget(&pg.ColumnRef{Fields: []*pg.Node{a}, Location: n.GetRelation().GetLocation()}))
	}
	if len(n.GetAttlist()) == 0 {
		all := &pg.Node{Node: &pg.Node_AStar{AStar: &pg.A_Star{}}}
		sel.TargetList = []*pg.Node{resTarget(&pg.ColumnRef{Fields: []*pg.Node{all}, Location: n.GetRelation().GetLocation()})}
	}
	return &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: sel}}
}

func resTarget(ref *pg.ColumnRef) *pg.Node {
	val := &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: ref}}
	return &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: val, Location: ref.GetLocation()}}}
}

// copiedColumns checks the relation and the columns that COPY TO names.
func (s *Session) copiedColumns(c *compiled, n *pg.CopyStmt) error {
	if n.GetQuery() != nil {
		return nil
	}
	r := n.GetRelation()
	found, err := s.relations(c.catalog).Relation(r.GetSchemaname(), r.GetRelname())
	switch {
	case err != nil:
		return err
	case found == nil:
		return sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", qualifiedName(r))
	}
	for _, a := range n.GetAttlist() {
		name := a.GetString_().GetSval()
		if !slices.ContainsFunc(found.Columns, func(c plan.RelationColumn) bool { return c.Name == name }) {
			return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", name, found.Name)
		}
	}
	return nil
}

// copyOutCommand is COPY … TO STDOUT.
type copyOutCommand struct {
	query   *plan.Query
	options *copydata.Options
}

func (s *Session) bindCopyOut(c *compiled, params *expr.Params, n *pg.CopyStmt, o *copydata.Options) error {
	if err := s.copiedColumns(c, n); err != nil {
		return err
	}
	query := copyQuery(n)
	if query.GetSelectStmt() == nil {
		return unsupported(c.sql, int32(c.statement.Start), "COPY of a %s is not supported", statementName(query))
	}
	q, err := s.plan(c, params, query)
	c.command = &copyOutCommand{query: q, options: o}
	return err
}

func (k *copyOutCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	rows, err := s.openQuery(ctx, x, k.query, queryOptions{})
	if err != nil {
		return result{}, err
	}
	defer rows.close()
	var columns []copydata.Column
	for _, c := range k.query.Columns {
		columns = append(columns, copydata.Column{Name: c.Name, Type: c.Type})
	}
	n, err := copyRows(ctx, copydata.NewWriter(columns, k.options, s.env, x.out), rows)
	if err != nil {
		return result{}, err
	}
	return done("COPY " + strconv.Itoa(n))
}

func copyRows(ctx context.Context, w *copydata.Writer, rows *queryRows) (n int, err error) {
	batch, err := rows.next(ctx) // an error at the first row is told before COPY begins
	if err != nil {
		return 0, err
	}
	if err := w.Begin(); err != nil {
		return 0, err
	}
	for len(batch) > 0 {
		for _, row := range batch {
			if err := w.Row(row); err != nil {
				return n, err
			}
			n++
		}
		if batch, err = rows.next(ctx); err != nil {
			return n, err
		}
	}
	return n, w.End()
}

// copyInCommand is COPY … FROM STDIN. It is one statement: all its rows come or none.
type copyInCommand struct {
	targets []appends.Target
	options *copydata.Options
	reading *copydata.Reading
	open    func(ctx context.Context, s *Session) (copySink, error)
}

// copySink takes the rows of a COPY.
type copySink interface {
	// add takes one row of values of the targets, which it must not keep.
	add(row []types.Datum) error
	// store makes all that was added part of the transaction and returns their number.
	store(ctx context.Context) (int, error)
}

func (s *Session) bindCopyIn(c *compiled, n *pg.CopyStmt, o *copydata.Options) error {
	k := &copyInCommand{options: o}
	bind := s.bindCopyEvents
	if s.tableOf(n.GetRelation()) != nil {
		bind = s.bindCopyTable
	}
	err := bind(c, n, k)
	if err != nil {
		return err
	}
	var columns []copydata.Column
	for _, t := range k.targets {
		columns = append(columns, copydata.Column{Name: t.Name, Type: t.Type})
	}
	k.reading, err = copydata.NewReading(n.GetRelation().GetRelname(), columns, o)
	c.command = k
	return err
}

func (k *copyInCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	sink, err := k.open(ctx, s)
	if err != nil {
		return result{}, err
	}
	reader, err := x.out.CopyIn(k.options.WireFormat(), len(k.targets))
	if err != nil {
		return result{}, err
	}
	if err := k.reading.Read(ctx, s.env, reader, sink.add); err != nil {
		return result{}, err
	}
	rows, err := sink.store(ctx)
	return result{tag: "COPY " + strconv.Itoa(rows)}, err
}
