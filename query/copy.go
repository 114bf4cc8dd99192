package query

import (
	"context"
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
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
	o, err := copydata.OptionsOf(c.sql, n)
	if err != nil {
		return err
	}
	if n.GetIsFrom() {
		return s.bindCopyIn(c, n, o)
	}
	return s.bindCopyOut(c, params, n, o)
}

// relationQuery reads columns of a relation.
func relationQuery(r *pg.RangeVar, columns []string) *pg.Node {
	sel := &pg.SelectStmt{FromClause: []*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: r}}}}
	for _, name := range columns {
		field := &pg.Node{Node: &pg.Node_String_{String_: &pg.String{Sval: name}}}
		sel.TargetList = append(sel.TargetList, resTarget(&pg.ColumnRef{Fields: []*pg.Node{field}, Location: r.GetLocation()}))
	}
	return &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: sel}}
}

func resTarget(ref *pg.ColumnRef) *pg.Node {
	val := &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: ref}}
	return &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: val, Location: ref.GetLocation()}}}
}

// copiedColumns are the columns of a relation that COPY names: all that are not generated, if it names none.
func copiedColumns(r *plan.Relation, list []*pg.Node) (all []string, err error) {
	for _, c := range r.Columns {
		if len(list) == 0 && !c.Hidden && !c.Generated {
			all = append(all, c.Name)
		}
	}
	for _, a := range list {
		name := a.GetString_().GetSval()
		i := slices.IndexFunc(r.Columns, func(c plan.RelationColumn) bool { return c.Name == name })
		switch {
		case i < 0:
			return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", name, r.Name)
		case r.Columns[i].Generated:
			return nil, sqlstate.New(sqlstate.InvalidColumnReference, "column %q is a generated column", name).
				WithDetail("Generated columns cannot be used in COPY.")
		case slices.Contains(all, name):
			return nil, sqlstate.New(sqlstate.DuplicateColumn, "column %q specified more than once", name)
		}
		all = append(all, name)
	}
	return all, nil
}

// copyOutCommand is COPY … TO STDOUT.
type copyOutCommand struct {
	query   *plan.Query
	changes *modifyCommand // of a statement with RETURNING; nil: the query changes nothing
	options *copydata.Options
}

func (s *Session) bindCopyOut(c *compiled, params *expr.Params, n *pg.CopyStmt, o *copydata.Options) error {
	if r := n.GetRelation(); r != nil {
		return s.bindCopyRelation(c, params, n, o)
	}
	if analyze.FirstOf(n.GetQuery().GetSelectStmt()).GetIntoClause() != nil {
		return sqlstate.New(sqlstate.FeatureNotSupported, "COPY (SELECT INTO) is not supported")
	}
	k := &copyOutCommand{options: o}
	if n.GetQuery().GetSelectStmt() == nil {
		inner := *c
		if err := s.bindCopied(&inner, params, n.GetQuery()); err != nil {
			return err
		}
		changes, ok := inner.command.(*modifyCommand)
		switch {
		case n.GetQuery().GetMergeStmt() != nil:
			return sqlstate.New(sqlstate.FeatureNotSupported, "MERGE not supported in COPY")
		case ok && !inner.rows:
			return sqlstate.New(sqlstate.FeatureNotSupported, "COPY query must have a RETURNING clause")
		case !ok:
			return unsupported(c.sql, int32(c.statement.Start), "COPY of this statement is not supported")
		}
		c.does(&inner)
		k.query, k.changes = changes.query, changes
	} else {
		var err error
		if k.query, err = s.plan(c, params, n.GetQuery()); err != nil {
			return err
		}
	}
	c.command = k
	return o.Names(k.columns(), func(name string) error {
		if !slices.ContainsFunc(k.query.Columns, func(c plan.Column) bool { return c.Name == name }) {
			return sqlstate.New(sqlstate.UndefinedColumn, "column %q does not exist", name)
		}
		return nil
	})
}

// bindCopied binds a statement whose RETURNING is copied.
func (s *Session) bindCopied(c *compiled, params *expr.Params, n *pg.Node) error {
	if err := s.bindNode(c, params, n); err != nil {
		return err
	}
	if _, plain := c.command.(*insertCommand); plain {
		return s.bindPlannedInsert(c, params, n.GetInsertStmt())
	}
	return nil
}

func (s *Session) bindCopyRelation(c *compiled, params *expr.Params, n *pg.CopyStmt, o *copydata.Options) error {
	r := n.GetRelation()
	found, err := s.relationNamed(c, r)
	if err != nil {
		return err
	}
	if s.namesSequence(r) {
		return sqlstate.New(sqlstate.WrongObjectType, "cannot copy from sequence %q", r.GetRelname())
	}
	names, err := copiedColumns(found, n.GetAttlist())
	if err != nil {
		return err
	}
	if found.Kind == plan.ViewRelation {
		return sqlstate.New(sqlstate.WrongObjectType, "cannot copy from view %q", r.GetRelname()).WithHint("Try the COPY (SELECT ...) TO variant.")
	}
	k := &copyOutCommand{options: o}
	if k.query, err = s.plan(c, params, relationQuery(r, names)); err != nil {
		return err
	}
	c.command = k
	return o.Names(k.columns(), existsIn(found))
}

// existsIn tells of a column that a relation does not have.
func existsIn(r *plan.Relation) func(string) error {
	return func(name string) error {
		_, err := copiedColumns(r, []*pg.Node{{Node: &pg.Node_String_{String_: &pg.String{Sval: name}}}})
		return err
	}
}

func (k *copyOutCommand) columns() (all []copydata.Column) {
	for _, c := range k.query.Columns {
		all = append(all, copydata.Column{Name: c.Name, Type: c.Type})
	}
	return all
}

// rows are what is copied.
func (k *copyOutCommand) rows(ctx context.Context, s *Session, x *call) (rowSource, error) {
	switch {
	case k.changes == nil && k.query.Changes:
		rows, _, err := s.runWhole(ctx, &whole{call: x, query: k.query, command: "SELECT"})
		return rows, err
	case k.changes == nil:
		return s.openQuery(ctx, x, k.query, queryOptions{})
	}
	r, err := k.changes.run(ctx, s, x)
	return r.rows, err
}

func (k *copyOutCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	rows, err := k.rows(ctx, s, x)
	if err != nil {
		return result{}, err
	}
	defer rows.close()
	n, err := copyRows(ctx, copydata.NewWriter(k.columns(), k.options, s.env, x.out), rows)
	if err != nil {
		return result{}, err
	}
	return done("COPY " + strconv.Itoa(n))
}

func copyRows(ctx context.Context, w *copydata.Writer, rows rowSource) (n int, err error) {
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
	open    func(ctx context.Context, s *Session, x *call) (copySink, error)
}

// copySink takes the rows of a COPY.
type copySink interface {
	// add takes one row of values of the targets, which it must not keep, and the number of
	// its line.
	add(row []types.Datum, line int) error
	// store makes all that was added part of the transaction and returns their number.
	store(ctx context.Context) (int, error)
}

func (s *Session) bindCopyIn(c *compiled, n *pg.CopyStmt, o *copydata.Options) error {
	k := &copyInCommand{options: o}
	bind := s.bindCopyEvents
	if s.tableOf(n.GetRelation()) != nil {
		bind = s.bindCopyTable
	} else if err := s.found(c, n.GetRelation()); err != nil {
		return err
	} else if s.namesSequence(n.GetRelation()) {
		return sqlstate.New(sqlstate.WrongObjectType, "cannot copy to sequence %q", n.GetRelation().GetRelname())
	}
	err := bind(c, n, k)
	if err != nil {
		return err
	}
	var columns []copydata.Column
	for _, t := range k.targets {
		columns = append(columns, copydata.Column{Name: t.Name, Type: t.Type})
	}
	k.reading = copydata.NewReading(n.GetRelation().GetRelname(), columns, o)
	c.command = k
	found, err := s.relations(c.catalog).Relation(n.GetRelation().GetSchemaname(), n.GetRelation().GetRelname())
	if err != nil {
		return err
	}
	return o.Names(columns, existsIn(found))
}

func (k *copyInCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	sink, err := k.open(ctx, s, x)
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
