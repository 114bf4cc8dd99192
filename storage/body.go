package storage

import (
	"encoding/binary"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// kindNumber stands for a kind's name in bodies and heads.
type kindNumber uint32

// Bits that say which of a body's optional fields follow.
const (
	bodyMetadata = 1 << iota
	bodyCorrelation
	bodyCausation
	bodyOccurredAt
	bodyBits
)

const (
	bodyIDAt    = 16
	bodyFlagsAt = bodyIDAt + len(event.ID{})
)

// appendBody appends all of e that its key does not hold.
func appendBody(buf []byte, e *event.Event, kind kindNumber) []byte {
	buf = binary.BigEndian.AppendUint64(buf, uint64(e.Sequence))
	buf = binary.BigEndian.AppendUint64(buf, uint64(e.HLC))
	buf = append(buf, e.ID[:]...)
	at := len(buf)
	buf = binary.AppendUvarint(append(buf, 0), uint64(kind))
	if e.OccurredAt != e.RecordedAt() {
		buf[at] |= bodyOccurredAt
		buf = binary.BigEndian.AppendUint64(buf, uint64(e.OccurredAt))
	}
	if e.Correlation != (event.ID{}) {
		buf[at] |= bodyCorrelation
		buf = append(buf, e.Correlation[:]...)
	}
	if e.Causation != (event.ID{}) {
		buf[at] |= bodyCausation
		buf = append(buf, e.Causation[:]...)
	}
	buf = appendBytes(buf, e.RecordedBy)
	if e.Metadata != nil {
		buf[at] |= bodyMetadata
		buf = appendBytes(buf, e.Metadata)
	}
	return append(buf, e.Data...)
}

// bodyHead is the part of a body that heads and cuts need.
type bodyHead struct {
	sequence event.Sequence
	hlc      hlc.Timestamp
	kind     kindNumber
}

func readBodyHead(b []byte) (h bodyHead, ok bool) {
	if len(b) <= bodyFlagsAt+1 {
		return bodyHead{}, false
	}
	kind, n := binary.Uvarint(b[bodyFlagsAt+1:])
	return bodyHead{bodySequence(b), hlc.Timestamp(binary.BigEndian.Uint64(b[8:])), kindNumber(kind)}, n > 0
}

// bodySequence reads the sequence of a body of at least 8 bytes.
func bodySequence(b []byte) event.Sequence { return event.Sequence(binary.BigEndian.Uint64(b)) }

// bodyReader decodes bodies one after another into one Event. It shares strings
// between them: kinds always, recorded_by where it repeats.
type bodyReader struct {
	kinds []event.Kind
	event event.Event
}

// read sets all of r.event but Entity and Version; Data and Metadata share b.
func (r *bodyReader) read(b []byte) bool {
	if len(b) <= bodyFlagsAt {
		return false
	}
	e := &r.event
	e.Sequence = bodySequence(b)
	e.HLC = hlc.Timestamp(binary.BigEndian.Uint64(b[8:]))
	e.ID = event.ID(b[bodyIDAt:bodyFlagsAt])
	flags := b[bodyFlagsAt]
	f := fields{rest: b[bodyFlagsAt+1:]}
	kind := f.uvarint()
	if flags >= bodyBits || kind >= uint64(len(r.kinds)) {
		return false
	}
	e.Kind = r.kinds[kind]
	e.OccurredAt, e.Correlation, e.Causation, e.Metadata = e.RecordedAt(), event.ID{}, event.ID{}, nil
	if flags&bodyOccurredAt != 0 {
		e.OccurredAt = event.Micros(f.uint64())
	}
	if flags&bodyCorrelation != 0 {
		copy(e.Correlation[:], f.take(len(e.Correlation)))
	}
	if flags&bodyCausation != 0 {
		copy(e.Causation[:], f.take(len(e.Causation)))
	}
	if by := f.bytes(); string(by) != e.RecordedBy {
		e.RecordedBy = string(by)
	}
	if flags&bodyMetadata != 0 {
		e.Metadata = f.bytes()
	}
	e.Data = f.rest
	return !f.bad
}
