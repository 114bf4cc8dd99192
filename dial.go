package projsql

import (
	"context"
	"net"
	"sync"
)

// Dial connects a Postgres client in the same process, without a socket: it has the type
// of pgconn.Config's DialFunc. The address does not matter.
//
//	config, err := pgx.ParseConfig("host=localhost user=me dbname=projsql sslmode=disable")
//	config.DialFunc = db.Dial
//	conn, err := pgx.ConnectConfig(ctx, config)
func (db *DB) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	if err := db.inner.hand(ctx, innerConn{server}); err != nil {
		_ = client.Close() // never fails
		return nil, err
	}
	return client, nil
}

// innerListener is a listener for the clients of this process.
type innerListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newInnerListener() *innerListener {
	return &innerListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *innerListener) hand(ctx context.Context, c net.Conn) error {
	select {
	case l.conns <- c:
		return nil
	case <-l.closed:
		return net.ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Accept implements net.Listener.
func (l *innerListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *innerListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *innerListener) Addr() net.Addr { return innerAddr }

// innerAddr is where clients of this process come from: this machine, as those of a
// Unix socket.
var innerAddr = &net.UnixAddr{Net: "unix"}

type innerConn struct{ net.Conn }

func (innerConn) RemoteAddr() net.Addr { return innerAddr }
