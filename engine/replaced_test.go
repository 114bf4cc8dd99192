package engine_test

import (
	"runtime"
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

// heapBytes is what is reachable.
func heapBytes() int64 {
	var m runtime.MemStats
	for range 2 { // pools let go in the second
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
