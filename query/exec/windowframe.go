package exec

import (
	"math"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// frames finds the frame of each row of a partition, one after the other: neither
// end ever moves back.
type frames struct {
	spec       *plan.WindowFrame
	start, end bound
	desc       bool // of the only sort key
	nullsFirst bool
}

// bound is one end of a frame.
type bound struct {
	eval   expr.Eval // nil without an offset
	offset types.Datum
	count  int64 // the offset of ROWS and GROUPS
}

// stretch is rows[low:high].
type stretch struct{ low, high int }

func (r *run) frames(n *plan.Window) (*frames, error) {
	f := &frames{spec: &n.Frame}
	if len(n.Order) > 0 {
		f.desc, f.nullsFirst = n.Order[0].Desc, n.Order[0].NullsFirst
	}
	var err error
	if f.start.eval, err = r.compile(n.Frame.Start.Offset); err != nil {
		return nil, err
	}
	f.end.eval, err = r.compile(n.Frame.End.Offset)
	return f, err
}

// open computes the offsets. outer is nil at the top of a statement.
func (f *frames) open(r *run, outer *expr.Frame) error {
	if outer == nil {
		top := r.frame(nil)
		outer = &top
	}
	if err := f.start.open(outer, f.spec.Mode, "starting"); err != nil {
		return err
	}
	return f.end.open(outer, f.spec.Mode, "ending")
}

func (b *bound) open(outer *expr.Frame, mode plan.FrameMode, which string) error {
	if b.eval == nil {
		return nil
	}
	v, err := b.eval(outer)
	if err != nil {
		return err
	}
	if v.IsNull() {
		return sqlstate.New(sqlstate.NullValueNotAllowed, "frame %s offset must not be null", which)
	}
	b.offset = types.Clone(v)
	if mode == plan.FrameRange {
		return nil
	}
	if b.count = v.Int(); b.count < 0 {
		return sqlstate.New(sqlstate.InvalidPrecedingOrFollowingSize, "frame %s offset must not be negative", which)
	}
	return nil
}

// move sets the ends of the frame of row i.
func (f *frames) move(w *window, p *peers, i int) error {
	var err error
	if p.head, err = f.head(w, p, i); err != nil {
		return err
	}
	p.tail, err = f.tail(w, p, i)
	return err
}

func (f *frames) head(w *window, p *peers, i int) (int, error) {
	kind, rows := f.spec.Start.Kind, f.spec.Mode == plan.FrameRows
	switch {
	case kind == plan.Unbounded:
		return p.low, nil
	case kind == plan.CurrentRow && rows:
		return i, nil
	case kind == plan.CurrentRow:
		return p.first, nil
	case rows:
		return p.clamp(away(i, f.start.count, kind)), nil
	case f.spec.Mode == plan.FrameGroups:
		return p.group(away(p.rank-1, f.start.count, kind)), nil
	}
	return f.scan(w, p, i, max(p.head, p.low), &f.start, &f.spec.Start, false)
}

func (f *frames) tail(w *window, p *peers, i int) (int, error) {
	kind, rows := f.spec.End.Kind, f.spec.Mode == plan.FrameRows
	switch {
	case kind == plan.Unbounded:
		return p.high, nil
	case kind == plan.CurrentRow && rows:
		return i + 1, nil
	case kind == plan.CurrentRow:
		return p.last, nil
	case rows:
		return p.clamp(away(i, f.end.count, kind) + 1), nil
	case f.spec.Mode == plan.FrameGroups:
		return p.group(away(p.rank-1, f.end.count, kind) + 1), nil
	}
	return f.scan(w, p, i, max(p.tail, p.low), &f.end, &f.spec.End, true)
}

// farthest keeps sums of row numbers and offsets from overflowing.
const farthest = math.MaxInt64 / 4

func away(at int, count int64, kind plan.BoundKind) int64 {
	count = min(count, farthest)
	if kind == plan.Preceding {
		return int64(at) - count
	}
	return int64(at) + count
}

func (p *peers) clamp(at int64) int {
	return int(min(max(at, int64(p.low)), int64(p.high)))
}

// group is the first row of a group, by its number from 0.
func (p *peers) group(n int64) int {
	if n >= int64(len(p.groups)) {
		return p.high
	}
	return p.groups[max(n, 0)]
}

// scan moves an end of a RANGE frame on to the first row that is in the range
// (start), or behind it (end).
func (f *frames) scan(w *window, p *peers, i, at int, b *bound, spec *plan.FrameBound, end bool) (int, error) {
	key := w.partition
	current := w.store.key(i, key)
	sub, less := (spec.Kind == plan.Preceding) != f.desc, end != f.desc
	for ; at < p.high && w.store.failed == nil; at++ {
		value := w.store.key(at, key)
		if value.IsNull() || current.IsNull() {
			if f.stopsAtNull(value.IsNull(), current.IsNull(), end) {
				break
			}
			continue
		}
		in, err := spec.InRange(w.frame.Env, value, current, b.offset, sub, less)
		if err != nil {
			return 0, err
		}
		if in != end {
			break
		}
	}
	return at, nil
}

// stopsAtNull is scan's test where one of the two keys is NULL: they are ordered
// by where NULLs go alone.
func (f *frames) stopsAtNull(value, current, end bool) bool {
	if value == current {
		return !end
	}
	return value != f.nullsFirst
}

// stretches are the rows of the frame, in order, without those that it excludes.
func (f *frames) stretches(p *peers, i int, into []stretch) []stretch {
	cut := func(low, high int) { into = append(into, stretch{max(low, p.head), min(high, p.tail)}) }
	switch f.spec.Exclude {
	case plan.ExcludeCurrentRow:
		cut(p.low, i)
		cut(i+1, p.high)
	case plan.ExcludeGroup:
		cut(p.low, p.first)
		cut(p.last, p.high)
	case plan.ExcludeTies:
		cut(p.low, p.first)
		cut(i, i+1)
		cut(p.last, p.high)
	default:
		cut(p.low, p.high)
	}
	kept := into[:0]
	for _, s := range into {
		if s.low < s.high {
			kept = append(kept, s)
		}
	}
	return kept
}
