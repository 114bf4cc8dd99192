package cluster_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// wallClock is a node's wall clock, that a test sets.
type wallClock struct{ offset atomic.Int64 }

func (w *wallClock) now() time.Time { return time.Now().Add(time.Duration(w.offset.Load())) }

func (w *wallClock) set(offset time.Duration) { w.offset.Store(int64(offset)) }

// withClocks gives every node a clock of its own.
func withClocks(clocks map[string]*wallClock) func(*cluster.Options) {
	return func(o *cluster.Options) {
		w := clocks[o.NodeName]
		if w == nil {
			w = &wallClock{}
			clocks[o.NodeName] = w
		}
		o.Clock = hlc.NewClock(hlc.Options{Now: w.now})
	}
}

// TestALeaderWhoseClockIsOffHandsOver: a step of the leader's clock, forth or back,
// beyond the drift limit makes another lead, nobody can make it lead again until its
// clock is right, and stamps ascend all the while.
func TestALeaderWhoseClockIsOffHandsOver(t *testing.T) {
	for name, step := range map[string]time.Duration{"ahead": 10 * time.Second, "behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clocks := map[string]*wallClock{}
				s := newSeveral(t, withClocks(clocks))
				defer s.close()
				s.form(3)
				last := s.mustAppend("n1", "a")
				old := s.leader()
				clocks[old].set(step)
				ascend := func(at string) {
					r := s.mustAppend(at, "a")
					if r.HLC <= last.HLC || r.Sequence != last.Sequence+1 {
						t.Errorf("%d at %d after %d at %d", r.HLC, r.Sequence, last.HLC, last.Sequence)
					}
					last = r
				}
				ascend(old) // before it notices
				s.await("another leads", func() bool { return s.groups[s.leader()].Node != s.groups[old].Node })
				ascend(old)
				err := s.groups["n1"].TransferLeader(context.Background(), old)
				wantState(t, err, sqlstate.ObjectNotInPrerequisiteState)
				clocks[old].set(0)
				s.await("it may lead again", func() bool {
					return s.groups["n1"].TransferLeader(context.Background(), old) == nil && s.leader() == old
				})
				ascend("n1")
			})
		})
	}
}

// TestANodeWhoseClockIsOffDoesNotStand: when the leader dies, it is the other that
// leads, however often.
func TestANodeWhoseClockIsOffDoesNotStand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clocks := map[string]*wallClock{}
		s := newSeveral(t, withClocks(clocks))
		defer s.close()
		s.form(3)
		clocks["n2"].set(2 * time.Second)
		for range 6 {
			s.await("it does not lead", func() bool { return s.leader() != "n2" })
			time.Sleep(5 * time.Second) // all have looked at the clocks
			leader := s.leader()
			s.crash(leader)
			if next := s.leader(); next == "n2" {
				t.Fatal("the node whose clock is off leads")
			}
			s.mustAppend("n2", "a")
			if err := s.start(leader); err != nil {
				t.Fatal(err)
			}
			s.await("it is back", func() bool { return s.groups[leader].Ready() == nil })
		}
	})
}

// TestOfTwoNobodyKnowsWhoseClockIsOff: without a third, both go on.
func TestOfTwoNobodyKnowsWhoseClockIsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clocks := map[string]*wallClock{}
		s := newSeveral(t, withClocks(clocks))
		defer s.close()
		s.form(2)
		leader := s.leader()
		clocks[leader].set(time.Minute)
		time.Sleep(time.Minute)
		if now := s.leader(); now != leader {
			t.Errorf("%s leads instead of %s", now, leader)
		}
		s.mustAppend("n1", "a")
		s.mustAppend("n2", "a")
	})
}

// TestWhereAllClocksDifferSomebodyLeads: without a majority that agrees nobody is off.
func TestWhereAllClocksDifferSomebodyLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clocks := map[string]*wallClock{}
		s := newSeveral(t, withClocks(clocks))
		defer s.close()
		s.form(3)
		clocks["n1"].set(10 * time.Second)
		clocks["n2"].set(-10 * time.Second)
		time.Sleep(10 * time.Second)
		s.crash(s.leader())
		for _, name := range s.others("") {
			s.mustAppend(name, "a")
		}
	})
}

// TestTwoWhoseClocksSteppedDoNotHandOverForEver: two nodes whose clocks step before either has
// looked at the other's again both think that theirs is off, and name each other as who is
// to lead.
func TestTwoWhoseClocksSteppedDoNotHandOverForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clocks := map[string]*wallClock{}
		s := newSeveral(t, withClocks(clocks))
		defer s.close()
		s.form(3)
		s.await("n1 leads", func() bool {
			_ = s.groups[s.leader()].TransferLeader(context.Background(), "n1") // it may be on its way
			return s.leader() == "n1"
		})
		time.Sleep(3 * time.Second) // all have looked at all clocks
		clocks["n1"].set(3 * time.Second)
		clocks["n2"].set(-3 * time.Second)
		_ = s.groups["n1"].TransferLeader(context.Background(), "n2") // whether it leads does not matter
		s.mustAppend("n3", "a")
	})
}
