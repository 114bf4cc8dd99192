package query

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/wire/sqlstate"
)

var (
	errStatementTimeout = sqlstate.New(sqlstate.QueryCanceled, "canceling statement due to statement timeout")
	errUserRequest      = sqlstate.New(sqlstate.QueryCanceled, "canceling statement due to user request")
	// errDefinitionsMoved has the statement planned again; a client sees it only where that
	// is not enough.
	errDefinitionsMoved = sqlstate.New(sqlstate.SerializationFailure, "projections were redefined while the statement began").
				WithHint("Retry the statement.")
	errPlanChanged = sqlstate.New(sqlstate.FeatureNotSupported, "cached plan must not change result type")
)

// told is err as the client hears of it: an end of ctx is a cancellation, unless nobody knows
// what became of an append; a fold's failure names its event.
func told(ctx context.Context, err error) error {
	if err == nil || unknownFate(err) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		if ctx.Err() != nil {
			return canceled(ctx)
		}
		return errUserRequest
	}
	var named *projection.EventError
	if errors.As(err, &named) {
		return foldFailure(named)
	}
	return err
}

func unknownFate(err error) bool {
	var own *sqlstate.Error
	return errors.As(err, &own) && own.Code == sqlstate.StatementCompletionUnknown
}

// unplaced takes the position from the error that a table does not exist, as utility
// statements have it.
func unplaced(err error) error {
	if err == nil || sqlstate.Of(err).Code != sqlstate.UndefinedTable {
		return err
	}
	e := *sqlstate.Of(err)
	e.Position = 0
	return &e
}

// told is told, with what a setting has to do with the error.
func (s *Session) told(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	err = told(ctx, err)
	var own *sqlstate.Error
	if !errors.As(err, &own) || own.Code != sqlstate.StatementTooComplex || own.Hint != "" {
		return err
	}
	deep := *own
	return deep.WithHint("Increase the configuration parameter \"max_stack_depth\" (currently %skB), after ensuring the platform's stack depth limit is adequate.", s.settings.Raw("max_stack_depth"))
}

// canceled tells why ctx ended: its cause if that is an error for clients.
func canceled(ctx context.Context) error {
	var own *sqlstate.Error
	if errors.As(context.Cause(ctx), &own) {
		return own
	}
	return errUserRequest
}

// foldFailure names the event, unless the fold did.
func foldFailure(e *projection.EventError) error {
	own := *sqlstate.Of(e.Err)
	own.Position, own.Cause = 0, e
	if own.Detail == "" {
		own.Detail = fmt.Sprintf("While folding version %d of entity %q, kind %q.", e.Version, e.Entity, e.Kind)
	}
	return &own
}

// guard turns a panic into an error, so that one statement's bug is one client's
// error; it is logged with its stack.
func (v *Server) guard(err *error) {
	if r := recover(); r != nil {
		v.options.Logger.Error("statement panicked", "panic", r, "stack", string(debug.Stack()))
		*err = sqlstate.New(sqlstate.InternalError, "internal error: %v", r)
	}
}

// unsupported refuses what PostgreSQL has and projsql has not, at a byte offset
// of the text; an offset of 0 without a token there is none.
func unsupported(text string, offset int32, format string, args ...any) *sqlstate.Error {
	return sqlstate.New(sqlstate.FeatureNotSupported, format, args...).At(parse.Position(text, int(offset)))
}

// at sets the position of an error by a byte offset.
func at(text string, offset int32, code sqlstate.Code, format string, args ...any) *sqlstate.Error {
	return sqlstate.New(code, format, args...).At(parse.Position(text, int(offset)))
}
