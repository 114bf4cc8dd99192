package cluster

// Queued returns how many proposals wait or are in flight.
func (n *Node) Queued() int { return int(n.batcher.items.Load()) }
