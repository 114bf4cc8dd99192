package wire

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/jackc/pgproto3/v2"

	"github.com/projsql/projsql/wire/socket"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Authenticator decides whether a client may connect as it says. It is safe for
// concurrent use. An error is told to the client as it stands and ends the
// connection; AuthenticationOk is sent by the server. It may set Trusted.
type Authenticator interface {
	Authenticate(ctx context.Context, e *Exchange) error
}

// Exchange is one client that wants to connect.
type Exchange struct {
	Startup
	Addr net.Addr
	TLS  *tls.ConnectionState // nil without TLS
	// Peer is the user of the operating system at the other end of a Unix-domain socket; -1: not known.
	Peer int
	c    *conn
}

// Send sends an authentication request to the client.
func (e *Exchange) Send(m pgproto3.BackendMessage) error {
	if err := e.c.out.send(m); err != nil {
		return err
	}
	return e.c.out.write()
}

// Receive returns the body of the client's next password or SASL message, valid
// until the next call. It is at most 10,000 bytes of whatever the client likes.
func (e *Exchange) Receive() ([]byte, error) {
	kind, body, err := e.c.in.take()
	if err != nil {
		return nil, err
	}
	if kind != 'p' {
		return nil, violation("expected password response, got message type %d", kind)
	}
	return body, nil
}

func (c *conn) authenticate(ctx context.Context, p *startupPacket) error {
	e := &Exchange{Startup: p.Startup, Addr: c.raw.RemoteAddr(), Peer: socket.Peer(c.raw), c: c}
	if t, ok := c.nc.(*tls.Conn); ok {
		state := t.ConnectionState()
		e.TLS = &state
	}
	err := c.server.options.Auth.Authenticate(ctx, e)
	p.Trusted = e.Trusted
	if code := sqlstate.Of(err); err != nil && code.Code != sqlstate.InternalError {
		return fatal{code}
	}
	return err
}

// TrustLoopback lets in every client of this machine under any name, and nobody
// else.
type TrustLoopback struct{}

// Authenticate refuses clients of other machines with 28000.
func (TrustLoopback) Authenticate(_ context.Context, e *Exchange) error {
	if e.IsLocal() {
		return nil
	}
	return RefuseHost(e)
}

// RefuseHost is the error (28000) of a client that may not connect from where it is.
func RefuseHost(e *Exchange) *sqlstate.Error {
	return sqlstate.New(sqlstate.InvalidAuthorizationSpecification,
		"no rule lets user \"%s\" connect to database \"%s\" from host \"%s\"", e.User, e.Database, e.Addr)
}

// IsLocal reports whether the client is on this machine.
func (e *Exchange) IsLocal() bool {
	switch a := e.Addr.(type) {
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	case *net.UnixAddr:
		return true
	}
	return false
}
