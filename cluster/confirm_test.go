package cluster_test

import (
	"testing"
	"testing/synctest"
	"time"
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
			calls := s.callsOf(func() {
				for range reads {
					began := time.Now()
					s.mustRead(leader)
					if took := time.Since(began); took > each {
						t.Errorf("a read took %v", took)
					}
					time.Sleep(time.Millisecond) // let the others answer as well
				}
			})
			if calls < reads || calls > callsMax {
				t.Errorf("%d reads made %d calls", reads, calls)
			}
		}
		read(20, 20+2, 0) // beside what nodes ask each other anyhow
		for _, slow := range s.others(leader) {
			s.net.delay(slow, leader, 100*time.Millisecond)
			read(1, 2+2, 2*time.Millisecond) // the other is asked as well, if this one was first
			read(20, 20+2, 0)
			s.net.heal()
			time.Sleep(time.Second)
		}
	})
}
