package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// garbageMin is how many bytes of garbage lie in the heap, at least, when they are
// collected. By Go's own rule a heap of 20 MiB is searched for every 20 MiB that a scan
// leaves behind.
const garbageMin = 128 << 20

// spareCollections has the collector wait for so many bytes of garbage, in a heap of any
// size; larger heaps are collected as ever. It does nothing where GOGC or GOMEMLIMIT is set.
// stop gives the rule back to Go.
func spareCollections(bytes uint64) (stop func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	stopped := make(chan struct{})
	var afterCollection func(*[16]byte)
	afterCollection = func(seen *[16]byte) {
		select {
		case <-stopped:
			return
		default:
		}
		debug.SetGCPercent(gcPercent(collectedFor(), bytes))
		runtime.SetFinalizer(seen, afterCollection) // called again after the next collection
	}
	afterCollection(new([16]byte))
	return func() {
		close(stopped)
		debug.SetGCPercent(gcPercentDefault)
	}
}

const gcPercentDefault = 100

// gcPercent is how much a heap may grow, in percent of what the collector goes by.
func gcPercent(base, garbage uint64) int {
	return int(max(gcPercentDefault, 100*garbage/max(base, heapMin)))
}

// heapMin is Go's: a heap that is smaller counts as so large.
const heapMin = 4 << 20

// collectedFor is what the percentage is of: what the last collection left alive, and what
// it looked through besides.
func collectedFor() (sum uint64) {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(samples)
	for _, s := range samples {
		sum += s.Value.Uint64()
	}
	return sum
}
