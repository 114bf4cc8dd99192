package query

import (
	"context"
	"strings"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// functionOIDs is where the OIDs of projsql's own functions begin.
const functionOIDs = 16_400

// functions are projsql's own.
func (v *Server) makeFunctions() *expr.Extensions {
	all := []expr.Function{
		function("hlc_now", 'v', types.Int8OID, expr.Func0(hlcNow)),
		function("hlc_timestamp", 'i', types.TimestamptzOID, expr.Func1(hlcTimestamp), types.Int8OID),
		function("projsql_generation", 's', types.Int8OID, expr.Func1(generation), types.TextOID),
		function("projsql_wait", 'v', types.BoolOID, expr.Func2(wait), types.Int8OID, types.IntervalOID),
		function("projsql_cache_purge", 'v', types.Int8OID, expr.Func1(v.purge), types.TextOID),
	}
	for i := range all {
		all[i].Row.OID = functionOIDs + uint32(i)
	}
	return expr.NewExtensions(all...)
}

func function(name string, volatile byte, result types.OID, impl any, args ...types.OID) expr.Function {
	row := pgdata.Proc{Name: name, Kind: 'f', Volatile: volatile, Strict: true, Result: result, Args: args, Source: name}
	return expr.Function{Row: row, Impl: impl}
}

func hlcNow(env *expr.Env) (types.Datum, error) { return types.Int(env.HLC()), nil }

func hlcTimestamp(_ *expr.Env, stamp types.Datum) (types.Datum, error) {
	if stamp.Int() < 0 {
		return types.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "hlc must not be negative")
	}
	ms := hlc.Timestamp(stamp.Int()).WallMS()
	return types.Int(ms*1000 - postgresEpochMicros), nil
}

// generation is the number of events of an entity where the statement reads.
func generation(env *expr.Env, entity types.Datum) (types.Datum, error) {
	src, ok := sourceFrom(env.Context)
	if !ok {
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "projsql_generation() is not supported here")
	}
	if err := src.ready(env.Context); err != nil {
		return types.Null, err
	}
	h, _, err := src.Log().Head(event.Entity(entity.Str()))
	return types.Int(int64(h.Generation)), err
}

// wait waits until this node has applied a stamp; false if the time is over first.
func wait(env *expr.Env, stamp, timeout types.Datum) (types.Datum, error) {
	src, ok := sourceFrom(env.Context)
	if !ok {
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "projsql_wait() is not supported here")
	}
	if stamp.Int() < 0 {
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "position must not be negative")
	}
	i := timeout.Interval()
	age, err := ageOf(int64(i.Months)*monthMicros + int64(i.Days)*dayMicros + i.Micros)
	if err != nil {
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "timeout must not be negative")
	}
	return waitFor(env.Context, src.session, hlc.Timestamp(stamp.Int()), age)
}

func waitFor(ctx context.Context, s *Session, stamp hlc.Timestamp, timeout time.Duration) (types.Datum, error) {
	f := projection.Freshness{Level: projection.AtLeast, HLC: stamp, Wait: timeout, ErrorOnStale: timeout == 0, OccurredAt: event.NoTime}
	c, err := s.server.options.Backend.Cut(ctx, f, s.floor)
	if err != nil {
		if sqlstate.Of(err).Code == sqlstate.FreshnessNotMet {
			return types.Bool(false), nil
		}
		return types.Null, err
	}
	s.advance(c.Sequence, c.HLC)
	return types.Bool(true), nil
}

// purge forgets the cached states of the entities with a prefix.
func (v *Server) purge(env *expr.Env, prefix types.Datum) (types.Datum, error) {
	if v.options.Purge == nil {
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "projsql_cache_purge() is not supported by this node")
	}
	n, err := v.options.Purge(env.Context, strings.Clone(prefix.Str()))
	return types.Int(n), err
}
