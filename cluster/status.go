package cluster

import (
	"time"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// Status is what a node knows of itself, for projsql.nodes, projsql.frontier and
// metrics.
type Status struct {
	Name  string
	ID    string // persistent, unique in the cluster
	Role  string // "leader", "voter"
	State string // "starting", "serving", "failed", "stopped"
	Term  uint64

	AppliedIndex uint64 // Raft index that the machine has applied
	Sequence     event.Sequence
	HLC          hlc.Timestamp

	LogFirst, LogLast uint64 // Raft indexes in the log; 0 = empty
	SnapshotIndex     uint64

	QueueItems   int    // transactions and changes waiting to be committed
	QueueBytes   int64  // of them
	Entries      uint64 // Raft entries proposed since start
	Transactions uint64 // committed since start
	Since        time.Time
}

// Status returns the node's state now. It reads nothing from disk but the log's ends.
func (n *Node) Status() Status {
	p := n.frontier.load()
	s := Status{
		Name: n.options.NodeName, ID: n.id, Role: "voter", State: n.state(), Since: n.started,
		Term: n.raft.CurrentTerm(), AppliedIndex: p.Index, Sequence: p.Sequence, HLC: p.HLC,
		SnapshotIndex: n.snapshots.index(),
		QueueItems:    int(n.batcher.items.Load()), QueueBytes: n.batcher.bytes.Load(),
		Entries: n.batcher.entries.Load(), Transactions: n.batcher.commits.Load(),
	}
	if n.leader.serving.Load() {
		s.Role = "leader"
	}
	s.LogFirst, _ = n.logs.FirstIndex() // 0 when unreadable: the node has failed then
	s.LogLast, _ = n.logs.LastIndex()
	return s
}

func (n *Node) state() string {
	stopped, _ := n.leader.state()
	switch {
	case n.Err() != nil:
		return "failed"
	case stopped:
		return "stopped"
	case n.leader.serving.Load():
		return "serving"
	}
	return "starting"
}
