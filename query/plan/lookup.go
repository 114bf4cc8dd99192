package plan

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// Lookup says that the rows of an operator that runs again and again, for rows
// around it, are found by a hash of their keys: only those where Inner is equal to
// Outer can meet its filter. The filter is judged all the same.
type Lookup struct {
	Inner []expr.Expr // over the operator's row
	Outer []expr.Expr // over the row around it
	Types []types.OID // that each pair is compared by
}

// Probe says that a subquery can be answered by a look-up among its rows, which are
// the same for every row around it: it matches where Inner is equal to Outer.
type Probe struct {
	// Guards are conditions over the row around an ExistsSubLink, all of which must hold too.
	Guards []expr.Expr
	// Inner is over the subquery's row; nil: its columns are. Outer is over the row
	// around it in an ExistsSubLink; in an AnySubLink that row is level 1, as in Test.
	Inner, Outer []expr.Expr
	Types        []types.OID // that each pair is compared by
	// Parallel is the scan, ranges of which workers of this node may read, each of whom makes the keys
	// of his; nil: there is none.
	Parallel *Scan
}
