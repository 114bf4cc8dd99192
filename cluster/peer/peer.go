// Package peer carries requests between the nodes of a cluster over the Postgres
// protocol: as a statement with one parameter, on connections that are kept. It
// implements cluster.Caller.
//
// It knows nothing of what the requests say.
package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/hop"
)

// User is the name that nodes connect by.
const User = hop.User

const (
	statement      = "SELECT pg_catalog.projsql_node_call($1)"
	statementName  = "call"
	byteaOID       = 17
	idleMax        = 64 // connections kept to one member
	connectTimeout = 2 * time.Second
)

// Client calls other nodes. It is safe for concurrent use.
type Client struct {
	database string
	tls      *tls.Config // nil: without, or as the member wants

	mu     sync.Mutex
	idle   map[string][]*pgconn.PgConn // by address; last used last
	closed bool

	lines pool
}

// New returns a client for a database's nodes. With a TLS configuration it talks to none
// that does not match it.
func New(database string, tls *tls.Config) *Client {
	return &Client{database: database, tls: tls, idle: map[string][]*pgconn.PgConn{}}
}

// Call has a member's node answer a request. An error that is cluster.ErrNotSent says
// that the member has not got it.
func (c *Client) Call(ctx context.Context, to cluster.Member, request []byte) ([]byte, error) {
	conn, err := c.take(ctx, to.PG)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", cluster.ErrNotSent, err)
	}
	response, err := execute(ctx, conn, request)
	if err == nil {
		c.put(to.PG, conn)
		return response, nil
	}
	c.forget(to.PG) // the others may be as dead
	discard(conn)
	if pgconn.SafeToRetry(err) {
		err = fmt.Errorf("%w: %w", cluster.ErrNotSent, err)
	}
	return nil, err
}

var binaryFormat = []int16{1}

func execute(ctx context.Context, conn *pgconn.PgConn, request []byte) ([]byte, error) {
	r := conn.ExecPrepared(ctx, statementName, [][]byte{request}, binaryFormat, binaryFormat).Read()
	if r.Err != nil {
		return nil, r.Err
	}
	if len(r.Rows) != 1 || len(r.Rows[0]) != 1 {
		return nil, errors.New("the answer is not one value")
	}
	return r.Rows[0][0], nil
}

// take returns a connection that is kept, or a new one.
func (c *Client) take(ctx context.Context, addr string) (*pgconn.PgConn, error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil, net.ErrClosed
	}
	if all := c.idle[addr]; len(all) > 0 {
		conn := all[len(all)-1]
		c.idle[addr] = all[:len(all)-1]
		c.mu.Unlock()
		return conn, nil
	}
	c.mu.Unlock()
	return c.connect(ctx, addr)
}

func (c *Client) connect(ctx context.Context, addr string) (*pgconn.PgConn, error) {
	conn, err := c.dial(ctx, addr, "")
	if err != nil {
		return nil, err
	}
	if _, err := conn.Prepare(ctx, statementName, statement, []uint32{byteaOID}); err != nil {
		discard(conn)
		return nil, err
	}
	return conn, nil
}

// dial opens a session at an address. The settings are name=value, joined by NUL.
func (c *Client) dial(ctx context.Context, addr, settings string) (*pgconn.PgConn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
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
	if c.tls != nil {
		config.TLSConfig, config.Fallbacks = c.tls, nil
	}
	for setting := range strings.SplitSeq(settings, "\x00") {
		if name, value, ok := strings.Cut(setting, "="); ok {
			config.RuntimeParams[name] = value
		}
	}
	return pgconn.ConnectConfig(ctx, config)
}

func (c *Client) put(addr string, conn *pgconn.PgConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.idle[addr]) >= idleMax {
		discard(conn)
		return
	}
	c.idle[addr] = append(c.idle[addr], conn)
}

// forget drops the connections kept to an address.
func (c *Client) forget(addr string) {
	c.mu.Lock()
	all := c.idle[addr]
	delete(c.idle, addr)
	c.mu.Unlock()
	for _, conn := range all {
		discard(conn)
	}
}

// discard closes a connection without waiting for the other side.
func discard(conn *pgconn.PgConn) { _ = conn.Conn().Close() }

// Close drops all connections.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	all := c.idle
	c.idle = nil
	c.mu.Unlock()
	c.lines.close()
	for _, conns := range all {
		for _, conn := range conns {
			discard(conn)
		}
	}
	return nil
}
