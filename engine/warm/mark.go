package warm

import (
	"encoding/binary"

	"github.com/projsql/projsql/storage/event"
)

// mark is how far the rows of a definition are.
type mark struct {
	position event.Sequence // the log is followed up to here
	entities uint64         // looked at, of those before filled
	lazy     bool           // entities that nobody asked for were left out
	whole    bool           // all entities are made
	filled   event.Entity   // entities before it are made, unless whole
}

const markFormat = 1

const (
	markLazy = 1 << iota
	markWhole
)

func (m *mark) encode() []byte {
	flags := byte(0)
	if m.lazy {
		flags |= markLazy
	}
	if m.whole {
		flags |= markWhole
	}
	buf := []byte{markFormat, flags}
	buf = binary.AppendUvarint(buf, uint64(m.position))
	buf = binary.AppendUvarint(buf, m.entities)
	return append(buf, m.filled...)
}

func decodeMark(b []byte) (m mark, ok bool) {
	if len(b) < 2 || b[0] != markFormat {
		return m, false
	}
	m.lazy, m.whole = b[1]&markLazy != 0, b[1]&markWhole != 0
	b = b[2:]
	position, n := binary.Uvarint(b)
	if n <= 0 {
		return m, false
	}
	entities, k := binary.Uvarint(b[n:])
	if k <= 0 {
		return m, false
	}
	m.position, m.entities, m.filled = event.Sequence(position), entities, event.Entity(b[n+k:])
	return m, true
}
