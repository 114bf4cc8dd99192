package plan

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// Node is an operator of a plan. In a finished plan, the expressions of a node
// refer to its input's row by expr.Column: level 0 is the input's row, level 1
// the row of the enclosing query, or of the left side of the join that a lateral
// right side stands in, and so on.
type Node interface {
	// Inputs are the operators below, in order.
	Inputs() []Node
	// Width is the number of values in a row.
	Width() int
	// Slots tell which values a row has, in order, while the plan is made: above an
	// operator expressions refer to them.
	Slots() []Slot
}

// nodeCore is what every node has: the slots of its rows, in order.
type nodeCore struct{ Out []Slot }

// Width implements Node.
func (c *nodeCore) Width() int { return len(c.Out) }

// Slots implements Node.
func (c *nodeCore) Slots() []Slot { return c.Out }

// Scan reads a relation. Its conditions choose an index path and are no filter:
// Filter holds every condition again.
type Scan struct {
	nodeCore
	Relation *Relation
	Alias    string
	// Columns are the indexes in Relation.Columns of the row's values. Filter sees
	// the same row.
	Columns []int
	Filter  expr.Expr // nil = all
	Lookup  *Lookup   // nil: every row is filtered
	Bounds  Bounds
	// Count says that the only row is the number of all events.
	Count bool
	// Descending says that rows come from the newest event on, not in the order of the log.
	Descending bool
	// InOrder says that somebody above counts on one of these orders.
	InOrder bool
	// Fragment is what other nodes may run instead; Rest is what is left of Filter then. nil:
	// this node scans.
	Fragment *Fragment
	Rest     expr.Expr

	First Slot
	Above []bool // for each of Columns: it is read above the scan
}

// Inputs implements Node.
func (*Scan) Inputs() []Node { return nil }

// Bounds are conditions on the columns that the log is indexed by. They are
// expressions over parameters and enclosing rows; a NULL one finds no row.
type Bounds struct {
	// Entities: the entity is one of these; nil = any.
	Entities []expr.Expr
	// EntityArray: the entity is in this text[]; nil = any.
	EntityArray expr.Expr
	// Kinds and KindArray: the same of the kind of an event.
	Kinds     []expr.Expr
	KindArray expr.Expr
	ID        expr.Expr // event_id
	Version   Range
	Sequence  Range
	HLC       Range
	// Within: the entity meets all of these. They bound what is read, and are in the filter too.
	Within []Within
}

// Within bounds the entity by "entity Op Value"; Op is <, <=, >, >=, ~~ (LIKE) or ^@. The value is a text that is the
// same for the whole statement.
type Within struct {
	Op    string
	Value expr.Expr
}

// Range bounds a bigint from both sides; a row must meet all of them.
type Range struct {
	Low  []expr.Expr // column >= each
	High []expr.Expr // column <= each
}

// PointScan reads one entity of a projection: project('T', e) or
// project_if_changed('T', e, generation).
type PointScan struct {
	nodeCore
	Relation   *Relation
	Alias      string
	Entity     expr.Expr
	Generation expr.Expr // nil: project()
	// Columns are indexes in Relation.Columns; GenerationColumn is the leading column
	// of project_if_changed.
	Columns []int
	Filter  expr.Expr

	First Slot
}

// GenerationColumn in PointScan.Columns is the generation of project_if_changed.
const GenerationColumn = -1

// Inputs implements Node.
func (*PointScan) Inputs() []Node { return nil }

// FunctionScan calls a function in FROM. A function that returns no set gives
// one row.
type FunctionScan struct {
	nodeCore
	Name  string
	Alias string
	Calls []expr.Expr // ROWS FROM has several; shorter ones are filled with NULL
	// Fields is the number of columns that each call gives; a value that is a
	// *types.Record is spread over more than one.
	Fields     []int
	Spread     []bool
	Ordinality bool
	Columns    []int // indexes of all columns of all calls, then the ordinality
	Filter     expr.Expr

	First Slot
}

// Inputs implements Node.
func (*FunctionScan) Inputs() []Node { return nil }

// Values gives constant rows; one row without columns where there is no FROM.
type Values struct {
	nodeCore
	Rows [][]expr.Expr
}

// Inputs implements Node.
func (*Values) Inputs() []Node { return nil }

// Filter keeps the rows for which Condition is true.
type Filter struct {
	nodeCore
	Input     Node
	Condition expr.Expr
	Lookup    *Lookup // nil: every row is filtered
	// Once says that the condition is about no row of the input: unless it is true,
	// the input is not read.
	Once bool
}

// Inputs implements Node.
func (n *Filter) Inputs() []Node { return []Node{n.Input} }

// Project computes one value for each expression.
type Project struct {
	nodeCore
	Input Node
	Exprs []expr.Expr
	// Subquery is the alias of a subquery in FROM, for EXPLAIN.
	Subquery string
	// Barrier says that no condition goes below that might tell of rows which are not among its own.
	Barrier bool
}

// Inputs implements Node.
func (n *Project) Inputs() []Node { return []Node{n.Input} }

// ProjectSet adds the values of set-returning calls to its input's rows: each row
// gives as many as the longest set has, the others are filled with NULL.
type ProjectSet struct {
	nodeCore
	Input Node
	Calls []*expr.Call
	// Carry are the indexes in the input's row of the values kept.
	Carry []int

	CallSlots []Slot
}

// Inputs implements Node.
func (n *ProjectSet) Inputs() []Node { return []Node{n.Input} }

// JoinKind is the kind of a join.
type JoinKind uint8

// Join kinds. The zero value is not valid.
const (
	InnerJoin JoinKind = iota + 1
	LeftJoin
	RightJoin
	FullJoin
)

// Join pairs the rows of two inputs. With keys it hashes the right side, else it
// loops.
type Join struct {
	nodeCore
	Kind        JoinKind
	Left, Right Node
	// LeftKeys and RightKeys are pairwise equal under the types' own equality.
	LeftKeys, RightKeys []expr.Expr
	KeyTypes            []types.OID
	// Condition is what else must hold of the pair; nil = nothing.
	Condition expr.Expr
	// Keep says that the right side gives the same rows in every run of the join.
	Keep bool
	// Lateral says that the right side refers to the left row and is run for each; it
	// has no keys then.
	Lateral bool
	// Parallel is as that of an Aggregate, for the right side: workers keep what comes of their ranges.
	Parallel *Scan

	Equalities []expr.Expr // the equalities that the keys came from
}

// Inputs implements Node.
func (n *Join) Inputs() []Node { return []Node{n.Left, n.Right} }

// Aggregate groups its input and gives, for each group, values of its first row
// and the results of the aggregates.
type Aggregate struct {
	nodeCore
	Input Node
	Keys  []expr.Expr
	// Sets are GROUPING SETS as indexes of Keys; nil = one set of all keys.
	Sets [][]int
	// Plain says that there is no GROUP BY: one row even without input.
	Plain bool
	// Carry are the indexes in the input's row of the values kept of the first row
	// of a group. CarryKeys tells for each which key it is, -1 = none.
	Carry     []int
	CarryKeys []int
	Calls     []*expr.AggregateCall
	// Grouping are the key indexes of each GROUPING() call.
	Grouping [][]int
	// Partial is what nodes may do of it, each for itself; nil: this node does all.
	Partial *Partial
	// Parallel is the scan, ranges of which workers of this node may read, each of whom aggregates
	// what comes of his; nil: there is none.
	Parallel *Scan

	CallSlots  []Slot
	GroupSlots []Slot
}

// Inputs implements Node.
func (n *Aggregate) Inputs() []Node { return []Node{n.Input} }

// SortKey orders rows by an expression in its type's btree order.
type SortKey = expr.SortKey

// Sort orders its input. Where Top is set, only the first rows are wanted, as
// many as Count and Offset of that Limit say.
type Sort struct {
	nodeCore
	Input Node
	Keys  []SortKey
	Top   *Limit
	// Shared is the scan below, where the nodes that share it send its first rows alone.
	Shared *Scan
	// Parallel is as that of an Aggregate: workers keep what comes of their ranges.
	Parallel *Scan
}

// Inputs implements Node.
func (n *Sort) Inputs() []Node { return []Node{n.Input} }

// Limit skips Offset rows and gives Count; nil expressions and NULLs do nothing.
type Limit struct {
	nodeCore
	Input         Node
	Count, Offset expr.Expr
	// Ties are the sort keys of FETCH FIRST … WITH TIES.
	Ties []SortKey
}

// Inputs implements Node.
func (n *Limit) Inputs() []Node { return []Node{n.Input} }

// Distinct gives the first row of each class of rows with equal keys.
type Distinct struct {
	nodeCore
	Input Node
	Keys  []expr.Expr
	// Ordered says that the input's order must stay, Adjacent that rows with equal keys
	// come one after the other in it.
	Ordered, Adjacent bool
}

// Inputs implements Node.
func (n *Distinct) Inputs() []Node { return []Node{n.Input} }

// SetOpKind is the kind of a set operation.
type SetOpKind uint8

// Set operations. The zero value is not valid.
const (
	Union SetOpKind = iota + 1
	Intersect
	Except
)

// SetOp combines two inputs of the same types.
type SetOp struct {
	nodeCore
	Kind        SetOpKind
	All         bool
	Left, Right Node
	Types       []types.OID
}

// Inputs implements Node.
func (n *SetOp) Inputs() []Node { return []Node{n.Left, n.Right} }

// CTE is a WITH query; its rows are made once in each run of its With.
type CTE struct {
	Name string
	Plan Node
	// Recursive is the second term of a recursive query, Plan the first.
	Recursive Node
	// All says that the recursive query keeps duplicates.
	All   bool
	Types []types.OID

	Correlated bool // it needs rows around its With
	Read       bool // something reads it, beside itself
}

// With gives its body, which may scan the CTEs.
type With struct {
	nodeCore
	CTEs []*CTE
	Body Node
}

// Inputs implements Node.
func (n *With) Inputs() []Node { return []Node{n.Body} }

// Planned are the CTEs that are run: those that are read, or change something.
func (n *With) Planned() (all []*CTE) {
	for _, c := range n.CTEs {
		if ModifyOf(c.Plan) != nil || c.Read {
			all = append(all, c)
		}
	}
	return all
}

// CTEScan reads a CTE's rows, or, inside its own recursive term, the rows that
// the last round made.
type CTEScan struct {
	nodeCore
	CTE     *CTE
	Alias   string
	Working bool
	Columns []int

	First Slot
	Count int
}

// Inputs implements Node.
func (*CTEScan) Inputs() []Node { return nil }

// OfKinds reports whether the kinds of events are bound.
func (b *Bounds) OfKinds() bool { return b.Kinds != nil || b.KindArray != nil }

// None reports whether there are no bounds.
func (r *Range) None() bool { return len(r.Low) == 0 && len(r.High) == 0 }

// None reports whether there are no bounds but a range of entities.
func (b *Bounds) None() bool {
	for _, e := range b.exprs() {
		if e != nil {
			return false
		}
	}
	return true
}

var setOpNames = [...]string{"", "UNION", "INTERSECT", "EXCEPT"}

// String returns the SQL word.
func (k SetOpKind) String() string { return setOpNames[k] }

func (b *Bounds) exprs() []expr.Expr {
	all := append([]expr.Expr(nil), b.Entities...)
	all = append(all, b.Kinds...)
	all = append(all, b.EntityArray, b.KindArray, b.ID)
	for _, r := range []*Range{&b.Version, &b.Sequence, &b.HLC} {
		all = append(append(all, r.Low...), r.High...)
	}
	return all
}
