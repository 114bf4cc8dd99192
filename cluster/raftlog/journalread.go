package raftlog

import (
	"fmt"
	"io"

	"github.com/hashicorp/raft"
)

// read returns the records of both segments, the older one's first.
func (j *journal) read() ([]record, error) {
	var contents [2][]byte
	var records [2][]record
	for n, s := range j.segments {
		var err error
		if contents[n], err = io.ReadAll(s.file); err != nil {
			return nil, err
		}
		records[n] = s.scan(contents[n])
	}
	for n, s := range j.segments {
		if err := s.verifyEnd(contents[n], j.segments[1-n].generation); err != nil {
			return nil, err
		}
	}
	if j.segments[0].generation > j.segments[1].generation {
		return append(records[1], records[0]...), nil
	}
	return append(records[0], records[1]...), nil
}

// scan reads records of one generation up to the first that is none.
func (s *segment) scan(b []byte) (records []record) {
	for {
		r, ok := readRecord(b[s.end:])
		if !ok || s.generation != 0 && (r.generation != s.generation || r.salt != s.salt) {
			return records
		}
		s.generation, s.salt = r.generation, r.salt
		s.end += int64(r.bytes)
		records = append(records, r)
	}
}

// verifyEnd tells the end of the newer segment from damage: a record is written only
// when the one before is durable, so nothing of its generation may follow what is
// not a record. Where a segment's first record is not one, its generation is the
// one after other's. The older segment may be in the middle of being written over;
// what is missing of it must be in bbolt (join).
func (s *segment) verifyEnd(b []byte, other uint64) error {
	if s.generation > 0 && s.generation < other {
		return nil
	}
	for at := s.end; at+recordHeaderBytes <= int64(len(b)); at += sectorBytes {
		r, ok := readRecord(b[at:])
		if !ok {
			continue
		}
		if r.generation == s.generation && r.salt == s.salt || s.generation == 0 && r.generation > other {
			return &DamageError{File: s.path, Index: r.first, Cause: fmt.Sprintf("no record at %d, but one at %d", s.end, at)}
		}
	}
	return nil
}

// told is the part of the log that records tell of, to its end.
type told struct {
	from    uint64 // index of the first entry; 0: they tell nothing
	entries []raft.Log
	cut     uint64 // index from which on the last record cut the log off; 0: it did not
}

func (t *told) last() uint64 { return t.from + uint64(len(t.entries)) - 1 }

// replay does what the records say, in order.
func replay(records []record) (t told) {
	lowest := uint64(0)
	for i := range records {
		t.add(&records[i])
		lowest = max(lowest, records[i].lowest)
	}
	if lowest > t.from {
		t.entries = t.entries[min(lowest-t.from, uint64(len(t.entries))):]
		t.from = lowest
	}
	return t
}

func (t *told) add(r *record) {
	next := t.from + uint64(len(t.entries))
	if t.from > 0 && t.from <= r.first && r.first <= next {
		t.entries = t.entries[:r.first-t.from]
	} else {
		t.from, t.entries = r.first, nil
	}
	if t.cut = 0; r.first <= r.previous {
		t.cut = r.first
	}
	t.entries = append(t.entries, r.entries...)
}
