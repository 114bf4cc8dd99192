package cluster

import (
	"errors"

	"github.com/hashicorp/raft"
)

// takeSnapshots snapshots the machine, and so cuts the log, each time that due
// asks for it. A snapshot that fails is tried again with the next.
func (n *Node) takeSnapshots(due <-chan struct{}) {
	for {
		select {
		case <-due:
			if err := n.snapshot(); err != nil {
				n.options.Logger.Error("could not snapshot", "error", err)
			}
		case <-n.raftGone:
			return
		}
	}
}

// snapshot makes everything applied durable in the machine's files and cuts the log.
func (n *Node) snapshot() error {
	err := n.raft.Snapshot().Error()
	if errors.Is(err, raft.ErrNothingNewToSnapshot) || errors.Is(err, raft.ErrRaftShutdown) {
		return nil
	}
	return err
}
