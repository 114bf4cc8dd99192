package wire_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/wire"
)

// TestWatchdogSleeps: it looks seldom while all clients are silent, and often from when one has
// asked for something until that is done.
func TestWatchdogSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		all := &fakeSessions{waiting: make(chan struct{})}
		s := start(t, wire.Options{Sessions: all}, l)
		looks := func(in time.Duration) int64 {
			before := s.Looks()
			time.Sleep(in)
			return s.Looks() - before
		}
		busy, idle := l.dial(), l.dial()
		busy.connect(t)
		idle.connect(t)
		for range 2 {
			time.Sleep(2 * time.Second)
			if n := looks(10 * time.Second); n < 8 || n > 12 {
				t.Errorf("%d looks in 10 s in which nobody asks, want one a second", n)
			}
			idle.sendLines(t, `Query "rows 1"`)
			want(t, idle.until("Z"), "DataRow 1", "ReadyForQuery I")
		}
		time.Sleep(2300 * time.Millisecond)
		busy.sendLines(t, "Query wait")
		<-all.waiting
		for range 5 {
			if n := looks(500 * time.Millisecond); n < 9 || n > 11 {
				t.Errorf("%d looks in half a second of a statement, want ten", n)
			}
		}
	})
}
