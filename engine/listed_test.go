package engine_test

import (
	"fmt"
	"testing"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// TestListed: how many entities have a state is known after a scan of all, and as of the last.
func TestListed(t *testing.T) {
	l := newListed(t, 0)
	expect := func(what string, states int, known bool) {
		t.Helper()
		if n, ok := l.engine.Listed(l.def); n != states || ok != known {
			t.Errorf("%s: %d, %v; want %d, %v", what, n, ok, states, known)
		}
	}
	expect("before any scan", 0, false)
	l.append("other", "unheard", "", event.NoTime) // of an entity without a state
	l.scan(l.cut())
	expect("after a scan", listedEntities, true)
	l.append("new", "add", "1", event.NoTime)
	expect("after an append", listedEntities, true)
	l.append("e000", "del", "", event.NoTime)
	l.append("e100", "add", "2", event.NoTime)
	l.scan(l.cut())
	expect("after one that appears, one that goes and one that changes", listedEntities, true)
	for i := range listedEntities / 2 {
		l.append(fmt.Sprintf("e%03d", i), "del", "", event.NoTime)
	}
	l.scan(l.cut())
	expect("after half have gone", listedEntities/2+1, true)
	l.restore(10)
	expect("of another history", 0, false)
	r := projection.ScanRequest{Definition: l.def, Cut: l.cut(), Share: projection.Share{1}}
	if err := l.engine.Scan(t.Context(), r, func(event.Entity, *projection.Outcome) error { return nil }); err != nil {
		t.Fatal(err)
	}
	expect("of a share", 0, false)
}
