package cluster

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// memberFact is what the leader knows of a member when it decides.
type memberFact struct {
	ID       string
	Self     bool
	Voter    bool
	Alive    bool // answers, or may only have been away for a moment
	CaughtUp bool // has applied nearly all that the leader has
	Leaving  bool // draining or removed
	Removed  bool
}

// change is one change of the configuration; the zero change is none.
type change struct {
	Do changeKind
	ID string
}

type changeKind uint8

const (
	changePromote changeKind = iota + 1
	changeDemote
	changeRemove
	changeTransfer // of the leadership, to ID
)

// nextChange decides the next change of the configuration, one at a time. It never
// makes a majority depend on a member that does not answer, unless it depends on it
// already.
func nextChange(members []memberFact, votersMax int) change {
	voters, alive, good := 0, 0, 0
	for _, m := range members {
		if m.Voter {
			voters++
			alive += count(m.Alive)
			good += count(m.Alive && !m.Leaving)
		}
	}
	if good < votersMax {
		for _, m := range members {
			if !m.Voter && m.Alive && m.CaughtUp && !m.Leaving {
				return change{changePromote, m.ID}
			}
		}
	}
	for _, m := range members {
		if m.Voter && dispensable(m, voters, alive, good > votersMax, voters > votersMax) {
			if m.Self {
				return change{changeTransfer, successor(members)}
			}
			return change{changeDemote, m.ID}
		}
	}
	for _, m := range members {
		if m.Removed && !m.Voter {
			return change{changeRemove, m.ID}
		}
	}
	return change{}
}

// dispensable reports whether a voter should vote no longer, and the rest can decide
// without it.
func dispensable(m memberFact, voters, alive int, surplus, tooMany bool) bool {
	rest := alive - count(m.Alive)
	spare, now := rest-majority(voters-1), alive-majority(voters)
	switch {
	case voters == 1 || spare < 0:
		return false
	case m.Leaving:
		return true
	case !m.Alive:
		return spare > now || tooMany
	}
	return surplus && !m.Self
}

// successor returns who should lead instead of this node, "" if nobody can.
func successor(members []memberFact) string {
	for _, m := range members {
		if m.Voter && m.Alive && m.CaughtUp && !m.Leaving && !m.Self {
			return m.ID
		}
	}
	return ""
}

func majority(voters int) int { return voters/2 + 1 }

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

const (
	reconcileInterval = 500 * time.Millisecond
	deadAfter         = 10 * time.Second // of silence a member counts as dead
	caughtUpEntries   = 256              // it may lack so many of the newest entries
	operationTimeout  = 5 * time.Second
)

// reconcile changes the configuration, while this node leads, towards what it should
// be: --voters members vote that are alive and not leaving, and none is left that was removed.
func (n *Node) reconcile() {
	for sleep(n.life, reconcileInterval) {
		if !n.leader.serving.Load() {
			n.seen.forget()
			continue
		}
		f := n.raft.GetConfiguration() // never fails
		facts := n.facts(f.Configuration())
		n.nameMembers(facts)
		c := nextChange(facts, n.options.Network.VotersMax)
		if c == (change{}) {
			continue
		}
		if err := n.change(c, f.Index()); err != nil {
			n.options.Logger.Warn("could not change the configuration", "change", c, "error", err)
			continue
		}
		n.options.Logger.Info("changed the configuration", "change", c)
	}
}

// sightings are when members answered last, as long as this node leads.
type sightings struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (s *sightings) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = nil
}

// note takes that a member did or did not answer now, and returns whether it counts
// as dead.
func (s *sightings) note(id string, answered bool) (dead bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[string]time.Time{}
	}
	now := time.Now()
	if last, known := s.at[id]; known && !answered {
		return now.Sub(last) >= deadAfter
	}
	s.at[id] = now
	return false
}

func (n *Node) facts(c raft.Configuration) []memberFact {
	ids := make([]string, len(c.Servers))
	for i, s := range c.Servers {
		ids[i] = string(s.ID)
	}
	applied := n.askApplied(n.life, ids)
	facts := make([]memberFact, 0, len(c.Servers))
	newest := n.frontier.load().Index
	for _, s := range c.Servers {
		id := string(s.ID)
		record := n.catalogued()[id]
		index, answered := applied[id]
		facts = append(facts, memberFact{
			ID: id, Self: id == n.id, Voter: s.Suffrage == raft.Voter,
			Alive: !n.seen.note(id, answered), CaughtUp: answered && index+caughtUpEntries >= newest,
			Leaving: record.Draining || record.Removed, Removed: record.Removed,
		})
	}
	return facts
}

// askApplied asks members how far they have applied; who does not answer is missing.
func (n *Node) askApplied(ctx context.Context, ids []string) map[string]uint64 {
	type answer struct {
		id      string
		applied uint64
		err     error
	}
	answers := make(chan answer, len(ids))
	for _, id := range ids {
		n.tasks.Go(func() {
			at, err := n.askTerm(ctx, id)
			answers <- answer{id, at.applied, err}
		})
	}
	all := map[string]uint64{}
	for range ids {
		if a := <-answers; a.err == nil {
			all[a.id] = a.applied
		}
	}
	return all
}

// nameMembers keeps the catalog's names of the members in step with what they say.
func (n *Node) nameMembers(facts []memberFact) {
	for _, f := range facts {
		m, known := n.member(f.ID)
		if f.Self {
			m, known = n.self(), true
		}
		record := n.catalogued()[f.ID]
		if known && m.Name != "" && record.Name != m.Name && !record.Removed {
			record.Name = m.Name
			if err := n.putMember(f.ID, record); err != nil {
				n.options.Logger.Warn("could not note a member's name", "node", m.Name, "error", err)
			}
		}
	}
}

// change makes one change to the configuration of the given index.
func (n *Node) change(c change, index uint64) error {
	id := raft.ServerID(c.ID)
	return n.reconfigure(func() error {
		n.lease.end() // a majority may be another
		n.leader.voters.Store(nil)
		switch c.Do {
		case changePromote:
			n.leader.alone.Store(false) // before another can vote
			return n.await(n.raft.AddVoter(id, raft.ServerAddress(id), index, operationTimeout))
		case changeDemote:
			return n.await(n.raft.DemoteVoter(id, index, operationTimeout))
		case changeRemove:
			return n.await(n.raft.RemoveServer(id, index, operationTimeout))
		case changeTransfer:
			return n.transfer(c.ID)
		}
		panic(fmt.Sprintf("cluster: change %d", c.Do))
	})
}
