package query

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// modifyCommand is INSERT, UPDATE, DELETE or MERGE of a temporary table, or an INSERT INTO events that only a plan can run.
type modifyCommand struct {
	query   *plan.Query
	top     *plan.Modify // the statement's own
	current *currentOf   // of WHERE CURRENT OF; nil: there is none
}

// tags begin the command tags.
var tags = map[plan.ModifyKind]string{plan.InsertRows: "INSERT 0 ", plan.UpdateRows: "UPDATE ", plan.DeleteRows: "DELETE ", plan.MergeRows: "MERGE "}

// modifies makes a planned change the statement's command.
func (s *Session) modifies(c *compiled, rel *relations, q *plan.Query, err error) error {
	if err != nil {
		return err
	}
	if err := c.asks(q); err != nil {
		return err
	}
	c.using(rel, q)
	c.changed = c.changed || q.IfChanged
	c.columns, c.rows = q.Columns, len(q.Columns) > 0
	k := &modifyCommand{query: q, top: plan.ModifyOf(q.Root)}
	c.command, c.touches = k, append(c.touches, k.top.Relation)
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

// changeable finds what an UPDATE or a DELETE changes: a temporary table, or events, to tell that there is
// nothing to change.
func (s *Session) changeable(c *compiled, r *pg.RangeVar, where *pg.Node, verb string) (*plan.Relation, error) {
	if t := s.tableOf(r); t != nil {
		return s.tableRelation(t), nil
	}
	if err := s.writableRelation(c, r, verb); err != nil {
		return nil, err
	}
	if where.GetCurrentOfExpr() != nil {
		return nil, s.refuseChange(c, r, verb)
	}
	return s.server.eventsIn(c.catalog), nil
}

func (s *Session) bindUpdate(c *compiled, params *expr.Params, n *pg.UpdateStmt) error {
	r, err := s.changeable(c, n.GetRelation(), n.GetWhereClause(), "update")
	if err != nil {
		return err
	}
	return bindChange(s, c, params, r, n, analyze.Update)
}

func (s *Session) bindDelete(c *compiled, params *expr.Params, n *pg.DeleteStmt) error {
	r, err := s.changeable(c, n.GetRelation(), n.GetWhereClause(), "delete from")
	if err != nil {
		return err
	}
	return bindChange(s, c, params, r, n, analyze.Delete)
}

func bindChange[S any](s *Session, c *compiled, params *expr.Params, r *plan.Relation, statement S, planned func(string, S, *plan.Relation, analyze.Options) (*plan.Query, error)) error {
	rel, o := s.readOptions(c, params)
	rel.used = r.Kind == plan.EventsRelation
	var current *currentOf
	o.CurrentOf = s.findsCurrent(&current)
	q, err := planned(c.sql, statement, r, o)
	return s.modifiesCurrent(c, rel, q, current, err)
}

func (s *Session) bindMerge(c *compiled, params *expr.Params, n *pg.MergeStmt) error {
	t := s.tableOf(n.GetRelation())
	if t == nil {
		if err := s.found(c, n.GetRelation()); err != nil {
			return sqlstate.Of(err).At(parse.Position(c.sql, int(n.GetRelation().GetLocation())))
		}
		return unsupportedStatement(c, &pg.Node{Node: &pg.Node_MergeStmt{MergeStmt: n}})
	}
	rel, o := s.readOptions(c, params)
	q, err := analyze.Merge(c.sql, n, s.tableRelation(t), o)
	return s.modifies(c, rel, q, err)
}

func (k *modifyCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	return k.runJudged(ctx, s, x, nil)
}

// runJudged is run, with what judges the events to append.
func (k *modifyCommand) runJudged(ctx context.Context, s *Session, x *call, judge func(context.Context, []event.Draft) error) (result, error) {
	if k.current != nil {
		if _, err := k.current.place(); err != nil {
			return result{}, err
		}
	}
	rows, w, err := s.runWhole(ctx, &whole{call: x, query: k.query, command: k.command(), judge: judge})
	if err != nil {
		return result{}, err
	}
	tag := tags[k.top.Kind] + strconv.Itoa(w.wrote[k.top])
	if len(k.query.Columns) == 0 {
		return done(tag)
	}
	return result{rows: rows, tag: tag}, nil
}

// command is what the statement is called.
func (k *modifyCommand) command() string {
	command, _, _ := strings.Cut(tags[k.top.Kind], " ")
	return command
}

// runsMax bounds how often a statement runs over a log that moves.
const runsMax = 1000

// whole is a query that changes something and is run to its end: a portal that is read later
// must not see what comes after.
type whole struct {
	call    *call
	query   *plan.Query
	command string
	judge   func(context.Context, []event.Draft) error // see appender
}

// runWhole runs w, and runs it anew where the log has moved before it could take what w appends.
func (s *Session) runWhole(ctx context.Context, w *whole) (rowSource, *changeWriter, error) {
	mark := s.tables.Mark()
	for runs := 1; ; runs++ {
		rows, writer, err := s.runOnce(ctx, w)
		var moved *movedError
		if !errors.As(err, &moved) {
			return rows, writer, err
		}
		if runs == runsMax {
			return nil, nil, moved.refusal
		}
		s.tables.Rollback(mark)
		if s.lone() {
			s.forgetRun()
		}
		if _, err := s.catchUp(ctx); err != nil {
			return nil, nil, err
		}
	}
}

// catchUp has later reads see all that is in the log by now, which the cut has.
func (s *Session) catchUp(ctx context.Context) (projection.Cut, error) {
	cut, err := s.server.options.Backend.Cut(ctx, projection.Freshness{Level: projection.Consistent, Wait: s.freshness.Wait}, s.floor)
	if err == nil {
		s.advance(cut.Sequence, cut.HLC)
	}
	return cut, err
}

func (s *Session) runOnce(ctx context.Context, w *whole) (rowSource, *changeWriter, error) {
	mark := s.tables.Mark()
	src, err := s.changingSource(ctx, w.call, w.query, w.command, false)
	if err != nil {
		return nil, nil, err
	}
	src.writer.judge = w.judge
	made, err := s.readAll(ctx, w.call, w.query, src)
	if err != nil {
		return nil, nil, err
	}
	differs, err := src.writer.commit(ctx)
	if err == nil && src.runs && src.outer == nil && s.lone() {
		err = s.commitRun(ctx)
	}
	if err == nil && differs {
		s.tables.Rollback(mark)
		src = src.again()
		if made, err = s.readAll(ctx, w.call, w.query, src); err != nil {
			err = sqlstate.Of(err).WithDetail("The events are appended; what the statement tells of them could not be made.")
		}
	}
	return made, src.writer, err
}

// lone reports whether the statement that runs is known to be all of its transaction.
func (s *Session) lone() bool { return s.tx.alone && s.tx.state != block }

// forgetRun forgets what functions that a statement of its own has called have appended and defined.
func (s *Session) forgetRun() {
	s.tx.pending.Reset()
	s.tx.cutFixed = false
	s.tx.defined, s.tx.definitions = nil, 0
}

// commitRun proposes what the functions that a statement has called have appended and defined. After a
// *movedError the statement can be run anew.
func (s *Session) commitRun(ctx context.Context) error {
	err := s.appendPending(ctx)
	switch {
	case err != nil && s.tx.pending.Moved(err):
		return &movedError{err}
	case err == nil:
		s.forgetRun()
	}
	return err
}

// changingSource is what a statement that changes something reads, with what it writes by.
func (s *Session) changingSource(ctx context.Context, x *call, q *plan.Query, command string, timed bool) (*source, error) {
	if q.Appends {
		if err := s.writable(command); err != nil {
			return nil, err
		}
	}
	src, err := s.sourceOf(ctx, x, q, timed)
	if err == nil {
		src.writer = newChangeWriter(src)
	}
	return src, err
}

// again is the source of a statement that runs once more, to tell what its appends have become:
// it reads what it read before, and appends nothing.
func (r *source) again() *source {
	made := &source{
		session: r.session, out: r.out, freshness: r.freshness, opened: r.opened, cut: r.cut, pending: r.pending,
		barrier: r.barrier, tables: r.tables,
	}
	made.writer = &changeWriter{tableWriter: newTableWriter(made), appender: r.writer.appender}
	return made
}

// readAll reads all rows of a query.
func (s *Session) readAll(ctx context.Context, x *call, q *plan.Query, src *source) (*fixedRows, error) {
	rows, err := s.openAt(ctx, x, q, src, queryOptions{})
	if err != nil {
		return nil, err
	}
	defer rows.close()
	made := &fixedRows{}
	bytes := int64(0)
	for {
		batch, err := rows.next(ctx)
		if err != nil || len(batch) == 0 {
			return made, err
		}
		for _, row := range batch {
			for _, d := range row {
				bytes += int64(types.SizeBytes(d))
			}
			made.rows = append(made.rows, slices.Clone(row))
		}
		if bytes > s.server.options.QueryBytesMax {
			return nil, exec.OutOfMemory(s.server.options.QueryBytesMax)
		}
	}
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
			return s.refuseTruncate(c, &pg.TruncateStmt{Relations: []*pg.Node{r}})
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
