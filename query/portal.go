package query

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// portal is a statement with its parameters, ready to run or running. The unnamed
// one is used again and again; its slices keep their capacity.
type portal struct {
	name     string
	bound    bool
	compiled *compiled
	values   []types.Datum
	formats  []int16 // of the columns
	unsent   []int   // columns whose values have no binary form, and are asked for in it
	cursor   *cursor // of FETCH; one that DECLARE made is run by FETCH alone

	started  bool
	finished bool
	result   result
	batch    [][]types.Datum // rows not sent yet
	position int64           // rows taken so far
	shape    *shape          // of a point read's row, for these formats
	shapeOf  *compiled
	shapeFor string // formats of shape
}

// reset makes p the portal of c; its values and formats are the caller's to fill.
func (p *portal) reset(name string, c *compiled) {
	p.close()
	p.name, p.compiled, p.bound = name, c, true
	p.values, p.formats, p.unsent = p.values[:0], p.formats[:0], p.unsent[:0]
	p.started, p.finished, p.position = false, false, 0
}

func (p *portal) close() {
	p.stop()
	p.cursor.close()
	p.cursor, p.bound = nil, false
}

// stop ends the running of a portal; its rows begin anew.
func (p *portal) stop() {
	if p.result.rows != nil {
		p.result.rows.close()
	}
	p.result, p.batch, p.started, p.position = result{}, nil, false, 0
}

// fields are the columns of the rows; the caller must not change them.
func (p *portal) fields() []Field {
	c := p.compiled
	if len(p.formats) == 0 && !c.rows {
		return nil
	}
	if !slices.Contains(p.formats, binaryFormat) {
		return c.fields
	}
	fields := append([]Field(nil), c.fields...)
	for i := range fields {
		fields[i].Format = p.formats[i]
	}
	return fields
}

// portal finds a portal.
func (s *Session) portal(name string) (*portal, error) {
	if name == "" {
		if s.unnamed.bound {
			return &s.unnamed, nil
		}
		return nil, sqlstate.New(sqlstate.InvalidCursorName, "portal \"\" does not exist")
	}
	if p, ok := s.portals[name]; ok {
		return p, nil
	}
	return nil, sqlstate.New(sqlstate.InvalidCursorName, "portal %q does not exist", name)
}

// newPortal returns the portal to fill for a name: the unnamed one, or a new one.
func (s *Session) newPortal(name string) (*portal, error) {
	if name == "" {
		return &s.unnamed, nil
	}
	if _, taken := s.portals[name]; taken {
		return nil, sqlstate.New(sqlstate.DuplicateCursor, "cursor %q already exists", name)
	}
	if len(s.portals) >= portalsMax {
		return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "more than %d open portals", portalsMax)
	}
	return &portal{}, nil
}

// closePortals closes what ends with a transaction.
func (s *Session) closePortals() {
	for name, p := range s.portals {
		if p.cursor != nil && p.cursor.held {
			continue
		}
		p.close()
		delete(s.portals, name)
	}
	s.unnamed.close()
}

func (s *Session) bind(name, statement string, formats []int16, values [][]byte, results []int16) error {
	c, err := s.statement(statement)
	if err != nil {
		return err
	}
	if s.tx.state == failed && !endsBlock(c) {
		return errAborted
	}
	if len(values) != len(c.params) {
		return sqlstate.New(sqlstate.ProtocolViolation, "bind message supplies %d parameters, but prepared statement %q requires %d",
			len(values), statement, len(c.params))
	}
	if len(formats) > 1 && len(formats) != len(values) {
		return sqlstate.New(sqlstate.ProtocolViolation, "bind message has %d parameter formats but %d parameters", len(formats), len(values))
	}
	p, err := s.newPortal(name)
	if err != nil {
		return err
	}
	if c, err = s.private(c); err != nil {
		return err
	}
	p.reset(name, c)
	if p.values, err = s.decode(name, p.values, c.params, formats, values); err != nil {
		p.close()
		return err
	}
	if p.formats, err = spreadFormats(p.formats, results, len(c.columns), "result"); err != nil {
		p.close()
		return err
	}
	p.unsent = unsent(p.unsent[:0], p.formats, c.columns)
	if name != "" {
		s.portals[name] = p
	}
	return nil
}

// private gives a statement whose columns depend on the session's state (FETCH,
// EXECUTE) the columns that it has now.
func (s *Session) private(c *compiled) (*compiled, error) {
	d, ok := c.command.(describer)
	if !ok {
		return c, nil
	}
	own := *c
	var err error
	own.columns, err = d.describe(s)
	own.rows = own.columns != nil
	own.fields = fieldsOf(own.columns)
	return &own, err
}

// describer is a command whose columns only the session knows, when it runs.
type describer interface {
	describe(s *Session) ([]plan.Column, error)
}

// parameterText names a parameter that cannot be read. Of its value it shows, as PostgreSQL where
// log_parameter_max_length_on_error is 0, no more than that there is a text.
func parameterText(portal string, i int, v []byte, format int16) string {
	text := "unnamed portal parameter $" + strconv.Itoa(i+1)
	if portal != "" {
		text = "portal \"" + portal + "\" parameter $" + strconv.Itoa(i+1)
	}
	switch {
	case v == nil || format != textFormat || !utf8.Valid(v):
		return text
	case len(v) == 0:
		return text + " = ''"
	}
	return text + " = '...'"
}

// decode reads a portal's parameter values by their types and formats.
func (s *Session) decode(portal string, into []types.Datum, kinds []types.OID, formats []int16, values [][]byte) ([]types.Datum, error) {
	for i, v := range values {
		d, err := s.decodeOne(kinds[i], formatOf(formats, i), v)
		if err != nil {
			e := *sqlstate.Of(err)
			if errors.Is(err, types.ErrTrailingBinary) {
				e.Message += " in bind parameter " + strconv.Itoa(i+1)
			}
			return into, e.Within(parameterText(portal, i, v, formatOf(formats, i)))
		}
		into = append(into, d)
	}
	return into, nil
}

func formatOf(formats []int16, i int) int16 {
	switch len(formats) {
	case 0:
		return textFormat
	case 1:
		return formats[0]
	}
	return formats[i]
}

func (s *Session) decodeOne(t types.OID, format int16, v []byte) (types.Datum, error) {
	switch {
	case v == nil:
		return types.Null, checkNull(s.env, t)
	case format == textFormat:
		return types.Parse(s.env, types.Of(t), string(v))
	case format == binaryFormat:
		return types.DecodeBinary(types.Of(t), v)
	}
	return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "unsupported format code: %d", format)
}

// checkNull holds NULL against a domain.
func checkNull(env *types.Env, t types.OID) error {
	if types.BaseOf(t) == t {
		return nil
	}
	return types.Info(t).Check(env, types.Null)
}

// execute runs a portal, or goes on with it. The transaction has begun.
func (s *Session) execute(ctx context.Context, p *portal, rowsMax uint32, out Out) error {
	c := p.compiled
	if c.statement == nil {
		return out.Empty()
	}
	if s.tx.state == failed && !endsBlock(c) {
		return errAborted
	}
	if err := s.tx.defined.refused(); err != nil && !endsBlock(c) {
		return err
	}
	if p.cursor != nil && p.cursor.declared != nil {
		return sqlstate.New(sqlstate.InvalidCursorName, "portal %q cannot be run", p.name)
	}
	ctx, cancel := s.within(ctx)
	defer cancel()
	defer func(message context.Context) { s.message = message }(s.message)
	s.message, s.plansUntil = ctx, time.Time{}
	watch := s.watch(c)
	err := s.step(ctx, p, rowsMax, out)
	for tries := 0; errors.Is(err, errDefinitionsMoved) && tries < replansMax; tries++ {
		err = s.stepAnew(ctx, p, rowsMax, out)
	}
	watch.done(err)
	return s.told(ctx, err)
}

// replansMax is how often a statement is planned again whose definitions change before
// it has a position to read at.
const replansMax = 8

// stepAnew begins a portal again, which has sent nothing, with a new plan. A command
// that runs another statement finds that one's by itself.
func (s *Session) stepAnew(ctx context.Context, p *portal, rowsMax uint32, out Out) error {
	if _, another := p.compiled.command.(describer); !another {
		fresh, err := s.recompile(p.compiled)
		if err != nil {
			return err
		}
		p.compiled = fresh
	}
	p.started, p.finished = false, false
	return s.step(ctx, p, rowsMax, out)
}

func (s *Session) step(ctx context.Context, p *portal, rowsMax uint32, out Out) error {
	if p.compiled.point != nil && !p.started {
		p.started, p.finished = true, true
		return s.executePoint(ctx, p, rowsMax, out)
	}
	if !p.started {
		p.started = true
		r, err := s.run(ctx, p.compiled.command, &call{compiled: p.compiled, values: p.values, out: out})
		if err != nil {
			return err
		}
		p.result = r
	}
	return s.send(ctx, p, rowsMax, out)
}

// send sends rows of a running portal and its tag, or says that it is suspended.
func (s *Session) send(ctx context.Context, p *portal, rowsMax uint32, out Out) error {
	sent := uint64(0)
	if p.result.rows == nil || p.finished {
		return s.complete(ctx, out, p.tag(sent))
	}
	for rowsMax == 0 || sent < uint64(rowsMax) {
		row, err := p.next(ctx)
		if err != nil {
			return err
		}
		if row == nil {
			p.finished = true
			return s.complete(ctx, out, p.tag(sent))
		}
		for _, i := range p.unsent {
			if err := types.Sendable(p.compiled.columns[i].Type.OID, row[i]); err != nil {
				return err
			}
		}
		s.row = appendRow(s.row[:0], s.env, p.compiled.columns, p.formats, row)
		if err := out.Row(s.row); err != nil {
			return err
		}
		sent++
	}
	return out.Suspended()
}

// next takes the portal's next row; nil at the end.
func (p *portal) next(ctx context.Context) ([]types.Datum, error) {
	if len(p.batch) == 0 {
		batch, err := p.result.rows.next(ctx)
		if err != nil || len(batch) == 0 {
			return nil, err
		}
		p.batch = batch
	}
	row := p.batch[0]
	p.batch = p.batch[1:]
	p.position++
	if row == nil {
		row = []types.Datum{} // a row without columns is no end
	}
	return row, nil
}

func (p *portal) tag(rows uint64) string {
	tag := p.result.tag
	if p.compiled.point != nil && tag == "" {
		tag, p.result.counted = "SELECT", true
	}
	if !p.result.counted {
		return tag
	}
	switch {
	case tag == "SELECT" && rows == 1:
		return "SELECT 1"
	case tag == "SELECT" && rows == 0:
		return "SELECT 0"
	}
	return tag + " " + strconv.FormatUint(rows, 10)
}
