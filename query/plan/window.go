package plan

import "github.com/projsql/projsql/query/expr"

// Window adds, to what is wanted of each row of its input, values of functions over its partition.
type Window struct {
	nodeCore
	Input     Node
	Partition []expr.Expr
	Order     []SortKey
	Frame     WindowFrame
	Calls     []*expr.AggregateCall
	// Carry are the indexes in the input's row of the values that are given on, before those of the calls.
	Carry []int
	// Parallel is as that of an Aggregate: workers keep what comes of their ranges.
	Parallel *Scan

	CallSlots []Slot
}

// Inputs implements Node.
func (n *Window) Inputs() []Node { return []Node{n.Input} }

// Sorted are the keys that the input is sorted by.
func (n *Window) Sorted() []SortKey {
	var keys []SortKey
	for _, e := range n.Partition {
		keys = append(keys, SortKey{Expr: e})
	}
	return append(keys, n.Order...)
}

// Exprs are all expressions of the window, those of its calls and of its frame among them.
func (n *Window) Exprs() []expr.Expr {
	all := append([]expr.Expr(nil), n.Partition...)
	for _, k := range n.Order {
		all = append(all, k.Expr)
	}
	for _, c := range n.Calls {
		all = append(all, CallExprs(c)...)
	}
	return append(all, n.Frame.Offsets()...)
}

// FrameMode is what a frame's ends count.
type FrameMode uint8

// Modes of frames. The zero value is not valid.
const (
	FrameRows   FrameMode = iota + 1 // rows
	FrameRange                       // values of the sort key
	FrameGroups                      // groups of rows that sort alike
)

// BoundKind is where a frame begins or ends.
type BoundKind uint8

// Kinds of ends. The zero value is not valid.
const (
	Unbounded  BoundKind = iota + 1 // the partition's first (start) or last (end) row
	CurrentRow                      // the current row, or the rows that sort as it
	Preceding                       // Offset before the current row
	Following                       // Offset after it
)

// FrameBound is one end of a frame.
type FrameBound struct {
	Kind BoundKind
	// Offset is a bigint, or fits the sort key (RANGE); nil unless Preceding or Following.
	Offset expr.Expr
	// InRange is set for an Offset of RANGE.
	InRange expr.InRange
}

// FrameExclusion is which rows around the current one a frame leaves out.
type FrameExclusion uint8

// Exclusions. The zero value is not valid.
const (
	ExcludeNothing    FrameExclusion = iota + 1
	ExcludeCurrentRow                // the current row
	ExcludeGroup                     // it and the rows that sort as it
	ExcludeTies                      // the rows that sort as it
)

// WindowFrame is the rows of a partition that a call sees from one of them.
type WindowFrame struct {
	Mode       FrameMode
	Start, End FrameBound
	Exclude    FrameExclusion
}

// Offsets are those of both ends that have one.
func (f *WindowFrame) Offsets() []expr.Expr {
	var all []expr.Expr
	for _, e := range []expr.Expr{f.Start.Offset, f.End.Offset} {
		if e != nil {
			all = append(all, e)
		}
	}
	return all
}

// Same reports whether two frames are the same but for the places of their expressions.
func (f *WindowFrame) Same(o *WindowFrame) bool {
	return f.Mode == o.Mode && f.Exclude == o.Exclude && f.Start.same(&o.Start) && f.End.same(&o.End)
}

func (b *FrameBound) same(o *FrameBound) bool {
	if b.Kind != o.Kind || b.Offset == nil || o.Offset == nil {
		return b.Kind == o.Kind && b.Offset == nil && o.Offset == nil
	}
	return Same(b.Offset, o.Offset)
}
