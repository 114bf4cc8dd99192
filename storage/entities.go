package storage

import (
	"bytes"
	"iter"
	"slices"
	"unsafe"

	"github.com/projsql/projsql/storage/event"
)

// Entities yields the entities that have an event in the cut, from the given one
// on ("" = all), in byte order, with their heads.
func (r *reader) Entities(from event.Entity) iter.Seq2[event.EntityHead, error] {
	return func(yield func(event.EntityHead, error) bool) {
		r.Heads(from)(func(h event.EntityHead, err error) bool {
			h.Head.Kinds = slices.Clone(h.Head.Kinds)
			return yield(h, err)
		})
	}
}

// Heads implements event.Walker.
func (r *reader) Heads(from event.Entity) iter.Seq2[event.EntityHead, error] {
	return func(yield func(event.EntityHead, error) bool) {
		if err := r.begin(); err != nil {
			yield(event.EntityHead{}, err)
			return
		}
		defer r.done()
		scan := r.entitiesOfHeads
		if r.filtered() {
			scan = r.entitiesOfEvents
		}
		if err := scan(from, yield); err != nil {
			yield(event.EntityHead{}, r.fail(err))
		}
	}
}

type yieldEntity = func(event.EntityHead, error) bool

// entitiesOfHeads scans the heads and derives those that are behind the cut.
func (r *reader) entitiesOfHeads(from event.Entity, yield yieldEntity) error {
	it, err := r.content.iter(tableHead)
	if err != nil {
		return err
	}
	defer it.Close()
	// The kinds are read after the iterator is made: no head in it holds another.
	kinds := *r.content.kinds.Load()
	var newest head
	var names names
	for ok := it.SeekGE(r.content.keys.head(nil, from)); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		e := names.keep(it.Key()[prefixBytes:])
		if !newest.read(v, kinds) {
			return damage("head of entity %q", e)
		}
		h, ok, err := r.headWithin(e, &newest)
		if err != nil {
			return err
		}
		if ok && !yield(event.EntityHead{Entity: e, Head: h}, nil) {
			return nil
		}
	}
	return it.Error()
}

// entitiesOfEvents scans all events and folds the heads of those not hidden.
func (r *reader) entitiesOfEvents(from event.Entity, yield yieldEntity) error {
	lower, upper := r.content.keys.bounds(tableEvent)
	s, err := r.content.events(append(lower, from...), upper)
	if err != nil {
		return err
	}
	defer s.it.Close()
	var entity []byte
	var h head
	flush := func() bool {
		return h.Generation == 0 || yield(event.EntityHead{Entity: event.Entity(entity), Head: h.Head}, nil)
	}
	for ok := s.it.First(); ok; ok = s.it.Next() {
		if e := blockEntity(s.it.Key()); !bytes.Equal(e, entity) {
			if !flush() {
				return nil
			}
			entity, h = append(entity[:0], e...), head{}
		}
		if err := r.foldBlock(s, &h); err != nil {
			return err
		}
	}
	if err := s.it.Error(); err != nil {
		return err
	}
	flush()
	return nil
}

// names holds the names of many entities in few allocations.
type names struct{ room []byte }

const namesBytes = 2 << 10

func (n *names) keep(name []byte) event.Entity {
	if len(n.room) < len(name) {
		n.room = make([]byte, max(namesBytes, len(name)))
	}
	own := n.room[:copy(n.room, name)]
	n.room = n.room[len(own):]
	return event.Entity(unsafe.String(unsafe.SliceData(own), len(own)))
}
