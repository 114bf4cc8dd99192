package storage

import (
	"errors"
	"iter"
	"slices"

	"github.com/projsql/projsql/storage/event"
)

// Entity yields the entity's events with from <= version <= to (to = 0: no upper
// bound) in version order.
func (r *reader) Entity(e event.Entity, from, to event.Version) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		c := r.Cursor()
		defer c.Close()
		err := c.Each(e, from, to, func(ev *event.Event) error {
			if !yield(ev, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}

// errEnough ends a read whose reader wants no more.
var errEnough = errors.New("storage: enough")

// entityEvents iterates over all of an entity's blocks.
func (c *content) entityEvents(e event.Entity) (*events, error) {
	size := prefixBytes + len(e) + 1 + versionBytes
	both := make([]byte, 0, 2*size+1)
	lower := c.keys.block(both, e, 1)
	upper := append(c.keys.block(both[size:size], e, ^event.Version(0)), 0)
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
	s, err := r.content.entityEvents(e)
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
	first, parts, err := r.seekLast(s, e)
	if err != nil {
		return event.Head{}, err
	}
	b := parts[len(parts)-1]
	h := event.Head{Generation: first + event.Version(len(parts)) - 1, Sequence: b.sequence, HLC: b.hlc}
	missing := make(map[kindNumber]event.Kind)
	for i, k := range newest.Kinds {
		switch {
		case k.Sequence <= r.cut:
			h.Kinds = append(h.Kinds, k)
		case newest.kinds[i].first <= h.Generation:
			missing[newest.kinds[i].number] = k.Kind
		}
	}
	for len(missing) > 0 {
		for i := len(parts) - 1; i >= 0; i-- {
			if kind, ok := missing[parts[i].kind]; ok {
				h.Kinds = append(h.Kinds, event.KindHead{Kind: kind, Version: first + event.Version(i), Sequence: parts[i].sequence, HLC: parts[i].hlc})
				delete(missing, parts[i].kind)
			}
		}
		if len(missing) == 0 {
			break
		}
		if !s.it.Prev() {
			return event.Head{}, orDamage(s.it.Error(), "kinds of entity %q", e)
		}
		if first, parts, err = s.parts(); err != nil {
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

// seekLast puts the iterator at the block with the last version in the cut, and returns
// the parts up to it. Version 1 is in the cut, the newest is not. A cut is seldom far
// behind: a few steps back come before the binary search.
func (r *reader) seekLast(s *events, e event.Entity) (event.Version, []bodyHead, error) {
	const steps = 4
	in, out := event.Version(1), event.Version(0)
	for ok, n := s.it.Last(), 0; ok && n < steps; ok, n = s.it.Prev(), n+1 {
		first, parts, err := s.parts()
		if err != nil {
			return 0, nil, err
		}
		if n := r.within(parts); n > 0 {
			return first, parts[:n], nil
		}
		out = first
	}
	var key []byte
	for in < out {
		mid := in + (out-in)/2
		key = append(r.content.keys.block(key[:0], e, mid), 0)
		if !s.it.SeekLT(key) {
			break
		}
		first, parts, err := s.parts()
		if err != nil {
			return 0, nil, err
		}
		next := first + event.Version(len(parts))
		switch n := r.within(parts); {
		case n == 0:
			out = first
		case n < len(parts) || next >= out:
			return first, parts[:n], nil
		default:
			in = next - 1
		}
	}
	return 0, nil, orDamage(s.it.Error(), "events of entity %q", e)
}

// within counts the parts that are in the cut. Sequences ascend.
func (r *reader) within(parts []bodyHead) int {
	n, _ := slices.BinarySearchFunc(parts, r.cut, func(b bodyHead, cut event.Sequence) int {
		if b.sequence <= cut {
			return -1
		}
		return 1
	})
	return n
}

// headOfEvents folds the head of the events that are not hidden.
func (r *reader) headOfEvents(e event.Entity) (event.Head, bool, error) {
	s, err := r.content.entityEvents(e)
	if err != nil {
		return event.Head{}, false, err
	}
	defer s.it.Close()
	var h head
	for ok := s.it.First(); ok; ok = s.it.Next() {
		if err := r.foldBlock(s, &h); err != nil {
			return event.Head{}, false, err
		}
	}
	return h.Head, h.Generation > 0, s.it.Error()
}

// foldBlock adds the events of the block under the iterator to h, unless they are hidden.
func (r *reader) foldBlock(s *events, h *head) error {
	if err := s.open(); err != nil {
		return err
	}
	for {
		ok, err := s.next()
		if err != nil || !ok || bodySequence(s.body) > r.cut {
			return err
		}
		part, ok := readBodyHead(s.body)
		if !ok || !s.read(s.body) {
			return s.damaged()
		}
		if !r.hides(&s.event) {
			h.add(s.version, part, s.event.Kind)
		}
	}
}

// countEvents counts the events that are not hidden.
func (r *reader) countEvents() (uint64, error) {
	s, err := r.content.events(r.content.keys.bounds(tableEvent))
	if err != nil {
		return 0, err
	}
	defer s.it.Close()
	var n uint64
	for ok := s.it.First(); ok; ok = s.it.Next() {
		if err := s.open(); err != nil {
			return 0, err
		}
		if err := r.count(s, &n); err != nil {
			return 0, err
		}
	}
	return n, s.it.Error()
}

// count counts the events of the open block that are not hidden.
func (r *reader) count(s *events, n *uint64) error {
	for {
		ok, err := s.next()
		if err != nil || !ok {
			return err
		}
		if !s.read(s.body) {
			return s.damaged()
		}
		if !r.hides(&s.event) {
			*n++
		}
	}
}
