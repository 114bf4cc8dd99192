package query

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// body takes the body, a string or statements; what is in it, check tells.
func (b *functionBuilder) body(standard *pg.Node, o *functionOptions) error {
	f := &b.function
	switch {
	case standard != nil && o.as != nil:
		return b.invalid("duplicate function body specified")
	case standard != nil:
		return b.standard(standard)
	case o.as == nil:
		return b.invalid("no function body specified")
	case len(o.as) > 1:
		return b.invalid("only one AS item needed for language %q", "sql")
	}
	f.Body = o.as[0]
	statements, err := parse.Body(f.Body)
	if err != nil {
		return b.c.inBody(err, f)
	}
	for _, n := range statements {
		if ref := parse.BeyondParams(n, len(f.Types())); ref != nil {
			e := at(f.Body, ref.GetLocation(), sqlstate.UndefinedParameter, "there is no parameter $%d", ref.GetNumber())
			return b.c.inBody(e, f)
		}
	}
	return nil
}

// standard takes a body that is no string: RETURN of an expression, or statements between BEGIN ATOMIC and END.
func (b *functionBuilder) standard(n *pg.Node) error {
	f := &b.function
	statements := standardBody(n)
	if slices.ContainsFunc(f.Types(), expr.Polymorphic) {
		return b.invalid("SQL function with unquoted function body cannot have polymorphic arguments")
	}
	f.Standard, f.Return = true, n.GetReturnStmt() != nil
	var all []string
	for _, st := range statements {
		if !isQuery(st) || st.GetCallStmt() != nil {
			return errUnquoted(st)
		}
		text, err := parse.StatementText(st)
		if err != nil {
			return err
		}
		all = append(all, text)
	}
	f.Body = strings.Join(all, ";\n")
	return nil
}

// standardBody are the statements of a body that is no string; RETURN is a SELECT.
func standardBody(n *pg.Node) (all []*pg.Node) {
	returns := func(n *pg.Node) *pg.Node {
		target := &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: n.GetReturnStmt().GetReturnval()}}}
		return &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: &pg.SelectStmt{TargetList: []*pg.Node{target}}}}
	}
	if n.GetReturnStmt() != nil {
		return []*pg.Node{returns(n)}
	}
	for _, list := range n.GetList().GetItems() {
		for _, one := range list.GetList().GetItems() {
			if one.GetReturnStmt() != nil {
				one = returns(one)
			}
			all = append(all, one)
		}
	}
	return all
}

// inBody tells where in the statement an error in a function's body is.
func (c *compiled) inBody(err error, f *temptable.Function) error {
	if err == nil {
		return nil
	}
	e := *sqlstate.Of(err)
	if e.Position > 0 {
		e.Position = parse.PositionInString(c.sql, f.Body, e.Position)
	} else if e.Code != sqlstate.FeatureNotSupported {
		e.Where = fmt.Sprintf("SQL function \"%s\"", f.Name)
	}
	return &e
}

// check binds the statements of a body over a catalog, but not those of what they call. What the types of polymorphic
// arguments decide, the calls tell.
func (k *createFunction) check(s *Session, x *call, c *projection.Catalog, f *temptable.Function) error {
	if slices.ContainsFunc(f.Types(), expr.Polymorphic) {
		return nil
	}
	r := s.newRoutine(f, routineKey{}.of(f))
	r.catalog, r.opaque = c, true
	if f.Standard {
		if err := r.bind(x.sql, k.standard()); err != nil {
			return err
		}
		if err := x.inBody(r.returns(), f); err != nil {
			return err
		}
	}
	if !s.settings.On("check_function_bodies") {
		return nil
	}
	leave, err := s.configure(f)
	if err != nil {
		return err
	}
	defer leave()
	if f.Standard {
		return nil
	}
	return x.inBody(r.compile(), f)
}
