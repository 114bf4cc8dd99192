package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/projsql/projsql/wire/socket"
	"github.com/projsql/projsql/wire/sqlstate"
)

// conn is one client's connection. Its goroutine runs serve; drain, kill and the
// watchdog's methods are called by others.
type conn struct {
	server  *Server
	raw     net.Conn // the socket, for deadlines
	nc      net.Conn // the same, or TLS over it; used by serve only
	turns   turner   // nc, if it is one
	answers bool     // what has gathered is to be sent before more is received
	in      frames
	out     output
	decoder decoder
	session Session
	cancels canceller

	listener Listener  // the session, if it can listen
	idler    idler     // the session, if it bounds how long its client is silent
	notifier *notifier // nil until it does

	id            uint32 // process id
	authenticated bool   // guarded by Server.mu
	secret        [4]byte

	// open: messages have come since the last ReadyForQuery. skipping: one of them
	// failed, and all until Sync are ignored.
	open, skipping bool
	bounded        bool // the wait for the client has a deadline

	draining atomic.Bool
	copying  atomic.Bool
	// Ticks of the watchdog when the message at which the session works, or a write, was begun;
	// 0 = none.
	busySince, writingSince atomic.Int64
	worksSince              int64 // busySince, as serve knows it
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{server: s, raw: nc, nc: socket.Bare(nc)}
	s.options.Alert.Count(c.nc)
	c.turns, _ = c.nc.(turner)
	c.in.init(c, startupBytesMax)
	c.out.c, c.out.sent = c, c.out.release
	return c
}

// turner may be implemented by a connection that sends and receives in one call; see
// socket.Bare.
type turner interface {
	Turn(answer []byte, sent func(), b []byte) (rest []byte, n int, err error)
}

// refuse tells a connection that is not wanted why, and closes it.
func (c *conn) refuse(e *sqlstate.Error) {
	defer c.nc.Close()
	c.deadline(time.Second)
	c.tellFatal(e)
}

func (c *conn) deadline(d time.Duration) {
	_ = c.raw.SetDeadline(time.Now().Add(d)) // a closed connection fails at its next use
}

// serve is a connection's life.
func (c *conn) serve(ctx context.Context) {
	defer c.close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, c.kill)
	defer stop()
	c.end(c.run(ctx))
}

// run turns a panic of the session into an error of this connection alone.
func (c *conn) run(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.server.options.Logger.Error("panic in a session", "pid", c.id, "panic", p, "stack", string(debug.Stack()))
			err = fatal{errPanic}
		}
	}()
	c.deadline(c.server.options.StartupTimeout)
	if err := c.startup(ctx); err != nil {
		return c.startupError(err)
	}
	c.server.authenticated(c)
	c.in.limit = c.server.options.MessageBytesMax
	if err := c.raw.SetDeadline(time.Time{}); err != nil {
		return err
	}
	err = c.loop(ctx)
	c.pause()
	return err
}

func (c *conn) startupError(err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	if c.draining.Load() {
		return fatal{errShuttingDown}
	}
	return fatal{errStartupTimeout}
}

// end tells the client a fatal error; any other means that it is gone.
func (c *conn) end(err error) {
	c.silence()
	var f fatal
	var bad malformed
	var length errFrame
	switch {
	case errors.As(err, &f):
		c.tellFatal(f.cause)
	case errors.As(err, &bad), errors.As(err, &length):
		c.tellFatal(sqlstate.New(sqlstate.ProtocolViolation, "%s", err))
	case errors.Is(err, errTerminate), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
	default:
		c.server.options.Logger.Debug("connection lost", "pid", c.id, "error", err)
	}
}

func (c *conn) tellFatal(e *sqlstate.Error) {
	const patience = time.Second
	c.deadline(patience)
	if c.out.fail("FATAL", e) == nil {
		_ = c.out.flush() // the connection is closed next
	}
}

func (c *conn) close() {
	c.server.unregister(c)
	c.nc.Close()
	c.in.release(true)
	if c.notifier != nil {
		c.notifier.end()
	}
	defer func() {
		if p := recover(); p != nil {
			c.server.options.Logger.Error("panic while closing a session", "pid", c.id, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	if c.session != nil {
		c.session.Close()
	}
}

// loop serves messages until the connection ends.
func (c *conn) loop(ctx context.Context) error {
	for {
		if !c.in.complete() {
			if err := c.rest(); err != nil {
				return err
			}
		}
		kind, _, err := c.in.peek()
		if err != nil {
			return c.readError(err)
		}
		if err := c.message(ctx, kind); err != nil {
			return err
		}
	}
}

// rest prepares to wait for the client: between statements nothing is held.
func (c *conn) rest() error {
	c.pause()
	c.answers = c.notifier == nil && (!c.open || c.out.gathers) // for these, the batch that has begun is not whole
	c.in.release(!c.open)
	if c.open {
		return nil
	}
	c.decoder.release()
	if d := c.idleTimeout(); d > 0 {
		c.bounded = true
		_ = c.raw.SetReadDeadline(time.Now().Add(d)) // a closed connection fails at its next use
	}
	if c.draining.Load() {
		return fatal{errShuttingDown}
	}
	return nil
}

func (c *conn) idleTimeout() time.Duration {
	if c.idler != nil {
		if d := c.idler.IdleTimeout(); d > 0 {
			return d
		}
	}
	if c.session.Status() == 'I' {
		return c.server.options.IdleTimeout
	}
	return c.server.options.IdleInTxTimeout
}

// readError tells apart a client that left and a wait that was ended.
func (c *conn) readError(err error) error {
	switch {
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return err
	case c.draining.Load():
		return fatal{errShuttingDown}
	case c.session.Status() == 'I':
		return fatal{errIdle}
	}
	return fatal{errIdleInTx}
}

// Read receives what comes next, for frames, and sends the answers to what came before.
func (c *conn) Read(b []byte) (int, error) {
	answers := c.answers && c.out.buf != nil
	c.answers = false
	if !answers {
		return c.nc.Read(b)
	}
	if c.turns != nil && c.out.err == nil && len(*c.out.buf) > 0 {
		rest, n, err := c.turns.Turn(*c.out.buf, c.out.sent, b)
		if len(rest) == 0 {
			return n, err
		}
		c.out.shift(rest)
	}
	if err := c.out.flush(); err != nil {
		return 0, err
	}
	return c.nc.Read(b)
}

// write writes b in pieces; the watchdog ends one that takes too long.
func (c *conn) write(b []byte) error {
	defer c.writingSince.Store(0)
	for len(b) > 0 {
		piece := b[:min(len(b), flushBytes)]
		c.writingSince.Store(c.server.tick.Load() + 1)
		c.server.rouse()
		if _, err := c.nc.Write(piece); err != nil {
			return err
		}
		b = b[len(piece):]
	}
	return nil
}

// longAgo makes whatever waits for the connection return at once.
var longAgo = time.Unix(1, 0)

// drain ends the connection as soon as it is idle.
func (c *conn) drain() {
	c.draining.Store(true)
	if !c.copying.Load() {
		_ = c.raw.SetReadDeadline(longAgo)
	}
}

// kill cancels what runs and ends the connection. A client that reads still hears of it.
func (c *conn) kill() {
	c.draining.Store(true)
	c.cancels.forbid(errShuttingDown)
	_ = c.raw.SetReadDeadline(longAgo)
	_ = c.raw.SetWriteDeadline(time.Now().Add(killedWriteTimeout))
}

// killedWriteTimeout bounds a write to a client whose connection is killed.
const killedWriteTimeout = 500 * time.Millisecond
