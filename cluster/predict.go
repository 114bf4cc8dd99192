package cluster

import (
	"context"

	"github.com/projsql/projsql/cluster/placement"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// predictor is a Projector that can tell beforehand how it would answer.
type predictor interface {
	Predict(ctx context.Context, r projection.Request) (projection.Outcome, error)
}

// ahead may be implemented by a Projector.
type ahead interface {
	ReadAhead(ctx context.Context, r projection.AheadRequest) int
	WalkAhead(ctx context.Context, r projection.WalkRequest) projection.Walked
}

// ReadAhead makes states that are about to be read; see engine.Engine.ReadAhead.
func (n *Node) ReadAhead(ctx context.Context, r projection.AheadRequest) int {
	if p, ok := n.options.Projector.(ahead); ok {
		return p.ReadAhead(ctx, r)
	}
	return len(r.Entities)
}

// WalkAhead makes states that are about to be read; see engine.Engine.WalkAhead.
func (n *Node) WalkAhead(ctx context.Context, r projection.WalkRequest) projection.Walked {
	if p, ok := n.options.Projector.(ahead); ok {
		return p.WalkAhead(ctx, r)
	}
	return projection.Walked{}
}

// Predict tells how Project would answer now; see engine.Engine.Predict. A
// Projector that cannot tell gives the zero Outcome.
func (n *Node) Predict(ctx context.Context, r projection.Request) (projection.Outcome, error) {
	if p, ok := n.options.Projector.(predictor); ok {
		return p.Predict(ctx, r)
	}
	return projection.Outcome{}, nil
}

// Locate returns an entity's partition and the name of the node that owns it.
func (n *Node) Locate(e event.Entity) (partition int, owner string) {
	p := placement.Of(e)
	return int(p), n.place().owners.Owner(p)
}
