package cluster

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/cluster/raftlog"
	"github.com/projsql/projsql/storage/event"
)

// fsm is what raft applies to: the machine, then the catalog, then the frontier,
// in this order, so that a reader who sees a position sees all that belongs to it.
// Raft calls it from one goroutine; Persist of its snapshots from another.
type fsm struct {
	node    *Node
	machine Machine
	err     error             // an earlier failure: nothing is applied any more
	known   map[string]uint64 // catalog records the Catalog has, with their versions

	snapshotDue     chan struct{}
	entries, bytes  uint64 // since the last snapshot
	entryBuffer     []event.Entry
	responsesBuffer []any
}

var _ raft.BatchingFSM = (*fsm)(nil)

func newFSM(n *Node, x raftlog.Extent) (*fsm, error) {
	f := &fsm{
		node: n, machine: n.options.Machine, known: map[string]uint64{},
		snapshotDue: make(chan struct{}, 1),
		entries:     x.Last - min(x.Last, n.snapshots.index()), bytes: x.Bytes,
	}
	if err := f.learnAll(); err != nil {
		return nil, err
	}
	f.publish()
	return f, nil
}

// Apply applies one entry; raft calls ApplyBatch instead.
func (f *fsm) Apply(l *raft.Log) any { return f.ApplyBatch([]*raft.Log{l})[0] }

// ApplyBatch applies committed entries. Its responses are event.Result, or an
// error once the node has failed.
func (f *fsm) ApplyBatch(logs []*raft.Log) []any {
	f.responsesBuffer = slices.Grow(f.responsesBuffer[:0], len(logs))[:len(logs)]
	if f.err == nil {
		f.err = f.apply(logs)
		if f.err != nil {
			f.node.fail(f.err)
		}
	}
	if f.err != nil {
		for i := range f.responsesBuffer {
			f.responsesBuffer[i] = f.err
		}
	}
	return f.responsesBuffer
}

func (f *fsm) apply(logs []*raft.Log) error {
	entries, skipped := f.unapplied(logs)
	results, err := f.machine.Apply(entries)
	if err != nil {
		return err
	}
	if len(results) != len(entries) {
		return fmt.Errorf("the machine gave %d results for %d entries", len(results), len(entries))
	}
	var changes []event.ChangeResult
	for i := range logs {
		f.responsesBuffer[i] = event.Result{}
		if i >= skipped {
			f.responsesBuffer[i] = results[i-skipped]
			for j := range results[i-skipped].Transactions {
				changes = append(changes, results[i-skipped].Transactions[j].Changes...)
			}
			changes = append(changes, results[i-skipped].Changes...)
		}
	}
	if err := f.learn(changes); err != nil {
		return err
	}
	f.publish()
	f.count(logs)
	return nil
}

// unapplied leaves out the entries at the front that the machine has applied
// before a restart.
func (f *fsm) unapplied(logs []*raft.Log) (entries []event.Entry, skipped int) {
	applied, _ := f.machine.Applied()
	f.entryBuffer = f.entryBuffer[:0]
	for _, l := range logs {
		entry := event.Entry{Index: l.Index, Term: l.Term, Command: l.Data}
		if l.Type == raft.LogConfiguration {
			f.node.snapshots.learn(l.Index, raft.DecodeConfiguration(l.Data))
			entry.Command = nil
		}
		if l.Index <= applied {
			skipped++
			continue
		}
		f.entryBuffer = append(f.entryBuffer, entry)
	}
	return f.entryBuffer, skipped
}

// learn takes from the results of entries what they have changed in the catalog.
func (f *fsm) learn(changes []event.ChangeResult) error {
	if len(changes) == 0 {
		return nil
	}
	last := map[string]event.Record{}
	for _, c := range changes {
		if c.Err == nil {
			last[c.Record.Name] = c.Record
		}
	}
	var put []event.Record
	var deleted []string
	for _, name := range slices.Sorted(maps.Keys(last)) {
		if r := last[name]; r.Value != nil {
			put = append(put, r)
		} else if _, had := f.known[name]; had {
			deleted = append(deleted, name)
		}
	}
	if len(put)+len(deleted) == 0 {
		return nil
	}
	return f.teach(put, deleted)
}

// learnAll reads all of the machine's records, when what they were before is not known.
func (f *fsm) learnAll() error {
	records, err := f.machine.Records()
	if err != nil {
		return err
	}
	gone := maps.Clone(f.known)
	var changed []event.Record
	for _, r := range records {
		if version, ok := f.known[r.Name]; !ok || version != r.Version {
			changed = append(changed, r)
		}
		delete(gone, r.Name)
	}
	return f.teach(changed, slices.Sorted(maps.Keys(gone)))
}

// teach tells the Catalog what has changed in the machine's records, and the node who is a member.
func (f *fsm) teach(put []event.Record, deleted []string) error {
	for _, r := range put {
		f.known[r.Name] = r.Version
	}
	for _, name := range deleted {
		delete(f.known, name)
	}
	if err := f.node.learnMembers(put, deleted); err != nil {
		return err
	}
	if f.node.options.Catalog == nil {
		return nil
	}
	return f.node.options.Catalog.Apply(put, deleted)
}

func (f *fsm) publish() {
	index, term := f.machine.Applied()
	sequence, stamp := f.machine.Frontier()
	f.node.frontier.advance(position{Index: index, Term: term, Sequence: sequence, HLC: stamp})
}

// count asks for a snapshot when the log since the last one is long enough.
func (f *fsm) count(logs []*raft.Log) {
	f.entries += uint64(len(logs))
	for _, l := range logs {
		f.bytes += uint64(len(l.Data))
	}
	if f.entries < f.node.options.SnapshotEntries && f.bytes < f.node.options.SnapshotBytes {
		return
	}
	f.entries, f.bytes = 0, 0
	select {
	case f.snapshotDue <- struct{}{}:
	default: // one is on its way
	}
}

// Snapshot captures nothing: the machine's own files are the snapshot.
func (f *fsm) Snapshot() (raft.FSMSnapshot, error) {
	if f.err != nil {
		return nil, f.err
	}
	return flushing{f.node}, nil
}

// Restore replaces the machine by an installed snapshot.
func (f *fsm) Restore(source io.ReadCloser) error {
	if err := f.restore(source); err != nil {
		f.err = err
		f.node.fail(err)
		return err
	}
	return nil
}

func (f *fsm) restore(source io.ReadCloser) error {
	if err := f.node.snapshots.restore(source); err != nil {
		return err
	}
	if err := f.learnAll(); err != nil {
		return err
	}
	f.publish()
	return nil
}

// flushing is a snapshot that is taken by making the machine durable.
type flushing struct{ node *Node }

// Persist flushes the machine and tells the sink what that covers.
func (s flushing) Persist(sink raft.SnapshotSink) error {
	index, err := s.node.options.Machine.Flush()
	if err != nil {
		s.node.fail(err)
		return err
	}
	return sink.(*snapshotSink).flushed(index)
}

// Release does nothing: nothing is held.
func (flushing) Release() {}
