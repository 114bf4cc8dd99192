package cluster

import (
	"errors"

	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/storage/event"
)

// propose commits one command and returns its result once this node has applied
// it. Errors: 57P03 if it is certain that the command is not in the log, else 40003.
func (n *Node) propose(command []byte) (event.Result, error) {
	future := n.raft.Apply(command, 0)
	answered := make(chan error, 1)
	// Raft never answers an entry that it had committed but not applied when it was
	// shut down; then this goroutine stays until the process ends.
	go func() { answered <- future.Error() }()
	select {
	case err := <-answered:
		if err != nil {
			return event.Result{}, n.proposeError(err)
		}
	case <-n.raftGone:
		return event.Result{}, errUnknownFate(n.Err())
	}
	switch r := future.Response().(type) {
	case event.Result:
		return r, nil
	case error:
		return event.Result{}, errUnknownFate(r)
	}
	return event.Result{}, errUnknownFate(errors.New("the entry has no result"))
}

func (n *Node) proposeError(err error) error {
	if errors.Is(err, raft.ErrNotLeader) || errors.Is(err, raft.ErrLeadershipTransferInProgress) {
		return errNotServing("not the leader")
	}
	if cause := n.Err(); cause != nil {
		err = cause
	}
	return errUnknownFate(err)
}
