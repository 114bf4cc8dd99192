package engine_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// listed is a log of many entities and an engine whose slots hold nearly nothing.
type listed struct {
	*memLog
	t      *testing.T
	engine *engine.Engine
	def    *projection.Definition
}

const listedEntities = 200

func newListed(t *testing.T, slotBytes int64) *listed {
	l := &listed{memLog: &memLog{}, t: t, def: tallyDefinition("tally", 1)}
	for i := range listedEntities {
		l.append(fmt.Sprintf("e%03d", i), "add", "1", event.NoTime)
	}
	e, err := engine.New(engine.Options{Log: l.memLog, SlotBytesMax: slotBytes})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	l.engine = e
	return l
}

// scan checks every row against a replay, and returns how many walks over the log's heads
// it took, and the entities that were not answered from memory.
func (l *listed) scan(c projection.Cut) (walks int, folded []event.Entity) {
	l.t.Helper()
	before := l.walked()
	got, want := map[event.Entity]string{}, map[event.Entity]string{}
	var order []event.Entity
	err := l.engine.Scan(context.Background(), l.def, c, func(e event.Entity, o *projection.Outcome) error {
		got[e], order = show(o.State()), append(order, e)
		if o.Folded > 0 {
			folded = append(folded, e)
		}
		h, _, err := l.Reader(c).Head(e)
		if h.Generation != o.Generation {
			l.t.Errorf("%s has generation %d, want %d", e, o.Generation, h.Generation)
		}
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, ev := range l.events[:c.Sequence] {
		s, err := oracle(l.memLog, l.def, ev.Entity, c)
		if err != nil {
			l.t.Fatal(err)
		}
		if s != nil {
			want[ev.Entity] = show(s)
		}
	}
	if !maps.Equal(got, want) || !slices.IsSorted(order) || len(order) != len(want) {
		l.t.Errorf("scan at %d gives %d rows that differ from the replay's %d", c.Sequence, len(order), len(want))
	}
	return l.walked() - before, folded
}

func (l *listed) wantScan(c projection.Cut, walks int, folded ...event.Entity) {
	l.t.Helper()
	if n, f := l.scan(c); n != walks || !slices.Equal(f, folded) {
		l.t.Errorf("scan at %d walks %d times and folds %v, want %d and %v", c.Sequence, n, f, walks, folded)
	}
}

// A scan after another reads the log for what the events in between are of, and for
// nothing else.
func TestScanGoesOnFromTheLast(t *testing.T) {
	l := newListed(t, 0)
	old := l.cut()
	l.scan(old)
	l.wantScan(l.cut(), 0)
	l.append("e007", "add", "2", event.NoTime)
	l.append("e150", "noise", "", event.NoTime)
	l.append("e199x", "add", "3", event.NoTime)
	l.append("a first", "add", "4", event.NoTime)
	l.append("irrelevant", "noise", "", event.NoTime)
	l.append("e020", "del", "", event.NoTime)
	l.wantScan(l.cut(), 0, "a first", "e007", "e199x")
	l.wantScan(l.cut(), 0)
	l.append("e020", "add", "5", event.NoTime)
	bound := l.cut()
	bound.Newest = false
	l.wantScan(bound, 0, "e020")
	l.wantScan(l.cut(), 0)
	old.Newest = false
	if walks, _ := l.scan(old); walks != 1 {
		t.Errorf("a scan of the past walks %d times", walks)
	}
	l.wantScan(l.cut(), 0)
	for i := range listedEntities / 2 {
		l.append(fmt.Sprintf("e%03d", i), "add", "6", event.NoTime)
	}
	if walks, _ := l.scan(l.cut()); walks != 1 {
		t.Errorf("a scan walks %d times after many changes", walks)
	}
	l.wantScan(l.cut(), 0)
}

func TestListingsEnd(t *testing.T) {
	l := newListed(t, 0)
	for _, c := range []struct {
		what string
		end  func()
	}{
		{"a purge", func() { _, _ = l.engine.Purge("") }},
		{"another history of as many events", func() {
			l.restore(listedEntities - 1)
			l.append("e000", "add", "9", event.NoTime)
		}},
		{"a scan that its reader ended", func() {
			_, _ = l.engine.Purge("")
			stop := fmt.Errorf("enough")
			_ = l.engine.Scan(context.Background(), l.def, l.cut(), func(event.Entity, *projection.Outcome) error { return stop })
		}},
		{"another definition", func() { l.def = tallyDefinition("tally", 2) }},
		{"a definition that is gone", func() { l.engine.Retire(l.def) }},
	} {
		l.scan(l.cut())
		c.end()
		if walks, _ := l.scan(l.cut()); walks != 1 {
			t.Errorf("after %s, a scan walks %d times", c.what, walks)
		}
	}
	if walks, _ := l.scan(l.cut()); walks != 1 {
		t.Errorf("a retired definition leaves a listing")
	}
}

func TestListingsStayInTheirBound(t *testing.T) {
	for _, bytes := range []int64{-1, 10_000} {
		l := newListed(t, bytes)
		l.scan(l.cut())
		if walks, _ := l.scan(l.cut()); walks != 1 {
			t.Errorf("%d bytes hold a listing", bytes)
		}
	}
}
