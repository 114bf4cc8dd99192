//go:build linux && !race

package socket_test

import (
	"runtime"
	"testing"
)

// TestAQuickClientLeavesRoom: on one processor, a session whose client always has the next request
// there keeps another, that waits for its own client, for some turns and not until Go's monitor
// comes by.
func TestAQuickClientLeavesRoom(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, way := range []string{"Turn", "Read"} {
		quick, client := bares(t)
		ours, theirs := bares(t)
		served := make(chan error, 1)
		go func() {
			_, err := ours.Read(make([]byte, 1))
			served <- err
		}()
		runtime.Gosched() // it waits
		if _, err := theirs.Write([]byte("q")); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 8)
		turns := 0
		for ; turns < 1000 && len(served) == 0; turns++ {
			ask := func() { _, _ = client.Write([]byte("q")) } // else the receive waits for ever
			var err error
			if way == "Turn" {
				_, _, err = quick.(turner).Turn([]byte("a"), ask, b)
			} else {
				ask()
				_, err = quick.Read(b)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if turns > 33 { // the first asking finds it, and has who asked last run first
			t.Errorf("%s: the other was served after %d turns", way, turns)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}
