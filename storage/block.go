package storage

import (
	"encoding/binary"
	"io"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

// A block is some consecutive events of one entity under the key of the first: a replay
// reads a key for many events. Apply sets the part of a block that it begins with and
// merges what comes later; a merge is a concatenation, which Pebble does for good when it
// flushes or compacts. Where blocks begin follows from the events alone.
const (
	blockEventsMax = 64
	blockBytesMax  = 8 << 10 // but for a block of one event
)

// block is what Apply knows of an entity's newest block.
type block struct {
	first event.Version // 0: there is none
	bytes int           // of the records in it
}

// takes reports whether a record of the next event goes into the block.
func (b *block) takes(v event.Version, recordBytes int) bool {
	return b.first > 0 && v < b.first+blockEventsMax && b.bytes+recordBytes <= blockBytesMax
}

// part is what one call of Apply adds to a block.
type part struct {
	first   event.Version // of the block
	begins  bool          // the block
	records []byte
}

// add appends a record of an event to the entity's newest block.
func (a *applier) add(h *openHead, v event.Version, body []byte) error {
	b, recordBytes := &h.head.block, uvarintBytes(len(body))+len(body)
	if !b.takes(v, recordBytes) {
		if err := a.writePart(h); err != nil {
			return err
		}
		*b = block{first: v}
		h.part.begins = true
	}
	b.bytes += recordBytes
	h.part.first = b.first
	if h.part.records == nil {
		h.part.records = a.takeSpare()
	}
	h.part.records = appendBytes(h.part.records, body)
	return nil
}

func uvarintBytes(n int) int {
	var b [binary.MaxVarintLen64]byte
	return binary.PutUvarint(b[:], uint64(n))
}

// writePart writes what is waiting of an entity's newest block.
func (a *applier) writePart(h *openHead) error {
	p := &h.part
	if len(p.records) == 0 {
		return nil
	}
	a.key = a.content.keys.block(a.key[:0], h.entity, p.first)
	write := a.batch.Merge
	if p.begins {
		write = a.batch.Set
	}
	err := write(a.key, p.records, nil)
	p.begins, p.records = false, p.records[:0]
	return err
}

// Limits of the memory that Apply keeps for parts.
const (
	sparesMax     = 1024
	spareBytesMax = 2 * blockBytesMax
)

func (a *applier) takeSpare() []byte {
	if n := len(a.spares) - 1; n >= 0 {
		b := a.spares[n]
		a.spares = a.spares[:n]
		return b
	}
	return make([]byte, 0, blockBytesMax/16)
}

func (a *applier) giveSpare(b []byte) {
	if b != nil && cap(b) <= spareBytesMax && len(a.spares) < sparesMax {
		a.spares = append(a.spares, b[:0])
	}
}

// newMerger returns what puts the parts of a block together. Its name is that of Pebble's
// own concatenation, which does the same at more cost.
func newMerger() *pebble.Merger {
	pool := &sync.Pool{}
	return &pebble.Merger{
		Name: pebble.DefaultMerger.Name,
		Merge: func(_, value []byte) (pebble.ValueMerger, error) {
			m, ok := pool.Get().(*merging)
			if !ok {
				m = &merging{pool: pool}
			}
			m.start(value)
			return m, nil
		},
	}
}

// merging is the concatenation of some parts in the middle of a buffer.
type merging struct {
	pool     *sync.Pool
	buf      []byte
	from, to int
}

func (m *merging) start(value []byte) {
	m.from, m.to = len(m.buf)/2, len(m.buf)/2
	m.grow(len(value), 0)
	m.to += copy(m.buf[m.to:], value)
}

// grow makes room behind and before the concatenation.
func (m *merging) grow(behind, before int) {
	if len(m.buf)-m.to >= behind && m.from >= before {
		return
	}
	old, size := m.buf[m.from:m.to], m.to-m.from
	room := max(2*(size+behind+before), blockBytesMax/8)
	m.buf = make([]byte, size+2*room)
	m.from, m.to = room, room+copy(m.buf[room:], old)
}

// MergeNewer implements pebble.ValueMerger.
func (m *merging) MergeNewer(value []byte) error {
	m.grow(len(value), 0)
	m.to += copy(m.buf[m.to:], value)
	return nil
}

// MergeOlder implements pebble.ValueMerger.
func (m *merging) MergeOlder(value []byte) error {
	m.grow(0, len(value))
	m.from -= len(value)
	copy(m.buf[m.from:], value)
	return nil
}

// Finish implements pebble.ValueMerger.
func (m *merging) Finish(bool) ([]byte, io.Closer, error) { return m.buf[m.from:m.to], m, nil }

// Close gives the memory back.
func (m *merging) Close() error {
	if len(m.buf) <= 8*blockBytesMax {
		m.pool.Put(m)
	}
	return nil
}

// events iterates over the blocks of one entity, or of many, and over their events.
type events struct {
	it *pebble.Iterator
	bodyReader
	version event.Version // of the event that next has read
	body    []byte        // its body
	rest    []byte        // of the block
	heads   []bodyHead
}

func (c *content) events(lower, upper []byte) (*events, error) {
	it, err := c.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, err
	}
	return &events{it: it, bodyReader: bodyReader{kinds: *c.kinds.Load()}}, nil
}

// open begins the block under the iterator.
func (s *events) open() (err error) {
	s.version = blockFirst(s.it.Key()) - 1
	s.rest, err = s.it.ValueAndErr()
	if err == nil && len(s.rest) == 0 {
		return s.damaged()
	}
	return err
}

// next reads the block's next event; false at its end. A body is at least as long as what
// every body has.
func (s *events) next() (bool, error) {
	if len(s.rest) == 0 {
		return false, nil
	}
	s.version++
	var ok bool
	if s.body, s.rest, ok = cutRecord(s.rest); !ok {
		return false, s.damaged()
	}
	return true, nil
}

// cutRecord cuts the first record off a block.
func cutRecord(b []byte) (body, rest []byte, ok bool) {
	if len(b) == 0 {
		return nil, nil, false
	}
	n, size := uint64(b[0]), 1
	if n >= 0x80 {
		n, size = binary.Uvarint(b)
	}
	if size <= 0 || n <= uint64(bodyFlagsAt) || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	end := size + int(n)
	return b[size:end:end], b[end:], true
}

// find reads the event with a version of the open block, which must be at or behind the
// next one.
func (s *events) find(v event.Version) error {
	for {
		ok, err := s.next()
		if err != nil {
			return err
		}
		if !ok {
			return damage("event %d of entity %q is missing", v, blockEntity(s.it.Key()))
		}
		if s.version == v {
			return nil
		}
	}
}

// parts reads what heads need of all events of the block under the iterator. They are
// valid until its next call.
func (s *events) parts() (first event.Version, parts []bodyHead, err error) {
	if err := s.open(); err != nil {
		return 0, nil, err
	}
	s.heads = slices.Grow(s.heads[:0], blockEventsMax)
	for {
		ok, err := s.next()
		if err != nil || !ok {
			return blockFirst(s.it.Key()), s.heads, err
		}
		h, ok := readBodyHead(s.body)
		if !ok {
			return 0, nil, s.damaged()
		}
		s.heads = append(s.heads, h)
	}
}

func (s *events) damaged() error {
	return damage("event %d of entity %q", s.version, blockEntity(s.it.Key()))
}
