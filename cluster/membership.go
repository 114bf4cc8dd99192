package cluster

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// MemberStatus is a member as projsql.nodes shows it: what it says of itself if it
// answers, else what the others know.
type MemberStatus struct {
	Status
	PGAddr     string
	Answers    bool   // the rest of Status is its own
	LagEvents  uint64 // that it has not applied, of those that any member has
	Partitions int    // that it owns
}

const statusTimeout = time.Second

// Members asks every member how it is, at once, and returns them by name.
func (n *Node) Members(ctx context.Context) []MemberStatus {
	all := n.knownMembers()
	var asked sync.WaitGroup
	for i := range all {
		asked.Go(func() { n.askStatus(ctx, &all[i]) })
	}
	asked.Wait()
	var newest uint64
	for _, m := range all {
		newest = max(newest, uint64(m.Sequence))
	}
	owners := n.Owners()
	for i := range all {
		m := &all[i]
		m.Partitions = owners.Owned(m.Name)
		if m.Answers {
			m.LagEvents = newest - uint64(m.Sequence)
		}
	}
	slices.SortFunc(all, func(a, b MemberStatus) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// knownMembers are those of the configuration, as the catalog and the directory know
// them.
func (n *Node) knownMembers() (all []MemberStatus) {
	if n.options.Network == nil {
		return []MemberStatus{{Status: Status{ID: n.id, Name: n.options.NodeName}}}
	}
	for _, s := range n.configuration().Servers {
		id := string(s.ID)
		at, _ := n.member(id)
		m := MemberStatus{Status: Status{ID: id, Name: at.Name, Role: learner, State: "unreachable", AgeMS: -1}, PGAddr: at.PG}
		if s.Suffrage == raft.Voter {
			m.Role = voter
		}
		if record, ok := n.catalogued()[id]; ok && m.Name == "" {
			m.Name = record.Name
		}
		all = append(all, m)
	}
	return all
}

func (n *Node) askStatus(ctx context.Context, m *MemberStatus) {
	if m.ID == n.id {
		m.Status, m.Answers = n.Status(), true
		if w := n.options.Network; w != nil {
			m.PGAddr = w.PGAddr
		}
	} else {
		ctx, cancel := context.WithTimeout(ctx, statusTimeout)
		defer cancel()
		var s Status
		b, err := n.call(ctx, m.ID, request{kind: askStatus})
		if err != nil || json.Unmarshal(b, &s) != nil {
			return
		}
		m.Status, m.Answers = s, true
	}
	if record := n.catalogued()[m.ID]; record.Removed {
		m.State = "leaving"
	} else if record.Draining {
		m.State = "draining"
	}
}
