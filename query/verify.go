package query

import (
	"strings"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// verifyFunction is projsql_verify(type) or, with an entity, of that alone.
func verifyFunction(args ...string) expr.Function {
	return tableFunction("projsql_verify", args, []output{
		{"node", types.TextOID}, {"copy", types.TextOID}, {"entities", types.Int8OID}, {"events", types.Int8OID}, {"unusable", types.Int8OID},
	}, verify)
}

// output is a column of what a function in FROM returns.
type output struct {
	name string
	typ  types.OID
}

// tableFunction is a function of texts that returns rows.
func tableFunction(name string, args []string, outputs []output, impl expr.SetFunc) expr.Function {
	row := pgdata.Proc{Name: name, Kind: 'f', Volatile: 'v', Strict: true, Set: true, Result: types.RecordOID, Source: name}
	for _, arg := range args {
		row.Args = append(row.Args, types.TextOID)
		row.AllArgs, row.Modes, row.Names = append(row.AllArgs, types.TextOID), row.Modes+"i", append(row.Names, arg)
	}
	for _, out := range outputs {
		row.AllArgs, row.Modes, row.Names = append(row.AllArgs, out.typ), row.Modes+"o", append(row.Names, out.name)
	}
	return expr.Function{Row: row, Impl: impl}
}

// verifyReplicasFunction is projsql_verify_replicas().
func verifyReplicasFunction(c Cluster) expr.Function {
	return tableFunction("projsql_verify_replicas", nil, []output{
		{"node", types.TextOID},
		{"events", types.Int8OID},
		{"sequence", types.Int8OID},
		{"hlc", types.Int8OID},
		{"checksum", types.TextOID},
		{"trouble", types.TextOID},
	}, func(env *expr.Env, _ []types.Datum) (expr.Rows, error) {
		if env.Context == nil {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "projsql_verify_replicas() is not supported here")
		}
		if err := superuserOnly(env.Context, "projsql_verify_replicas"); err != nil {
			return nil, err
		}
		all, err := c.VerifyReplicas(env.Context)
		return rowsOf(all, func(r *projection.Replica) []types.Datum {
			return []types.Datum{
				types.String(r.Node), types.Int(int64(r.Events)), types.Int(int64(r.Last)), types.Int(int64(r.HLC)),
				textOrNull(r.Checksum), textOrNull(r.Trouble),
			}
		}), err
	})
}

func textOrNull(s string) types.Datum {
	if s == "" {
		return types.Null
	}
	return types.String(s)
}

// rowsOf gives a row for each of all.
func rowsOf[T any](all []T, row func(*T) []types.Datum) expr.Rows {
	return func() ([]types.Datum, error) {
		if len(all) == 0 {
			return nil, nil
		}
		next := row(&all[0])
		all = all[1:]
		return next, nil
	}
}

// verify compares cached states with the log when its first row is asked for.
func verify(env *expr.Env, args []types.Datum) (expr.Rows, error) {
	src, ok := sourceFrom(env.Context)
	if !ok {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "projsql_verify() is not supported here")
	}
	if err := superuserOnly(env.Context, "projsql_verify"); err != nil {
		return nil, err
	}
	d, err := src.definition(args[0].Str())
	if err != nil {
		return nil, err
	}
	req := projection.VerifyRequest{Definition: d}
	if len(args) > 1 {
		if req.Entity = event.Entity(strings.Clone(args[1].Str())); req.Entity == "" || len(req.Entity) > event.EntityBytesMax {
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "an entity has 1 to %d bytes", event.EntityBytesMax)
		}
	}
	req.Progress = func(done uint64, last event.Entity) error {
		return src.session.notice(src.out, "projsql_verify: %d entities, up to %q", done, last)
	}
	all, err := src.session.server.options.Backend.Verify(env.Context, req)
	return rowsOf(all, func(v *projection.Verified) []types.Datum {
		return []types.Datum{
			types.String(v.Node), types.String(v.Copy), types.Int(int64(v.Entities)), types.Int(int64(v.Events)), types.Int(int64(v.Unusable)),
		}
	}), err
}

// definition finds a projection as project() does.
func (r *source) definition(name string) (*projection.Definition, error) {
	definitions := r.session.server.options.Definitions
	if d, ok := definitions.Lookup(name); ok {
		return d, nil
	}
	if d, ok := definitions.Lookup(strings.ToLower(name)); ok {
		return d, nil
	}
	return nil, sqlstate.New(sqlstate.UndefinedTable, "projection %q does not exist", name)
}
