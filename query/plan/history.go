package plan

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// HistoryScan reads the states that one entity went through: project_history('T', e,
// from, to).
type HistoryScan struct {
	nodeCore
	Relation *Relation // of the rows, not the projection's own
	Alias    string
	Entity   expr.Expr
	From, To expr.Expr // nil or NULL: without a bound
	// Version is what conditions say of the version. As in Scan, Filter has them again.
	Version Range
	Columns []int // indexes in Relation.Columns
	Filter  expr.Expr

	first Slot
}

// Inputs implements Node.
func (*HistoryScan) Inputs() []Node { return nil }

// Leading columns of project_history; the declared ones follow, then the system
// columns (SystemGeneration …), then those that HistoryExtra counts from.
const (
	HistoryVersion = iota
	HistoryHLC
	HistoryKind
	HistoryDeclared // the first
)

// Extra columns of project_history, by their distance from the first.
const (
	HistoryExists = iota
	HistoryOccurredAt
	HistoryEventID
	HistoryData
)

func (q *query) historyScan(r *Relation, args []*pg.Node, alias *pg.Alias) (Node, []*item, error) {
	n := &HistoryScan{Relation: historyRelation(r), Alias: "project_history"}
	b := *q.in(inFrom)
	b.Scope = q.inner(true)
	var err error
	if n.Entity, err = b.BindAs(args[1], plain(types.TextOID), expr.Assignment); err != nil {
		return nil, nil, err
	}
	for i, to := range []*expr.Expr{&n.From, &n.To} {
		if args[2+i] == nil {
			continue
		}
		if *to, err = b.BindAs(args[2+i], plain(types.Int8OID), expr.Implicit); err != nil {
			return nil, nil, err
		}
	}
	if alias != nil {
		n.Alias = alias.Aliasname
	}
	it, first := q.planner.newItem(q, n.Alias, n.Relation.Columns, 0)
	for i := range it.fields {
		it.fields[i].number = 0
	}
	if err := it.rename(q.planner, aliasColumns(alias)); err != nil {
		return nil, nil, err
	}
	q.scope.tables = append(q.scope.tables, it)
	n.first = first
	return n, []*item{it}, nil
}

// historyRelation has the columns of project_history over a projection.
func historyRelation(r *Relation) *Relation {
	columns := []RelationColumn{
		{Name: "version", Type: plain(types.Int8OID)},
		{Name: "hlc", Type: plain(types.Int8OID)},
		{Name: "kind", Type: plain(types.TextOID)},
	}
	columns = append(columns, r.Columns[1:]...) // all but the entity
	columns = append(columns,
		RelationColumn{Name: "_exists", Type: plain(types.BoolOID), Hidden: true},
		RelationColumn{Name: "_occurred_at", Type: plain(types.TimestamptzOID), Hidden: true},
		RelationColumn{Name: "_event_id", Type: plain(types.UUIDOID), Hidden: true},
		RelationColumn{Name: "_data", Type: plain(types.JSONBOID), Hidden: true},
	)
	return &Relation{Schema: r.Schema, Name: r.Name, Kind: ProjectionRelation, Columns: columns, Definition: r.Definition}
}

// take makes a conjunct part of the filter and, where it bounds the version, of the
// range that is read.
func (n *HistoryScan) take(c expr.Expr) bool {
	own := produced(n)
	if !takeFilter(&n.Filter, c, own) {
		return false
	}
	call, ok := c.(*expr.Call)
	if !ok || call.Op == nil || len(call.Args) != 2 {
		return true
	}
	op, value := call.Op.Name, call.Args[1]
	if !n.isVersion(call.Args[0]) {
		op, value = mirrored[op], call.Args[0]
		if !n.isVersion(call.Args[1]) {
			return true
		}
	}
	if isInteger(value.Type().OID) && !mentionsAny(value, own) {
		n.Version.bound(op, value)
	}
	return true
}

func (n *HistoryScan) isVersion(e expr.Expr) bool {
	v, ok := e.(*variable)
	return ok && v.slot == n.first+HistoryVersion
}

func (n *HistoryScan) finish(need slotSet, up *rows) {
	n.Columns, n.out = chosen(n.first, len(n.Relation.Columns), need.with(n.Filter))
	n.Filter = resolve(n.Filter, &rows{n.out, up})
	n.Entity, n.From, n.To = resolve(n.Entity, up), resolve(n.From, up), resolve(n.To, up)
	resolveAll(n.Version.Low, up)
	resolveAll(n.Version.High, up)
}

// exprs are all but the filter.
func (n *HistoryScan) exprs() []expr.Expr {
	all := []expr.Expr{n.Entity, n.From, n.To}
	return append(append(all, n.Version.Low...), n.Version.High...)
}

// lowest and highest are all that bounds the versions.
func (n *HistoryScan) lowest() []expr.Expr  { return withArgument(n.From, n.Version.Low) }
func (n *HistoryScan) highest() []expr.Expr { return withArgument(n.To, n.Version.High) }

func withArgument(e expr.Expr, conditions []expr.Expr) []expr.Expr {
	if e == nil {
		return conditions
	}
	return append([]expr.Expr{e}, conditions...)
}
