package wire

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgproto3/v2"

	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/wire/sqlstate"
)

// message serves the next message, whose kind is known and which has arrived whole.
// An error ends the connection.
func (c *conn) message(ctx context.Context, kind byte) error {
	switch kind {
	case 'X':
		return errTerminate
	case 'd', 'c', 'f':
		return c.ignore() // of a COPY that has failed already
	case 'Q', 'P', 'B', 'D', 'E', 'C', 'F', 'S', 'H':
	default:
		return violation("invalid frontend message type %d", kind)
	}
	if c.skipping && kind != 'S' {
		return c.ignore()
	}
	c.begin()
	c.work()
	return c.perform(c.cancels.begin(ctx), kind)
}

func (c *conn) ignore() error {
	_, _, err := c.in.take()
	return err
}

// begin ends idleness.
func (c *conn) begin() {
	if c.open {
		return
	}
	c.open = true
	if c.notifier != nil {
		c.notifier.busy()
	}
	if c.bounded {
		c.bounded = false
		_ = c.raw.SetReadDeadline(noDeadline) // a closed connection fails at its next use
	}
}

func (c *conn) perform(ctx context.Context, kind byte) error {
	switch kind {
	case 'B':
		return c.bind(ctx)
	case 'E':
		return c.execute(ctx)
	case 'D':
		return c.describe(ctx)
	case 'S':
		return c.sync(ctx)
	case 'H':
		return errors.Join(c.ignore(), c.out.write())
	case 'F':
		return c.functionCall(ctx)
	}
	m, err := c.decoder.receive(&c.in, kind)
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case *pgproto3.Query:
		return c.simple(ctx, m.String)
	case *pgproto3.Parse:
		return c.answer(ctx, c.session.Prepare(ctx, m.Name, m.Query, m.ParameterOIDs, &c.out), '1')
	case *pgproto3.Close:
		return c.forget(m)
	}
	return violation("unexpected message %T", m)
}

// simple serves Query.
func (c *conn) simple(ctx context.Context, sql string) error {
	c.server.metrics.queries.Inc()
	if err := c.session.Simple(ctx, sql, &c.out); err != nil {
		if err := c.tell(ctx, err); err != nil {
			return err
		}
	}
	return c.ready()
}

// answer ends a message of the extended protocol: with one bodiless message, or the
// error.
func (c *conn) answer(ctx context.Context, err error, complete byte) error {
	if err != nil {
		return c.fail(ctx, err)
	}
	return c.out.bodiless(complete)
}

func (c *conn) bind(ctx context.Context) error {
	_, body, err := c.in.take()
	if err != nil {
		return err
	}
	m, err := c.decoder.decodeBind(body)
	if err != nil {
		return err
	}
	err = c.session.Bind(ctx, m.DestinationPortal, m.PreparedStatement, m.ParameterFormatCodes, m.Parameters, m.ResultFormatCodes)
	return c.answer(ctx, err, '2')
}

func (c *conn) execute(ctx context.Context) error {
	_, body, err := c.in.take()
	if err != nil {
		return err
	}
	m, err := c.decoder.decodeExecute(body)
	if err != nil {
		return err
	}
	c.server.metrics.queries.Inc()
	rowsMax := m.MaxRows
	if int32(rowsMax) < 0 {
		rowsMax = 0
	}
	c.out.bare = true
	err = c.session.Execute(ctx, m.Portal, rowsMax, &c.out)
	c.out.bare = false
	c.endCopy()
	if err != nil {
		return c.fail(ctx, err)
	}
	return c.out.err
}

func (c *conn) describe(ctx context.Context) error {
	_, body, err := c.in.take()
	if err != nil {
		return err
	}
	m, err := c.decoder.decodeDescribe(body)
	if err != nil {
		return err
	}
	switch m.ObjectType {
	case 'S':
		return c.describeStatement(ctx, m.Name)
	case 'P':
		return c.describePortal(ctx, m.Name)
	}
	return c.fail(ctx, sqlstate.New(sqlstate.ProtocolViolation, "invalid DESCRIBE message subtype %d", m.ObjectType))
}

func (c *conn) describeStatement(ctx context.Context, name string) error {
	params, fields, err := c.session.Statement(ctx, name)
	if err != nil {
		return c.fail(ctx, err)
	}
	if err := c.out.send(&pgproto3.ParameterDescription{ParameterOIDs: params}); err != nil {
		return err
	}
	if fields == nil {
		return c.out.bodiless('n')
	}
	return c.out.rowDescription(fields)
}

func (c *conn) describePortal(ctx context.Context, name string) error {
	fields, err := c.session.Portal(ctx, name)
	switch {
	case err != nil:
		return c.fail(ctx, err)
	case fields == nil:
		return c.out.bodiless('n')
	}
	return c.out.rowDescription(fields)
}

func (c *conn) forget(m *pgproto3.Close) error {
	switch m.ObjectType {
	case 'S':
		c.session.CloseStatement(m.Name)
	case 'P':
		c.session.ClosePortal(m.Name)
	default:
		return c.fail(context.Background(), sqlstate.New(sqlstate.ProtocolViolation, "invalid CLOSE message subtype %d", m.ObjectType))
	}
	return c.out.bodiless('3')
}

// caller may be implemented by a Session that serves FunctionCall, of functions with one argument
// and a result, both in binary. The argument is valid until it returns.
type caller interface {
	Call(ctx context.Context, function uint32, argument []byte) ([]byte, error)
}

func (c *conn) functionCall(ctx context.Context) error {
	_, body, err := c.in.take()
	if err != nil {
		return err
	}
	function, argument, ok := decodeCall(body)
	s, serves := c.session.(caller)
	if !ok || !serves {
		return c.failCall(ctx, query.RefusedCall(function))
	}
	result, err := s.Call(ctx, function, argument)
	if err != nil {
		return c.failCall(ctx, err)
	}
	if err := c.out.functionResult(result); err != nil {
		return err
	}
	return c.ready()
}

func (c *conn) failCall(ctx context.Context, err error) error {
	if err := c.tell(ctx, err); err != nil {
		return err
	}
	if err := c.session.Sync(ctx, true); err != nil {
		if err := c.tell(ctx, err); err != nil {
			return err
		}
	}
	return c.ready()
}

func (c *conn) sync(ctx context.Context) error {
	if err := c.ignore(); err != nil {
		return err
	}
	if err := c.session.Sync(ctx, c.skipping); err != nil {
		if err := c.tell(ctx, err); err != nil {
			return err
		}
	}
	return c.ready()
}

// ready ends a batch: nothing runs, and everything gathered goes out.
func (c *conn) ready() error {
	c.endCopy()
	c.open, c.skipping = false, false
	c.startNotifier()
	if c.notifier != nil {
		return c.notifier.ready(c.session.Status())
	}
	return c.out.readyForQuery(c.session.Status())
}

// fail tells an error of the extended protocol, at once: what follows is ignored up to Sync, also
// the Flush of a client that waits for this.
func (c *conn) fail(ctx context.Context, err error) error {
	c.skipping = true
	if err := c.tell(ctx, err); err != nil {
		return err
	}
	return c.out.write()
}

// tell sends an error of the session. It returns one if the connection must end.
func (c *conn) tell(ctx context.Context, err error) error {
	var f fatal
	if c.out.err != nil {
		return c.out.err
	}
	var bad malformed
	if errors.As(err, &f) || errors.As(err, &bad) {
		return err
	}
	e := explain(ctx, err)
	switch {
	case e == errShuttingDown, e == errClientGone:
		return fatal{e}
	case e.Code == sqlstate.InternalError:
		c.server.options.Logger.Error("internal error", "pid", c.id, "error", fmt.Sprint(err))
	}
	return c.out.fail("ERROR", e)
}
