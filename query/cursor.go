package query

import (
	"context"
	"time"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Options of DECLARE, as PostgreSQL's parsenodes.h numbers them.
const (
	cursorBinary      = 1
	cursorScroll      = 2
	cursorNoScroll    = 4
	cursorInsensitive = 8
	cursorHold        = 32
)

// declareCommand is DECLARE CURSOR. Its query is a statement of its own.
type declareCommand struct {
	name   string
	query  *compiled
	format int16
	scroll bool // said so, so that its rows are kept
	back   bool // may go backward
	hold   bool
}

func (s *Session) bindDeclare(c *compiled, params *expr.Params, n *pg.DeclareCursorStmt) error {
	query := *c
	rel, options := s.readOptions(&query, params)
	options.Places = true
	planned, err := s.planSelect(c.sql, n.GetQuery(), options)
	if err != nil {
		return err
	}
	if err := query.asks(planned); err != nil {
		return err
	}
	own := &selectCommand{query: planned}
	query.command, query.columns, query.rows = own, planned.Columns, true
	query.using(rel, planned)
	query.changed = query.changed || planned.IfChanged
	if err := lockingCursor(planned, n.GetOptions()); err != nil {
		return err
	}
	if own.query.Changes {
		return sqlstate.New(sqlstate.FeatureNotSupported, "DECLARE CURSOR must not contain data-modifying statements in WITH")
	}
	query.fields = fieldsOf(query.columns)
	c.freshness, c.contract = query.freshness, query.contract
	o := n.GetOptions()
	k := &declareCommand{name: n.GetPortalname(), query: &query, scroll: o&cursorScroll != 0, hold: o&cursorHold != 0}
	k.back = k.scroll || o&cursorNoScroll == 0 && own.query.Backward()
	if o&cursorBinary != 0 {
		k.format = binaryFormat
	}
	c.command = k
	return nil
}

// lockingCursor checks what a cursor FOR UPDATE may be.
func lockingCursor(q *plan.Query, o int32) error {
	refused := func(form, must string) error {
		return sqlstate.New(sqlstate.FeatureNotSupported, "DECLARE %s FOR UPDATE is not supported", form).WithDetail("%s cursors must be READ ONLY.", must)
	}
	switch {
	case !q.Locks:
		return nil
	case o&cursorHold != 0:
		return refused("CURSOR WITH HOLD ...", "Holdable")
	case o&cursorScroll != 0:
		return refused("SCROLL CURSOR ...", "Scrollable")
	case o&cursorInsensitive != 0:
		return sqlstate.New(sqlstate.InvalidCursorDefinition, "DECLARE INSENSITIVE CURSOR ... FOR UPDATE is not valid").WithDetail("Insensitive cursors must be READ ONLY.")
	}
	return nil
}

func (k *declareCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	if s.tx.state != block && !k.hold {
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
	for range query.columns {
		p.formats = append(p.formats, k.format)
	}
	of := &call{compiled: &query, values: p.values, out: x.out}
	source, err := s.sourceOf(ctx, of, k.plan(), false)
	if err != nil {
		return result{}, err
	}
	p.cursor = &cursor{declared: k, source: source, keeps: k.scroll, sql: x.sql, since: s.now()}
	p.cursor.open = func(ctx context.Context) (rowSource, error) {
		return s.openAt(ctx, of, k.plan(), source, queryOptions{})
	}
	s.portals[k.name] = p
	return done("DECLARE CURSOR")
}

func (k *declareCommand) plan() *plan.Query { return k.query.command.(*selectCommand).query }

// cursor is where a portal stands that FETCH reads. What its query reads is fixed
// when it is declared.
type cursor struct {
	declared *declareCommand // nil: of a portal that the protocol made
	source   *source
	open     func(context.Context) (rowSource, error)
	sql      string
	since    time.Time

	position int64 // 0 = before the first row, rows + 1 = behind the last
	rows     int64 // read so far
	ended    bool  // rows is all of them
	failed   bool
	held     bool // its transaction has committed: all that is left is kept

	here   []int64 // the places of row hereAt, as the plan's Places say
	hereAt int64

	keeps bool       // rows that are read are kept
	kept  spill.List // rows first, first + 1, …
	first int64
	bytes int64 // of those in memory
	files *spill.Space
}

// close gives back what the cursor keeps; nil keeps nothing.
func (c *cursor) close() {
	if c == nil {
		return
	}
	c.kept.Close()
	c.bytes = 0
	if c.files != nil {
		c.files.Close()
	}
}

func (c *cursor) back() bool { return c.declared != nil && c.declared.back }

// row returns row n, nil behind the last, and remembers its places.
func (c *cursor) row(ctx context.Context, s *Session, p *portal, n int64) ([]types.Datum, error) {
	row, err := c.find(ctx, s, p, n)
	c.here, c.hereAt = c.here[:0], n
	if row == nil {
		return nil, err
	}
	width := min(len(p.compiled.columns), len(row))
	for _, d := range row[width:] {
		if d.IsNull() {
			d = types.Int(0)
		}
		c.here = append(c.here, d.Int())
	}
	return row[:width:width], err
}

func (c *cursor) find(ctx context.Context, s *Session, p *portal, n int64) ([]types.Datum, error) {
	if n <= c.rows && (!c.keeps || n < c.first) {
		if err := c.again(p); err != nil {
			return nil, err
		}
	}
	for c.rows < n && !c.ended {
		row, err := c.read(ctx, s, p)
		if err != nil {
			c.failed = true
			return nil, err
		}
		if c.rows == n && row != nil {
			return row, nil
		}
	}
	if n > c.rows {
		return nil, nil
	}
	return c.kept.Row(int(n - c.first))
}

// again begins the query anew and keeps the rows from now on.
func (c *cursor) again(p *portal) error {
	if c.open == nil {
		return forwardOnly()
	}
	p.stop()
	c.rows, c.ended, c.keeps = 0, false, true
	return nil
}

// read takes the query's next row.
func (c *cursor) read(ctx context.Context, s *Session, p *portal) ([]types.Datum, error) {
	if !p.started {
		rows, err := c.open(ctx)
		if err != nil {
			return nil, err
		}
		p.started, p.result = true, result{rows: rows}
	}
	row, err := p.next(ctx)
	if err != nil {
		return nil, err
	}
	if row == nil {
		c.ended = true
		return nil, nil
	}
	c.rows++
	if !c.keeps {
		return row, nil
	}
	return row, c.keep(s, row)
}

func (c *cursor) keep(s *Session, row []types.Datum) error {
	if c.kept.Len() == 0 {
		c.first = c.rows
	}
	if c.full(s) {
		if c.files == nil {
			c.files = s.tempSpace()
		}
		return c.kept.Write(c.files, row)
	}
	for _, d := range row {
		c.bytes += int64(types.SizeBytes(d))
	}
	if all, limit := s.cursorBytes(), s.server.options.QueryBytesMax; all > limit {
		return sqlstate.New(sqlstate.OutOfMemory, "out of memory").WithDetail("The rows that a session's cursors keep may take %d bytes.", limit)
	}
	c.kept.Keep(row)
	return nil
}

// full reports whether further rows go to disk.
func (c *cursor) full(s *Session) bool {
	if s.server.options.Temp == nil {
		return false
	}
	return c.kept.Spilled() || s.cursorBytes() > min(s.limits.WorkBytes, s.server.options.QueryBytesMax/2)
}

// cursorBytes is the memory that the session's cursors keep rows in.
func (s *Session) cursorBytes() (all int64) {
	for _, p := range s.portals {
		if p.cursor != nil {
			all += p.cursor.bytes
		}
	}
	return all
}

// tempSpace is room for temporary files, as large as temp_file_limit says.
func (s *Session) tempSpace() *spill.Space {
	if s.limits.TempBytesMax == 0 {
		return s.server.options.Temp.Space(-1)
	}
	return s.server.options.Temp.Space(s.limits.TempBytesMax)
}

// hold keeps what is left of a cursor WITH HOLD, as its transaction commits.
func (c *cursor) hold(ctx context.Context, s *Session, p *portal) error {
	if c.failed {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "portal %q cannot be run", p.name)
	}
	if c.back() && !c.keeps && c.rows > 0 {
		if err := c.again(p); err != nil {
			return err
		}
	}
	c.keeps = true
	for !c.ended {
		if _, err := c.read(ctx, s, p); err != nil {
			return err
		}
	}
	p.stop()
	c.held, c.source, c.open = true, nil, nil
	return nil
}

// holdCursors makes the cursors WITH HOLD independent of the transaction. It returns them: they go if it does not commit.
func (s *Session) holdCursors(ctx context.Context) (made []*cursor, err error) {
	for _, p := range s.portals {
		c := p.cursor
		if c == nil || c.held || c.declared == nil || !c.declared.hold {
			continue
		}
		if err := c.hold(ctx, s, p); err != nil {
			return made, err
		}
		made = append(made, c)
	}
	return made, nil
}

// closeCommand is CLOSE; an empty name closes all.
type closeCommand struct{ name string }

func (k *closeCommand) run(_ context.Context, s *Session, _ *call) (result, error) {
	if k.name == "" {
		s.closeCursors()
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

// closeCursors closes every cursor, those that are held too.
func (s *Session) closeCursors() {
	for name, p := range s.portals {
		p.close()
		delete(s.portals, name)
	}
}
