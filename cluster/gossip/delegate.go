package gossip

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/memberlist"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/wire/sqlstate"
)

// meta is what a node tells of itself with every message; it must be short.
type meta struct {
	Version int    `json:"v"`
	Cluster string `json:"c,omitempty"`
	Name    string `json:"n"`
	Raft    string `json:"r"`
	PG      string `json:"p"`
	Format  int    `json:"f,omitempty"`
}

const metaVersion = 1

func encodeMeta(m cluster.Member) ([]byte, error) {
	b, err := json.Marshal(meta{metaVersion, m.Cluster, m.Name, m.Raft, m.PG, m.Format})
	if err == nil && len(b) > memberlist.MetaMaxSize {
		err = sqlstate.New(sqlstate.ProgramLimitExceeded, "the node's name and addresses are too long to be gossiped")
	}
	return b, err
}

func decodeMeta(n *memberlist.Node) (cluster.Member, error) {
	var m meta
	if err := json.Unmarshal(n.Meta, &m); err != nil {
		return cluster.Member{}, err
	}
	if m.Version != metaVersion {
		return cluster.Member{}, fmt.Errorf("version %d of gossip is not supported", m.Version)
	}
	return cluster.Member{ID: n.Name, Cluster: m.Cluster, Name: m.Name, Raft: m.Raft, PG: m.PG, Format: m.Format}, nil
}

// delegate is what memberlist calls.
type delegate Gossip

// NodeMeta returns what this node tells of itself.
func (d *delegate) NodeMeta(int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, _ := encodeMeta(d.self) // checked in Announce; a cluster's id has a known length
	return b
}

// NotifyMsg takes nothing: members say all in their meta.
func (d *delegate) NotifyMsg([]byte) {}

// GetBroadcasts has nothing to send.
func (d *delegate) GetBroadcasts(int, int) [][]byte { return nil }

// LocalState is nothing beyond the meta.
func (d *delegate) LocalState(bool) []byte { return nil }

// MergeRemoteState takes nothing.
func (d *delegate) MergeRemoteState([]byte, bool) {}

// NotifyMerge refuses nodes of another cluster.
func (d *delegate) NotifyMerge(peers []*memberlist.Node) error {
	for _, p := range peers {
		if err := d.NotifyAlive(p); err != nil {
			d.mu.Lock()
			d.foreign = err
			d.mu.Unlock()
			return err
		}
	}
	return nil
}

// NotifyAlive refuses a node of another cluster.
func (d *delegate) NotifyAlive(peer *memberlist.Node) error {
	m, err := decodeMeta(peer)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if m.Cluster != "" && d.self.Cluster != "" && m.Cluster != d.self.Cluster {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "the data of node %q is of cluster %s, that of %q at %s of cluster %s",
			d.self.Name, d.self.Cluster, m.Name, peer.Address(), m.Cluster).
			WithHint("Join another cluster with an empty data directory.")
	}
	return nil
}

// NotifyJoin notes a node that is there.
func (d *delegate) NotifyJoin(n *memberlist.Node) { d.note(n, true) }

// NotifyUpdate notes what a node tells anew.
func (d *delegate) NotifyUpdate(n *memberlist.Node) { d.note(n, true) }

// NotifyLeave notes a node that left or does not answer.
func (d *delegate) NotifyLeave(n *memberlist.Node) { d.note(n, false) }

// NotifyConflict notes who else has this node's id.
func (d *delegate) NotifyConflict(_, other *memberlist.Node) {
	m, err := decodeMeta(other)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil && m.ID == d.self.ID {
		d.twin = &m
	}
}

func (d *delegate) note(n *memberlist.Node, alive bool) {
	m, err := decodeMeta(n)
	if err != nil {
		return
	}
	m.Alive = alive
	d.mu.Lock()
	d.members[m.ID], d.sorted = m, nil
	d.addrs[m.ID] = n.Address()
	others := (*Gossip)(d).others()
	d.mu.Unlock()
	if alive {
		if err := writePeers(d.options.PeersFile, others); err != nil {
			d.options.Logger.Warn("could not note the members' addresses", "error", err)
		}
	}
}
