package storage

import (
	"encoding/binary"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// runEventsMax bounds the events of one run, and so what a lookup by sequence
// reads.
const runEventsMax = 256

// place is where an event is, and how long its body is.
type place struct {
	entity    []byte
	version   event.Version
	block     event.Version // the first event of its block
	bodyBytes int
	kind      kindNumber // while the run is being written: the index of kinds has it
}

// run is a number of events that follow each other in sequence and in stamp.
type run struct {
	sequence event.Sequence // of the first
	hlc      hlc.Timestamp  // of the first
	places   []place
}

// appendRun appends the record of r: its key holds the sequence. An entity that
// is the same as the one before it is left out.
func appendRun(buf []byte, r *run) []byte {
	buf = binary.BigEndian.AppendUint64(buf, uint64(r.hlc))
	buf = binary.AppendUvarint(buf, uint64(len(r.places)))
	var last []byte
	for i := range r.places {
		p := &r.places[i]
		if string(p.entity) == string(last) {
			buf = append(buf, 0)
		} else {
			buf = appendBytes(buf, p.entity)
		}
		last = p.entity
		buf = appendVersion(buf, p)
		buf = binary.AppendUvarint(buf, uint64(p.bodyBytes))
	}
	return buf
}

// placeBytesMin is the least that one place takes in a run's record.
const placeBytesMin = 4

// appendVersion appends a place's version and how far behind its block's first it is.
func appendVersion(buf []byte, p *place) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(buf, uint64(p.version)), uint64(p.version-p.block))
}

// version reads what appendVersion wrote.
func (f *fields) version() (v, block event.Version) {
	v = event.Version(f.uvarint())
	behind := event.Version(f.uvarint())
	f.bad = f.bad || behind >= v
	return v, v - behind
}

// readRun reads a run into r, reusing its places; they share b.
func readRun(r *run, sequence event.Sequence, b []byte) bool {
	f := fields{rest: b}
	r.sequence, r.hlc, r.places = sequence, hlc.Timestamp(f.uint64()), r.places[:0]
	n := f.uvarint()
	if n > uint64(len(f.rest)/placeBytesMin) {
		return false
	}
	var last []byte
	for range n {
		if e := f.bytes(); len(e) > 0 {
			last = e
		}
		p := place{entity: last}
		p.version, p.block = f.version()
		p.bodyBytes = int(f.uvarint())
		r.places = append(r.places, p)
	}
	return f.done() && n > 0 && len(r.places[0].entity) > 0
}

// appendStamp appends what the index of stamps tells of a run.
func appendStamp(buf []byte, r *run) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(buf, uint64(r.sequence)), uint64(len(r.places)))
}

func readStamp(b []byte) (first event.Sequence, events uint64, ok bool) {
	f := fields{rest: b}
	first, events = event.Sequence(f.uvarint()), f.uvarint()
	return first, events, f.done() && first > 0 && events > 0
}

// appendPointer and readPointer are the record of the index of ids.
func appendPointer(buf []byte, e event.Entity, p *place) []byte {
	return append(appendVersion(buf, p), e...)
}

func readPointer(b []byte) (event.Entity, place, bool) {
	f := fields{rest: b}
	var p place
	p.version, p.block = f.version()
	return event.Entity(f.rest), p, !f.bad && len(f.rest) > 0
}
