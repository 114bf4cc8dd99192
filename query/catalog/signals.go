package catalog

import (
	"context"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// cancelBackend answers pg_cancel_backend(pid).
func cancelBackend(env *expr.Env, s Session, args []types.Datum) (types.Datum, error) {
	return signal(env, s, args[0], "cancel", "query", func(b *Backend) func() { return b.Cancel })
}

// endBackend answers pg_terminate_backend(pid, timeout).
func endBackend(env *expr.Env, s Session, args []types.Datum) (types.Datum, error) {
	switch timeout := args[1].Int(); {
	case timeout < 0:
		return types.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, `"timeout" must not be negative`)
	case timeout > 0:
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "a timeout of pg_terminate_backend is not supported")
	}
	return signal(env, s, args[0], "terminate", "process", func(b *Backend) func() { return b.End })
}

// signal does to a client's session what its connection lets others do, and tells whether
// there is that session on this node. One that hits itself is an error of its own statement.
func signal(env *expr.Env, s Session, pid types.Datum, verb, what string, act func(*Backend) func()) (types.Datum, error) {
	for _, b := range s.Backends() {
		if do := act(&b); int64(b.PID) == pid.Int() && do != nil {
			if err := maySignal(s, b.User, verb, what); err != nil {
				return types.Null, err
			}
			do()
			if env.Context != nil && env.Context.Err() != nil {
				return types.Null, context.Cause(env.Context)
			}
			return types.Bool(true), nil
		}
	}
	if env.Warn != nil {
		env.Warn(sqlstate.New(sqlstate.Warning, "PID %d is not a PostgreSQL backend process", pid.Int()))
	}
	return types.Bool(false), nil
}

// maySignal refuses to end what others do to who is neither in their role nor in pg_signal_backend.
func maySignal(s Session, user, verb, what string) error {
	past := map[string]string{"cancel": "canceled", "terminate": "terminated"}[verb]
	switch {
	case s.Superuser():
		return nil
	case superuser(s, user):
		return sqlstate.New(sqlstate.InsufficientPrivilege, "must be a superuser to %s superuser %s", verb, what)
	case !s.Roles().Has(s.User(), user) && !s.Roles().Has(s.User(), role.Signal):
		return sqlstate.New(sqlstate.InsufficientPrivilege, "must be a member of the role whose %s is being %s or member of pg_signal_backend", what, past)
	}
	return nil
}

// bindEnv is bind for a function that needs more of its statement than the session.
func (f Find) bindEnv(c func(*expr.Env, Session, []types.Datum) (types.Datum, error)) expr.FuncN {
	return func(env *expr.Env, args []types.Datum) (types.Datum, error) {
		s, err := f.session(env)
		if err != nil {
			return types.Null, err
		}
		return c(env, s, args)
	}
}
