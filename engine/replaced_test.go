package engine_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
)

// TestReplacedDefinitionsTakeLittle: what is kept of each definition that was replaced is that it
// was; what all have been asked is counted together.
func TestReplacedDefinitionsTakeLittle(t *testing.T) {
	const definitions, bytesMax = 10_000, 400 // each
	log := &memLog{}
	fill(log, "a", 1)
	e := engine.New(engine.Options{Log: log})
	haveBeen(definitions)
	before := heapBytes()
	for version := range uint64(definitions) {
		d := tallyDefinition("tally", version+1)
		if _, err := e.Project(t.Context(), projection.Request{Definition: d, Entity: "a", Cut: log.cut()}); err != nil {
			t.Fatal(err)
		}
		e.Retire(d)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if took := heapBytes() - before; took > definitions*bytesMax {
		t.Errorf("%d bytes are kept of each definition", took/definitions)
	}
	s := e.Stats()
	if len(s) != 1 || s[0].Folded != definitions {
		t.Errorf("counts %+v", s)
	}
}

// haveBeen has so many goroutines been at once: Go keeps some hundred bytes of each for those to come,
// and on a busy machine nothing of what is retired may be deleted before the last is.
func haveBeen(goroutines int) {
	var all sync.WaitGroup
	end := make(chan struct{})
	for range goroutines {
		all.Go(func() { <-end })
	}
	close(end)
	all.Wait()
}

// heapBytes is what is reachable.
func heapBytes() int64 {
	var m runtime.MemStats
	for range 2 { // pools let go in the second
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
