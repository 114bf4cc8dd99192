package cluster

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/projsql/projsql/cluster/placement"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// ownership is who owns what among one set of members. It is immutable, but for what the
// owners remember.
type ownership struct {
	live   []Member // by name
	owners *placement.Map
	byName map[string]*owner
	parts  [placement.Partitions]*owner
	shares []projection.OwnedShare // of the entities, by the owners' names
	voters []string                // as this node knows them
}

// of returns the owner of an entity.
func (w *ownership) of(e event.Entity) *owner {
	if len(w.live) == 1 {
		return w.parts[0]
	}
	return w.parts[placement.Of(e)]
}

// byID returns the owner with an id, nil if it is none.
func (w *ownership) byID(id string) *owner {
	for _, o := range w.byName {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// owner is a member that owns partitions, and whether it answered lately.
type owner struct {
	Member
	self     bool
	failures atomic.Int32 // in a row
	shunned  atomic.Int64 // since the node's start; 0: it is asked
	late     atomic.Int64 // since the node's start: so long nothing brief is asked of it; 0: it is
}

const (
	shunMin = 500 * time.Millisecond
	shunMax = 8 * time.Second
)

// askable reports whether a member may be asked. When the time for which it is shunned is
// over, the first that wants to ask finds out for the others.
func (n *Node) askable(o *owner) bool {
	until := o.shunned.Load()
	if until == 0 {
		return true
	}
	now := n.uptime()
	return int64(now) >= until && o.shunned.CompareAndSwap(until, int64(now+shunMin))
}

// answered says that a member is well.
func (o *owner) answered() {
	if o.shunned.Load() != 0 {
		o.failures.Store(0)
		o.shunned.Store(0)
	}
}

// failed says that a member gave no answer: it is not asked for a while, longer each time.
func (o *owner) failed(now time.Duration) {
	pause := min(shunMax, shunMin<<min(o.failures.Add(1)-1, 10))
	o.shunned.Store(int64(now + pause))
}

// slowPause is for how long an owner that was behind is asked nothing briefly.
const slowPause = 20 * time.Millisecond

func (o *owner) slow(now time.Duration) { o.late.Store(int64(now + slowPause)) }

// prompt reports whether a member seems to be able to answer briefly.
func (n *Node) prompt(o *owner) bool {
	until := o.late.Load()
	if until == 0 {
		return true
	}
	over := int64(n.uptime()) >= until
	if over {
		o.late.CompareAndSwap(until, 0)
	}
	return over
}

const placeInterval = 200 * time.Millisecond

// keepPlaced follows the members that come and go.
func (n *Node) keepPlaced() {
	for n.place(); sleep(n.life, placeInterval); {
		n.place()
	}
}

// Owners tells which member owns which partition: those of the cluster that seem
// alive and are not leaving share them.
func (n *Node) Owners() *placement.Map { return n.place().owners }

// place returns who owns what at this moment.
func (n *Node) place() *ownership {
	before, live, voters := n.placed.Load(), n.owning(), n.voters()
	if before != nil && slices.Equal(before.live, live) && slices.Equal(before.voters, voters) {
		return before
	}
	now := &ownership{live: live, voters: voters, byName: map[string]*owner{}}
	names := make([]string, len(live))
	for i, m := range live {
		names[i] = m.Name
		now.byName[m.Name] = &owner{Member: m, self: m.ID == n.id}
		if before == nil {
			continue
		}
		if kept := before.byName[m.Name]; kept != nil && kept.Member == m {
			now.byName[m.Name] = kept
		}
	}
	now.owners = placement.NewMap(names)
	for p := range now.parts {
		now.parts[p] = now.byName[now.owners.Owner(placement.Partition(p))]
	}
	for _, m := range live {
		if share, ok := now.owners.Share(m.Name); ok {
			now.shares = append(now.shares, projection.OwnedShare{Node: m.Name, ID: m.ID, Own: m.ID == n.id, Share: share})
		}
	}
	n.placed.Store(now)
	return now
}

// owning returns the members that share the partitions, by name.
func (n *Node) owning() (live []Member) {
	if n.options.Network == nil {
		return []Member{{ID: n.id, Name: n.options.NodeName}}
	}
	for _, s := range n.configuration().Servers {
		id := string(s.ID)
		m, known := n.member(id)
		if id == n.id {
			m, known = n.self(), true
		}
		if record := n.catalogued()[id]; known && m.Alive && !record.Draining && !record.Removed {
			live = append(live, m)
		}
	}
	if len(live) == 0 {
		live = append(live, n.self())
	}
	slices.SortFunc(live, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	return live
}
