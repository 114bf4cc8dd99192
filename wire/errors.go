package wire

import (
	"context"
	"errors"

	"github.com/projsql/projsql/wire/sqlstate"
)

var (
	errTooMany        = sqlstate.New(sqlstate.TooManyConnections, "sorry, too many clients already")
	errNotAccepting   = sqlstate.New(sqlstate.CannotConnectNow, "the database system is shutting down")
	errShuttingDown   = sqlstate.New(sqlstate.AdminShutdown, "terminating connection due to administrator command")
	errUserCancel     = sqlstate.New(sqlstate.QueryCanceled, "canceling statement due to user request")
	errClientGone     = sqlstate.New(sqlstate.ConnectionFailure, "connection to client lost")
	errIdle           = sqlstate.New(sqlstate.IdleSessionTimeout, "terminating connection due to idle-session timeout")
	errIdleInTx       = sqlstate.New(sqlstate.IdleInTransactionSessionTimeout, "terminating connection due to idle-in-transaction timeout")
	errStartupTimeout = sqlstate.New(sqlstate.ProtocolViolation, "canceling authentication due to timeout")
	errPanic          = sqlstate.New(sqlstate.InternalError, "internal error")
)

// errTerminate ends a connection without a word.
var errTerminate = errors.New("wire: terminated")

// fatal ends a connection with an error that the client is told.
type fatal struct{ cause *sqlstate.Error }

func (f fatal) Error() string { return f.cause.Error() }

func (f fatal) Unwrap() error { return f.cause }

func violation(format string, args ...any) error {
	return fatal{sqlstate.New(sqlstate.ProtocolViolation, format, args...)}
}

// explain returns what a client is told about a session's error. A context that was
// cancelled for a reason of ours explains itself, unless the session knew better.
func explain(ctx context.Context, err error) *sqlstate.Error {
	e := sqlstate.Of(err)
	if e.Code != sqlstate.InternalError || !errors.Is(err, context.Canceled) {
		return e
	}
	var cause *sqlstate.Error
	if errors.As(context.Cause(ctx), &cause) {
		return cause
	}
	return errUserCancel
}
