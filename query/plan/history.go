package plan

import "github.com/projsql/projsql/query/expr"

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

	First Slot
}

// Inputs implements Node.
func (*HistoryScan) Inputs() []Node { return nil }

// Leading columns of project_history; the declared ones follow, then the system
// columns (SystemGeneration …), then the extra ones (HistoryExists …).
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

// exprs are all but the filter.
func (n *HistoryScan) exprs() []expr.Expr {
	all := []expr.Expr{n.Entity, n.From, n.To}
	return append(append(all, n.Version.Low...), n.Version.High...)
}

// Lowest are all expressions that bound the versions from below.
func (n *HistoryScan) Lowest() []expr.Expr { return withArgument(n.From, n.Version.Low) }

// Highest are those that bound them from above.
func (n *HistoryScan) Highest() []expr.Expr { return withArgument(n.To, n.Version.High) }

func withArgument(e expr.Expr, conditions []expr.Expr) []expr.Expr {
	if e == nil {
		return conditions
	}
	return append([]expr.Expr{e}, conditions...)
}
