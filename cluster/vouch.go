package cluster

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// A consistent read that is sent to the owner needs no question of its own where this node
// and the owner are a majority of the voters and one of them leads: the statement carries
// this node's term, read after the read began, and the owner compares it with its own. Were
// there a newer leader that had committed anything before the read began, a majority had
// been in its term then, so one of the two were now. Hence what the one that leads had
// committed is all that was acknowledged, or read. It is the confirmation round of
// confirmPosition, with the statement as the question.

// RelayNewest has the owner of r.Entity answer a statement at a cut that has everything
// acknowledged before the call, and is not before floor. sent is false if that cannot be
// confirmed on the way, or this node is to answer; after an error the read is to begin anew.
func (n *Node) RelayNewest(ctx context.Context, r projection.Request, floor event.Sequence, s *hop.Statement) (a hop.Answer, sent bool, err error) {
	began := n.started.Add(n.options.since(n.started)) // before the term and what is committed are read
	o, v := n.witness(r.Entity)
	if v.Term == 0 {
		return hop.Answer{}, false, nil
	}
	if v.Leads {
		if _, err := n.applied(&wait{ctx: ctx}, n.committed()); err != nil {
			return hop.Answer{}, false, nil
		}
	}
	v.Roles = s.Roles
	p := n.frontier.load()
	r.Cut = projection.Cut{Sequence: p.Sequence, HLC: p.HLC, Newest: true, OccurredBy: event.NoTime}
	if n.Elsewhere(r) != o.ID {
		return hop.Answer{}, false, nil
	}
	g := projection.Given{To: o.ID, Definition: r.Definition.Version, Vouch: v, Cut: projection.Cut{Sequence: floor, Newest: true, OccurredBy: event.NoTime}}
	if v.Leads {
		g.Cut.Sequence = max(floor, p.Sequence)
	}
	a, err = n.relay(ctx, o, s, g)
	if err == nil && v.Leads {
		at := began
		n.note(&at)
	}
	return a, true, err
}

// witness returns the owner of an entity and what this node can say so that the two confirm
// that one of them leads; no term if they cannot.
func (n *Node) witness(e event.Entity) (*owner, projection.Vouch) {
	placed := n.placed.Load()
	if n.options.Network == nil || n.options.Network.Relay == nil || placed == nil || n.leased() || n.usable() != nil {
		return nil, projection.Vouch{}
	}
	o, term := placed.of(e), n.raft.CurrentTerm()
	if o.self || !n.prompt(o) {
		return nil, projection.Vouch{}
	}
	v := projection.Vouch{Node: n.id, Term: term, Leads: n.leader.term.Load() == term}
	if v.Leads {
		if !n.leadsWith(o.ID) {
			return nil, projection.Vouch{}
		}
		return o, v
	}
	if _, leader := n.raft.LeaderWithID(); leader != raft.ServerID(o.ID) || !areMajority(placed.voters, n.id, o.ID) {
		return nil, projection.Vouch{}
	}
	return o, v
}

// leadsWith reports whether this leader and another node are a majority of the voters.
func (n *Node) leadsWith(other string) bool {
	voters := n.leader.voters.Load()
	return voters != nil && areMajority(*voters, n.id, other)
}

// areMajority reports whether two nodes are a majority of the voters.
func areMajority(voters []string, a, b string) bool {
	return a != b && majority(len(voters)) <= 2 && slices.Contains(voters, a) && slices.Contains(voters, b)
}

// vouched confirms that this node or the one that sent a statement leads, and waits until this
// one, if it does, has applied what was committed before the call. Who leads knows whether the
// two are a majority.
func (n *Node) vouched(ctx context.Context, f projection.Freshness) error {
	v, committed := f.Given.Vouch, n.committed()
	ok := v.Leads && v.Node != n.id
	if !v.Leads {
		ok = n.leader.term.Load() == v.Term && n.leadsWith(v.Node)
	}
	if !ok || n.raft.CurrentTerm() != v.Term {
		return sqlstate.New(sqlstate.FreshnessNotMet, "the two nodes do not confirm that one of them leads")
	}
	if v.Leads {
		return nil
	}
	w := wait{ctx: ctx, begun: time.Now(), most: n.givenWait(f), cause: errImpatient}
	defer w.end()
	if _, err := n.applied(&w, committed); err != nil {
		return n.notMet(w.slow())
	}
	return nil
}
