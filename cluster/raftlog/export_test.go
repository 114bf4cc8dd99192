package raftlog

import (
	"errors"
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

// What only a broken disk would reach is opened to tests here.

// SealLog and OpenLog put a checksum on an entry, and check it.
func SealLog(l *raft.Log) *raft.Log { return sealLog(l) }

func OpenLog(l *raft.Log) error { return openLog(l) }

// Writer is what runs the log's writes.
type Writer struct{ *writer }

func StartWriter(path string, timeout time.Duration, failed func(error)) Writer {
	return Writer{startWriter(path, Options{WriteTimeout: timeout, Failed: failed})}
}

func (w Writer) Do(write, after func() error) error { return w.do(write, after) }

func (w Writer) Stop() bool { return w.stop() }

// Logs is Raft's log without a node.
type Logs struct{ *Store }

// OpenLogs opens the log in dir as a node does: it verifies it before it writes.
func OpenLogs(dir string, segmentBytes int) (Logs, error) {
	s, err := Open(dir, Options{SegmentBytes: segmentBytes, WriteTimeout: time.Minute, Failed: func(error) {}})
	if err != nil {
		return Logs{}, err
	}
	if _, err = s.Verify(max(s.first, 1) - 1); err == nil {
		err = s.Settle(0)
	}
	if err == nil {
		err = s.SetUint64([]byte(KeyCurrentTerm), 1000)
	}
	if err != nil {
		return Logs{}, errors.Join(err, s.Close())
	}
	return Logs{s}, nil
}

// NextRecord returns where the next record of a journal would be written: behind
// the newer segment's, or at the start of the older one, if that is moved.
func NextRecord(t testing.TB, dir string, newer bool) (path string, at int64) {
	t.Helper()
	j, _, err := openJournal(dir, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	last, other := j.segments[0], j.segments[1]
	if last.generation < other.generation {
		last, other = other, last
	}
	if newer || other.generation > 0 {
		return last.path, last.end
	}
	return other.path, 0
}
