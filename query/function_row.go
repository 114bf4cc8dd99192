package query

import (
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/ddl"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// ownFunctions are the session's functions, and PostgreSQL's beside them, as they were at a
// state of its objects.
type ownFunctions struct {
	of     *expr.Extensions
	shapes uint64
}

// extensions are the functions that the session has beside PostgreSQL's.
func (s *Session) extensions() *expr.Extensions {
	if s.tables.None() {
		return s.server.functions
	}
	if s.own.of == nil || s.own.shapes != s.tables.Shapes() {
		var all []*expr.Function
		changing := false
		for _, f := range s.tables.Functions() {
			all = append(all, s.callable(f))
			changing = changing || !onlyQueries(f)
		}
		all = append(all, ddl.Constructors(s.tables, ownConstructorOIDs)...)
		s.own = ownFunctions{of: s.server.functions.With(s.tables.Schema, all, changing), shapes: s.tables.Shapes()}
	}
	return s.own.of
}

// ownConstructorOIDs is where the OIDs of the constructors of a session's types begin.
const ownConstructorOIDs = 1 << 30

// onlyQueries reports whether a body is nothing but queries.
func onlyQueries(f *temptable.Function) bool {
	nodes, err := parse.Body(f.Body)
	return err == nil && !slices.ContainsFunc(nodes, func(n *pg.Node) bool {
		st := n.GetSelectStmt()
		return st == nil || !isQuery(n) || analyze.ChangeBelowTop("", st.GetWithClause()) != nil
	})
}

// callable is a function as calls find it.
func (s *Session) callable(f *temptable.Function) *expr.Function {
	body := expr.SQLBody{Text: f.Body, Apart: f.Definer, Run: func(call *expr.Call) (expr.Routine, error) { return s.routineOf(f, call) }}
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
