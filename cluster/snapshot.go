package cluster

import (
	"errors"
	"strings"
	"time"

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

// configurationOutstanding begins an error that raft has no value for.
const configurationOutstanding = "cannot take snapshot now, wait until the configuration entry"

// snapshot makes everything applied durable in the machine's files and cuts the log.
// While the leadership is handed over raft takes none: that ends by itself, or with the
// leader that closes. Nor does it before this node has applied the configuration that it knows
// committed, which takes a leader. The next snapshot will do then, after a start that replays more; what
// the machine itself cannot write it tells when it closes.
func (n *Node) snapshot() error {
	for until := time.Now().Add(2 * electionTimeout); ; time.Sleep(pauseMin) {
		err := n.raft.Snapshot().Error()
		switch {
		case errors.Is(err, raft.ErrNothingNewToSnapshot), errors.Is(err, raft.ErrRaftShutdown):
			return nil
		case errors.Is(err, raft.ErrLeadershipTransferInProgress):
			if time.Now().After(until) {
				return nil
			}
		case err != nil && strings.HasPrefix(err.Error(), configurationOutstanding):
			return nil
		default:
			return err
		}
	}
}
