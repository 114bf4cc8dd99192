package cluster

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/raft"
)

// A group of one voter waits for nobody: its election is a formality and should
// not hold up the start.
const soleVoterTimeout = 20 * time.Millisecond

// never stands where raft wants an interval for something the node does itself.
const never = 1000 * time.Hour

// verifyMachine holds the machine against the log. It must be within it: a log
// that lost entries would give their indexes away again, and the machine would
// skip the new ones.
func (n *Node) verifyMachine(x logExtent) error {
	index, term := n.options.Machine.Applied()
	last := max(x.Last, n.snapshots.index())
	if index > last {
		return &DamageError{File: n.logs.path, Index: last + 1, Cause: fmt.Sprintf("the log ends before %d, which the store has applied", index)}
	}
	if snapshot := n.snapshots.index(); index < snapshot {
		return &DamageError{File: n.snapshots.metaPath(), Cause: fmt.Sprintf("the store has applied %d, the snapshot covers %d", index, snapshot)}
	}
	if index < x.First || index == 0 {
		return nil
	}
	var l raft.Log
	if err := n.logs.GetLog(index, &l); err != nil {
		return n.logs.damage(index, err)
	}
	if l.Term != term {
		return &DamageError{File: n.logs.path, Index: index, Cause: fmt.Sprintf("the store applied this entry in term %d, the log has term %d", term, l.Term)}
	}
	return nil
}

// loadID returns the persistent id of this node, a new one at the first start.
func (n *Node) loadID() (string, error) {
	id, err := n.logs.Get([]byte(keyNodeID))
	if err == nil {
		// Writing it again shows that the file can be written, before raft begins to
		// depend on it: bbolt finds a damaged free list only then, and raft panics.
		return string(id), n.logs.Set([]byte(keyNodeID), id)
	}
	if !errors.Is(err, raftboltNotFound) {
		return "", err
	}
	fresh, err := uuid.NewRandom()
	if err != nil {
		return "", err
	}
	return fresh.String(), n.logs.Set([]byte(keyNodeID), []byte(fresh.String()))
}

func (n *Node) startRaft(fsm *fsm) (*raft.Raft, error) {
	// Members are known by id; where they are is not part of the replicated
	// configuration.
	address, transport := raft.NewInmemTransport(raft.ServerAddress(n.id))
	if err := n.bootstrap(raft.Server{Suffrage: raft.Voter, ID: raft.ServerID(n.id), Address: address}); err != nil {
		return nil, err
	}
	return raft.NewRaft(n.raftConfig(), fsm, n.logs, n.logs, n.snapshots, transport)
}

// bootstrap makes this node the group's only voter, unless there is a log. Raft's
// own bootstrap cannot be repeated after a crash in its middle.
func (n *Node) bootstrap(voter raft.Server) error {
	last, err := n.logs.LastIndex()
	if err != nil || last > 0 || n.snapshots.index() > 0 {
		return err
	}
	const term = 1
	if err := n.logs.SetUint64([]byte(keyCurrentTerm), term); err != nil {
		return err
	}
	members := raft.Configuration{Servers: []raft.Server{voter}}
	return n.logs.StoreLog(&raft.Log{Index: 1, Term: term, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(members)})
}

func (n *Node) raftConfig() *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(n.id)
	c.Logger = newRaftLogger(n.options.Logger)
	c.HeartbeatTimeout = soleVoterTimeout
	c.ElectionTimeout = soleVoterTimeout
	c.LeaderLeaseTimeout = soleVoterTimeout
	c.NotifyCh = n.leader.changes
	c.TrailingLogs = n.options.TrailingEntries
	c.SnapshotInterval = never
	c.NoSnapshotRestoreOnStart = true
	c.NoLegacyTelemetry = true
	return c
}
