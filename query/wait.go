package query

import (
	"context"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/freshness"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// waitWith is projsql_wait(hlc, timeout) with a timeout of the given kind: an
// interval, milliseconds, or a text of either.
func waitWith(kind types.OID) expr.Func2 {
	return func(env *expr.Env, stamp, timeout types.Datum) (types.Datum, error) {
		src, ok := sourceFrom(env.Context)
		if !ok {
			return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "projsql_wait() is not supported here")
		}
		if stamp.Int() < 0 {
			return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "position must not be negative")
		}
		patience, err := freshness.Patience(env.Env, timeout, kind)
		if err != nil {
			return types.Null, err
		}
		return types.Bool(true), waitFor(env.Context, src.session, hlc.Timestamp(stamp.Int()), patience)
	}
}

// waitFor waits until this node has applied everything up to a stamp. Errors: PJ001
// if the time is over first, 22023 for a stamp of the future.
func waitFor(ctx context.Context, s *Session, stamp hlc.Timestamp, timeout time.Duration) error {
	f := projection.Freshness{Level: projection.AtLeast, HLC: stamp, Wait: timeout, ErrorOnStale: timeout == 0, OccurredAt: event.NoTime}
	c, err := s.server.options.Backend.Cut(ctx, f, s.floor)
	if err != nil {
		return err
	}
	s.advance(c.Sequence, c.HLC)
	return nil
}
