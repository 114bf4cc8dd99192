package cluster

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

// What only other members, or a broken disk, would reach is opened to tests here.

// Queued returns how many proposals wait or are in flight.
func (n *Node) Queued() int { return int(n.batcher.items.Load()) }

// SealLog and OpenLog put a checksum on an entry, and check it.
func SealLog(l *raft.Log) *raft.Log { return sealLog(l) }

func OpenLog(l *raft.Log) error { return openLog(l) }

// Snapshots is the snapshot store of a node, without the node.
type Snapshots struct{ *snapshots }

func OpenSnapshots(dir string, m Machine) (Snapshots, error) {
	s, err := openSnapshots(dir, m)
	return Snapshots{s}, err
}

// Flushed tells the sink of an own snapshot what the machine has made durable.
func Flushed(sink raft.SnapshotSink, index uint64) error {
	return sink.(*snapshotSink).flushed(index)
}

func (s Snapshots) Learn(index uint64, c raft.Configuration) { s.learn(index, c) }

func (s Snapshots) Restore(r io.ReadCloser) error { return s.restore(r) }

func OpenStream(dir string, index, term uint64) (r io.ReadCloser, size int64, err error) {
	s, err := openStream(dir, index, term)
	if err != nil {
		return nil, 0, err
	}
	return s, s.size, nil
}

func UnpackStream(r io.Reader, dir string, index, term uint64) error {
	return unpackStream(r, dir, index, term)
}

// Writer is what runs the log's writes.
type Writer struct{ *writer }

func StartWriter(path string, timeout time.Duration, failed func(error)) Writer {
	return Writer{startWriter(path, timeout, failed)}
}

func (w Writer) Do(write, after func() error) error { return w.do(write, after) }

func (w Writer) Stop() bool { return w.stop() }

// Logs is Raft's log without a node.
type Logs struct{ *logStore }

// OpenLogs opens the log in dir as a node does: it verifies it before it writes.
func OpenLogs(dir string, segmentBytes int) (Logs, error) {
	s, err := openLogStore(dir, segmentBytes, time.Minute, func(error) {})
	if err != nil {
		return Logs{}, err
	}
	if _, err = s.verify(max(s.first, 1) - 1); err == nil {
		err = s.settle(0)
	}
	if err == nil {
		err = s.SetUint64([]byte(keyCurrentTerm), 1000)
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

// Crash ends a node's work at once, as a power cut does; Close cleans up.
func (n *Node) Crash() { n.fail(errors.New("the power is off")) }

// HoldLog makes the log's writes hang until release is called.
func (n *Node) HoldLog() (release func()) {
	held := make(chan struct{})
	n.logs.writer.work <- writeJob{write: func() error { <-held; return nil }, result: make(chan error, 1)}
	return func() { close(held) }
}

// NextChange decides over members, each a name, a colon and letters; see TestNextChange.
func NextChange(members []string, votersMax int) string {
	var facts []memberFact
	for _, m := range members {
		name, letters, _ := strings.Cut(m, ":")
		has := func(letter string) bool { return strings.Contains(letters, letter) }
		facts = append(facts, memberFact{
			ID: name, Voter: has("v"), Alive: has("a"), CaughtUp: has("c"), Self: has("s"), Leaving: has("l") || has("r"), Removed: has("r"),
		})
	}
	c := nextChange(facts, votersMax)
	return strings.TrimSpace([]string{"nothing", "promote", "demote", "remove", "transfer to"}[c.Do] + " " + c.ID)
}

// AsksOwner decides who answers a read, of which the letters say what is known: f foreign,
// p past, o owned, s shunned, h held.
func AsksOwner(letters string) bool {
	has := func(letter string) bool { return strings.Contains(letters, letter) }
	return routeFacts{Foreign: has("f"), Past: has("p"), Owned: has("o"), Shunned: has("s"), Held: has("h")}.elsewhere()
}
