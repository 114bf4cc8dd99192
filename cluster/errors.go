package cluster

import (
	"github.com/projsql/projsql/wire/sqlstate"
)

func errUnknownFate(cause error) error {
	e := sqlstate.New(sqlstate.StatementCompletionUnknown, "the append may or may not have been committed")
	if cause != nil {
		e.WithDetail("%v", cause)
		e.Cause = cause
	}
	return e.WithHint("Retry with the same event ids: what was committed is not appended again.")
}

func errCanceled(cause error) error {
	e := sqlstate.New(sqlstate.QueryCanceled, "canceling statement before it was proposed")
	e.Cause = cause
	return e
}

func errNotServing(why string) *sqlstate.Error {
	return sqlstate.New(sqlstate.CannotConnectNow, "the node is %s", why)
}

// codeOf returns an error's SQLSTATE, "" of nil.
func codeOf(err error) sqlstate.Code {
	if err == nil {
		return ""
	}
	return sqlstate.Of(err).Code
}
