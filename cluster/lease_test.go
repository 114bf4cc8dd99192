package cluster_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster"
)

func withLease(o *cluster.Options) { o.ReadLease = true }

// callsOf counts the calls between nodes that do makes.
func (s *several) callsOf(do func()) int {
	var calls atomic.Int64
	synctest.Wait() // what nodes ask each other at this moment anyhow is no part of it
	s.net.update(func() { s.net.calls = func(string, string) { calls.Add(1) } })
	defer s.net.update(func() { s.net.calls = nil })
	do()
	return int(calls.Load())
}

// TestALeaseAnswersWithoutAsking: consistent reads at the leader ask nobody, those at
// the others the leader, who asks nobody. Without a lease the leader asks one voter; a
// voter that asks the leader is a majority with it.
func TestALeaseAnswersWithoutAsking(t *testing.T) {
	for name, change := range map[string][]func(*cluster.Options){"lease": {withLease}, "none": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSeveral(t, change...)
				defer s.close()
				s.form(3)
				s.mustAppend("n1", "a")
				leader := s.leader()
				time.Sleep(5 * time.Second)
				s.mustRead(leader)
				const reads = 20
				at, through := s.callsOf(func() {
					for range reads {
						s.mustRead(leader)
					}
				}), s.callsOf(func() {
					for range reads {
						s.mustRead(s.others(leader)[0])
					}
				})
				if lease := change != nil; lease && (at != 0 || through != reads) || !lease && (at < reads || through < reads || through > reads+2) {
					t.Errorf("%d reads at the leader made %d calls, through another node %d", reads, at, through)
				}
			})
		})
	}
}

// failTransfer has the leader ask a voter to stand that it cannot reach, until one leads on
// after that, in the same term, and returns which.
func (s *several) failTransfer(t *testing.T) string {
	t.Helper()
	for range 20 {
		leader := s.leader()
		term := s.groups[leader].Status().Term
		target := s.others(leader)[0]
		s.net.cut(leader, target)
		if err := s.groups[leader].TransferLeader(context.Background(), target); err == nil {
			t.Fatal("the leadership was transferred to a node that cannot be reached")
		}
		s.net.heal()
		time.Sleep(5 * time.Second)
		if s.leader() == leader && s.groups[leader].Status().Term == term {
			return leader
		}
	}
	t.Fatal("others are elected each time that a transfer fails")
	return ""
}

// TestNoLeaseAfterATransfer: once the leader has asked a voter to stand, the others
// would vote for that one at any time.
func TestNoLeaseAfterATransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, withLease)
		defer s.close()
		s.form(3)
		s.mustAppend("n1", "a")
		leader := s.failTransfer(t)
		s.mustRead(leader)
		if calls := s.callsOf(func() { s.mustRead(leader) }); calls == 0 {
			t.Error("a read was answered by a lease in a term in which a transfer was tried")
		}
	})
}

// TestAVoterKeepsItsPromise: one that starts again has forgotten whom it follows, and
// votes for another only when what it promised has ended.
func TestAVoterKeepsItsPromise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, withLease)
		defer s.close()
		s.form(3)
		s.mustAppend("n1", "a")
		name := s.others(s.leader())[0]
		s.crash(name)
		began := time.Now()
		if err := s.start(name); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < 750*time.Millisecond {
			t.Errorf("it votes again after %v", took)
		}
	})
}

// TestElectionTimeout: a leader that is cut off for less than the ElectionTimeout leads on,
// and one that is cut off for longer does not. Less than 750 ms is not to be had: leases count on that.
func TestElectionTimeout(t *testing.T) {
	for _, c := range []struct {
		timeout, cut time.Duration
		elected      bool
	}{
		{0, 300 * time.Millisecond, false},
		{0, 5 * time.Second, true},
		{time.Millisecond, 300 * time.Millisecond, false},
		{10 * time.Second, 5 * time.Second, false},
		{10 * time.Second, 30 * time.Second, true},
	} {
		t.Run(fmt.Sprint(c.timeout, " ", c.cut), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSeveral(t, func(o *cluster.Options) { o.Network.ElectionTimeout = c.timeout })
				defer s.close()
				s.form(3)
				leader := s.leader()
				term := s.groups[leader].Status().Term
				s.net.split([]string{leader}, s.others(leader))
				time.Sleep(c.cut)
				s.net.heal()
				time.Sleep(time.Second)
				now := s.leader()
				if elected := s.groups[now].Status().Term != term; elected != c.elected {
					t.Errorf("after %v the leader is %s in term %d, it was %s in term %d", c.cut, now, s.groups[now].Status().Term, leader, term)
				}
			})
		})
	}
}
