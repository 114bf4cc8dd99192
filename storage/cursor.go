package storage

import (
	"bytes"
	"iter"

	"github.com/projsql/projsql/storage/event"
)

// cursor reads one entity's events after another's from one iterator, which may have
// been made after the cut: events never change, and those behind the cut are left out.
type cursor struct {
	reader  *reader
	bodies  *bodies // nil until there is something to read
	err     error   // why nothing can be read
	entered bool    // the content is held
}

// bodies is an iterator over all events, and what decodes them.
type bodies struct {
	events
	key    []byte // sought last
	writes uint64 // of the content, when it was made
}

// Cursor implements event.Walker.
func (r *reader) Cursor() event.Cursor {
	c := &cursor{}
	c.open(r)
	return c
}

func (c *cursor) open(r *reader) {
	c.reader, c.err = r, r.begin()
	c.entered = c.err == nil
}

// Close implements event.Cursor.
func (c *cursor) Close() {
	if !c.entered {
		return
	}
	c.entered = false
	defer c.reader.done()
	b := c.bodies
	if b != nil && (b.it.Error() != nil || !c.reader.content.idle.put(b)) {
		_ = b.it.Close() // whoever read has the error
	}
}

// Entity implements event.Cursor.
func (c *cursor) Entity(e event.Entity, from, to event.Version) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) { c.read(e, from, to, yield) }
}

func (c *cursor) read(e event.Entity, from, to event.Version, yield func(*event.Event, error) bool) {
	if c.err != nil {
		yield(nil, c.err)
		return
	}
	if err := c.entity(e, from, to, yield); err != nil {
		yield(nil, c.reader.fail(err))
	}
}

// entity returns nil as well when yield wants no more.
func (c *cursor) entity(e event.Entity, from, to event.Version, yield func(*event.Event, error) bool) error {
	from = max(from, 1)
	if to == 0 {
		to--
	}
	if from > to {
		return nil
	}
	ok, err := c.seek(e, from)
	if err != nil {
		return err
	}
	s := c.bodies
	of := s.key[:len(s.key)-versionBytes]
	for version := from; ok && isVersionOf(s.it.Key(), of); ok = s.it.Next() {
		b, err := s.body()
		if err != nil {
			return err
		}
		if bodySequence(b) > c.reader.cut {
			return nil
		}
		// A gap is a block that is gone without a checksum to tell.
		if eventVersion(s.it.Key()) != version || !s.read(b) {
			return s.damaged()
		}
		s.event.Version = version
		if !c.reader.hides(&s.event) && !yield(&s.event, nil) || version == to {
			return nil
		}
		version++
	}
	return s.it.Error()
}

// seek puts the iterator at an event, or behind where it should be. The entity that
// follows the last one read is one step away.
func (c *cursor) seek(e event.Entity, v event.Version) (bool, error) {
	near := c.bodies != nil
	if !near {
		var err error
		if c.bodies, err = c.reader.content.bodies(); err != nil {
			return false, err
		}
	}
	s := c.bodies
	s.event.Entity = e
	s.key = c.reader.content.keys.event(s.key[:0], e, v)
	if near && s.it.Valid() && s.it.Next() && bytes.Equal(s.it.Key(), s.key) {
		return true, nil
	}
	return s.it.SeekGE(s.key), nil
}

// isVersionOf reports whether a key is that of an event of the entity whose keys begin
// with of.
func isVersionOf(key, of []byte) bool {
	return len(key) == len(of)+versionBytes && bytes.Equal(key[:len(of)], of)
}

// bodies returns an iterator that has all events there are.
func (c *content) bodies() (*bodies, error) {
	b, writes := c.idle.take()
	if b == nil {
		lower, upper := c.keys.bounds(tableEvent)
		s, err := c.events(lower, upper)
		if err != nil {
			return nil, err
		}
		b = &bodies{events: *s, writes: writes}
	}
	b.kinds = *c.kinds.Load()
	return b, nil
}
