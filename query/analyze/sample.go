package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/optimize"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// sample is TABLESAMPLE: a condition on the rows of a relation. Rows have no blocks here, so
// SYSTEM takes row by row as BERNOULLI does.
func (q *query) sample(n *pg.RangeTableSample) (plan.Node, []*item, error) {
	node, items, err := q.fromItem(n.Relation)
	if err != nil {
		return nil, nil, err
	}
	pos := int(n.Location)
	if items[0].of == nil || items[0].of.Kind == plan.ViewRelation {
		return nil, nil, q.planner.errorAt(int(n.Relation.GetRangeVar().GetLocation()), sqlstate.FeatureNotSupported, "TABLESAMPLE clause can only be applied to tables and materialized views")
	}
	method, _ := lastName(n.Method)
	if method != "bernoulli" && method != "system" {
		return nil, nil, q.planner.errorAt(pos, sqlstate.UndefinedObject, "tablesample method %s does not exist", method)
	}
	if len(n.Args) != 1 {
		return nil, nil, q.planner.errorAt(pos, sqlstate.InvalidTablesampleArgument, "tablesample method %s requires 1 argument, not %d", method, len(n.Args))
	}
	share, err := q.sampleArgument(n.Args[0], types.Float4OID, "TABLESAMPLE")
	if err != nil {
		return nil, nil, err
	}
	switch {
	case share.IsNull():
		return nil, nil, sqlstate.New(sqlstate.InvalidTablesampleArgument, "TABLESAMPLE parameter cannot be null")
	case !(share.Float() >= 0 && share.Float() <= 100):
		return nil, nil, sqlstate.New(sqlstate.InvalidTablesampleArgument, "sample percentage must be between 0 and 100")
	}
	condition, err := q.sampled(n.Repeatable, items[0], share.Float()/100)
	if err != nil || condition == nil {
		return node, items, err
	}
	return optimize.Where(node, condition), items, nil
}

// sampled is the condition that takes a share of an item's rows; nil: all.
func (q *query) sampled(repeatable *pg.Node, it *item, share float64) (expr.Expr, error) {
	sql := "random() < share"
	s := sampleScope{share: share}
	if repeatable != nil {
		seed, err := q.sampleArgument(repeatable, types.Float8OID, "REPEATABLE")
		if err != nil {
			return nil, err
		}
		if seed.IsNull() {
			return nil, sqlstate.New(sqlstate.InvalidTablesampleRepeat, "TABLESAMPLE REPEATABLE parameter cannot be null")
		}
		sql = "(hashint8extended(place, hashfloat8extended(seed, 0)) & 4294967295) < share * 4294967296::float8"
		if it.of.Kind == plan.ProjectionRelation {
			sql = "(hashtextextended(place, hashfloat8extended(seed, 0)) & 4294967295) < share * 4294967296::float8"
		}
		s.seed, s.place = seed, it.rowPlace()
	}
	if share == 1 {
		return nil, nil
	}
	tree, err := pg.Parse("SELECT " + sql)
	if err != nil {
		return nil, err
	}
	b := &expr.Binder{Text: sql, Scope: s, Params: expr.FixedParams(nil), Env: q.planner.Env}
	return b.Bind(tree.Stmts[0].Stmt.GetSelectStmt().TargetList[0].GetResTarget().Val)
}

// rowPlace tells the rows of a relation apart.
func (it *item) rowPlace() expr.Expr {
	at := 0 // a projection's entity
	switch it.of.Kind {
	case plan.EventsRelation:
		at = plan.EventSequence
	case plan.VirtualRelation:
		at = slices.IndexFunc(it.of.Columns, func(c plan.RelationColumn) bool { return c.Name == plan.PlaceColumn })
	}
	if at < 0 {
		return expr.NewConst(types.Of(types.Int8OID), types.Int(0), -1) // of a catalog: all rows or none
	}
	return it.fields[at].value
}

// sampleScope has what the condition of a sample is about.
type sampleScope struct {
	share float64
	seed  types.Datum
	place expr.Expr
}

// Column implements expr.Scope.
func (s sampleScope) Column(parts []string, _ int) (expr.Expr, error) {
	switch parts[0] {
	case "share":
		return expr.NewConst(types.Of(types.Float8OID), types.Float(s.share), -1), nil
	case "seed":
		return expr.NewConst(types.Of(types.Float8OID), s.seed, -1), nil
	}
	return s.place, nil
}

// sampleArgument is the value of an argument, which must be a constant.
func (q *query) sampleArgument(n *pg.Node, to types.OID, clause string) (types.Datum, error) {
	e, err := q.in(inFrom).Bind(n)
	if err != nil {
		return types.Null, err
	}
	from := e.Type()
	if e, err = q.binder.Coerce(e, types.Of(to), expr.Implicit); err != nil {
		if sqlstate.Of(err).Code != sqlstate.CannotCoerce {
			return types.Null, err
		}
		return types.Null, q.planner.errorAt(nodePos(n), sqlstate.DatatypeMismatch, "argument of %s must be type %s, not type %s", clause, types.FormatType(types.Of(to)), types.FormatType(from))
	}
	if e, err = expr.Simplify(e, nil, &expr.Env{Env: q.planner.Env}); err != nil {
		return types.Null, err
	}
	c, ok := e.(*expr.Const)
	if !ok {
		return types.Null, q.planner.unsupported(nodePos(n), "TABLESAMPLE by what is no constant")
	}
	return c.Value, nil
}
