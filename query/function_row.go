package query

import (
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/ddl"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// ownFunctions are the functions that the session sees beside PostgreSQL's, as they were in a catalog and at a
// state of its objects.
type ownFunctions struct {
	of      *expr.Extensions
	lasting *expr.Extensions // all sessions' alone, found without a schema
	written *expr.Extensions // these where every name is written out: they are found in their schema alone
	catalog *projection.Catalog
	shapes  uint64
	public  bool // the schema is in the search path
}

// extensions are the functions that the session has beside PostgreSQL's.
func (s *Session) extensions() *expr.Extensions {
	return s.extensionsOf(s.catalog()).of
}

// extensionsOf are those of a catalog, for the session and for all.
func (s *Session) extensionsOf(c *projection.Catalog) ownFunctions {
	if s.tables.None() && len(c.AllRoutines()) == 0 {
		return ownFunctions{of: s.server.functions, lasting: s.server.functions, written: s.server.functions}
	}
	o, public := &s.own, slices.Contains(s.schemas, "public")
	if o.of == nil || o.catalog != c || o.shapes != s.tables.Shapes() || o.public != public {
		*o = s.allFunctions(c, public)
	}
	return *o
}

func (s *Session) allFunctions(c *projection.Catalog, public bool) ownFunctions {
	var found, seen, written, own []*expr.Function
	changing, changingAll := false, false
	for _, f := range s.lastingFunctions(c) {
		one := *s.callable(f.Function)
		one.Schema = "public"
		visible, hidden := one, one
		visible.Visible, one.Visible = true, public && s.shadow(f.Function) == nil
		found, seen, written = append(found, &one), append(seen, &visible), append(written, &hidden)
		changingAll = changingAll || f.Changes
	}
	for _, f := range s.tables.Functions() {
		own = append(own, s.callable(f))
		changing = changing || f.Changes
	}
	own = append(own, ddl.Constructors(s.tables, ownConstructorOIDs)...)
	base := s.server.functions
	return ownFunctions{
		of: base.With("", found, changingAll).With(s.tables.Schema, own, changing), lasting: base.With("", seen, changingAll), written: base.With("", written, changingAll),
		catalog: c, shapes: s.tables.Shapes(), public: public,
	}
}

// shadow is the session's function that is found in the place of another; nil if there is none.
func (s *Session) shadow(f *temptable.Function) *temptable.Function {
	for _, o := range s.tables.Functions() {
		if o.Name == f.Name && !o.Hidden && o.Takes(f.Types()) {
			return o
		}
	}
	return nil
}

// ownConstructorOIDs is where the OIDs of the constructors of a session's types begin.
const ownConstructorOIDs = 1 << 30

// onlyQueries reports whether a body is nothing but queries.
func onlyQueries(body string) bool {
	nodes, err := parse.Body(body)
	return err == nil && !slices.ContainsFunc(nodes, func(n *pg.Node) bool {
		st := n.GetSelectStmt()
		return st == nil || !isQuery(n) || analyze.ChangeBelowTop("", st.GetWithClause()) != nil
	})
}

// callable is a function as calls find it.
func (s *Session) callable(f *temptable.Function) *expr.Function {
	body := expr.SQLBody{Text: f.Body, Apart: f.Definer || f.Config != nil, Run: func(call *expr.Call) (expr.Routine, error) { return s.routineOf(f, call) }}
	if f.Key != "" {
		body.Schema, body.Lasting = "public", f.Standard
	}
	return &expr.Function{Row: procOf(f), Impl: body, Own: true, Hidden: f.Hidden}
}

// procOf is a function as a row of pg_proc. Calls of a procedure have its OUT parameters among the arguments.
func procOf(f *temptable.Function) pgdata.Proc {
	row := pgdata.Proc{
		OID: f.OID, Name: f.Name, Kind: 'f', Volatile: f.Volatile, Strict: f.Strict, Set: f.Set, Result: f.Result,
		Args: []types.OID{}, Source: f.Name + " " + strconv.FormatUint(uint64(f.OID), 10), Cost: f.Cost,
	}
	if f.Procedure {
		row.Kind = 'p'
	}
	for _, p := range f.Parameters {
		row.AllArgs, row.Names, row.Modes = append(row.AllArgs, p.Type), append(row.Names, p.Name), row.Modes+string(p.Mode)
		if p.In() || f.Procedure {
			row.Args = append(row.Args, p.Type)
		}
		if p.Default != "" {
			row.Defaults = append(row.Defaults, p.Default)
		}
		if p.Mode == 'v' {
			row.Variadic = variadicOf(p.Type)
		}
	}
	if len(f.Out()) == 0 && row.Variadic == 0 {
		row.AllArgs, row.Modes = nil, ""
	}
	return row
}

// variadicOf is what a VARIADIC parameter of an array type has elements of.
func variadicOf(t types.OID) types.OID {
	switch t {
	case types.AnyArrayOID:
		return types.AnyElementOID
	case types.AnyCompatibleArrayOID:
		return types.AnyCompatibleOID
	case types.AnyOID:
		return t
	}
	return types.ElemOf(t)
}
