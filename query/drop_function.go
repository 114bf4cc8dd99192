package query

import (
	"context"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// dropFunction is DROP FUNCTION, PROCEDURE and ROUTINE of the session's own.
type dropFunction struct {
	kind      pg.ObjectType
	functions []functionName
	ifMissing bool
}

func (s *Session) bindDropFunction(c *compiled, n *pg.DropStmt) error {
	k := &dropFunction{kind: n.GetRemoveType(), ifMissing: n.GetMissingOk()}
	for _, o := range n.GetObjects() {
		f, err := s.functionNamed(c, k.kind, o.GetObjectWithArgs())
		if err != nil {
			return err
		}
		if f.schema != "" && !s.isTemp(f.schema) {
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

func (k *dropFunction) run(_ context.Context, s *Session, x *call) (result, error) {
	var all []*temptable.Function
	for _, f := range k.functions {
		if f.noSchema != "" {
			if err := s.skips(x, sqlstate.SuccessfulCompletion, "schema %q does not exist, skipping", f.noSchema); err != nil {
				return result{}, err
			}
			continue
		}
		found, err := s.ownFunction(f)
		if err != nil && k.ifMissing && sqlstate.Of(err).Code == sqlstate.UndefinedFunction {
			if err := s.skips(x, sqlstate.SuccessfulCompletion, "%s %s(%s) does not exist, skipping", f.word(), f.written, strings.Join(f.types, ",")); err != nil {
				return result{}, err
			}
			continue
		}
		if err != nil {
			return result{}, err
		}
		all = append(all, found)
	}
	for _, f := range all {
		s.tables.DropFunction(f)
	}
	return done("DROP " + objectWord(k.kind))
}

// functionsOf are the functions that take or give values of a type.
func (s *Session) functionsOf(oid types.OID, on string) (all []dependent) {
	for _, f := range s.tables.Functions() {
		uses := types.MadeOf(f.Result, oid)
		for _, p := range f.Parameters {
			uses = uses || types.MadeOf(p.Type, oid)
		}
		if uses {
			all = append(all, dependent{name: kindOf(f) + " " + s.signatureOf(f), on: on, clear: func(*call) error {
				s.tables.DropFunction(f)
				return nil
			}})
		}
	}
	return all
}
