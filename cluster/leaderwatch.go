package cluster

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/raft"
)

// leaderWatch ends calls to a leader when this node learns of another, so that
// nobody waits for the answer of one that hangs.
type leaderWatch struct {
	mu    sync.Mutex
	calls map[*context.CancelCauseFunc]struct{}
}

var errLeaderMoved = errors.New("the leader has changed")

// attend returns a context that ends with ctx, and when the leader changes.
func (l *leaderWatch) attend(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls == nil {
		l.calls = map[*context.CancelCauseFunc]struct{}{}
	}
	l.calls[&cancel] = struct{}{}
	return ctx, func() {
		cancel(nil)
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.calls, &cancel)
	}
}

func (l *leaderWatch) moved() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for cancel := range l.calls {
		(*cancel)(errLeaderMoved)
	}
}

// watchLeader follows whom raft takes for the leader.
func (n *Node) watchLeader() {
	seen := make(chan raft.Observation, 64)
	observer := raft.NewObserver(seen, false, func(o *raft.Observation) bool {
		_, leader := o.Data.(raft.LeaderObservation)
		return leader
	})
	n.raft.RegisterObserver(observer)
	defer n.raft.DeregisterObserver(observer)
	var last raft.ServerID
	for {
		select {
		case o := <-seen:
			if id := o.Data.(raft.LeaderObservation).LeaderID; id != last {
				last = id
				n.leaders.moved()
			}
		case <-n.life.Done():
			return
		}
	}
}
