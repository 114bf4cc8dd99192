package main

import (
	"runtime"
	"testing"
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

// TestCollectionsAreSpared leaves a GiB of garbage in a heap that is small beside what lies there
// until it is collected.
func TestCollectionsAreSpared(t *testing.T) {
	collections := func() uint32 {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 4096 {
			kept = make([]byte, 256<<10)
		}
		runtime.ReadMemStats(&after)
		return after.NumGC - before.NumGC
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	stop := spareCollections(max(128<<20, 8*m.HeapAlloc))
	spared := collections()
	stop()
	if usual := collections(); 2*spared > usual {
		t.Errorf("%d collections for a GiB of garbage, %d by Go's rule", spared, usual)
	}
}
