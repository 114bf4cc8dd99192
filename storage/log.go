package storage

import (
	"bytes"
	"cmp"
	"iter"
	"slices"

	"github.com/projsql/projsql/storage/event"
)

// A log read goes window by window: the places of the next events are read from
// the runs, the bodies are fetched in the order of their keys, so that one
// iterator moves forward over them, and are yielded in the order of the log. The
// first window is small, for readers that want a few events only.
const (
	windowEventsMin = 64
	windowEventsMax = 4096
	windowBytesMax  = 4 << 20 // of bodies, but for the last
)

// Log yields all events with from <= sequence <= to (to = 0: the cut) in sequence
// order.
func (r *reader) Log(from, to event.Sequence) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		if err := r.begin(); err != nil {
			yield(nil, err)
			return
		}
		defer r.done()
		if err := r.log(from, to, yield); err != nil {
			yield(nil, r.fail(err))
		}
	}
}

func (r *reader) log(from, to event.Sequence, yield func(*event.Event, error) bool) error {
	from = max(from, 1)
	if to == 0 || to > r.cut {
		to = r.cut
	}
	if from > to {
		return nil
	}
	next := from - 1
	return r.window(yield, func() (event.Sequence, error) {
		if next++; next > to {
			return 0, nil
		}
		return next, nil
	})
}

// Kinds implements event.KindReader.
func (r *reader) Kinds(kinds []event.Kind, from, to event.Sequence) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		if err := r.begin(); err != nil {
			yield(nil, err)
			return
		}
		defer r.done()
		if err := r.ofKinds(kinds, from, to, yield); err != nil {
			yield(nil, r.fail(err))
		}
	}
}

func (r *reader) ofKinds(kinds []event.Kind, from, to event.Sequence, yield func(*event.Event, error) bool) error {
	if to == 0 || to > r.cut {
		to = r.cut
	}
	walks, err := r.content.walkKinds(r.content.kindNumbers(kinds), from)
	if err != nil {
		return err
	}
	defer walks.close()
	return r.window(yield, func() (event.Sequence, error) {
		s, err := walks.next()
		if s > to {
			return 0, err
		}
		return s, err
	})
}

// window yields the events whose sequences next tells, until it tells 0.
func (r *reader) window(yield func(*event.Event, error) bool, next func() (event.Sequence, error)) error {
	w, err := r.content.window(next)
	if err != nil {
		return err
	}
	defer w.close()
	for !w.ended {
		if err := w.fill(); err != nil {
			return err
		}
		for i := range w.items {
			e, err := w.event(&w.items[i])
			if err != nil {
				return err
			}
			if !r.hides(e) && !yield(e, nil) {
				return nil
			}
		}
	}
	return nil
}

// window is the events that a log read fetches at once.
type window struct {
	content *content
	places  *places
	events  *events
	next    func() (event.Sequence, error) // the sequences to read, ascending; 0 ends them
	ended   bool
	limit   int
	items   []item
	order   []int32 // items by entity and version
	names   []byte  // memory of the items' entities
	bodies  []byte  // memory of their bodies
	key     []byte
}

// item is one event of a window.
type item struct {
	name     span // of window.names
	entity   event.Entity
	version  event.Version
	block    event.Version
	body     span // of window.bodies
	sequence event.Sequence
}

type span struct{ from, to int }

func (c *content) window(next func() (event.Sequence, error)) (*window, error) {
	p, err := c.places()
	if err != nil {
		return nil, err
	}
	s, err := c.events(c.keys.bounds(tableEvent))
	if err != nil {
		p.close()
		return nil, err
	}
	return &window{content: c, places: p, events: s, next: next, limit: windowEventsMin}, nil
}

func (w *window) close() {
	w.places.close()
	_ = w.events.it.Close()
}

// fill reads the next window.
func (w *window) fill() error {
	w.items, w.names = w.items[:0], w.names[:0]
	bodyBytes := 0
	for len(w.items) < w.limit && bodyBytes <= windowBytesMax {
		s, err := w.next()
		if err != nil {
			return err
		}
		if w.ended = s == 0; w.ended {
			break
		}
		p, err := w.places.at(s)
		if err != nil {
			return err
		}
		bodyBytes += p.bodyBytes
		w.add(p, s)
	}
	w.limit = min(4*w.limit, windowEventsMax)
	w.sort()
	return w.fetch()
}

func (w *window) add(p place, s event.Sequence) {
	from := len(w.names)
	w.names = append(w.names, p.entity...)
	w.items = append(w.items, item{name: span{from, len(w.names)}, version: p.version, block: p.block, sequence: s})
}

func (w *window) name(i int32) []byte {
	n := w.items[i].name
	return w.names[n.from:n.to]
}

func (w *window) sort() {
	w.order = w.order[:0]
	for i := range w.items {
		w.order = append(w.order, int32(i))
	}
	slices.SortFunc(w.order, func(a, b int32) int {
		if c := bytes.Compare(w.name(a), w.name(b)); c != 0 {
			return c
		}
		return cmp.Compare(w.items[a].version, w.items[b].version)
	})
}

// fetch reads the bodies in the order of their keys.
func (w *window) fetch() error {
	w.bodies = w.bodies[:0]
	var last *item
	for _, i := range w.order {
		it := &w.items[i]
		if name := w.name(i); last != nil && string(name) == string(last.entity) {
			it.entity = last.entity
		} else {
			it.entity, last = event.Entity(name), nil
		}
		if last == nil || last.block != it.block {
			if err := w.seek(it); err != nil {
				return err
			}
		}
		if err := w.events.find(it.version); err != nil {
			return err
		}
		it.body.from = len(w.bodies)
		w.bodies = append(w.bodies, w.events.body...)
		it.body.to = len(w.bodies)
		last = it
	}
	return nil
}

// seek opens the block of an item.
func (w *window) seek(it *item) error {
	w.key = w.content.keys.block(w.key[:0], it.entity, it.block)
	if !w.events.it.SeekGE(w.key) || !bytes.Equal(w.events.it.Key(), w.key) {
		return orDamage(w.events.it.Error(), "event %d of entity %q is missing", it.version, it.entity)
	}
	return w.events.open()
}

// event decodes an item into the window's one Event.
func (w *window) event(it *item) (*event.Event, error) {
	if !w.events.read(w.bodies[it.body.from:it.body.to]) || w.events.event.Sequence != it.sequence {
		return nil, damage("event %d of entity %q", it.version, it.entity)
	}
	e := &w.events.event
	e.Entity, e.Version = it.entity, it.version
	return e, nil
}
