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

// TestLooseScan: a scan of a range that others may come with leaves a listing, unless the range is short.
func TestLooseScan(t *testing.T) {
	l := newListed(t, 0)
	scan := func(from, to event.Entity) (found []event.Entity, listed bool) {
		r := projection.ScanRequest{Definition: l.def, Cut: l.cut(), From: from, To: to, Loose: true}
		if err := l.engine.Scan(t.Context(), r, func(e event.Entity, _ *projection.Outcome) error {
			found = append(found, e)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		_, listed = l.engine.Listed(l.def)
		return found, listed
	}
	if found, listed := scan("e010", "e020"); len(found) != 10 || listed {
		t.Errorf("a short range: %v, listed: %v", found, listed)
	}
	if found, listed := scan("e010", ""); len(found) != listedEntities || !listed {
		t.Errorf("a long range: %d entities, listed: %v", len(found), listed)
	}
	if found, listed := scan("e010", ""); len(found) != listedEntities-10 || !listed {
		t.Errorf("a long range of a listing: %d entities, listed: %v", len(found), listed)
	}
}
