package cluster

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Shares returns how the nodes share the entities at this moment, this node among them,
// so that every entity is in one of the shares. What an owner has that gives no answer is
// this node's. nil: this node scans all itself.
func (n *Node) Shares() []projection.OwnedShare {
	if n.options.Network == nil || n.options.Network.Streams == nil {
		return nil
	}
	placed := n.placed.Load()
	if placed == nil || len(placed.shares) < 2 {
		return nil
	}
	own := projection.OwnedShare{Node: n.options.NodeName, ID: n.id, Own: true}
	shares := make([]projection.OwnedShare, 1, 1+len(placed.shares))
	for _, s := range placed.shares {
		if o := placed.byName[s.Node]; s.Own || !n.askable(o) {
			own.Share = own.Union(s.Share)
			continue
		}
		shares = append(shares, s)
	}
	if own.Share == (projection.Share{}) {
		return shares[1:]
	}
	shares[0] = own // it reads while the others do
	return shares
}

// keeper is a Projector that can tell whether it has room for what a scan of all entities finds,
// and, of what the last one found, how several could share it.
type keeper interface {
	Keeps(d *projection.Definition) bool
	Split(r projection.ScanRequest, parts, entitiesMin int) []event.Entity
}

// Keeps reports whether this node has room for what a scan of all entities finds.
func (n *Node) Keeps(d *projection.Definition) bool {
	k, ok := n.options.Projector.(keeper)
	return ok && k.Keeps(d)
}

// Split returns where a scan may be cut so that several goroutines of this node share it.
func (n *Node) Split(r projection.ScanRequest, parts, entitiesMin int) []event.Entity {
	k, ok := n.options.Projector.(keeper)
	if !ok {
		return nil
	}
	return k.Split(r, parts, entitiesMin)
}

// silenceMax bounds how long a node may say nothing that runs a fragment, in RelayPatiences: it
// says how far it is every 100 ms.
const silenceMax = 4

// Stream has another node run a statement over its share at this node's cut. definition is the
// Version of what is read. The other node ends it when ctx does; after an error this node is to
// read the share itself.
func (n *Node) Stream(ctx context.Context, to projection.OwnedShare, s *hop.Statement, c projection.Cut, definition uint64) (hop.Rows, error) {
	o := n.placed.Load().byID(to.ID)
	if o == nil {
		return nil, ErrNotSent
	}
	c.Binds = true
	s.Values = append(s.Values, n.appendGiven(nil, projection.Given{To: to.ID, Cut: c, Definition: definition, Share: to.Share}))
	network := n.options.Network
	n.scatters.sent.Add(1)
	r := &fragmentRows{node: n, owner: o, ctx: ctx}
	var err error
	if r.Rows, err = network.Streams.Stream(ctx, o.Member, s, silenceMax*network.RelayPatience); err != nil {
		return nil, r.failed(err)
	}
	return r, nil
}

// fragmentRows are rows from which the owner's health shows.
type fragmentRows struct {
	hop.Rows
	node  *Node
	owner *owner
	ctx   context.Context
}

// Next implements hop.Rows.
func (r *fragmentRows) Next() ([]byte, error) {
	b, err := r.Rows.Next()
	switch {
	case errors.Is(err, io.EOF):
		r.owner.answered()
	case err != nil:
		return nil, r.failed(err)
	}
	return b, err
}

// failed notes an error; an owner that is unwell is left alone for a while.
func (r *fragmentRows) failed(err error) error {
	if r.ctx.Err() != nil {
		return err
	}
	r.node.scatters.failed.Add(1)
	if unwell(err) {
		r.owner.failed(r.node.uptime())
	}
	return err
}

// scatterCounts are what became of the fragments that were sent to owners.
type scatterCounts struct{ sent, failed atomic.Uint64 }

// Fragments returns how many fragments of scans this node has sent to others since it started,
// and how many of them it had to run itself.
func (n *Node) Fragments() (sent, failed uint64) {
	return n.scatters.sent.Load(), n.scatters.failed.Load()
}
