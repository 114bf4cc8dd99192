package hlc_test

import (
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/storage/hlc"
)

// wall is a wall clock that tests move, back as well.
type wall struct {
	mu sync.Mutex
	at time.Time
}

func (w *wall) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *wall) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

func newWall() *wall { return &wall{at: time.UnixMilli(1_700_000_000_000)} }

func TestClockAscendsUnderAnyInterleaving(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWall()
		c := hlc.NewClock(hlc.Options{Now: w.now})
		var last hlc.Timestamp
		ascend := func(first hlc.Timestamp, n int) {
			if first <= last {
				t.Fatalf("stamp %d after %d", first, last)
			}
			last = first + hlc.Timestamp(n) - 1
		}
		t.Repeat(map[string]func(*rapid.T){
			"now": func(*rapid.T) { ascend(c.Now(), 1) },
			"reserve": func(t *rapid.T) {
				n := rapid.IntRange(1, 200_000).Draw(t, "n")
				ascend(c.Reserve(n), n)
			},
			"wall": func(t *rapid.T) {
				w.move(time.Duration(rapid.IntRange(-5000, 5000).Draw(t, "ms")) * time.Millisecond)
			},
			"observe": func(t *rapid.T) {
				ahead := rapid.IntRange(-2000, 2000).Draw(t, "ahead ms")
				remote := hlc.New(w.now().UnixMilli()+int64(ahead), uint16(rapid.IntRange(0, math.MaxUint16).Draw(t, "counter")))
				err := c.Observe(remote)
				if refused := ahead > 500; refused != (err != nil) {
					t.Fatalf("%d ms ahead: %v", ahead, err)
				}
				if err == nil {
					last = max(last, remote)
				}
			},
		})
	})
}

func TestClockGivesNoStampTwice(t *testing.T) {
	w := newWall()
	c := hlc.NewClock(hlc.Options{Now: w.now})
	const workers, rounds, batch = 8, 500, 3
	given := make([][]hlc.Timestamp, workers)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			for r := range rounds {
				w.move(time.Duration(r%5-2) * time.Millisecond)
				first := c.Reserve(batch)
				for k := range batch {
					given[i] = append(given[i], first+hlc.Timestamp(k))
				}
			}
		})
	}
	wg.Wait()
	all := slices.Concat(given...)
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != workers*rounds*batch {
		t.Fatalf("%d distinct stamps of %d", n, workers*rounds*batch)
	}
	for i := range given {
		if !slices.IsSorted(given[i]) {
			t.Fatalf("worker %d saw stamps descend", i)
		}
	}
}

func TestObserveRefusesDrift(t *testing.T) {
	w := newWall()
	c := hlc.NewClock(hlc.Options{Now: w.now, DriftMax: time.Second})
	before := c.Now()
	err := c.Observe(hlc.FromTime(w.now().Add(1001 * time.Millisecond)))
	var drift *hlc.DriftError
	if !errors.As(err, &drift) || drift.DriftMax != time.Second {
		t.Fatalf("got %v", err)
	}
	if next := c.Now(); next != before+1 {
		t.Fatalf("a refused stamp moved the clock from %d to %d", before, next)
	}
}

func TestTimes(t *testing.T) {
	for _, tc := range []struct {
		in   time.Time
		want int64
	}{
		{time.UnixMilli(1_700_000_000_123), 1_700_000_000_123},
		{time.UnixMilli(1_700_000_000_123).Add(999 * time.Microsecond), 1_700_000_000_123},
		{time.UnixMilli(-1), 0},
		{time.UnixMilli(math.MaxInt64), 1<<47 - 1},
	} {
		ts := hlc.FromTime(tc.in)
		if ts.WallMS() != tc.want || ts.Counter() != 0 || ts.Time() != time.UnixMilli(tc.want).UTC() || int64(ts) < 0 {
			t.Errorf("FromTime(%v) = %d (%v)", tc.in, ts, ts.Time())
		}
	}
}
