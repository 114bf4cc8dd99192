package cluster

import (
	"context"
	"sync"
	"time"
)

const (
	spreadTimeout  = time.Second
	spreadInterval = 5 * time.Millisecond
)

// spread waits until every member that answers has applied what this node has: who
// changed the catalog here finds the change wherever it goes next. A member that
// does not answer in time learns of it when it is back.
func (n *Node) spread(ctx context.Context) {
	if n.alone() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, spreadTimeout)
	defer cancel()
	index := n.frontier.load().Index
	var members sync.WaitGroup
	for _, s := range n.configuration().Servers {
		members.Go(func() { n.awaitApplied(ctx, string(s.ID), index) })
	}
	members.Wait()
}

func (n *Node) awaitApplied(ctx context.Context, id string, index uint64) {
	for {
		at, err := n.askTerm(ctx, id)
		if err != nil || at.applied >= index || !sleep(ctx, spreadInterval) {
			return
		}
	}
}
