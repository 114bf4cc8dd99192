package exec

import (
	"iter"
	"math"
	"slices"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// boundEvals are compiled plan.Bounds.
type boundEvals struct {
	entities, kinds        []expr.Eval
	array, kindArray, id   expr.Eval
	version, sequence, hlc rangeEvals
	within                 []within
}

type rangeEvals struct{ low, high []expr.Eval }

func (r *run) bounds(b *plan.Bounds) (*boundEvals, error) {
	e := &boundEvals{}
	var err error
	if b.Entities != nil {
		if e.entities, err = r.compileAll(b.Entities); err != nil {
			return nil, err
		}
	}
	if b.Kinds != nil {
		if e.kinds, err = r.compileAll(b.Kinds); err != nil {
			return nil, err
		}
	}
	if e.array, err = r.compile(b.EntityArray); err != nil {
		return nil, err
	}
	if e.kindArray, err = r.compile(b.KindArray); err != nil {
		return nil, err
	}
	if e.id, err = r.compile(b.ID); err != nil {
		return nil, err
	}
	for _, p := range []struct {
		from *plan.Range
		to   *rangeEvals
	}{{&b.Version, &e.version}, {&b.Sequence, &e.sequence}, {&b.HLC, &e.hlc}} {
		if p.to.low, err = r.compileAll(p.from.Low); err != nil {
			return nil, err
		}
		if p.to.high, err = r.compileAll(p.from.High); err != nil {
			return nil, err
		}
	}
	e.within, err = r.compileWithin(b.Within)
	return e, err
}

// span is a range of versions or sequences, both ends included.
type span struct{ from, to int64 }

func (s span) low() event.Sequence { return event.Sequence(max(s.from, 1)) }

// high is the upper end as a Reader takes it: 0 = none.
func (s span) high() event.Sequence {
	if s.to == math.MaxInt64 {
		return 0
	}
	return event.Sequence(s.to)
}

func (s span) empty() bool { return s.to < 1 || s.from > s.to }

// eventPath is where in the log the wanted events can be.
type eventPath struct {
	id       *event.ID
	entities []event.Entity // nil: any
	kinds    []event.Kind   // nil: any
	version  span
	sequence span
	within   projection.Range
}

// path computes the bounds; ok is false if no event can meet them.
func (b *boundEvals) path(f *expr.Frame, log event.Reader) (p *eventPath, ok bool, err error) {
	p = &eventPath{}
	if p.version, ok, err = b.version.span(f); !ok {
		return nil, false, err
	}
	if p.sequence, ok, err = b.sequence.span(f); !ok {
		return nil, false, err
	}
	if ok, err = b.hlcSpan(f, log, p); !ok {
		return nil, false, err
	}
	if ok, err = b.idPath(f, p); !ok {
		return nil, false, err
	}
	some, err := b.entityList(f)
	if err != nil || some != nil && len(*some) == 0 {
		return nil, false, err
	}
	if some != nil {
		for _, e := range *some {
			p.entities = append(p.entities, event.Entity(e))
		}
	}
	if p.within, ok = entityRange(b.within, f); !ok {
		return nil, false, nil
	}
	ok, err = b.kindList(f, p)
	return p, ok, err
}

// kindList finds the wanted kinds; false if there are none.
func (b *boundEvals) kindList(f *expr.Frame, p *eventPath) (bool, error) {
	all, err := nameList(b.kinds, b.kindArray, f)
	if err != nil || all == nil {
		return err == nil, err
	}
	for _, k := range *all {
		p.kinds = append(p.kinds, event.Kind(k))
	}
	return len(p.kinds) > 0, nil
}

func (r *rangeEvals) span(f *expr.Frame) (span, bool, error) {
	s := span{from: math.MinInt64, to: math.MaxInt64}
	for _, e := range r.low {
		v, err := e(f)
		if err != nil || v.IsNull() {
			return s, false, err
		}
		s.from = max(s.from, v.Int())
	}
	for _, e := range r.high {
		v, err := e(f)
		if err != nil || v.IsNull() {
			return s, false, err
		}
		s.to = min(s.to, v.Int())
	}
	return s, !s.empty(), nil
}

// hlcSpan narrows the sequences by a range of stamps.
func (b *boundEvals) hlcSpan(f *expr.Frame, log event.Reader, p *eventPath) (bool, error) {
	s, ok, err := b.hlc.span(f)
	if !ok {
		return false, err
	}
	if s.from > 1 {
		last, err := log.ByHLC(hlc.Timestamp(s.from - 1))
		if err != nil {
			return false, err
		}
		p.sequence.from = max(p.sequence.from, int64(last)+1)
	}
	if s.to != math.MaxInt64 {
		last, err := log.ByHLC(hlc.Timestamp(s.to))
		if err != nil {
			return false, err
		}
		p.sequence.to = min(p.sequence.to, int64(last))
	}
	return !p.sequence.empty(), nil
}

func (b *boundEvals) idPath(f *expr.Frame, p *eventPath) (bool, error) {
	if b.id == nil {
		return true, nil
	}
	v, err := b.id(f)
	if err != nil || v.IsNull() {
		return false, err
	}
	p.id = &event.ID{}
	copy(p.id[:], v.Str())
	return true, nil
}

// entityList returns the wanted entities, each once, in byte order; nil: any.
func (b *boundEvals) entityList(f *expr.Frame) (*[]string, error) {
	all, err := nameList(b.entities, b.array, f)
	if all != nil {
		*all = slices.DeleteFunc(*all, func(s string) bool { return len(s) == 0 || len(s) > event.EntityBytesMax })
	}
	return all, err
}

// nameList returns the values of a list and of an array, each once, in byte order; nil
// if there is neither.
func nameList(list []expr.Eval, array expr.Eval, f *expr.Frame) (*[]string, error) {
	if list == nil && array == nil {
		return nil, nil
	}
	all := []string{}
	for _, e := range list {
		v, err := e(f)
		if err != nil {
			return nil, err
		}
		if !v.IsNull() {
			all = append(all, v.Str())
		}
	}
	if array != nil {
		v, err := array(f)
		if err != nil {
			return nil, err
		}
		all = append(all, texts(v)...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return &all, nil
}

func texts(v types.Datum) []string {
	if v.IsNull() {
		return nil
	}
	var all []string
	for _, item := range v.Pointer().(*types.Array).Items {
		if !item.IsNull() {
			all = append(all, item.Str())
		}
	}
	return all
}

// Sizes of the stretches of a backward walk.
const (
	stretchFirst = 32
	stretchMax   = 4096
)

// logBackward yields stretches of the log from the newest on. The first reaches
// beyond the cut, where a transaction's own events are.
func (p *eventPath) logBackward(log event.Reader) iter.Seq[iter.Seq2[*event.Event, error]] {
	return func(yield func(iter.Seq2[*event.Event, error]) bool) {
		last, _ := log.Cut()
		top := min(p.sequence.to, int64(last))
		walk := span{from: max(p.sequence.from, 1), to: top}
		open := p.sequence.to == math.MaxInt64
		for s := range walk.stretches(open) {
			if !yield(log.Log(s.low(), s.high())) {
				return
			}
		}
	}
}

// entityBackward yields stretches of one entity from its newest event on.
func (p *eventPath) entityBackward(log event.Reader, e event.Entity) (iter.Seq[iter.Seq2[*event.Event, error]], error) {
	head, _, err := log.Head(e)
	if err != nil {
		return nil, err
	}
	return func(yield func(iter.Seq2[*event.Event, error]) bool) {
		walk := span{from: max(p.version.from, 1), to: min(p.version.to, int64(head.Generation))}
		open := p.version.to == math.MaxInt64
		for s := range walk.stretches(open) {
			if !yield(log.Entity(e, event.Version(s.low()), event.Version(s.high()))) {
				return
			}
		}
	}, nil
}

// stretches cuts a span into pieces, the last one first; open says that the last
// one has no upper end.
func (s span) stretches(open bool) iter.Seq[span] {
	return func(yield func(span) bool) {
		size := int64(stretchFirst)
		for to := s.to; to >= s.from || open; size = min(2*size, stretchMax) {
			piece := span{from: max(s.from, to-size+1), to: to}
			to = piece.from - 1
			if open {
				piece.to, open = math.MaxInt64, false
			}
			if !yield(piece) {
				return
			}
		}
	}
}
