package query

import (
	"context"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// dropFunction is DROP FUNCTION of the session's own.
type dropFunction struct {
	functions []functionName
	ifMissing bool
}

// functionName is a function by its name, and its arguments if they are written.
type functionName struct {
	name    string
	written string // with its schema
	args    []types.OID
	types   []string // args as the grammar has them
	told    bool     // the arguments
	// noSchema is the schema that is not there; "" if it is.
	noSchema string
}

func (f functionName) String() string { return f.with(",") }

// asked is a function that was looked for.
func (f functionName) asked() string { return f.with(", ") }

func (f functionName) with(separator string) string {
	var all []string
	for _, t := range f.args {
		all = append(all, types.TypeName(t))
	}
	return f.written + "(" + strings.Join(all, separator) + ")"
}

// grammarName is a type's name as the grammar has it, pg_catalog.int4 for int.
func grammarName(n *pg.TypeName) string {
	var parts []string
	for _, p := range n.GetNames() {
		parts = append(parts, p.GetString_().GetSval())
	}
	return strings.Join(parts, ".") + strings.Repeat("[]", len(n.GetArrayBounds()))
}

func (s *Session) bindDropFunction(c *compiled, n *pg.DropStmt) error {
	k := &dropFunction{ifMissing: n.GetMissingOk()}
	b := &expr.Binder{Text: c.sql, Env: s.env}
	for _, o := range n.GetObjects() {
		w := o.GetObjectWithArgs()
		names := w.GetObjname()
		f := functionName{name: names[len(names)-1].GetString_().GetSval(), told: !w.GetArgsUnspecified()}
		f.written = f.name
		if len(names) > 1 {
			f.written = names[len(names)-2].GetString_().GetSval() + "." + f.name
		}
		if schema, _ := parse.Qualified(names); schema != "" && !s.isTemp(schema) {
			err := s.schemaThere(schema)
			if err != nil && k.ifMissing {
				k.functions = append(k.functions, functionName{noSchema: schema})
				continue
			} else if err != nil {
				return err
			}
			return unsupportedStatement(c, &pg.Node{Node: &pg.Node_DropStmt{DropStmt: n}})
		}
		for _, a := range w.GetObjargs() {
			t, err := b.BindType(a.GetTypeName())
			if err != nil {
				return err
			}
			f.args = append(f.args, t.OID)
			f.types = append(f.types, grammarName(a.GetTypeName()))
		}
		k.functions = append(k.functions, f)
	}
	c.command = k
	return nil
}

func (k *dropFunction) run(_ context.Context, s *Session, x *call) (result, error) {
	for _, f := range k.functions {
		if f.noSchema != "" {
			if err := s.skips(x, sqlstate.SuccessfulCompletion, "schema %q does not exist, skipping", f.noSchema); err != nil {
				return result{}, err
			}
			continue
		}
		found := s.functionsNamed(f)
		switch {
		case len(found) > 1:
			return result{}, sqlstate.New(sqlstate.AmbiguousFunction, "function name %q is not unique", f.written).
				WithHint("Specify the argument list to select the function unambiguously.")
		case len(found) == 1:
			s.tables.DropFunction(found[0])
		case k.ifMissing && f.told:
			if err := s.skips(x, sqlstate.SuccessfulCompletion, "function %s(%s) does not exist, skipping", f.written, strings.Join(f.types, ",")); err != nil {
				return result{}, err
			}
		case k.ifMissing:
			if err := s.skips(x, sqlstate.SuccessfulCompletion, "function %s() does not exist, skipping", f.written); err != nil {
				return result{}, err
			}
		case f.told:
			return result{}, sqlstate.New(sqlstate.UndefinedFunction, "function %s does not exist", f.asked())
		default:
			return result{}, sqlstate.New(sqlstate.UndefinedFunction, "could not find a function named %q", f.written)
		}
	}
	return done("DROP FUNCTION")
}

func (s *Session) functionsNamed(f functionName) (found []*temptable.Function) {
	for _, o := range s.tables.Functions() {
		if o.Name == f.name && (!f.told || o.Takes(f.args)) {
			found = append(found, o)
		}
	}
	return found
}
