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
	e.OccurredAt, e.Correlation, e.Causation, e.Metadata = e.RecordedAt(), event.ID{}, event.ID{}, nil
	return r.readPlain(b[bodyFlagsAt:]) || r.readRest(b[bodyFlagsAt:])
}

// readPlain is readRest of what most bodies are: without optional fields, and numbers of a
// byte each. It reports whether b is.
func (r *bodyReader) readPlain(b []byte) bool {
	const byAt = 3 // behind flags, kind, and a length
	if len(b) < byAt || b[0] != 0 || b[1] >= 0x80 || int(b[1]) >= len(r.kinds) || b[2] >= 0x80 {
		return false
	}
	dataAt := byAt + int(b[2])
	if dataAt > len(b) {
		return false
	}
	r.event.Kind, r.event.Data = r.kinds[b[1]], b[dataAt:]
	r.recordedBy(b[byAt:dataAt])
	return true
}

// readRest reads a body from its flags on.
func (r *bodyReader) readRest(b []byte) bool {
	e, flags := &r.event, b[0]
	f := fields{rest: b[1:]}
	kind := f.uvarint()
	if flags >= bodyBits || kind >= uint64(len(r.kinds)) {
		return false
	}
	e.Kind = r.kinds[kind]
	if flags&bodyOccurredAt != 0 {
		e.OccurredAt = event.Micros(f.uint64())
	}
	if flags&bodyCorrelation != 0 {
		copy(e.Correlation[:], f.take(len(e.Correlation)))
	}
	if flags&bodyCausation != 0 {
		copy(e.Causation[:], f.take(len(e.Causation)))
	}
	r.recordedBy(f.bytes())
	if flags&bodyMetadata != 0 {
		e.Metadata = f.bytes()
	}
	e.Data = f.rest
	return !f.bad
}

func (r *bodyReader) recordedBy(by []byte) {
	if string(by) != r.event.RecordedBy {
		r.event.RecordedBy = string(by)
	}
}
