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
	row := pgdata.Proc{
		Name: "projsql_verify", Kind: 'f', Volatile: 'v', Strict: true, Set: true, Result: types.RecordOID, Source: "projsql_verify",
	}
	for _, name := range args {
		row.Args = append(row.Args, types.TextOID)
		row.AllArgs, row.Modes, row.Names = append(row.AllArgs, types.TextOID), row.Modes+"i", append(row.Names, name)
	}
	for _, out := range []struct {
		name string
		typ  types.OID
	}{{"node", types.TextOID}, {"copy", types.TextOID}, {"entities", types.Int8OID}, {"events", types.Int8OID}, {"unusable", types.Int8OID}} {
		row.AllArgs, row.Modes, row.Names = append(row.AllArgs, out.typ), row.Modes+"o", append(row.Names, out.name)
	}
	return expr.Function{Row: row, Impl: verify}
}

// verify compares cached states with the log when its first row is asked for.
func verify(env *expr.Env, args []types.Datum) (expr.Rows, error) {
	src, ok := sourceFrom(env.Context)
	if !ok {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "projsql_verify() is not supported here")
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
	return func() ([]types.Datum, error) {
		if len(all) == 0 {
			return nil, nil
		}
		v := all[0]
		all = all[1:]
		return []types.Datum{
			types.String(v.Node), types.String(v.Copy), types.Int(int64(v.Entities)), types.Int(int64(v.Events)), types.Int(int64(v.Unusable)),
		}, nil
	}, err
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
