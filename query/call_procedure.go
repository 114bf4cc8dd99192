package query

import (
	"context"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// callProcedure is CALL: the query that reads the procedure's OUT parameters.
type callProcedure struct{ query *plan.Query }

func (s *Session) bindCall(c *compiled, params *expr.Params, n *pg.CallStmt) error {
	called := n.GetFunccall()
	if sub := parse.Subquery(called); sub != nil {
		return at(c.sql, sub.GetLocation(), sqlstate.FeatureNotSupported, "cannot use subquery in CALL argument")
	}
	function := &pg.Node{Node: &pg.Node_FuncCall{FuncCall: called}}
	item := &pg.Node{Node: &pg.Node_List{List: &pg.List{Items: []*pg.Node{function}}}}
	from := &pg.Node{Node: &pg.Node_RangeFunction{RangeFunction: &pg.RangeFunction{Functions: []*pg.Node{item}}}}
	star := &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: &pg.ColumnRef{Fields: []*pg.Node{{Node: &pg.Node_AStar{AStar: &pg.A_Star{}}}}, Location: -1}}}
	target := &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: star, Location: -1}}}
	sel := &pg.SelectStmt{TargetList: []*pg.Node{target}, FromClause: []*pg.Node{from}}
	rel, o := s.readOptions(c, params)
	o.Called = called
	q, err := analyze.Select(c.sql, &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: sel}}, o)
	if err != nil {
		return err
	}
	c.using(rel, q)
	c.command = &callProcedure{q}
	if len(q.Columns) != 1 || q.Columns[0].Type.OID != types.VoidOID {
		c.columns, c.rows = q.Columns, true
	}
	return nil
}

func (k *callProcedure) run(ctx context.Context, s *Session, x *call) (result, error) {
	rows, _, err := s.runWhole(ctx, &whole{call: x, query: k.query, command: "CALL"})
	if err != nil || !x.rows {
		return result{tag: "CALL"}, err
	}
	return result{rows: rows, tag: "CALL"}, nil
}
