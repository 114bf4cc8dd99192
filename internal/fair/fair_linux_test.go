package fair_test

import (
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/projsql/projsql/internal/fair"
)

// TestWhoComputesLetsOthersIn: on one processor, whoever waits for a socket is heard within a few
// pieces of the work of four who compute, and not when Go takes the processor from each of them.
func TestWhoComputesLetsOthersIn(t *testing.T) {
	ours, theirs := pipe(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var pieces, asked atomic.Int64 // asked: the pieces when a question was put; 0: none is
	var over atomic.Bool
	var computing sync.WaitGroup
	for i := range 4 {
		computing.Go(func() {
			var p fair.Pace
			for !over.Load() {
				for began := time.Now(); time.Since(began) < 10*time.Microsecond; {
				}
				n := pieces.Add(1)
				if i == 0 && n%100 == 0 && asked.CompareAndSwap(0, n) {
					_, _ = theirs.Write([]byte("q")) // else Read fails
				}
				p.Worked()
			}
		})
	}
	waited := make([]int64, 31)
	for i, b := 0, make([]byte, 1); i < len(waited); i++ {
		if _, err := ours.Read(b); err != nil {
			t.Fatal(err)
		}
		waited[i] = pieces.Load() - asked.Load()
		asked.Store(0)
	}
	over.Store(true)
	computing.Wait()
	slices.Sort(waited)
	if median := waited[len(waited)/2]; median > 500 {
		t.Errorf("heard after %d pieces of work in the median: %d", median, waited)
	}
}

// TestHelpersGoInItsPlace: whose helper has gone keeps the processor, all of which passes through its
// hands; without a helper it gives the processor to who is next.
func TestHelpersGoInItsPlace(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	// given tells whether another ran while the goroutine of p computed for long enough to go once.
	given := func(p, helper *fair.Pace) bool {
		for _, one := range []*fair.Pace{p, helper} {
			one.Worked()
		}
		for began := time.Now(); time.Since(began) < 300*time.Microsecond; {
		}
		helper.Worked()
		var ran atomic.Bool
		var other sync.WaitGroup
		other.Go(func() { ran.Store(true) })
		defer other.Wait()
		p.Worked()
		return ran.Load()
	}
	kept := 0
	for range 20 { // the machine may be busy with other things for long
		var p, stranger fair.Pace
		if !given(&p, &stranger) {
			t.Fatal("nobody else ran, without a helper")
		}
		var helped fair.Pace
		if !given(&helped, &fair.Pace{For: &helped}) {
			kept++
		}
	}
	if kept == 0 {
		t.Error("another ran each time, though a helper had gone")
	}
}

// TestOneWayForMany: all who go it at once come back.
func TestOneWayForMany(t *testing.T) {
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			var p fair.Pace
			for began := time.Now(); time.Since(began) < 50*time.Millisecond; p.Worked() {
				fair.Poll()
			}
		})
	}
	all.Wait()
}

// pipe returns the two ends of a connection.
func pipe(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if theirs, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if ours, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ours.Close()
		theirs.Close()
	})
	return ours, theirs
}

// BenchmarkPoll is a detour while nobody else can go on: on all processors, and on one.
func BenchmarkPoll(b *testing.B) {
	b.Run("idle", func(b *testing.B) {
		for b.Loop() {
			fair.Poll()
		}
	})
	b.Run("one", func(b *testing.B) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		for b.Loop() {
			fair.Poll()
		}
	})
}
