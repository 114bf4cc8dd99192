//go:build linux && !race

package socket_test

import (
	"io"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/projsql/projsql/wire/socket"
)

// answered returns what has the other side ask so many times, and the session receive each.
func answered(t *testing.T, ours, theirs net.Conn) func(times int) {
	t.Helper()
	return func(times int) {
		t.Helper()
		var other sync.WaitGroup
		other.Go(func() {
			b := make([]byte, 1)
			for range times {
				_, _ = theirs.Write([]byte("q")) // else Read fails
				_, _ = io.ReadFull(theirs, b)
			}
		})
		b := make([]byte, 8)
		for range times {
			if n, err := ours.Read(b); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			runtime.Gosched()
			if _, err := ours.Write([]byte("a")); err != nil {
				t.Fatal(err)
			}
		}
		other.Wait() // or it takes what the next who asks is answered
	}
}

// TestLooksWhenAlone: a session whose client is quick looks, while no other session works.
func TestLooksWhenAlone(t *testing.T) {
	a := socket.NewPatientAlert()
	ours, theirs := pair(t)
	a.Count(ours)
	a.Hasten(ours)
	ask := answered(t, ours, theirs)
	other, _ := pair(t)
	a.Count(other) // it works, since it does not read
	ask(1000)
	if paid, vain := a.Looks(); paid+vain > 0 {
		t.Errorf("%d, %d looks in company", paid, vain)
	}
	other.Close()
	ask(1000)
	if paid, vain := a.Looks(); paid == 0 || vain > 0 {
		t.Errorf("%d, %d looks alone", paid, vain)
	}
}

// TestLooksForPeer: a session that waits for another node is the one that works.
func TestLooksForPeer(t *testing.T) {
	a := socket.NewPatientAlert()
	ours, theirs := pair(t)
	a.Hasten(ours)
	ask := answered(t, ours, theirs)
	ask(1000)
	if paid, vain := a.Looks(); paid+vain > 0 {
		t.Errorf("%d, %d looks for no session", paid, vain)
	}
	session, _ := pair(t)
	a.Count(session)
	ask(1000)
	if paid, _ := a.Looks(); paid == 0 {
		t.Error("no looks for a session")
	}
}

// TestCompanyEndsALook: who looks waits as ever when another session begins to work.
func TestCompanyEndsALook(t *testing.T) {
	a := socket.NewPatientAlert()
	ours, theirs := pair(t)
	a.Count(ours)
	a.Hasten(ours)
	answered(t, ours, theirs)(1000)
	received := make(chan error, 1)
	go func() {
		_, err := ours.Read(make([]byte, 8))
		received <- err
	}()
	for !a.Looking() {
		runtime.Gosched()
	}
	other, _ := pair(t)
	a.Count(other)
	for a.Looking() {
		runtime.Gosched()
	}
	if _, err := theirs.Write([]byte("q")); err != nil {
		t.Fatal(err)
	}
	if err := <-received; err != nil {
		t.Fatal(err)
	}
}

// TestLooksInVain: what looks in vain cost the next ones, and how those that pay make up for it.
func TestLooksInVain(t *testing.T) {
	const vain, paid = false, true
	got := socket.WaitsBetweenLooks(vain, vain, vain, vain, vain, vain, paid, vain, paid, paid, paid, paid, paid, vain)
	if want := []int{4, 8, 16, 32, 34, 34, 0, 34, 0, 0, 0, 0, 0, 6}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestLooksAskThePoller: what has come for others is found while a session that is alone looks.
func TestLooksAskThePoller(t *testing.T) {
	if polls := socket.PollsInLooks(100); polls != 25 {
		t.Errorf("the poller was asked %d times", polls)
	}
}
