package cluster_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/engine/projection"
)

// TestAReadAsksNoMoreThanItTakes: of two other voters one is enough, and the one that
// answered late is asked last.
func TestAReadAsksNoMoreThanItTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		s.mustAppend("n1", "a")
		leader := s.leader()
		time.Sleep(5 * time.Second) // all vote
		read := func(reads, callsMax int, each time.Duration) {
			t.Helper()
			calls := 0
			for range 4 { // for some moments nodes ask each other little beside
				calls = s.callsOf(func() {
					for range reads {
						began := time.Now()
						s.mustRead(leader)
						if took := time.Since(began); took > each {
							t.Errorf("a read took %v", took)
						}
						time.Sleep(time.Millisecond) // let the others answer as well
					}
				})
				if calls <= callsMax {
					break
				}
				time.Sleep(100 * time.Millisecond)
			}
			if calls < reads || calls > callsMax {
				t.Errorf("%d reads made %d calls", reads, calls)
			}
		}
		read(20, 20+2, 0)
		for _, slow := range s.others(leader) {
			s.net.delay(slow, leader, 100*time.Millisecond)
			read(1, 2+2, 4*time.Millisecond) // the other is asked as well, if this one was first
			read(20, 20+2, 0)
			s.net.heal()
			time.Sleep(time.Second)
		}
	})
}

// TestWhoLeavesARoundTakesNobodyAlong: one of those who wait asks for all; when it leaves,
// the others ask again, and do not fail.
func TestWhoLeavesARoundTakesNobodyAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		s.mustAppend("n1", "a")
		leader := s.leader()
		time.Sleep(5 * time.Second) // all vote
		for _, other := range s.others(leader) {
			s.net.delay(other, leader, 100*time.Millisecond)
		}
		began := time.Now()
		read := func(ctx context.Context) <-chan error {
			done := make(chan error, 1)
			go func() {
				_, err := s.groups[leader].Cut(ctx, projection.Freshness{Level: projection.Consistent}, 0)
				done <- err
			}()
			synctest.Wait()
			return done
		}
		first := read(t.Context())
		leaving, leave := context.WithCancel(t.Context())
		second, third := read(leaving), read(t.Context()) // both wait for the next round
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
		leave()
		if err := <-second; err == nil {
			t.Error("it was answered although it had left")
		}
		if err := <-third; err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 310*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}

// TestWhoSecondsIsAVoterOfThree: a deposed leader that does not know it, since its log hangs,
// must not go by the word of one that still follows it, unless the two are a majority.
func TestWhoSecondsIsAVoterOfThree(t *testing.T) {
	for name, nodes := range map[string]struct{ voters, all int }{"one of five": {5, 5}, "a learner beside three": {3, 4}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSeveral(t, func(o *cluster.Options) { o.WriteTimeout, o.Network.VotersMax = time.Hour, nodes.voters })
				defer s.close()
				s.form(nodes.voters)
				if nodes.all > nodes.voters {
					if err := s.start("n4"); err != nil {
						t.Fatal(err)
					}
					s.await("it learns", func() bool { return s.groups["n4"].Ready() == nil })
				}
				s.mustAppend("n1", "a")
				old := s.leader()
				faithful := s.others(old)[len(s.others(old))-1] // the learner, if there is one
				s.mustRead(faithful)
				release := sync.OnceFunc(s.groups[old].HoldLog())
				defer release()
				go func() { _, _ = s.append(old, "stuck") }()
				time.Sleep(10 * time.Millisecond)
				for _, p := range s.others(old) {
					if p != faithful {
						for _, minority := range []string{old, faithful} {
							s.net.cut(p, minority)
							s.net.cut(minority, p)
						}
					}
				}
				newest := s.mustAppend(s.leader(old, faithful), "a")
				if r := s.groups[old].Status().Role; r != "leader" {
					t.Errorf("the old leader is a %s: the test tests nothing", r)
				}
				for c := range s.readWhileCutOff(faithful, 20, time.Second) {
					if c.Sequence < newest.Sequence {
						t.Errorf("it reads at %d after %d was acknowledged", c.Sequence, newest.Sequence)
					}
				}
				release()
				s.net.heal()
				if c := s.mustRead(faithful); c.Sequence < newest.Sequence {
					t.Errorf("it reads at %d when all is well", c.Sequence)
				}
			})
		})
	}
}
