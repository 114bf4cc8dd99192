package main

import (
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

func TestGCPercent(t *testing.T) {
	for _, c := range []struct {
		base, garbage uint64
		want          int
	}{
		{0, 128 << 20, 3200}, // less than 4 MiB counts as that
		{32 << 20, 128 << 20, 400},
		{128 << 20, 128 << 20, 100},
		{1 << 30, 128 << 20, 100},
	} {
		if got := gcPercent(c.base, c.garbage); got != c.want {
			t.Errorf("%d and %d of garbage: %d%%, want %d%%", c.base, c.garbage, got, c.want)
		}
	}
}

var kept []byte

// TestCollectionsAreSpared: the collector lets so much garbage lie in a small heap, in one that
// has become larger since too, and goes by Go's rule again when it is told to.
func TestCollectionsAreSpared(t *testing.T) {
	const garbage = 128 << 20
	stop := spareCollections(garbage)
	awaitGarbage(t, "at once", func(live, most uint64) bool { return most > garbage*9/10 })
	kept = make([]byte, 64<<20)
	runtime.GC()
	awaitGarbage(t, "in a larger heap", func(live, most uint64) bool {
		return live > 64<<20 && most > garbage*9/10 && most < max(garbage, live)*5/4
	})
	kept = nil
	runtime.GC()
	awaitGarbage(t, "in a small heap again", func(live, most uint64) bool { return most > garbage*9/10 })
	stop()
	awaitGarbage(t, "by Go's rule", func(live, most uint64) bool { return most < live*5/4+32<<20 })
}

// awaitGarbage waits until the collector lets as much garbage lie as is wanted, beside what it
// found alive. After a collection that is said anew a moment later.
func awaitGarbage(t *testing.T, when string, wanted func(live, most uint64) bool) {
	t.Helper()
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/heap/goal:bytes"}}
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		metrics.Read(samples)
		live, goal := samples[0].Value.Uint64(), samples[1].Value.Uint64()
		if wanted(live, goal-live) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: collected at %d bytes, of which %d are alive", when, goal, live)
		}
	}
}
