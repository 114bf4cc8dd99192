package query

import (
	"context"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// dropFunction is DROP FUNCTION, PROCEDURE and ROUTINE.
type dropFunction struct {
	kind      pg.ObjectType
	functions []functionName
	ifMissing bool
	cascade   bool
}

func (s *Session) bindDropFunction(c *compiled, n *pg.DropStmt) error {
	k := &dropFunction{kind: n.GetRemoveType(), ifMissing: n.GetMissingOk(), cascade: n.GetBehavior() == pg.DropBehavior_DROP_CASCADE}
	for _, o := range n.GetObjects() {
		f, err := s.functionNamed(c, k.kind, o.GetObjectWithArgs())
		if err != nil {
			return err
		}
		if f.schema != "" && f.schema != "public" && !s.isTemp(f.schema) {
			err := s.schemaThere(f.schema)
			if err != nil && k.ifMissing {
				k.functions = append(k.functions, functionName{noSchema: f.schema})
				continue
			} else if err != nil {
				return err
			}
			return unsupportedStatement(c, &pg.Node{Node: &pg.Node_DropStmt{DropStmt: n}})
		}
		k.functions = append(k.functions, f)
	}
	c.command = k
	return nil
}

func (k *dropFunction) run(ctx context.Context, s *Session, x *call) (result, error) {
	own, lasting, err := k.find(s, x, s.catalog(), func(code sqlstate.Code, format string, args ...any) error {
		return s.skips(x, code, format, args...)
	})
	switch {
	case err != nil:
		return result{}, err
	case own != nil && lasting != nil:
		return result{}, unsupported(x.sql, int32(x.statement.Start), "%s of functions that outlive the session together with others is not supported", k.defines()).
			WithHint("Drop them one by one.")
	case lasting != nil:
		return result{tag: k.defines()}, k.dropLasting(ctx, s, x)
	}
	for _, f := range own {
		s.tables.DropFunction(f)
	}
	return done(k.defines())
}

// find are the functions that the statement names, the session's own and the Keys of all sessions'; skip is told of those
// that need not be there.
func (k *dropFunction) find(s *Session, x *call, c *projection.Catalog, skip func(code sqlstate.Code, format string, args ...any) error) (own []*temptable.Function, lasting []string, err error) {
	for _, f := range k.functions {
		if f.noSchema != "" {
			if err := skip(sqlstate.SuccessfulCompletion, "schema %q does not exist, skipping", f.noSchema); err != nil {
				return nil, nil, err
			}
			continue
		}
		found, err := s.functionOfUsers(c, f)
		switch {
		case err != nil && f.told && f.schema == "" && ofSystem(f.name, f.args):
			return nil, nil, sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop function %s because it is required by the database system", f)
		case err != nil && k.ifMissing && sqlstate.Of(err).Code == sqlstate.UndefinedFunction:
			if err := skip(sqlstate.SuccessfulCompletion, "%s %s(%s) does not exist, skipping", f.word(), f.written, strings.Join(f.types, ",")); err != nil {
				return nil, nil, err
			}
		case err != nil:
			return nil, nil, err
		case found.Key == "":
			own = append(own, found)
		case !slices.Contains(lasting, found.Key):
			lasting = append(lasting, found.Key)
		}
	}
	return own, lasting, nil
}

// dropLasting drops functions of all sessions, and with cascade what needs them.
func (k *dropFunction) dropLasting(ctx context.Context, s *Session, x *call) error {
	var more []dependent
	err := s.changeViews(ctx, k.defines(), func(c *projection.Catalog) (*edited, error) {
		_, keys, err := k.find(s, x, c, func(sqlstate.Code, string, ...any) error { return nil })
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			if err := s.mayOwnRoutine(c.Routine(key)); err != nil {
				return nil, err
			}
		}
		what := "desired object(s)"
		if len(keys) == 1 {
			what = routineNamed(c.Routine(keys[0]))
		}
		g := goingWith(c, nil, keys)
		if more = g.more; len(more) > 0 && !k.cascade {
			return nil, needed(what, more)
		}
		return withRoles(c, g.changes(c), g.privileges(c.Roles)), nil
	})
	if err != nil {
		return err
	}
	return s.tellCascade(x, more)
}

// functionsOf are the functions of the session that take or give values of a type.
func (s *Session) functionsOf(oid types.OID, on string) (all []dependent) {
	for _, f := range s.tables.Functions() {
		uses := types.MadeOf(f.Result, oid)
		for _, p := range f.Parameters {
			uses = uses || types.MadeOf(p.Type, oid)
		}
		if uses {
			all = append(all, dependent{name: "function " + s.signatureOf(f), on: on, clear: func(*call) error {
				s.tables.DropFunction(f)
				return nil
			}})
		}
	}
	return all
}
