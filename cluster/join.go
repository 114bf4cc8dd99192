package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/cluster/raftlog"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// enter makes this node known to the others, and settles which cluster it is of. A
// log without a cluster, from before there were any, becomes the first of a new one.
func (n *Node) enter() error {
	w := n.options.Network
	if w == nil {
		return nil
	}
	own, err := n.logs.Get([]byte(raftlog.KeyClusterID))
	if err != nil && !errors.Is(err, raftlog.ErrKeyNotFound) {
		return err
	}
	n.cluster = string(own)
	empty, err := n.empty()
	if err != nil {
		return err
	}
	switch {
	case n.cluster != "":
	case !w.Join:
		err = n.setCluster(uuid.NewString())
	case !empty:
		err = sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "%s holds a log of its own: it cannot join a cluster", n.options.Dir).
			WithHint("Join with an empty data directory.")
	}
	if err != nil {
		return err
	}
	joined, err := w.Directory.Announce(context.Background(), n.self())
	if err != nil {
		return err
	}
	if n.cluster == "" {
		return n.setCluster(joined)
	}
	return n.refuseTwin()
}

// twins is a Directory that can tell who else is known by this node's id.
type twins interface{ Twin() (Member, bool) }

// refuseTwin is an error while another process answers as this node: one with a copy of its data. The two would
// each give the one vote that this node has.
func (n *Node) refuseTwin() error {
	w := n.options.Network
	d, tells := w.Directory.(twins)
	if !tells {
		return nil
	}
	twin, seen := d.Twin()
	if !seen || twin.PG == w.PGAddr {
		return nil
	}
	ctx, cancel := context.WithTimeout(n.life, askTimeout)
	defer cancel()
	if _, err := responseOf(w.Peers.Send(ctx, twin, appendRequest(n.cluster, n.id, request{kind: askTerm})).Wait(ctx)); err != nil {
		return nil // it is this node itself, where it was before
	}
	return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "node \"%s\" runs at %s with the data of this one", twin.Name, twin.PG).
		WithDetail("Directory: %s", n.options.Dir).
		WithHint("Of a directory and its copies one may be in use. A further node joins with an empty one.")
}

func (n *Node) setCluster(id string) error {
	if id == "" || len(id) > 255 {
		return fmt.Errorf("cluster: %q is no id of a cluster", id)
	}
	n.cluster = id
	return n.logs.Set([]byte(raftlog.KeyClusterID), []byte(id))
}

func (n *Node) self() Member {
	w := n.options.Network
	return Member{ID: n.id, Cluster: n.cluster, Name: n.options.NodeName, Raft: w.RaftAddr, PG: w.PGAddr, Format: event.NewestFormat, Alive: true}
}

// empty reports whether nothing was ever replicated to this node.
func (n *Node) empty() (bool, error) {
	last, err := n.logs.LastIndex()
	return last == 0 && n.snapshots.index() == 0, err
}

// join tries to become a member until it is one: a learner, which the leader lets
// vote later. Whoever leads is asked.
func (n *Node) join() {
	for pause := pauseMin; !n.belongs(); pause = min(2*pause, time.Second) {
		err := n.askToJoin()
		if state := codeOf(err); state == sqlstate.DuplicateObject || state == sqlstate.ObjectNotInPrerequisiteState {
			n.fail(err)
			return
		}
		if err != nil {
			n.options.Logger.Info("not a member yet", "error", err)
		}
		if !sleep(n.life, pause) {
			return
		}
	}
}

// belongs reports whether this node has learned that it is a member.
func (n *Node) belongs() bool { return n.suffrage(n.id) != noMember }

func (n *Node) askToJoin() error {
	err := error(fmt.Errorf("%w: no other member is known", ErrNotSent))
	body, _ := json.Marshal(operation{Op: opJoin, ID: n.id, Name: n.options.NodeName}) // strings never fail
	for _, m := range n.options.Network.Directory.Members() {
		if m.ID == n.id || !m.Alive {
			continue
		}
		ctx, cancel := context.WithTimeout(n.life, operationTimeout)
		_, err = n.call(ctx, m.ID, request{kind: askOperate, body: body})
		cancel()
		var other *notLeaderError
		if err == nil || !errors.As(err, &other) && !errors.Is(err, ErrNotSent) {
			return err
		}
	}
	return err
}

// admit makes a node a learner.
func (n *Node) admit(o operation) error {
	if n.suffrage(o.ID) != noMember {
		return nil
	}
	for id, m := range n.catalogued() {
		switch {
		case id == o.ID && m.Removed:
			return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "node %q was removed from the cluster", o.Name).
				WithHint("It may join again with an empty data directory.")
		case id != o.ID && !m.Removed && m.Name == o.Name:
			if err := n.supplant(id, m); err != nil {
				return err
			}
		}
	}
	if err := n.putMember(o.ID, memberRecord{Name: o.Name}); err != nil {
		return err
	}
	return n.reconfigure(func() error {
		return n.await(n.raft.AddNonvoter(raft.ServerID(o.ID), raft.ServerAddress(o.ID), 0, operationTimeout))
	})
}

// supplant removes a member whose place another of its name takes: one that answers
// no longer, since its disk was lost.
func (n *Node) supplant(id string, m memberRecord) error {
	_, err := n.askTerm(n.life, id)
	switch {
	case err == nil:
		return sqlstate.New(sqlstate.DuplicateObject, "the cluster has a node %q already", m.Name).
			WithHint("Give this one another --node-name.")
	case !n.seen.note(id, false):
		return errNotServing("waiting whether the other node of its name comes back")
	}
	m.Removed = true
	return n.putMember(id, m)
}

// memberRecord is what the catalog has of a member.
type memberRecord struct {
	Name     string
	Draining bool `json:",omitempty"` // shall neither vote nor own partitions
	Removed  bool `json:",omitempty"` // shall be no member
}

const memberPrefix = "member/"

func (n *Node) putMember(id string, m memberRecord) error {
	if n.catalogued()[id] == m {
		return nil
	}
	value, _ := json.Marshal(m) // strings never fail
	c := []event.Change{{Name: memberPrefix + id, Value: value, Expect: event.AnyRecord}}
	ctx, cancel := context.WithTimeout(n.life, operationTimeout)
	defer cancel()
	return n.batcher.submit(ctx, &proposal{changes: c, bytes: changesBytes(c)})
}

// catalogued returns the members that the catalog has, by id. It must not be changed.
func (n *Node) catalogued() map[string]memberRecord {
	if m := n.members.Load(); m != nil {
		return *m
	}
	return nil
}

// learnMembers keeps what the catalog says of members.
func (n *Node) learnMembers(put []event.Record, deleted []string) error {
	all := map[string]memberRecord{}
	maps.Copy(all, n.catalogued())
	for _, r := range put {
		id, ok := strings.CutPrefix(r.Name, memberPrefix)
		if !ok {
			continue
		}
		var m memberRecord
		if err := json.Unmarshal(r.Value, &m); err != nil {
			return fmt.Errorf("catalog record %q: %w", r.Name, err)
		}
		all[id] = m
	}
	for _, name := range deleted {
		if id, ok := strings.CutPrefix(name, memberPrefix); ok {
			delete(all, id)
		}
	}
	n.members.Store(&all)
	return nil
}
