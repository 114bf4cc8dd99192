package query

import (
	"context"
	"math"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// fetchAll is the number of rows that stands for ALL.
const fetchAll = math.MaxInt64

// fetchCommand is FETCH and MOVE.
type fetchCommand struct {
	name      string
	direction pg.FetchDirection
	count     int64
	move      bool
}

func bindFetch(c *compiled, n *pg.FetchStmt) error {
	c.command = &fetchCommand{name: n.GetPortalname(), direction: n.GetDirection(), count: n.GetHowMany(), move: n.GetIsmove()}
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

func forwardOnly() error {
	return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "cursor can only scan forward").
		WithHint("Declare it with SCROLL option to enable backward scan.")
}

func (k *fetchCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	p, ok := s.portals[k.name]
	if !ok {
		return result{}, noCursor(k.name)
	}
	c, err := s.cursorOf(p, x.out)
	if err != nil {
		return result{}, err
	}
	f := &fetch{session: s, portal: p, cursor: c}
	if err := f.aim(ctx, k); err != nil {
		return result{}, err
	}
	if !k.move {
		return result{rows: f, tag: "FETCH", counted: true}, nil
	}
	moved, err := f.drain(ctx)
	return result{tag: "MOVE " + strconv.FormatInt(moved, 10)}, err
}

// cursorOf is the cursor of a portal; one that the protocol made gets its own.
func (s *Session) cursorOf(p *portal, out Out) (*cursor, error) {
	if p.cursor == nil {
		run := p.compiled
		p.cursor = &cursor{sql: run.sql, since: s.now(), position: p.position, rows: p.position, ended: p.finished}
		p.cursor.open = func(ctx context.Context) (rowSource, error) {
			r, err := s.run(ctx, run.command, &call{compiled: run, values: p.values, out: out})
			if r.rows == nil {
				r.rows = &fixedRows{}
			}
			return r.rows, err
		}
	}
	if p.cursor.failed {
		return nil, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "portal %q cannot be run", p.name)
	}
	return p.cursor, nil
}

// fetch moves a cursor and gives the rows that it comes to.
type fetch struct {
	session *Session
	portal  *portal
	cursor  *cursor
	left    int64
	step    int64 // +1 or -1
	here    bool  // the row that the cursor stands on, and no other
}

// aim goes to where the rows begin, and says how many are wanted.
func (f *fetch) aim(ctx context.Context, k *fetchCommand) error {
	n := k.count
	switch k.direction {
	case pg.FetchDirection_FETCH_ABSOLUTE:
		return f.absolute(ctx, n)
	case pg.FetchDirection_FETCH_RELATIVE:
		return f.relative(ctx, n, k.move)
	case pg.FetchDirection_FETCH_BACKWARD:
		n = -n
	}
	switch {
	case n == 0:
		return f.again(k.move)
	case n > 0:
		f.step, f.left = 1, n
		return nil
	}
	f.step, f.left = -1, -n
	return f.backward()
}

// again is FETCH 0: the row that the cursor stands on.
func (f *fetch) again(move bool) error {
	c := f.cursor
	if c.position == 0 || c.ended && c.position > c.rows {
		return nil
	}
	f.here, f.left = true, 1
	if move {
		return nil
	}
	return f.backward()
}

// backward refuses what a cursor cannot do.
func (f *fetch) backward() error {
	if !f.cursor.back() {
		return forwardOnly()
	}
	return nil
}

func (f *fetch) absolute(ctx context.Context, n int64) error {
	c := f.cursor
	if n < 0 { // from the end
		if err := f.to(ctx, fetchAll); err != nil {
			return err
		}
		c.position = max(c.rows+1+n, 0) + 1
		f.step, f.left = -1, 1
		return f.backward()
	}
	if n-1 < c.position {
		if c.position > 0 {
			if err := f.backward(); err != nil {
				return err
			}
		}
		c.position = max(n-1, 0)
	}
	if n == 0 {
		return nil
	}
	f.step, f.left = 1, 1
	return f.to(ctx, n-1)
}

func (f *fetch) relative(ctx context.Context, n int64, move bool) error {
	switch {
	case n > 0:
		f.step, f.left = 1, 1
		return f.to(ctx, f.cursor.position+n-1)
	case n == 0:
		return f.again(move)
	}
	f.step, f.left = -1, 1
	if err := f.backward(); err != nil {
		return err
	}
	f.cursor.position = max(f.cursor.position+n+1, 0)
	return nil
}

// to moves forward to a row, or behind the last one.
func (f *fetch) to(ctx context.Context, n int64) error {
	c := f.cursor
	for c.position < n {
		row, err := c.row(ctx, f.session, f.portal, c.position+1)
		if err != nil {
			return err
		}
		if c.position++; row == nil {
			return nil
		}
	}
	return nil
}

// next implements rowSource.
func (f *fetch) next(ctx context.Context) ([][]types.Datum, error) {
	c := f.cursor
	if f.left <= 0 {
		return nil, nil
	}
	if f.left != fetchAll {
		f.left--
	}
	if f.here {
		return f.rowAt(ctx, c.position)
	}
	target := c.position + f.step
	if f.step > 0 && c.ended && c.position > c.rows {
		return nil, nil
	}
	if target <= 0 {
		c.position, f.left = 0, 0
		return nil, nil
	}
	c.position = target
	return f.rowAt(ctx, target)
}

func (f *fetch) rowAt(ctx context.Context, n int64) ([][]types.Datum, error) {
	row, err := f.cursor.row(ctx, f.session, f.portal, n)
	if err != nil || row == nil {
		return nil, err
	}
	return [][]types.Datum{row}, nil
}

// drain moves on and counts.
func (f *fetch) drain(ctx context.Context) (n int64, err error) {
	for {
		rows, err := f.next(ctx)
		if err != nil || len(rows) == 0 {
			return n, err
		}
		n++
	}
}

func (f *fetch) close() {}
