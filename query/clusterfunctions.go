package query

import (
	"bytes"
	"context"
	"strings"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Cluster is what operators and other nodes ask a node for in SQL. It is safe for
// concurrent use.
type Cluster interface {
	// Handle answers another node's request.
	Handle(ctx context.Context, request []byte) (response []byte, err error)
	// VerifyReplicas compares the members' logs.
	VerifyReplicas(ctx context.Context) ([]projection.Replica, error)
	// Drain, Undrain and Remove say what shall become of a member; they return when
	// that is in the log. Errors: 42704, 57P03.
	Drain(ctx context.Context, node string) error
	Undrain(ctx context.Context, node string) error
	Remove(ctx context.Context, node string) error
	// TransferLeader makes a member lead, any with "".
	TransferLeader(ctx context.Context, node string) error
}

// Call serves what another node asks this one for.
func (s *Session) Call(ctx context.Context, function uint32, request []byte) ([]byte, error) {
	c := s.server.options.Cluster
	if c == nil || !s.ofNode() || function != hop.CallOID {
		return nil, RefusedCall(function)
	}
	return c.Handle(ctx, bytes.Clone(request)) // what it appends is kept
}

// RefusedCall refuses a FunctionCall of another client. libpq, and so \lo_import of psql, handles large objects by them.
func RefusedCall(function uint32) error {
	if p := pgdata.ProcByOID(function); p != nil && largeObjects[p.Name] {
		return sqlstate.New(sqlstate.FeatureNotSupported, "large objects are not supported").
			WithHint("What belongs to an event can be in its data.")
	}
	return sqlstate.New(sqlstate.FeatureNotSupported, "the function call protocol is not supported").
		WithHint("Call the function in a SELECT.")
}

// largeObjects are the functions by which libpq handles them.
var largeObjects = map[string]bool{
	"lo_creat": true, "lo_create": true, "lo_open": true, "lo_close": true, "loread": true, "lowrite": true, "lo_lseek": true, "lo_lseek64": true,
	"lo_tell": true, "lo_tell64": true, "lo_truncate": true, "lo_truncate64": true, "lo_unlink": true,
}

func (v *Server) clusterFunctions() []expr.Function {
	c := v.options.Cluster
	if c == nil {
		return nil
	}
	return []expr.Function{
		function("projsql_node_call", 'v', types.ByteaOID, expr.Func1(func(env *expr.Env, request types.Datum) (types.Datum, error) {
			if src, ok := sourceFrom(env.Context); !ok || !src.session.ofNode() {
				return types.Null, sqlstate.New(sqlstate.InsufficientPrivilege, "projsql_node_call() is for nodes of the cluster")
			}
			// The request outlives the statement's buffers: what it appends is kept.
			response, err := c.Handle(env.Context, []byte(strings.Clone(request.Str())))
			return types.String(string(response)), err
		}), types.ByteaOID),
		verifyReplicasFunction(c),
		operation("projsql_cluster_drain", c.Drain),
		operation("projsql_cluster_undrain", c.Undrain),
		operation("projsql_cluster_remove", c.Remove),
		operation("projsql_cluster_transfer_leader", c.TransferLeader),
	}
}

// operation is a function of a node's name that returns true once it is under way.
func operation(name string, do func(context.Context, string) error) expr.Function {
	return function(name, 'v', types.BoolOID, expr.Func1(func(env *expr.Env, node types.Datum) (types.Datum, error) {
		if env.Context == nil {
			return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "%s() is not supported here", name)
		}
		if err := superuserOnly(env.Context, name); err != nil {
			return types.Null, err
		}
		return types.Bool(true), do(env.Context, strings.Clone(node.Str()))
	}), types.TextOID)
}
