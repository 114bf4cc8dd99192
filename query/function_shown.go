package query

import (
	"slices"
	"strings"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/deparse"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// catalogRoutines are the session's functions as catalogs show them.
func (s *Session) catalogRoutines() (all []*catalog.Routine) {
	c := s.catalog()
	functions := slices.Clone(s.tables.Functions())
	for _, f := range s.lastingFunctions(c) {
		functions = append(functions, f.Function)
	}
	for _, f := range functions {
		r := &catalog.Routine{
			Proc: procOf(f), Schema: s.tables.Schema, Owner: s.ownerOf(f), Hidden: f.Hidden, Leakproof: f.Leakproof, Definer: f.Definer, Parallel: f.Parallel,
			Rows: f.Rows, Config: f.Config, Comment: f.Comment,
		}
		if f.Key != "" {
			r.Schema, r.Lasting, r.Held = "public", true, c.HeldRoutine(f.Key)
			r.AllTypes, r.Reads, r.Calls = everyType(f), s.namedBy(c, f), s.calledBy(c, c.Routine(f.Key).Calls)
			r.Hidden = !slices.Contains(s.schemas, "public") || s.shadow(f) != nil
		}
		r.Args, r.Source, r.Defaults = f.Types(), f.Body, nil
		for _, p := range f.Parameters {
			if p.Default != "" {
				r.Defaults = append(r.Defaults, s.shownParameter(p))
			}
		}
		if f.Standard {
			r.Standard = s.shownBody(f)
		}
		all = append(all, r)
	}
	return all
}

// namedBy are the relations that a body names that is no string, by OID.
func (s *Session) namedBy(c *projection.Catalog, f *temptable.Function) (all []uint32) {
	if !f.Standard {
		return nil
	}
	for _, name := range c.Routine(f.Key).Reads {
		all = append(all, catalog.RelationOID(name))
	}
	return all
}

// calledBy are routines by their OIDs.
func (s *Session) calledBy(c *projection.Catalog, keys []string) (all []uint32) {
	for _, key := range keys {
		if r := c.Routine(key); r != nil {
			all = append(all, routineOID(r))
		}
	}
	return all
}

// shownParameter is the default of a parameter as PostgreSQL shows it.
func (s *Session) shownParameter(p temptable.Parameter) string {
	n, err := parse.Expression(p.Default)
	if err != nil {
		return p.Default
	}
	if n.GetSqlvalueFunction() != nil {
		return strings.ToUpper(p.Default)
	}
	b := &expr.Binder{Text: p.Default, Env: s.env, Params: expr.FixedParams(nil), Extensions: s.extensions()}
	e, err := b.Bind(n)
	if err != nil {
		return p.Default
	}
	to := types.Of(p.Type)
	if types.Info(p.Type).Kind == 'p' {
		to = e.Type()
	} else if made, err := b.Coerce(e, to, expr.Assignment); err == nil {
		e = made
	}
	if shown := expr.SQLDefault(s.env, n, p.Default, e, to, false); shown != "" {
		return shown
	}
	return "NULL::" + types.Text(s.env, types.RegtypeOID, types.Int(int64(to.OID)))
}

// shownBody is a body that is no string: RETURN of an expression as PostgreSQL writes it, statements as
// they are kept.
func (s *Session) shownBody(f *temptable.Function) string {
	if !f.Return {
		text := "BEGIN ATOMIC\n"
		for _, one := range s.shownStatements(f) {
			text += " " + one + ";\n"
		}
		return text + "END"
	}
	text := strings.TrimPrefix(f.Body, "SELECT ")
	n, err := parse.Expression(text)
	if err != nil || !expr.SQLTells(text) {
		return "RETURN " + text
	}
	b := &expr.Binder{Text: text, Env: s.env, Params: expr.FixedParams(f.Types()), Extensions: s.extensions(), Scope: named{f}}
	e, err := b.Bind(n)
	if err != nil {
		return "RETURN " + text
	}
	names := func(e expr.Expr, _ int) (string, bool) {
		p, ok := e.(*expr.Param)
		if !ok {
			return "", false
		}
		if name := f.Args()[p.N-1].Name; name != "" {
			return expr.QuoteIdent(name), true
		}
		return "", false
	}
	if shown, ok := expr.SQLOver(s.env, e, names, false, 0); ok {
		return "RETURN " + shown
	}
	return "RETURN " + text
}

// shownStatements are the statements of a body that is no string, queries as PostgreSQL writes them.
func (s *Session) shownStatements(f *temptable.Function) (all []string) {
	r := s.newRoutine(f, routineKey{}.of(f))
	r.opaque = true
	bound := r.compile() == nil
	nodes, err := parse.Body(f.Body)
	if err != nil {
		return []string{f.Body}
	}
	for i, n := range nodes {
		text, err := parse.StatementText(n)
		if err != nil {
			return []string{f.Body}
		}
		if bound && n.GetSelectStmt() != nil {
			style := deparse.Style{Function: f.Name, Indent: 1}
			for _, a := range f.Args() {
				style.Arguments = append(style.Arguments, a.Name)
			}
			if shown, ok := r.writeSelect(text, r.steps[i].compiled, style); ok {
				text = strings.TrimPrefix(shown, " ")
			}
		}
		all = append(all, text)
	}
	return all
}

// named finds a function's arguments by their names.
type named struct{ of *temptable.Function }

// Column implements expr.Scope.
func (n named) Column(parts []string, pos int) (expr.Expr, error) {
	name := parts[len(parts)-1]
	for i, p := range n.of.Args() {
		if p.Name == name {
			return expr.NewParam(i+1, types.Of(p.Type), pos), nil
		}
	}
	return noColumns{}.Column(parts, -1)
}
