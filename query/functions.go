package query

import (
	"context"
	"maps"
	"strings"

	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// functionOIDs is where the OIDs of projsql's own functions begin.
const functionOIDs = 16_400

// makeFunctions makes projsql's own.
func (v *Server) makeFunctions() *expr.Extensions {
	all := []expr.Function{
		function("hlc_now", 'v', types.Int8OID, expr.Func0(hlcNow)),
		function("hlc_timestamp", 'i', types.TimestamptzOID, expr.Func1(hlcTimestamp), types.Int8OID),
		function("projsql_generation", 's', types.Int8OID, expr.Func1(generation), types.TextOID),
		function("projsql_wait", 'v', types.BoolOID, waitWith(types.IntervalOID), types.Int8OID, types.IntervalOID),
		function("projsql_cache_purge", 'v', types.Int8OID, expr.Func1(v.purge), types.TextOID),
		function("projsql_wait", 'v', types.BoolOID, waitWith(types.Int8OID), types.Int8OID, types.Int8OID),
		function("projsql_wait", 'v', types.BoolOID, waitWith(types.UnknownOID), types.Int8OID, types.TextOID),
		verifyFunction("type", "entity"),
		verifyFunction("type"),
	}
	all = append(all, v.clusterFunctions()...)
	for i := range all {
		all[i].Row.OID = functionOIDs + uint32(i)
	}
	all = append(all, catalog.InformationFunctions()...)
	impls := catalog.Functions(func(ctx context.Context) (catalog.Session, bool) { return sourceFrom(ctx) })
	maps.Copy(impls, sequenceFunctions())
	maps.Copy(impls, xactFunctions())
	impls["pg_export_snapshot"] = expr.Func0(exportSnapshot)
	return expr.NewExtensions(all...).Implementing(impls)
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
	return types.Int(ms*1000 + types.UnixEpochMicros), nil
}

// generation is the number of events of an entity where the statement reads.
func generation(env *expr.Env, entity types.Datum) (types.Datum, error) {
	src, ok := sourceFrom(env.Context)
	if !ok {
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "projsql_generation() is not supported here")
	}
	if err := src.session.mayRead(src.session.server.events.Name); err != nil {
		return types.Null, err
	}
	if err := src.ready(env.Context); err != nil {
		return types.Null, err
	}
	h, _, err := src.Log().Head(event.Entity(entity.Str()))
	return types.Int(int64(h.Generation)), err
}

// purge forgets the cached states of the entities with a prefix.
func (v *Server) purge(env *expr.Env, prefix types.Datum) (types.Datum, error) {
	if v.options.Purge == nil {
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "projsql_cache_purge() is not supported by this node")
	}
	if err := superuserOnly(env.Context, "projsql_cache_purge"); err != nil {
		return types.Null, err
	}
	n, err := v.options.Purge(env.Context, strings.Clone(prefix.Str()))
	return types.Int(n), err
}
