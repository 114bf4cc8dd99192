package storage

import (
	"bytes"

	"github.com/projsql/projsql/storage/event"
)

// cursor reads one entity's events after another's from one iterator, which may have
// been made after the cut: events never change, and those behind the cut are left out.
type cursor struct {
	reader  *reader
	bodies  *bodies // nil until there is something to read
	err     error   // why nothing can be read
	ended   error   // of the one who was given an event
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

// Each implements event.Cursor.
func (c *cursor) Each(e event.Entity, from, to event.Version, each func(*event.Event) error) error {
	if c.err != nil {
		return c.err
	}
	c.ended = nil
	if err := c.entity(e, from, to, each); c.ended == nil {
		return c.reader.fail(err)
	}
	return c.ended
}

func (c *cursor) entity(e event.Entity, from, to event.Version, each func(*event.Event) error) error {
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
	for next := event.Version(0); ok && isBlockOf(s.it.Key(), of); ok = s.it.Next() {
		if err := s.open(); err != nil {
			return err
		}
		// A gap is a block that is gone without a checksum to tell.
		if begins := s.version + 1; begins > from && begins != next {
			return s.damaged()
		}
		more, err := c.block(from, to, each)
		if err != nil || !more {
			return err
		}
		next = s.version + 1
	}
	return s.it.Error()
}

// block gives the events of the open block; false if none is wanted behind it.
func (c *cursor) block(from, to event.Version, each func(*event.Event) error) (more bool, err error) {
	s, r := c.bodies, c.reader
	for {
		ok, err := s.next()
		if err != nil || !ok {
			return ok || err == nil, err
		}
		if s.version < from {
			continue
		}
		if bodySequence(s.body) > r.cut {
			return false, nil
		}
		if !s.read(s.body) {
			return false, s.damaged()
		}
		s.event.Version = s.version
		if !r.hides(&s.event) {
			if c.ended = each(&s.event); c.ended != nil {
				return false, c.ended
			}
		}
		if s.version == to {
			return false, nil
		}
	}
}

// seek puts the iterator at the block with a version, or behind where it should be. The
// entity that follows the last one read is one step away.
func (c *cursor) seek(e event.Entity, v event.Version) (bool, error) {
	near := c.bodies != nil
	if !near {
		var err error
		if c.bodies, err = c.reader.content.bodies(); err != nil {
			return false, err
		}
	}
	s, content := c.bodies, c.reader.content
	s.event.Entity = e
	first := content.firstOf(e, v)
	s.key = content.keys.block(s.key[:0], e, first)
	if near && first == 1 && s.it.Valid() && s.it.Next() && bytes.Equal(s.it.Key(), s.key) {
		return true, nil
	}
	if first > 0 {
		if ok := s.it.SeekGE(s.key); ok && bytes.Equal(s.it.Key(), s.key) || first == 1 {
			return ok, nil
		}
	}
	s.key = append(content.keys.block(s.key[:0], e, v), 0)
	ok := s.it.SeekLT(s.key)
	s.key = s.key[:len(s.key)-1]
	return ok, nil
}

// firstOf returns the first version of the block that holds v, where it costs no search;
// else 0.
func (c *content) firstOf(e event.Entity, v event.Version) event.Version {
	if v == 1 {
		return 1
	}
	if h, _ := c.heads.get(e); h != nil && h.block.first <= v {
		return h.block.first
	}
	return 0
}

// isBlockOf reports whether a key is that of a block of the entity whose keys begin with
// of.
func isBlockOf(key, of []byte) bool {
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
