package cluster

import (
	"errors"
	"reflect"

	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/storage/event"
)

// propose commits one command and returns its result once this node has applied
// it. Errors: 57P03 if it is certain that the command is not in the log, else 40003.
func (n *Node) propose(command []byte) (event.Result, error) {
	future := n.raft.Apply(command, 0)
	if err := n.await(future); err != nil {
		return event.Result{}, n.proposeError(err)
	}
	switch r := future.Response().(type) {
	case event.Result:
		return r, nil
	case error:
		return event.Result{}, errUnknownFate(r)
	}
	return event.Result{}, errUnknownFate(errors.New("the entry has no result"))
}

// await returns what became of what raft was asked for. Whoever asks it for an entry, a
// change of the configuration, or a transfer waits this way.
func (n *Node) await(f raft.Future) error {
	endWith(f, n.mute)
	return f.Error()
}

// silence ends the wait for raft's answers.
func (n *Node) silence() { n.silenced.Do(func() { close(n.mute) }) }

// endWith has a future end when raft is mute. Raft never answers an entry that it had
// committed but not applied when it was shut down, or that the machine does not return
// from, nor a transfer of the leadership that it had not begun; its futures can be told,
// but not by its interface.
func endWith(future raft.Future, mute chan struct{}) {
	f := reflect.ValueOf(future)
	if f.Kind() != reflect.Pointer || f.Elem().Kind() != reflect.Struct {
		return
	}
	if ended := f.Elem().FieldByName("ShutdownCh"); ended.IsValid() {
		ended.Set(reflect.ValueOf(mute))
	}
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
