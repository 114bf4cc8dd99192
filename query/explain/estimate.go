package explain

import (
	"math"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// Sizes are what an estimate starts from.
type Sizes struct{ Entities, Events float64 }

// Estimate is what a statement may give and cost, by the sizes of what it reads and
// PostgreSQL's guesses for conditions that nothing is known of. Who asks are other planners, such
// as that of postgres_fdw; no plan here is chosen by it.
type Estimate struct {
	Rows, Cost float64
	Width      int // bytes of a row
}

// PostgreSQL's guesses.
const (
	equalShare    = 0.005
	rangeShare    = 1.0 / 3
	otherShare    = 0.5
	functionRows  = 1000
	catalogRows   = 1000
	groupsMax     = 200
	historyEvents = 10
	rowCost       = 0.01
	operatorCost  = 0.0025
	widthUnknown  = 32
)

// Guess estimates a query.
func Guess(q *plan.Query, s Sizes) *Estimate {
	g := guesser{sizes: s}
	e := &Estimate{Rows: g.rows(q.Root), Cost: g.cost}
	for _, c := range q.Columns {
		e.Width += width(c.Type.OID)
	}
	return e
}

func width(t types.OID) int {
	if info := types.Info(types.BaseOf(t)); info != nil && info.Len > 0 {
		return int(info.Len)
	}
	return widthUnknown
}

// guesser adds up what operators cost.
type guesser struct {
	sizes Sizes
	cost  float64
}

// rows is how many an operator may give.
func (g *guesser) rows(n plan.Node) float64 {
	var in []float64
	for _, below := range n.Inputs() {
		in = append(in, g.rows(below))
	}
	rows := math.Max(1, math.Round(g.given(n, in)))
	g.cost += rows * rowCost
	return rows
}

func (g *guesser) given(n plan.Node, in []float64) float64 {
	switch n := n.(type) {
	case *plan.Scan:
		return g.scanned(n)
	case *plan.PointScan:
		return g.kept(1, n.Filter)
	case *plan.HistoryScan:
		return g.kept(historyEvents, n.Filter)
	case *plan.FunctionScan:
		return g.kept(functionRows, n.Filter)
	case *plan.Values:
		return float64(len(n.Rows))
	case *plan.Filter:
		return g.kept(in[0], n.Condition)
	case *plan.ProjectSet:
		return in[0] * functionRows
	case *plan.Join:
		return g.joined(n, in[0], in[1])
	case *plan.Aggregate:
		if n.Plain {
			return 1
		}
		return math.Min(in[0], groupsMax)
	case *plan.Distinct:
		return math.Min(in[0], groupsMax)
	case *plan.Sort:
		g.cost += in[0] * math.Log2(in[0]+1) * operatorCost
		return atMost(in[0], n.Top)
	case *plan.Limit:
		return atMost(in[0], n)
	case *plan.SetOp:
		if n.Kind == plan.Union {
			return in[0] + in[1]
		}
		return in[0]
	case *plan.CTEScan:
		if !n.Working && n.CTE.Recursive == nil {
			return g.rows(n.CTE.Plan)
		}
		return functionRows
	}
	if len(in) > 0 {
		return in[0]
	}
	return 1
}

// scanned is how many rows of a relation meet the conditions; all that are read cost.
func (g *guesser) scanned(n *plan.Scan) float64 {
	all := float64(catalogRows)
	switch n.Relation.Kind {
	case plan.ProjectionRelation:
		all = g.sizes.Entities
	case plan.EventsRelation:
		all = g.sizes.Events
	}
	switch {
	case n.Count:
		return 1
	case n.Bounds.ID != nil:
		all = 1
	case n.Bounds.Entities != nil && n.Relation.Kind == plan.ProjectionRelation:
		return float64(len(n.Bounds.Entities))
	case n.Bounds.Entities != nil:
		all *= float64(len(n.Bounds.Entities)) / math.Max(1, g.sizes.Entities)
	}
	g.cost += all * rowCost
	return g.kept(all, n.Filter)
}

func (g *guesser) joined(n *plan.Join, left, right float64) float64 {
	rows := left * right
	if n.LeftKeys != nil {
		rows = rows / math.Max(1, math.Max(left, right)) // as if one side's were unique
	}
	rows = g.kept(rows, n.Condition)
	switch n.Kind {
	case plan.LeftJoin:
		return math.Max(rows, left)
	case plan.RightJoin:
		return math.Max(rows, right)
	case plan.FullJoin:
		return math.Max(rows, math.Max(left, right))
	}
	return rows
}

// kept is how many of some rows meet a condition.
func (g *guesser) kept(rows float64, condition expr.Expr) float64 {
	if condition == nil {
		return rows
	}
	g.cost += rows * operatorCost
	return rows * share(condition)
}

// share is the part of the rows for which a condition may be true.
func share(e expr.Expr) float64 {
	switch n := e.(type) {
	case *expr.And:
		all := 1.0
		for _, arg := range n.Args {
			all *= share(arg)
		}
		return all
	case *expr.Or:
		none := 1.0
		for _, arg := range n.Args {
			none *= 1 - share(arg)
		}
		return 1 - none
	case *expr.Not:
		return 1 - share(n.Arg)
	case *expr.NullTest:
		return equalShare
	case *expr.Call:
		if n.Op == nil {
			return rangeShare
		}
		switch n.Op.Name {
		case "=", "~~", "~~*", "~", "~*":
			return equalShare
		case "<>", "!~~", "!~~*", "!~", "!~*":
			return 1 - equalShare
		case "<", "<=", ">", ">=":
			return rangeShare
		}
	}
	return otherShare
}

// atMost is what a LIMIT leaves, where it is a constant.
func atMost(rows float64, l *plan.Limit) float64 {
	if l == nil {
		return rows
	}
	if c, ok := l.Count.(*expr.Const); ok && !c.Value.IsNull() && c.Type().OID == types.Int8OID {
		return math.Min(rows, float64(c.Value.Int()))
	}
	return rows
}
