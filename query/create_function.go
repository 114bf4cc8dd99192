package query

import (
	"cmp"
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createFunction is CREATE FUNCTION and CREATE PROCEDURE … LANGUAGE sql.
type createFunction struct {
	statement *pg.CreateFunctionStmt
	schema    string // public, the session's own, or "" = as it comes
	function  temptable.Function
	body      *pg.Node // that is no string; nil: it is one
	replace   bool
	window    bool
}

// standard are the statements of a body that is no string, to be bound once.
func (k *createFunction) standard() []*pg.Node {
	return standardBody(proto.Clone(k.body).(*pg.Node))
}

func (s *Session) bindCreateFunction(c *compiled, n *pg.CreateFunctionStmt) error {
	b := &functionBuilder{session: s, c: c}
	names := n.GetFuncname()
	b.function.Name, b.function.Procedure, b.function.Owner = names[len(names)-1].GetString_().GetSval(), n.GetIsProcedure(), s.user
	schema, err := b.place(names)
	if err != nil {
		return err
	}
	b.function.Hidden = schema == s.tables.Schema
	o, err := b.optionsOf(n)
	if err != nil {
		return err
	}
	if err := b.parameters(n.GetParameters()); err != nil {
		return err
	}
	if err := b.returns(n.GetReturnType()); err != nil {
		return err
	}
	if o.rows != nil && !b.function.Set {
		return sqlstate.New(sqlstate.InvalidParameterValue, "ROWS is not applicable when function does not return a set")
	}
	if err := b.body(n.GetSqlBody(), o); err != nil {
		return err
	}
	if err := b.determined(); err != nil {
		return err
	}
	b.function.Changes = !onlyQueries(b.function.Body)
	c.command = &createFunction{statement: n, schema: schema, function: b.function, body: n.GetSqlBody(), replace: n.GetReplace(), window: o.window}
	return nil
}

// functionBuilder binds the parts of CREATE FUNCTION.
type functionBuilder struct {
	session  *Session
	c        *compiled
	function temptable.Function
}

// kindOf is what SQL calls a function.
func kindOf(f *temptable.Function) string {
	if f.Procedure {
		return "procedure"
	}
	return "function"
}

func (k *createFunction) run(ctx context.Context, s *Session, x *call) (result, error) {
	f := k.function
	if k.schema == "public" || !f.Hidden && s.shadow(&f) == nil {
		if k.schema == "public" || k.record(s, x.catalog) != nil { // else it is checked when it is made
			if err := k.check(s, x, k.included(s, x.catalog), &f); err != nil {
				return result{}, err
			}
		}
		if lasts, err := k.define(ctx, s, x); lasts || err != nil {
			return result{tag: k.defines()}, err
		}
		if k.schema == "public" || s.lastingAs(&f) != nil {
			return result{}, unsupported(x.sql, int32(x.statement.Start), "a %s that outlives the session cannot hold what is the session's own", kindOf(&f)).
				WithHint("Write pg_temp before its name: the %s then is one of the session.", kindOf(&f))
		}
	}
	if err := cmp.Or(s.mayMakeTemporary(), x.namesOwnPath(&f)); err != nil {
		return result{}, err
	}
	return k.makeOwn(s, x, f)
}

// lastingAs is the function of all sessions that has the name and the arguments of another; nil if there is none.
func (s *Session) lastingAs(f *temptable.Function) *lastingFunction {
	return s.functionOf(s.catalog(), func(o *lastingFunction) bool { return o.Name == f.Name && o.Takes(f.Types()) })
}

// makeOwn makes the function the session's own.
func (k *createFunction) makeOwn(s *Session, x *call, f temptable.Function) (result, error) {
	var old *temptable.Function
	for _, o := range s.tables.Functions() {
		if o.Name == f.Name && o.Takes(f.Types()) {
			old = o
		}
	}
	switch {
	case old != nil && k.replace:
		if err := s.replaceable(old, &f, k.window); err != nil {
			return result{}, err
		}
	case k.window:
		return result{}, errWindow(x)
	}
	if !f.Hidden {
		if err := s.notice(x.out, "%s %q will be a temporary %[1]s", kindOf(&f), f.Name); err != nil {
			return result{}, err
		}
	}
	if err := s.tables.CreateFunction(&f, k.replace); err != nil {
		return result{}, err
	}
	return result{tag: k.defines()}, k.check(s, x, x.catalog, &f)
}

// replaceable checks that those who call a function can call the new one.
func (s *Session) replaceable(old, f *temptable.Function, window bool) error {
	refuse := func(format string, args ...any) *sqlstate.Error {
		return sqlstate.New(sqlstate.InvalidFunctionDefinition, format, args...).
			WithHint("Use %s %s first.", map[bool]string{false: "DROP FUNCTION", true: "DROP PROCEDURE"}[old.Procedure], s.signatureOf(old))
	}
	sameOut := slices.EqualFunc(old.Out(), f.Out(), func(a, b temptable.Parameter) bool { return a.Name == b.Name && a.Type == b.Type })
	switch {
	case old.Procedure != f.Procedure || window:
		return sqlstate.New(sqlstate.WrongObjectType, "cannot change routine kind").WithDetail("%q is a %s.", old.Name, kindOf(old))
	case f.Procedure && old.Result != f.Result:
		return refuse("cannot change whether a procedure has output parameters")
	case old.Result != f.Result || old.Set != f.Set:
		return refuse("cannot change return type of existing function")
	case f.Result == types.RecordOID && !sameOut:
		return refuse("cannot change return type of existing function").WithDetail("Row type defined by OUT parameters is different.")
	}
	was, now := old.Args(), f.Args()
	for i, a := range was {
		if a.Name != "" && a.Name != now[i].Name {
			return refuse("cannot change name of input parameter %q", a.Name)
		}
	}
	for i, a := range was {
		if a.Default != "" && now[i].Default == "" {
			return refuse("cannot remove parameter defaults from existing function")
		}
	}
	return nil
}

// signatureOf is a function with its arguments, as errors name it.
func (s *Session) signatureOf(f *temptable.Function) string {
	written := functionName{written: expr.QuoteIdent(f.Name), args: f.Types()}
	if f.Hidden {
		written.written = s.tables.Schema + "." + written.written
	}
	return written.String()
}
