package cluster

import (
	"context"
	"errors"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Verify compares the cached states of one entity, or of all, with what the log folds
// to. It asks this node alone.
func (n *Node) Verify(ctx context.Context, r projection.VerifyRequest) ([]projection.Verified, error) {
	if err := n.Ready(); err != nil {
		return nil, err
	}
	r.Cut = func() projection.Cut {
		p := n.frontier.load()
		return projection.Cut{Sequence: p.Sequence, HLC: p.HLC, OccurredBy: event.NoTime}
	}
	all, err := n.options.Projector.Verify(ctx, r)
	for i := range all {
		all[i].Node = n.options.NodeName
	}
	var differs *projection.CopyError
	if errors.As(err, &differs) {
		differs.Node = n.options.NodeName
	}
	return all, err
}
