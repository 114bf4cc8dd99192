package storage

import (
	"bytes"
	"encoding/binary"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// format is the version of everything this package writes. 3: events lie in blocks.
const format = 3

// meta is where the log stands. It is written in the batch of every Apply.
// Sequences have no gaps, so that sequence is also the number of events.
type meta struct {
	index, term uint64
	sequence    event.Sequence
	hlc         hlc.Timestamp
	entities    uint64
	lineage     [16]byte
	newestID    event.ID // the highest of version 7
}

// knows reports whether an event with the id may be in the log. Ids of version 7
// ascend with time, so most that come are above all that were: these need no
// lookup.
func (m *meta) knows(id event.ID) bool {
	return id[6]>>4 != 7 || bytes.Compare(id[:], m.newestID[:]) <= 0
}

// add counts one more event.
func (m *meta) add(e *event.Event) {
	m.sequence, m.hlc = e.Sequence, e.HLC
	if e.Version == 1 {
		m.entities++
	}
	if !m.knows(e.ID) {
		m.newestID = e.ID
	}
}

func appendMeta(buf []byte, m *meta) []byte {
	buf = append(buf, format)
	for _, n := range [...]uint64{m.index, m.term, uint64(m.sequence), uint64(m.hlc), m.entities} {
		buf = binary.BigEndian.AppendUint64(buf, n)
	}
	buf = append(buf, m.lineage[:]...)
	return append(buf, m.newestID[:]...)
}

func readMeta(b []byte) (m meta, ok bool) {
	f := fields{rest: b}
	if f.byte() != format {
		return meta{}, false
	}
	m.index, m.term = f.uint64(), f.uint64()
	m.sequence, m.hlc = event.Sequence(f.uint64()), hlc.Timestamp(f.uint64())
	m.entities = f.uint64()
	copy(m.lineage[:], f.take(len(m.lineage)))
	copy(m.newestID[:], f.take(len(m.newestID)))
	return m, f.done()
}
