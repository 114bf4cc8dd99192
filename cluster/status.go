package cluster

import (
	"cmp"
	"time"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// Status is what a node knows of itself, for projsql.nodes, projsql.frontier and
// metrics.
type Status struct {
	Name  string
	ID    string // persistent, unique in the cluster
	Role  string // "leader", "voter", "learner", "joining"
	State string // "starting", "serving", "failed", "stopped"
	Term  uint64

	AppliedIndex uint64 // Raft index that the machine has applied
	Sequence     event.Sequence
	HLC          hlc.Timestamp

	// AgeMS is how long ago the node last knew itself current, -1 if never.
	AgeMS int64

	// ClockOffset is how far the node's clock is ahead of the other members', by the median.
	ClockOffset time.Duration

	LogFirst, LogLast uint64 // Raft indexes in the log; 0 = empty
	SnapshotIndex     uint64

	QueueItems   int    // transactions and changes waiting to be committed
	QueueBytes   int64  // of them
	Entries      uint64 // Raft entries proposed since start
	Transactions uint64 // committed since start
	AcksLost     uint64 // times that a member was found to lack what it had acknowledged, while this node led
	Since        time.Time
}

// Status returns the node's state now. It reads nothing from disk but the log's ends.
func (n *Node) Status() Status {
	p := n.frontier.load()
	s := Status{
		Name: n.options.NodeName, ID: n.id, Role: n.role(), State: n.state(), Since: n.started,
		Term: n.raft.CurrentTerm(), AppliedIndex: p.Index, Sequence: p.Sequence, HLC: p.HLC,
		SnapshotIndex: n.snapshots.index(),
		QueueItems:    int(n.batcher.items.Load()), QueueBytes: n.batcher.bytes.Load(),
		Entries: n.batcher.entries.Load(), Transactions: n.batcher.commits.Load(),
	}
	if age, known := n.age(); known {
		s.AgeMS = age.Milliseconds()
	} else {
		s.AgeMS = -1
	}
	s.ClockOffset, s.AcksLost = n.clockOffset(), n.acks.count()
	s.LogFirst, _ = n.logs.FirstIndex() // 0 when unreadable: the node has failed then
	s.LogLast, _ = n.logs.LastIndex()
	return s
}

func (n *Node) role() string {
	if n.leader.serving.Load() {
		return "leader"
	}
	return cmp.Or(n.suffrage(n.id), "joining")
}

func (n *Node) state() string {
	stopped, _ := n.leader.state()
	ready := n.Ready() == nil
	switch {
	case n.Err() != nil:
		return "failed"
	case stopped:
		return "stopped"
	case ready:
		return "serving"
	}
	return "starting"
}
