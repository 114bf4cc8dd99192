package cluster_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster"
)

// TestCloseWhileAHandOverWaits: raft is shut down before it begins to hand over the
// leadership, as the leader asked it to whose clock is off, and never answers.
func TestCloseWhileAHandOverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clocks := map[string]*wallClock{}
		s := newSeveral(t, withClocks(clocks), func(o *cluster.Options) { o.WriteTimeout = time.Hour })
		defer s.close()
		s.form(3)
		leader := s.leader()
		release := s.groups[leader].HoldLog() // so raft waits for a write
		appended := make(chan error, 1)
		go func() { _, err := s.append(leader, "a"); appended <- err }()
		clocks[leader].set(10 * time.Second)
		time.Sleep(5 * time.Second) // it has noticed
		g := s.groups[leader]
		time.AfterFunc(time.Second, release)
		s.crash(leader)
		if err := g.TransferLeader(context.Background(), ""); err == nil {
			t.Error("a node that is closed handed over the leadership")
		}
		if err := <-appended; err == nil {
			t.Error("an append that hung was acknowledged by a node that crashed")
		}
	})
}

// TestCloseWhileAChangeWaits: raft has committed a change of the configuration, has not
// applied it when it is shut down, and never answers; it may or it may not.
func TestCloseWhileAChangeWaits(t *testing.T) {
	for range 8 {
		synctest.Test(t, func(t *testing.T) {
			s := newSeveral(t)
			defer s.close()
			s.form(3)
			leader := s.leader()
			if err := s.groups[leader].Drain(context.Background(), s.others(leader)[0]); err != nil {
				t.Fatal(err)
			}
			held := s.groups[leader].hold()
			appended := make(chan error, 1)
			go func() { _, err := s.append(leader, "a"); appended <- err }()
			<-held.entered
			time.Sleep(2 * time.Second) // the change is committed, behind what is being applied
			time.AfterFunc(time.Second, func() { close(held.open) })
			s.crash(leader)
			<-appended
		})
	}
}

// TestCloseWhileAHandOverIsUnderWay: a leader that closes asks a voter to lead that does
// not answer. Raft takes no snapshot as long as it waits, which is no error.
func TestCloseWhileAHandOverIsUnderWay(t *testing.T) {
	for silent := range 2 { // which of them it asks is up to raft
		synctest.Test(t, func(t *testing.T) {
			s := newSeveral(t)
			defer s.close()
			s.form(3)
			leader := s.leader()
			s.mustAppend(leader, "a")
			time.Sleep(time.Second) // both have it
			peer := s.others(leader)[silent]
			s.net.delay(peer, leader, 5*time.Millisecond)
			s.net.calls = func(from, to string) {
				if from == leader && to == peer { // it answers that, and nothing after
					time.AfterFunc(time.Millisecond, func() { s.net.delay(leader, peer, 4*time.Second) })
				}
			}
			s.stop(leader)
			if c := s.mustRead(s.others("")[0]); c.Sequence != 1 {
				t.Errorf("the others read at %d", c.Sequence)
			}
		})
	}
}

// TestWhoFailedToHandOverLeadsAgain: twice a leader asks a voter to lead whose log hangs,
// and loses its leadership to another. Later it leads again, and serves.
func TestWhoFailedToHandOverLeadsAgain(t *testing.T) {
	for range 8 { // raft may remember the second or not
		synctest.Test(t, func(t *testing.T) {
			ctx := context.Background()
			s := newSeveral(t, func(o *cluster.Options) { o.WriteTimeout = time.Hour })
			defer s.close()
			s.form(3)
			old := s.leader()
			peers := s.others(old)
			release := s.groups[peers[0]].HoldLog()
			s.mustAppend(old, "a")
			for range 2 {
				if err := s.groups[old].TransferLeader(ctx, peers[0]); err == nil {
					t.Fatal("the leadership was transferred to a node that hangs")
				}
			}
			s.net.split([]string{old}, peers)
			time.Sleep(6 * time.Second) // what raft has sent it has given up
			release()
			s.leader(old)
			time.Sleep(time.Minute)
			s.net.heal()
			s.await("it leads again", func() bool {
				return s.groups[peers[0]].TransferLeader(ctx, old) == nil && s.leader() == old
			})
			s.mustAppend(peers[0], "a")
		})
	}
}
