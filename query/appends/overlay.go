package appends

import (
	"iter"
	"slices"

	"github.com/projsql/projsql/storage/event"
)

// Overlay reads the log at a transaction's cut with the transaction's own appends
// after it. Pending events have no position: Cut and ByHLC are the log's own.
type Overlay struct {
	event.Reader
	Pending *Pending
}

// Head counts the pending events in. Their kinds keep the positions of the log:
// what is pending has none.
func (o *Overlay) Head(e event.Entity) (event.Head, bool, error) {
	h, ok, err := o.Reader.Head(e)
	if err != nil {
		return h, ok, err
	}
	own := o.Pending.Of(e)
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
func (o *Overlay) Entity(e event.Entity, from, to event.Version) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for ev, err := range o.Reader.Entity(e, from, to) {
			if !yield(ev, err) || err != nil {
				return
			}
		}
		for _, ev := range o.Pending.Of(e) {
			if ev.Version >= from && (to == 0 || ev.Version <= to) && !yield(ev, nil) {
				return
			}
		}
	}
}

// Log yields the log; the pending events have no sequence, so they come last and
// only when no bound is asked for.
func (o *Overlay) Log(from, to event.Sequence) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for ev, err := range o.Reader.Log(from, to) {
			if !yield(ev, err) || err != nil {
				return
			}
		}
		if from > 1 || to != 0 {
			return
		}
		for _, ev := range o.Pending.Events {
			if ev != nil && !yield(ev, nil) {
				return
			}
		}
	}
}

// Kinds implements event.KindReader; the pending events come last, as in Log.
func (o *Overlay) Kinds(kinds []event.Kind, from, to event.Sequence) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for ev, err := range event.OfKinds(o.Reader, kinds, from, to) {
			if !yield(ev, err) || err != nil {
				return
			}
		}
		if from > 1 || to != 0 {
			return
		}
		for _, ev := range o.Pending.Events {
			if ev != nil && slices.Contains(kinds, ev.Kind) && !yield(ev, nil) {
				return
			}
		}
	}
}

// Entities merges the entities of the log with those of the pending events.
func (o *Overlay) Entities(from event.Entity) iter.Seq2[event.EntityHead, error] {
	return func(yield func(event.EntityHead, error) bool) {
		own := o.Pending.Entities()
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
				h.Head = withPending(h.Head, o.Pending.Of(h.Entity))
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

func (o *Overlay) fresh(e event.Entity) event.EntityHead {
	return event.EntityHead{Entity: e, Head: withPending(event.Head{}, o.Pending.Of(e))}
}

// ByID finds pending events too.
func (o *Overlay) ByID(id event.ID) (*event.Event, error) {
	if i, ok := o.Pending.byID[id]; ok && o.Pending.Events[i] != nil {
		return o.Pending.Events[i], nil
	}
	return o.Reader.ByID(id)
}

// Count counts the pending events in.
func (o *Overlay) Count() (uint64, error) {
	n, err := o.Reader.Count()
	for _, e := range o.Pending.Events {
		if e != nil {
			n++
		}
	}
	return n, err
}
