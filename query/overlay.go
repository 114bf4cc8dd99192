package query

import (
	"iter"
	"slices"

	"github.com/projsql/projsql/storage/event"
)

// overlay reads the log at a transaction's cut with the transaction's own appends
// after it. Pending events have no position: Cut and ByHLC are the log's own.
type overlay struct {
	event.Reader
	pending *pending
}

// Head counts the pending events in. Their kinds keep the positions of the log:
// what is pending has none.
func (o *overlay) Head(e event.Entity) (event.Head, bool, error) {
	h, ok, err := o.Reader.Head(e)
	if err != nil {
		return h, ok, err
	}
	own := o.pending.of(e)
	return withPending(h, own), ok || len(own) > 0, nil
}

func withPending(h event.Head, own []*event.Event) event.Head {
	if len(own) == 0 {
		return h
	}
	kinds := slices.Clone(h.Kinds)
	for _, e := range own {
		at := slices.IndexFunc(kinds, func(k event.KindHead) bool { return k.Kind == e.Kind })
		if at < 0 {
			kinds = append(kinds, event.KindHead{Kind: e.Kind})
			at = len(kinds) - 1
		}
		kinds[at].Version = e.Version
	}
	h.Generation = own[len(own)-1].Version
	h.Kinds = kinds
	return h
}

// Entity yields the entity's events, the pending ones last.
func (o *overlay) Entity(e event.Entity, from, to event.Version) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for ev, err := range o.Reader.Entity(e, from, to) {
			if !yield(ev, err) || err != nil {
				return
			}
		}
		for _, ev := range o.pending.of(e) {
			if ev.Version >= from && (to == 0 || ev.Version <= to) && !yield(ev, nil) {
				return
			}
		}
	}
}

// Log yields the log; the pending events have no sequence, so they come last and
// only when no bound is asked for.
func (o *overlay) Log(from, to event.Sequence) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for ev, err := range o.Reader.Log(from, to) {
			if !yield(ev, err) || err != nil {
				return
			}
		}
		if from > 1 || to != 0 {
			return
		}
		for _, ev := range o.pending.events {
			if ev != nil && !yield(ev, nil) {
				return
			}
		}
	}
}

// Kinds implements event.KindReader; the pending events come last, as in Log.
func (o *overlay) Kinds(kinds []event.Kind, from, to event.Sequence) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for ev, err := range event.OfKinds(o.Reader, kinds, from, to) {
			if !yield(ev, err) || err != nil {
				return
			}
		}
		if from > 1 || to != 0 {
			return
		}
		for _, ev := range o.pending.events {
			if ev != nil && slices.Contains(kinds, ev.Kind) && !yield(ev, nil) {
				return
			}
		}
	}
}

// Entities merges the entities of the log with those of the pending events.
func (o *overlay) Entities(from event.Entity) iter.Seq2[event.EntityHead, error] {
	return func(yield func(event.EntityHead, error) bool) {
		own := o.pending.entities()
		own = own[firstAtLeast(own, from):]
		for h, err := range o.Reader.Entities(from) {
			if err != nil {
				yield(h, err)
				return
			}
			for len(own) > 0 && own[0] < h.Entity {
				if !yield(o.fresh(own[0]), nil) {
					return
				}
				own = own[1:]
			}
			if len(own) > 0 && own[0] == h.Entity {
				h.Head = withPending(h.Head, o.pending.of(h.Entity))
				own = own[1:]
			}
			if !yield(h, nil) {
				return
			}
		}
		for _, e := range own {
			if !yield(o.fresh(e), nil) {
				return
			}
		}
	}
}

func firstAtLeast(all []event.Entity, from event.Entity) int {
	i, _ := slices.BinarySearch(all, from)
	return i
}

func (o *overlay) fresh(e event.Entity) event.EntityHead {
	return event.EntityHead{Entity: e, Head: withPending(event.Head{}, o.pending.of(e))}
}

// ByID finds pending events too.
func (o *overlay) ByID(id event.ID) (*event.Event, error) {
	if i, ok := o.pending.byID[id]; ok && o.pending.events[i] != nil {
		return o.pending.events[i], nil
	}
	return o.Reader.ByID(id)
}

// Count counts the pending events in.
func (o *overlay) Count() (uint64, error) {
	n, err := o.Reader.Count()
	for _, e := range o.pending.events {
		if e != nil {
			n++
		}
	}
	return n, err
}
