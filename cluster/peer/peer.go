// Package peer carries requests between the nodes of a cluster over the Postgres
// protocol: as a statement with one parameter, on connections that are kept. It
// implements cluster.Caller.
//
// It knows nothing of what the requests say.
package peer

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/wire/socket"
)

// User is the name that nodes connect by.
const User = hop.User

// Client calls other nodes. It is safe for concurrent use.
type Client struct {
	// ConnectTimeout bounds how long it takes to open a session; 2 s. It is set before use.
	ConnectTimeout time.Duration

	// Alert has who waits for an answer alone get it sooner; nil: nobody. It is set before use.
	Alert *socket.Alert

	database string
	tls      *tls.Config // nil: without, or as the member wants

	calls pool // the connections for calls: one that waits for an answer has nothing else
	lines pool
	pipes pipes
}

// New returns a client for a database's nodes. With a TLS configuration it talks to none
// that does not match it.
func New(database string, tls *tls.Config) *Client {
	return &Client{ConnectTimeout: 2 * time.Second, database: database, tls: tls}
}

// dial opens a session at an address, on a connection that nobody reads. The settings are
// name=value, joined by NUL.
func (c *Client) dial(ctx context.Context, addr, settings string) (*pgconn.PgConn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
	defer cancel()
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, err
	}
	config, err := pgconn.ParseConfig(fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=prefer application_name=projsql", host, port, User, c.database))
	if err != nil {
		return nil, err
	}
	config.DialFunc = socket.Dial
	if c.tls != nil {
		config.TLSConfig, config.Fallbacks = c.tls, nil
	}
	for setting := range strings.SplitSeq(settings, "\x00") {
		if name, value, ok := strings.Cut(setting, "="); ok {
			config.RuntimeParams[name] = value
		}
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := conn.SyncConn(ctx); err != nil {
		discard(conn)
		return nil, err
	}
	return conn, nil
}

// discard closes a connection without waiting for the other side.
func discard(conn *pgconn.PgConn) { _ = conn.Conn().Close() }

// Close drops all connections.
func (c *Client) Close() error {
	c.calls.close()
	c.lines.close()
	c.pipes.close()
	return nil
}
