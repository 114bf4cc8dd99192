package cluster

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/cluster/raftlog"
)

// A group of one voter waits for nobody: its election is a formality and should
// not hold up the start.
const soleVoterTimeout = 20 * time.Millisecond

// Of groups that may have several voters. A follower that hears nothing for one to
// two electionTimeouts, or longer as its Network says, stands for election; a leader that
// hears nothing of a majority for two thirds of that stops leading. transportTimeout bounds
// one message, but for snapshots, which may take longer by their size.
const (
	electionTimeout  = 750 * time.Millisecond
	transportTimeout = 5 * time.Second
)

// groupName names the group of the one database there is.
const groupName = "projsql"

// never stands where raft wants an interval for something the node does itself.
const never = 1000 * time.Hour

// verifyMachine holds the machine against the log. It must be within it: a log
// that lost entries would give their indexes away again, and the machine would
// skip the new ones.
func (n *Node) verifyMachine(x raftlog.Extent) error {
	index, term := n.options.Machine.Applied()
	last := max(x.Last, n.snapshots.index())
	if index > last {
		return &raftlog.DamageError{File: n.logs.Path(), Index: last + 1, Cause: fmt.Sprintf("the log ends before %d, which the store has applied", index)}
	}
	if snapshot := n.snapshots.index(); index < snapshot {
		return &raftlog.DamageError{File: n.snapshots.metaPath(), Cause: fmt.Sprintf("the store has applied %d, the snapshot covers %d", index, snapshot)}
	}
	if index < x.First || index > x.Last || index == 0 {
		return nil // the snapshot covers it; the log may end before one that was just installed
	}
	var l raft.Log
	if err := n.logs.GetLog(index, &l); err != nil {
		return n.logs.Damage(index, err)
	}
	if l.Term != term {
		return &raftlog.DamageError{File: n.logs.Path(), Index: index, Cause: fmt.Sprintf("the store applied this entry in term %d, the log has term %d", term, l.Term)}
	}
	return nil
}

// loadID returns the persistent id of this node, a new one at the first start.
func (n *Node) loadID() (string, error) {
	id, err := n.logs.Get([]byte(raftlog.KeyNodeID))
	if err == nil {
		// Writing it again shows that the file can be written, before raft begins to
		// depend on it: bbolt finds a damaged free list only then, and raft panics.
		return string(id), n.logs.Set([]byte(raftlog.KeyNodeID), id)
	}
	if !errors.Is(err, raftlog.ErrKeyNotFound) {
		return "", err
	}
	fresh, err := uuid.NewRandom()
	if err != nil {
		return "", err
	}
	return fresh.String(), n.logs.Set([]byte(raftlog.KeyNodeID), []byte(fresh.String()))
}

func (n *Node) startRaft(fsm *fsm) (*raft.Raft, error) {
	// Members are known by id; where they are is not part of the replicated
	// configuration.
	address := raft.ServerAddress(n.id)
	w := n.options.Network
	if w == nil {
		_, transport := raft.NewInmemTransport(address)
		if err := n.bootstrap(raft.Server{Suffrage: raft.Voter, ID: raft.ServerID(n.id), Address: address}); err != nil {
			return nil, err
		}
		return raft.NewRaft(n.raftConfig(soleVoterTimeout, soleVoterTimeout), fsm, n.logs, n.logs, n.snapshots, transport)
	}
	if !w.Join {
		if err := n.bootstrap(raft.Server{Suffrage: raft.Voter, ID: raft.ServerID(n.id), Address: address}); err != nil {
			return nil, err
		}
	}
	n.transport = raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		ServerAddressProvider: addresses{n}, Logger: newRaftLogger(n.options.Logger),
		Stream:  openStreams(w, n.cluster, n.id, groupName),
		MaxPool: 3, MaxRPCsInFlight: 1, Timeout: transportTimeout, MsgpackUseNewTimeFormat: true,
	})
	r, err := raft.NewRaft(n.raftConfig(w.ElectionTimeout, w.ElectionTimeout*2/3), fsm, n.logs, n.logs, n.snapshots, n.campaigns())
	if err != nil {
		return nil, errors.Join(err, n.transport.Close())
	}
	return r, nil
}

// electAtOnce makes a group's only member stand for election without waiting for a
// leader that cannot be. An error means that it waits.
func (n *Node) electAtOnce() {
	request := &raft.TimeoutNowRequest{RPCHeader: raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(n.id)}}
	self := raft.ServerID(n.id)
	if err := n.transport.TimeoutNow(self, raft.ServerAddress(n.id), request, &raft.TimeoutNowResponse{}); err != nil {
		n.options.Logger.Info("the election waits", "error", err)
	}
}

// addresses tell raft where members are.
type addresses struct{ *Node }

// ServerAddr returns the address of a member's listener.
func (a addresses) ServerAddr(id raft.ServerID) (raft.ServerAddress, error) {
	if string(id) == a.id {
		return raftAddress(a.id, a.options.Network.RaftAddr), nil
	}
	m, ok := a.member(string(id))
	if !ok {
		return "", fmt.Errorf("nobody knows where node %q is", id)
	}
	return raftAddress(m.ID, m.Raft), nil
}

// bootstrap makes this node the group's only voter, unless there is a log. Raft's
// own bootstrap cannot be repeated after a crash in its middle.
func (n *Node) bootstrap(voter raft.Server) error {
	last, err := n.logs.LastIndex()
	if err != nil || last > 0 || n.snapshots.index() > 0 {
		return err
	}
	const term = 1
	if err := n.logs.SetUint64([]byte(raftlog.KeyCurrentTerm), term); err != nil {
		return err
	}
	members := raft.Configuration{Servers: []raft.Server{voter}}
	return n.logs.StoreLog(&raft.Log{Index: 1, Term: term, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(members)})
}

func (n *Node) raftConfig(election, lease time.Duration) *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(n.id)
	c.Logger = newRaftLogger(n.options.Logger)
	c.HeartbeatTimeout = election
	c.ElectionTimeout = election
	c.LeaderLeaseTimeout = lease
	c.NotifyCh = n.leader.changes
	c.TrailingLogs = n.options.TrailingEntries
	c.SnapshotInterval = never
	c.NoSnapshotRestoreOnStart = true
	c.NoLegacyTelemetry = true
	c.ShutdownOnRemove = false // the node alone shuts it down, and waits for it
	return c
}
