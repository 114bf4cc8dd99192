package cluster

import (
	"context"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Position returns how far this node has applied: the index of the entry, which
// moves with the catalog too, and the cut that reads see.
func (n *Node) Position() (index uint64, c projection.Cut) {
	p := n.frontier.load()
	return p.Index, projection.Cut{Sequence: p.Sequence, HLC: p.HLC, OccurredBy: event.NoTime}
}

// Advanced waits until this node has applied an entry after the given index and
// returns the newest position. Errors: ctx's, or why the node failed.
func (n *Node) Advanced(ctx context.Context, after uint64) (index uint64, c projection.Cut, err error) {
	if n.frontier.wait(ctx, n.failed, func(p *position) bool { return p.Index > after }) == nil {
		if err := n.Err(); err != nil {
			return 0, c, err
		}
		return 0, c, context.Cause(ctx)
	}
	index, c = n.Position()
	return index, c, nil
}
