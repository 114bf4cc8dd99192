package cluster

import (
	"sync"

	"github.com/hashicorp/raft"
)

// acks are what members have acknowledged of this node's log in the term in which it led last. A
// member's log never goes back within a term: one that ends earlier than was acknowledged has lost
// entries that count as committed by its word. Its disk does not keep what it synced, or its
// directory is an older copy.
type acks struct {
	mu   sync.Mutex
	term uint64
	last map[raft.ServerID]uint64 // index
	lost uint64                   // times that one was found to
}

// of returns the last index that a member has acknowledged in a term; 0: none.
func (a *acks) of(id raft.ServerID, term uint64) uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.term != term {
		return 0
	}
	return a.last[id]
}

// saw takes note of an answer in a term; before is what the member had acknowledged when it was
// asked. It reports whether the member has lost some of that, once.
func (a *acks) saw(id raft.ServerID, before uint64, args *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) (lost bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if resp.Term > args.Term || args.Term < a.term {
		return false
	}
	if args.Term > a.term || a.last == nil {
		a.term, a.last = args.Term, map[raft.ServerID]uint64{}
	}
	if lost = resp.LastLog < before && a.last[id] >= before; lost {
		a.lost++
		a.last[id] = resp.LastLog
	}
	if n := len(args.Entries); resp.Success && n > 0 {
		a.last[id] = max(a.last[id], args.Entries[n-1].Index)
	}
	return lost
}

// count is how often a member was found to have lost what it acknowledged.
func (a *acks) count() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lost
}

// AppendEntries sends entries, or none as a heartbeat, and looks whether the member still has what
// it has acknowledged.
func (c campaigns) AppendEntries(id raft.ServerID, target raft.ServerAddress, args *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) error {
	n := c.node
	before := n.acks.of(id, args.Term)
	if err := c.NetworkTransport.AppendEntries(id, target, args, resp); err != nil {
		return err
	}
	if n.acks.saw(id, before, args, resp) {
		m, _ := n.member(string(id))
		n.options.Logger.Error("a member has lost entries of the log that it had acknowledged: its disk does not keep what it synced, or its directory is an older copy; remove it, and let it join with an empty directory",
			"node", m.Name, "id", string(id), "acknowledged", before, "last", resp.LastLog)
	}
	return nil
}
