// Package wire serves PostgreSQL's v3 protocol: startup, TLS, simple and extended
// query, COPY, cancel.
//
// It knows nothing of SQL or projections: what a message asks for, a Session does.
package wire

import (
	"context"
	"time"

	"github.com/projsql/projsql/query"
)

// Session executes what one connection asks. One goroutine uses it at a time.
// Every error it returns is told to the client as it stands (sqlstate.Of); after
// an error in the extended protocol the connection skips to Sync.
type Session interface {
	// Simple runs a query string of any number of statements as one implicit
	// transaction.
	Simple(ctx context.Context, sql string, out query.Out) error
	// Prepare makes a prepared statement; "" is the unnamed one. A parameter OID of 0
	// is to be inferred.
	Prepare(ctx context.Context, name, sql string, params []uint32, out query.Out) error
	// Statement describes a prepared statement; fields is nil if it returns no rows.
	Statement(ctx context.Context, name string) (params []uint32, fields []query.Field, err error)
	// Bind makes a portal. A nil value is NULL. The slices are valid until it returns.
	Bind(ctx context.Context, portal, statement string, formats []int16, values [][]byte, results []int16) error
	// Portal describes a portal; nil if it returns no rows.
	Portal(ctx context.Context, name string) ([]query.Field, error)
	// Execute runs a portal for at most rowsMax rows (0 = all).
	Execute(ctx context.Context, portal string, rowsMax uint32, out query.Out) error
	// CloseStatement and ClosePortal forget a name; an unknown one is no error.
	CloseStatement(name string)
	ClosePortal(name string)
	// Sync ends the implicit transaction of the messages since the last Sync; failed
	// says that one of them had an error.
	Sync(ctx context.Context, failed bool) error
	// Status is the transaction status byte: 'I', 'T' or 'E'.
	Status() byte
	// Close rolls back and releases everything.
	Close()
}

// gatherer may be implemented by a Session whose client waits for no single answer: those to
// batches that have arrived together are written together, after the last.
type gatherer interface{ Gathers() bool }

// idler may be implemented by a Session that says how long its client may be silent now, outside a
// transaction or within; 0 leaves it to the server's Options.
type idler interface{ IdleTimeout() time.Duration }

// Startup is what a client says before its first query.
type Startup struct {
	User string
	// Trusted clients may do everything, whatever roles there are.
	Trusted   bool
	Database  string
	Settings  map[string]string // other parameters and options=-c k=v, in effect for the session
	ProcessID uint32
	// Remote and Local are the two ends of the connection, host:port.
	Remote, Local string
	// Encryption is that of the connection.
	Encryption query.Encryption
	// Cancel ends the statement that runs, if one does, and End the connection. Any
	// goroutine may call them.
	Cancel, End func()
}

// Sessions opens sessions. It is safe for concurrent use.
type Sessions interface {
	// Open returns a session and the parameter statuses to report, name and value.
	Open(ctx context.Context, s Startup) (Session, [][2]string, error)
}
