package query

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/deparse"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// written gives a routine its body that is no string with every name and literal written out, so that it means the
// same to every session, and what it names; nil: it names something of the session's own.
func (k *createFunction) written(s *Session, x *call, c *projection.Catalog, made *projection.Routine) (*projection.Routine, error) {
	r := s.newRoutine(&k.function, routineKey{}.of(&k.function))
	r.catalog, r.qualify = c, func(*plan.Relation) {}
	nodes := k.standard()
	if err := r.bind(x.sql, nodes); err != nil {
		return nil, err
	}
	if r.namesOwn() {
		return nil, nil
	}
	var all []string
	for i, n := range nodes {
		text, err := r.writeStep(x, n, r.steps[i].compiled)
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	made.Body = strings.Join(all, ";\n")
	if !s.holdsAll(c, k.function, made) {
		return nil, nil
	}
	return made, nil
}

// writeStep is a statement of a body written anew: * is its columns of the moment.
func (r *routine) writeStep(x *call, n *pg.Node, c *compiled) (string, error) {
	if target := n.GetInsertStmt().GetRelation(); target != nil && r.session.tableOf(target) == nil {
		target.Schemaname = "public"
	}
	parse.Fix(n, c.literals)
	text, err := parse.StatementText(n)
	if err != nil || n.GetSelectStmt() == nil {
		if err == nil && analyze.HasStar(n) {
			return "", r.refuseStar(x)
		}
		return text, err
	}
	if written, ok := r.writeSelect(text, c, deparse.Style{Pretty: true, Qualified: true, Nameless: r.function.Return}); ok {
		return strings.TrimSpace(written), nil
	}
	if analyze.HasStar(n) {
		return "", r.refuseStar(x)
	}
	return text, nil
}

func (r *routine) refuseStar(x *call) error {
	return unsupported(x.sql, int32(x.statement.Start), "* in this statement of an unquoted SQL function body is not supported").
		WithHint("Name the columns, or write the body as a string.")
}

// writeSelect writes a SELECT of a body as a view's is written.
func (r *routine) writeSelect(text string, c *compiled, style deparse.Style) (string, bool) {
	s := r.session
	o := s.lastingOptions(c.catalog)
	o.Arguments = r.arguments()
	o.Params = expr.FixedParams(o.Arguments.Types)
	shown := &temptable.View{SQL: text}
	for _, col := range c.columns {
		shown.Columns = append(shown.Columns, temptable.Column{Name: col.Name, Type: col.Type})
	}
	return s.writeView(o, shown, style)
}

// holdsAll binds the body as it is written out, and takes note of what it names; false: something of it is the
// session's own.
func (s *Session) holdsAll(c *projection.Catalog, f temptable.Function, made *projection.Routine) bool {
	f.Body = made.Body
	r := s.newRoutine(&f, routineKey{}.of(&f))
	r.names, r.catalog, r.opaque = writtenNames, c, true
	r.qualify = func(t *plan.Relation) {
		if t.Schema == "public" && !slices.Contains(made.Reads, t.Name) {
			made.Reads = append(made.Reads, t.Name)
		}
	}
	if r.compile() != nil || r.namesOwn() {
		return false
	}
	for _, st := range r.steps {
		for _, oid := range st.compiled.called {
			called := s.functionOf(c, func(o *lastingFunction) bool { return o.OID == oid })
			if called == nil {
				return false
			}
			if !slices.Contains(made.Calls, called.Key) {
				made.Calls = append(made.Calls, called.Key)
			}
			made.Reads = s.withRowsOf(c, called, made.Reads)
		}
	}
	slices.Sort(made.Reads)
	slices.Sort(made.Calls)
	return true
}

// keepsRoutine reports whether a body that is no string is still one over another definition of a projection.
func (s *Session) keepsRoutine(c *projection.Catalog, r *projection.Routine) bool {
	if !r.Standard {
		return true
	}
	f := s.lastingFunction(c, r)
	if f == nil {
		return false
	}
	made := s.newRoutine(f.Function, routineKey{}.of(f.Function))
	made.catalog, made.opaque = c, true
	return made.compile() == nil
}

// errUnquoted refuses what an unquoted body cannot have.
func errUnquoted(n *pg.Node) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "%s is not yet supported in unquoted SQL function body", commandName(n))
}
