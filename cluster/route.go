package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// routeFacts are all that the choice of the node depends on that answers a read.
type routeFacts struct {
	Foreign bool // another node sent it
	Past    bool // the cut is no newest one: what owners keep is of no use to it
	Weak    bool // the reader takes what is as old as this node knows itself to be
	Owned   bool // by this node
	Shunned bool // the owner gave no answer lately
	Held    bool // this node has the state, right at the cut or as old as the reader allows
}

// elsewhere decides whether the owner is asked. Every node can answer every read: asking
// spares folding and memory, no more. Who takes a stale answer wants it from nearby.
func (f routeFacts) elsewhere() bool {
	return !f.Foreign && !f.Past && !f.Weak && !f.Owned && !f.Held && !f.Shunned
}

// holder is a Projector that can tell which reads cost it nothing.
type holder interface {
	Holds(r projection.Request) bool
}

// Owns reports whether no other node owns an entity.
func (n *Node) Owns(e event.Entity) bool {
	if n.options.Network == nil || n.options.Network.Relay == nil {
		return true
	}
	placed := n.placed.Load()
	return placed == nil || placed.of(e).self
}

// Elsewhere returns the id of the node that should answer a read, "" for this one.
func (n *Node) Elsewhere(r projection.Request) string {
	if n.options.Network == nil || n.options.Network.Relay == nil {
		return ""
	}
	placed := n.placed.Load()
	if placed == nil {
		return ""
	}
	o := placed.of(r.Entity)
	f := routeFacts{
		Foreign: r.Cut.Foreign, Past: !r.Cut.Newest || r.Cut.OccurredBy != event.NoTime,
		Weak: r.Cut.StaleMax > 0, Owned: o.self,
	}
	if !f.elsewhere() {
		return ""
	}
	if h, ok := n.options.Projector.(holder); ok {
		f.Held = h.Holds(r)
	}
	if f.Shunned = !f.Held && !n.askable(o); !f.elsewhere() {
		return ""
	}
	return o.ID
}

func (n *Node) uptime() time.Duration { return n.options.since(n.started) }

// relayCounts are what became of the reads that were sent to owners.
type relayCounts struct{ relayed, failed atomic.Uint64 }

// Relays returns how many reads other nodes have answered for this one since it started,
// and how many it answered itself after it had asked.
func (n *Node) Relays() (relayed, failed uint64) {
	return n.relays.relayed.Load(), n.relays.failed.Load()
}

// Relay has another node answer a statement at this node's cut. definition is the Version
// of what is read. It takes at most half of the time that ctx leaves; after an error this node
// is to answer itself.
func (n *Node) Relay(ctx context.Context, to string, s *hop.Statement, c projection.Cut, definition uint64) (hop.Answer, error) {
	o := n.placed.Load().byID(to)
	if o == nil {
		return hop.Answer{}, ErrNotSent
	}
	return n.relay(ctx, o, s, projection.Given{To: to, Cut: c, Definition: definition})
}

func (n *Node) relay(ctx context.Context, o *owner, s *hop.Statement, g projection.Given) (hop.Answer, error) {
	network := n.options.Network
	patience, now := network.RelayPatience, time.Now()
	if deadline, ok := ctx.Deadline(); ok {
		patience = min(patience, deadline.Sub(now)/2)
	}
	s.Until = now.Add(patience)
	a, err := n.ask(ctx, o, s, g)
	switch {
	case err == nil:
		n.relays.relayed.Add(1)
		o.answered()
		return a, nil
	case errors.Is(err, errUnconfirmed): // asked with a cut, it is given longer
	case ctx.Err() == nil && patience == network.RelayPatience && unwell(err):
		o.failed(n.uptime())
	}
	n.relays.failed.Add(1)
	return a, err
}

// briefWait is how long a statement that others wait behind waits for its cut.
const briefWait = 2 * time.Millisecond

var errUnconfirmed = errors.New("the owner has not confirmed the cut")

// ask has an owner answer briefly; what takes longer is asked for once more, where nobody
// waits behind it.
func (n *Node) ask(ctx context.Context, o *owner, s *hop.Statement, g projection.Given) (a hop.Answer, err error) {
	network, values := n.options.Network, s.Values
	if n.prompt(o) {
		g.Brief, s.Brief = true, network.RelayPatience*4/5
		s.Given = n.appendGiven(s.Given[:0], g)
		s.Values = append(values, s.Given)
		if a, err = network.Relay.Relay(ctx, o.Member, s); err == nil {
			return a, nil
		}
		var refused *sqlstate.Error
		if !errors.As(err, &refused) {
			return a, err
		}
		switch refused.Code {
		case sqlstate.FreshnessNotMet, sqlstate.InvalidParameterValue: // behind, or of an older release
			if o.slow(n.uptime()); g.Vouch.Term != 0 {
				return a, fmt.Errorf("%w: %w", errUnconfirmed, err)
			}
		case sqlstate.ProgramLimitExceeded:
		default:
			return a, err
		}
		g.Brief, s.Brief = false, 0
	}
	s.Given = n.appendGiven(s.Given[:0], g)
	s.Values = append(values, s.Given)
	return network.Relay.Relay(ctx, o.Member, s)
}

// appendGiven writes the cut that goes with a statement to another node, and this one's tidings.
func (n *Node) appendGiven(b []byte, g projection.Given) []byte {
	g.Cluster = n.cluster
	return n.appendTidings(hop.AppendGiven(b, &g))
}

// unwell reports whether an error says more of a node than of one statement: it does not
// answer, is behind, or does not serve.
func unwell(err error) bool {
	var e *sqlstate.Error
	if !errors.As(err, &e) {
		return true
	}
	switch e.Code {
	case sqlstate.FreshnessNotMet, sqlstate.CannotConnectNow, sqlstate.AdminShutdown, sqlstate.InvalidAuthorizationSpecification:
		return true
	}
	return false
}
