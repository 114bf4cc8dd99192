package engine_test

import (
	"context"
	"testing"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

func (l *memLog) entityReads() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reads
}

// scanned returns what a scan gives, by entity.
func scanned(t *testing.T, e *engine.Engine, d *projection.Definition, c projection.Cut) map[event.Entity]projection.Outcome {
	t.Helper()
	all := map[event.Entity]projection.Outcome{}
	err := e.Scan(context.Background(), projection.ScanRequest{Definition: d, Cut: c}, func(entity event.Entity, o *projection.Outcome) error {
		all[entity] = *o
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A scan reads the log of no entity whose row is right, whatever the slots hold, and of
// every other only what its row or slot lacks.
func TestScanReadsOnlyWhatChanged(t *testing.T) {
	l := &memLog{}
	for _, e := range []string{"a", "b", "c"} {
		fill(l, e, 10)
	}
	e := newEngine(t, engine.Options{Log: l, External: newFaulty()})
	d := tallyDefinition("tally", 1)
	scanned(t, e, d, l.cut())
	fill(l, "a", 1)
	fill(l, "b", 2)
	if r, err := e.Refresh(context.Background(), engine.RefreshRequest{Definition: d, Entity: "a", Cut: l.cut()}); r != engine.RowWritten || err != nil {
		t.Fatal(r, err) // a's row is right now, its slot is old; both of b's are old
	}
	before := l.entityReads()
	got := scanned(t, e, d, l.cut())
	if reads := l.entityReads() - before; reads != 1 {
		t.Errorf("%d entities' events were read, want 1", reads)
	}
	for entity, want := range map[event.Entity]struct {
		strategy projection.Strategy
		folded   int
		n        uint64
	}{
		"a": {projection.ExternalCacheThenReplay, 0, 11},
		"b": {projection.GroupLocalIncremental, 2, 12},
		"c": {projection.GroupLocalHit, 0, 10},
	} {
		o := got[entity]
		if o.Strategy != want.strategy || o.Folded != want.folded || o.Cache != projection.Hit || o.State().(*tally).n != want.n {
			t.Errorf("%s: %s", entity, evidence(&o))
		}
	}
}
