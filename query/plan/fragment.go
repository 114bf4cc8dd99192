package plan

import (
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// Fragment is a part of a plan as SQL over one projection, which several nodes run, each
// over the entities that it owns. The rows of a scan's begin with an entity and come in its
// order: whoever merges them has the rows, and their order, of a run over all entities.
type Fragment struct {
	Definition *projection.Definition
	SQL        string      // up to the freshness, whose parameter comes after Params
	Params     []expr.Expr // of no row
	// Limit, where set, is the last of the parameters: the rows that are wanted at most.
	Limit *Limit
	Query *Query // SQL, planned here
	// Targets tell for each column after the first which value of the scan's row it is.
	Targets []int
	// Reduces says that there are fewer rows than entities, by all that is known.
	Reduces bool
	// Exhausts says that all entities are read, however few of the rows are wanted, and that there are
	// fewer of these.
	Exhausts bool
	// Unordered says that rows come in no order that another run would repeat.
	Unordered bool
}

// ParamTypes are the types of SQL's parameters, but for the cut's.
func (f *Fragment) ParamTypes() []types.OID {
	var all []types.OID
	for _, e := range f.Params {
		all = append(all, e.Type().OID)
	}
	if f.Limit != nil {
		all = append(all, types.Int8OID)
	}
	return all
}

// Fragments returns those of a query's scans, in no particular order.
func Fragments(q *Query) []*Fragment { return fragments(q.Root) }

func fragments(n Node) (all []*Fragment) {
	if s, ok := n.(*Scan); ok && s.Fragment != nil {
		all = append(all, s.Fragment)
	}
	if a, ok := n.(*Aggregate); ok && a.Partial != nil {
		all = append(all, a.Partial.Fragment)
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			all = append(all, fragments(c.Plan)...)
		}
	}
	for _, in := range n.Inputs() {
		all = append(all, fragments(in)...)
	}
	return all
}

// Partial is an aggregation that nodes do, each over the entities that it owns. A row of its
// fragment has the keys of a group, the first entity of it, and what the calls have to be
// combined from.
type Partial struct {
	Fragment *Fragment
	Calls    []PartialCall // one for each of the Aggregate's
}

// Combination is how the results of several nodes make one.
type Combination uint8

// Combinations. The zero value is not valid.
const (
	CombineCounts   Combination = iota + 1 // by adding them
	CombineSums                            // by adding them, those of integers exactly
	CombineAverages                        // from a sum and a count
	CombineExtremes                        // by the aggregate itself
	CombineBits                            // by the aggregate itself
)

// PartialCall is what one call is combined from.
type PartialCall struct {
	By     Combination
	Column int // the first of its values in the fragment's rows
}
