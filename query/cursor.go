package query

import (
	"context"
	"math"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Options of DECLARE, as PostgreSQL's parsenodes.h numbers them.
const (
	cursorBinary = 1
	cursorScroll = 2
	cursorHold   = 32
)

// declareCommand is DECLARE CURSOR. Its query is a statement of its own.
type declareCommand struct {
	name   string
	query  *compiled
	format int16
	scroll bool
}

func (s *Session) bindDeclare(c *compiled, params *expr.Params, n *pg.DeclareCursorStmt) error {
	if n.GetOptions()&cursorHold != 0 {
		return unsupported(c.sql, int32(c.statement.Start), "cursors WITH HOLD are not supported").
			WithHint("Use the cursor inside a transaction block.")
	}
	query := *c
	if err := s.bindSelect(&query, params, n.GetQuery()); err != nil {
		return err
	}
	query.fields = fieldsOf(query.columns, nil)
	c.freshness = query.freshness
	k := &declareCommand{name: n.GetPortalname(), query: &query, scroll: n.GetOptions()&cursorScroll != 0}
	if n.GetOptions()&cursorBinary != 0 {
		k.format = binaryFormat
	}
	c.command = k
	return nil
}

func (k *declareCommand) run(_ context.Context, s *Session, x *call) (result, error) {
	if s.tx.state != block {
		return result{}, sqlstate.New(sqlstate.NoActiveSQLTransaction, "DECLARE CURSOR can only be used in transaction blocks")
	}
	p, err := s.newPortal(k.name)
	if err != nil {
		return result{}, err
	}
	query := *k.query
	query.params, query.fixed, query.point = x.params, x.fixed, nil
	p.reset(k.name, &query)
	p.values = append(p.values, x.values...)
	p.cursor, p.scroll = true, k.scroll
	for range query.columns {
		p.formats = append(p.formats, k.format)
	}
	s.portals[k.name] = p
	return done("DECLARE CURSOR")
}

// fetchCommand is FETCH and MOVE, forwards only.
type fetchCommand struct {
	name string
	// count rows are taken, after skip rows are passed over.
	count, skip int64
	to          int64 // ABSOLUTE: skip to this row; 0 = relative
	move        bool
}

func bindFetch(c *compiled, n *pg.FetchStmt) error {
	k := &fetchCommand{name: n.GetPortalname(), move: n.GetIsmove()}
	many := n.GetHowMany()
	backward := unsupported(c.sql, int32(c.statement.Start), "cursors that go backward are not supported")
	switch n.GetDirection() {
	case pg.FetchDirection_FETCH_FORWARD:
		k.count = many
	case pg.FetchDirection_FETCH_ABSOLUTE:
		k.count, k.to = 1, many
	case pg.FetchDirection_FETCH_RELATIVE:
		k.count, k.skip = 1, many-1
	default:
		return backward
	}
	if many < 0 || (many == 0 && n.GetDirection() != pg.FetchDirection_FETCH_FORWARD) {
		return backward
	}
	if many == 0 {
		return unsupported(c.sql, int32(c.statement.Start), "fetching the current row again is not supported")
	}
	c.command = k
	return nil
}

// describe implements describer: a FETCH has its cursor's columns.
func (k *fetchCommand) describe(s *Session) ([]plan.Column, error) {
	if k.move {
		return nil, nil
	}
	p, ok := s.portals[k.name]
	if !ok {
		return nil, noCursor(k.name)
	}
	return p.compiled.columns, nil
}

func noCursor(name string) error {
	return sqlstate.New(sqlstate.InvalidCursorName, "cursor %q does not exist", name)
}

func (k *fetchCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	p, ok := s.portals[k.name]
	if !ok {
		return result{}, noCursor(k.name)
	}
	if err := s.startCursor(ctx, p, x.out); err != nil {
		return result{}, err
	}
	skip := k.skip
	if k.to > 0 {
		if skip = k.to - 1 - p.position; skip < 0 {
			return result{}, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "cursor can only scan forward").
				WithHint("Declare it again to read from the start.")
		}
	}
	rows := &cursorRows{portal: p, left: k.count}
	if err := rows.pass(ctx, skip); err != nil {
		return result{}, err
	}
	if !k.move {
		return result{rows: rows, tag: "FETCH", counted: true}, nil
	}
	moved := p.position
	if err := rows.pass(ctx, k.count); err != nil {
		return result{}, err
	}
	return done("MOVE " + strconv.FormatInt(p.position-moved, 10))
}

func (s *Session) startCursor(ctx context.Context, p *portal, out Out) error {
	if p.started {
		return nil
	}
	r, err := p.compiled.command.run(ctx, s, &call{compiled: p.compiled, values: p.values, out: out})
	p.result, p.started = r, err == nil
	return err
}

// cursorRows takes rows of a cursor; the cursor stays open when they end.
type cursorRows struct {
	portal *portal
	left   int64
}

func (r *cursorRows) next(ctx context.Context) ([][]types.Datum, error) {
	if r.left <= 0 || r.portal.finished {
		return nil, nil
	}
	row, err := r.portal.next(ctx)
	if err != nil || row == nil {
		r.portal.finished = err == nil
		return nil, err
	}
	if r.left != math.MaxInt64 {
		r.left--
	}
	return [][]types.Datum{row}, nil
}

func (r *cursorRows) close() {}

// pass takes n rows and drops them.
func (r *cursorRows) pass(ctx context.Context, n int64) error {
	for ; n > 0 && !r.portal.finished; n-- {
		row, err := r.portal.next(ctx)
		if err != nil {
			return err
		}
		r.portal.finished = row == nil
	}
	return nil
}

// closeCommand is CLOSE; an empty name closes all.
type closeCommand struct{ name string }

func (k *closeCommand) run(_ context.Context, s *Session, _ *call) (result, error) {
	if k.name == "" {
		for name, p := range s.portals {
			p.close()
			delete(s.portals, name)
		}
		return done("CLOSE CURSOR ALL")
	}
	p, ok := s.portals[k.name]
	if !ok {
		return result{}, noCursor(k.name)
	}
	p.close()
	delete(s.portals, k.name)
	return done("CLOSE CURSOR")
}
