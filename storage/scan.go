package storage

import (
	"bytes"
	"iter"

	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

// events iterates over the bodies of one entity, or of many.
type events struct {
	it *pebble.Iterator
	bodyReader
}

func (c *content) events(lower, upper []byte) (*events, error) {
	it, err := c.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, err
	}
	return &events{it: it, bodyReader: bodyReader{kinds: *c.kinds.Load()}}, nil
}

// body returns the body under the iterator.
func (s *events) body() ([]byte, error) {
	b, err := s.it.ValueAndErr()
	if err == nil && len(b) <= bodyFlagsAt {
		err = s.damaged()
	}
	return b, err
}

func (s *events) damaged() error {
	return damage("event %d of entity %q", eventVersion(s.it.Key()), eventEntity(s.it.Key()))
}

// bodyHead returns what a head needs of the event under the iterator.
func (s *events) bodyHead() (bodyHead, error) {
	b, err := s.body()
	if err != nil {
		return bodyHead{}, err
	}
	h, ok := readBodyHead(b)
	if !ok {
		return bodyHead{}, s.damaged()
	}
	return h, nil
}

// Entity yields the entity's events with from <= version <= to (to = 0: no upper
// bound) in version order.
func (r *reader) Entity(e event.Entity, from, to event.Version) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		var c cursor
		c.open(r)
		defer c.Close()
		c.read(e, from, to, yield)
	}
}

func (c *content) entityEvents(e event.Entity, from, to event.Version) (*events, error) {
	size := prefixBytes + len(e) + 1 + versionBytes
	both := make([]byte, 0, 2*size+1)
	lower := c.keys.event(both, e, from)
	upper := append(c.keys.event(both[size:size], e, to), 0)
	return c.events(lower, upper)
}

// headWithin returns the head at the cut of an entity whose newest head is given.
func (r *reader) headWithin(e event.Entity, newest *head) (event.Head, bool, error) {
	switch {
	case newest.Sequence <= r.cut:
		return newest.Head, true, nil
	case newest.first > r.cut:
		return event.Head{}, false, nil
	}
	s, err := r.content.entityEvents(e, 1, newest.Generation)
	if err != nil {
		return event.Head{}, false, err
	}
	defer s.it.Close()
	h, err := r.olderHead(s, e, newest)
	return h, err == nil, err
}

// olderHead finds the last version in the cut, then walks back from it until it
// has met every kind that is in the cut but whose newest event is not.
func (r *reader) olderHead(s *events, e event.Entity, newest *head) (event.Head, error) {
	v, err := r.seekLast(s, e, newest.Generation)
	if err != nil {
		return event.Head{}, err
	}
	b, err := s.bodyHead()
	if err != nil {
		return event.Head{}, err
	}
	h := event.Head{Generation: v, Sequence: b.sequence, HLC: b.hlc}
	missing := make(map[kindNumber]event.Kind)
	for i, k := range newest.Kinds {
		switch {
		case k.Sequence <= r.cut:
			h.Kinds = append(h.Kinds, k)
		case newest.kinds[i].first <= v:
			missing[newest.kinds[i].number] = k.Kind
		}
	}
	for len(missing) > 0 {
		if kind, ok := missing[b.kind]; ok {
			h.Kinds = append(h.Kinds, event.KindHead{Kind: kind, Version: eventVersion(s.it.Key()), Sequence: b.sequence, HLC: b.hlc})
			delete(missing, b.kind)
			continue
		}
		if !s.it.Prev() {
			return event.Head{}, orDamage(s.it.Error(), "kinds of entity %q", e)
		}
		if b, err = s.bodyHead(); err != nil {
			return event.Head{}, err
		}
	}
	return h, nil
}

// orDamage returns err, or damage if there is none.
func orDamage(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	return damage(format, args...)
}

// seekLast puts the iterator at the last version in the cut. Version 1 is in it,
// the newest is not. A cut is seldom far behind: a few steps back come before
// the binary search.
func (r *reader) seekLast(s *events, e event.Entity, newest event.Version) (event.Version, error) {
	const steps = 8
	in, out := event.Version(1), newest
	for ok := s.it.Last(); ok && newest-out < steps; ok = s.it.Prev() {
		b, err := s.body()
		if err != nil {
			return 0, err
		}
		if bodySequence(b) <= r.cut {
			return eventVersion(s.it.Key()), nil
		}
		out = eventVersion(s.it.Key())
	}
	var key []byte
	for in+1 < out {
		mid := in + (out-in)/2
		inside, err := r.seek(s, e, mid, &key)
		if err != nil {
			return 0, err
		}
		if inside {
			in = mid
		} else {
			out = mid
		}
	}
	_, err := r.seek(s, e, in, &key)
	return in, err
}

// seek puts the iterator at a version, which must be there, and reports whether
// it is in the cut.
func (r *reader) seek(s *events, e event.Entity, v event.Version, key *[]byte) (bool, error) {
	*key = r.content.keys.event((*key)[:0], e, v)
	if !s.it.SeekGE(*key) || !bytes.Equal(s.it.Key(), *key) {
		return false, orDamage(s.it.Error(), "event %d of entity %q is missing", v, e)
	}
	b, err := s.body()
	return err == nil && bodySequence(b) <= r.cut, err
}

// headOfEvents folds the head of the events that are not hidden.
func (r *reader) headOfEvents(e event.Entity) (event.Head, bool, error) {
	s, err := r.content.entityEvents(e, 1, ^event.Version(0))
	if err != nil {
		return event.Head{}, false, err
	}
	defer s.it.Close()
	var h head
	for ok := s.it.First(); ok; ok = s.it.Next() {
		if err := r.fold(s, &h); err != nil {
			return event.Head{}, false, err
		}
	}
	return h.Head, h.Generation > 0, s.it.Error()
}

// fold adds the event under the iterator to h, unless it is hidden.
func (r *reader) fold(s *events, h *head) error {
	b, err := s.body()
	if err != nil {
		return err
	}
	if bodySequence(b) > r.cut {
		return nil
	}
	part, ok := readBodyHead(b)
	if !ok || !s.read(b) {
		return s.damaged()
	}
	if !r.hides(&s.event) {
		h.add(eventVersion(s.it.Key()), part, s.event.Kind)
	}
	return nil
}

// countEvents counts the events that are not hidden.
func (r *reader) countEvents() (uint64, error) {
	s, err := r.content.events(r.content.keys.bounds(tableEvent))
	if err != nil {
		return 0, err
	}
	defer s.it.Close()
	var h head
	var n uint64
	for ok := s.it.First(); ok; ok = s.it.Next() {
		h.Generation = 0
		if err := r.fold(s, &h); err != nil {
			return 0, err
		}
		if h.Generation > 0 {
			n++
		}
	}
	return n, s.it.Error()
}
