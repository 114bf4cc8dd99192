package cluster

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/hashicorp/raft"
)

// campaigns are what this node sends to be elected, and to have another elected: it
// stands only while its clock is right, and refers to a transfer of the leadership only
// in the term that follows. While it leads it looks after what the others have acknowledged.
type campaigns struct {
	*raft.NetworkTransport
	node  *Node
	asked *transfers // nil without a lease
}

func (n *Node) campaigns() campaigns {
	c := campaigns{NetworkTransport: n.transport, node: n}
	if n.options.ReadLease {
		c.asked = &transfers{rpcs: make(chan raft.RPC)}
		n.tasks.Go(func() { c.asked.follow(n.transport.Consumer(), n.raftGone) })
	}
	return c
}

// Consumer is where raft takes what others ask.
func (c campaigns) Consumer() <-chan raft.RPC {
	if c.asked == nil {
		return c.NetworkTransport.Consumer()
	}
	return c.asked.rpcs
}

// RequestPreVote asks a member whether it would vote for this node.
func (c campaigns) RequestPreVote(id raft.ServerID, target raft.ServerAddress, args *raft.RequestPreVoteRequest, resp *raft.RequestPreVoteResponse) error {
	if c.node.lookAtClock() {
		*resp = raft.RequestPreVoteResponse{RPCHeader: args.RPCHeader} // no
		return nil
	}
	return c.NetworkTransport.RequestPreVote(id, target, args, resp)
}

// RequestVote asks a member for its vote. One that follows a leader gives it only if
// that leader itself wants it.
func (c campaigns) RequestVote(id raft.ServerID, target raft.ServerAddress, args *raft.RequestVoteRequest, resp *raft.RequestVoteResponse) error {
	if c.asked != nil && args.LeadershipTransfer && args.Term != c.asked.term.Load()+1 {
		plain := *args
		plain.LeadershipTransfer = false
		args = &plain
	}
	return c.NetworkTransport.RequestVote(id, target, args, resp)
}

// TimeoutNow tells a member to stand for election, and in which term it was told.
func (c campaigns) TimeoutNow(id raft.ServerID, target raft.ServerAddress, args *raft.TimeoutNowRequest, resp *raft.TimeoutNowResponse) error {
	args.Addr = binary.BigEndian.AppendUint64(nil, c.node.lease.transferTerm())
	return c.NetworkTransport.TimeoutNow(id, target, args, resp)
}

// transfers note the terms of the transfers that others ask this node to take part in.
type transfers struct {
	rpcs chan raft.RPC
	term atomic.Uint64 // of the last
}

// follow passes on what others ask raft, until raft is gone.
func (t *transfers) follow(from <-chan raft.RPC, gone <-chan struct{}) {
	for {
		select {
		case rpc := <-from:
			if now, ok := rpc.Command.(*raft.TimeoutNowRequest); ok && len(now.Addr) == 8 {
				t.term.Store(binary.BigEndian.Uint64(now.Addr))
			}
			select {
			case t.rpcs <- rpc:
			case <-gone:
				return
			}
		case <-gone:
			return
		}
	}
}
