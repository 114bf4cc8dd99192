package engine_test

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// listed is a log of many entities and an engine whose slots hold nearly nothing.
type listed struct {
	*memLog
	t        *testing.T
	external *faulty
	engine   *engine.Engine
	def      *projection.Definition
}

const listedEntities = 200

func newListed(t *testing.T, slotBytes int64) *listed {
	l := &listed{memLog: &memLog{}, t: t, def: tallyDefinition("tally", 1)}
	for i := range listedEntities {
		l.append(fmt.Sprintf("e%03d", i), "add", "1", event.NoTime)
	}
	l.start(engine.Options{SlotBytesMax: slotBytes})
	return l
}

// start takes an engine with options.
func (l *listed) start(o engine.Options) {
	o.Log = l.memLog
	e := engine.New(o)
	l.t.Cleanup(func() { _ = e.Close() })
	l.engine = e
}

// newStored is newListed with rows on disk.
func newStored(t *testing.T) *listed {
	l := newListed(t, -1)
	l.external = newFaulty()
	l.start(engine.Options{External: l.external})
	return l
}

func (l *listed) read(e event.Entity) string {
	out := mustProject(l.t, l.engine, projection.Request{Definition: l.def, Entity: e, Cut: l.cut()})
	want, err := oracle(l.memLog, l.def, e, l.cut())
	if err != nil || show(out.State()) != show(want) {
		l.t.Errorf("%s is %s, want %s, %v", e, show(out.State()), show(want), err)
	}
	return fmt.Sprintf("%v %v %d", out.Strategy, out.Cache, out.Folded)
}

// A whole scan leaves its states for single reads too, and none in slots: those are for
// what is read by itself.
func TestReadsGoOnFromTheListing(t *testing.T) {
	l := newStored(t)
	l.scan(l.cut())
	if used, _ := l.engine.SlotBytes(); used != 0 {
		t.Errorf("a scan leaves %d bytes in slots", used)
	}
	gets := l.external.gets
	for _, c := range []struct {
		what   string
		change func()
		entity event.Entity
		want   string
	}{
		{"as it was listed", func() {}, "e005", "group_local_hit hit 0"},
		{"again", func() { l.append("e000", "add", "2", event.NoTime) }, "e005", "group_local_hit hit 0"},
		{"changed since", func() { l.append("e006", "add", "2", event.NoTime) }, "e006", "group_local_incremental hit 1"},
		{"not listed", func() { l.append("new", "add", "2", event.NoTime) }, "new", "external_cache_then_replay miss 1"},
		{"purged", func() { _, _ = l.engine.Purge("") }, "e007", "external_cache_then_replay miss 1"},
		{"of another history", func() { l.scan(l.cut()); l.restore(listedEntities) }, "e008", "external_cache_then_replay miss 1"},
		// its row is deleted meanwhile
		{"retired", func() { l.scan(l.cut()); l.engine.Retire(l.def) }, "e009", "external_cache_then_replay"},
	} {
		c.change()
		if got := l.read(c.entity); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
		if c.entity <= "e006" && l.external.gets != gets {
			t.Errorf("%s: the external cache is asked", c.what)
		}
		if used, _ := l.engine.SlotBytes(); used == 0 && c.what != "purged" && c.what != "retired" {
			t.Errorf("%s: what is read by itself has no slot", c.what)
		}
	}
}

// What the external cache does not take is kept in slots, as far as they have room.
func TestScanKeepsInSlotsWhatHasNoRow(t *testing.T) {
	l := newStored(t)
	l.external.set("put_error")
	l.scan(l.cut())
	if used, _ := l.engine.SlotBytes(); used == 0 {
		t.Error("a scan whose rows are refused leaves no slots")
	}
}

// A scan that walks all heads, as so much has changed, goes on from the listing before.
func TestWalkGoesOnFromTheListing(t *testing.T) {
	l := newStored(t)
	l.scan(l.cut())
	l.external.set("get_error")
	var want []event.Entity
	for i := range listedEntities / 2 {
		e := l.append(fmt.Sprintf("e%03d", 2*i), "add", "6", event.NoTime)
		want = append(want, e.Entity)
	}
	l.append("e", "add", "1", event.NoTime)
	l.wantScan(l.cut(), 1, append([]event.Entity{"e"}, want...)...)
	for _, a := range l.engine.Stats()[0].Answers {
		if a.Strategy == projection.GroupLocalIncremental && a.Count != listedEntities/2 {
			t.Errorf("%d answers are %v, want %d", a.Count, a.Strategy, listedEntities/2)
		}
	}
}

// fat is a fold into states of many bytes.
type fat struct{ tallyFold }

const fatBytes = 4 << 10

type fatState struct {
	tally
	fill [fatBytes]byte
}

func (s *fatState) SizeBytes() int { return len(s.fill) }

type fatAcc struct{ projection.Accumulator }

func (a fatAcc) State() projection.State {
	return &fatState{tally: *a.Accumulator.State().(*tally)}
}

func (f fat) Start(prev projection.State) projection.Accumulator {
	return fatAcc{f.tallyFold.Start(nil)}
}

// A listing that does not fit is let go while it is made, not when it is whole.
func TestListingInTheMakingStaysInItsBound(t *testing.T) {
	const entities, slotBytes = 9000, 1 << 20
	l := newListed(t, -1)
	for i := listedEntities; i < entities; i++ {
		l.append(fmt.Sprintf("e%04d", i), "add", "1", event.NoTime)
	}
	l.def.Fold = fat{}
	l.start(engine.Options{SlotBytesMax: slotBytes})
	most, before, n := uint64(0), heap(), 0
	err := l.engine.Scan(context.Background(), projection.ScanRequest{Definition: l.def, Cut: l.cut()}, func(event.Entity, *projection.Outcome) error {
		if n++; n%500 == 0 {
			now := heap()
			most = max(most, now-min(before, now))
		}
		return nil
	})
	if err != nil || n != entities {
		t.Fatal(n, err)
	}
	// The listing, slots, and the chunks on their way, of which there are a few for each goroutine
	// that folds, whatever the scan's length.
	const chunkBytes = 128 * fatBytes * 3 / 2
	folders := min(runtime.GOMAXPROCS(0), 8)
	if limit := uint64(3*slotBytes + 4*folders*chunkBytes); most > limit {
		t.Errorf("a scan of %d bytes of states holds %d, want at most %d", entities*fatBytes, most, limit)
	}
}

// heap is what is in use once garbage is collected. What workers make meanwhile stays until the
// next time: a collection counts if they rested, and so does the one before, which emptied pools.
func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	for rests := 0; rests < 2; rests++ {
		before := m.TotalAlloc
		runtime.GC()
		if runtime.ReadMemStats(&m); m.TotalAlloc-before > 64<<10 {
			rests = -1
		}
	}
	return m.HeapAlloc
}

// scan checks every row against a replay, and returns how many walks over the log's heads
// it took, and the entities that were not answered from memory.
func (l *listed) scan(c projection.Cut) (walks int, folded []event.Entity) {
	l.t.Helper()
	before := l.walked()
	got, want := map[event.Entity]string{}, map[event.Entity]string{}
	var order []event.Entity
	err := l.engine.Scan(context.Background(), projection.ScanRequest{Definition: l.def, Cut: c}, func(e event.Entity, o *projection.Outcome) error {
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
			_ = l.engine.Scan(context.Background(), projection.ScanRequest{Definition: l.def, Cut: l.cut()}, func(event.Entity, *projection.Outcome) error { return stop })
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

// Scans that run at the same time share the bound of what is being made, and give back
// what they claimed however they end.
func TestListingsInTheMakingShareTheirBound(t *testing.T) {
	const scans, slotBytes = 8, 16 << 20
	l := newListed(t, -1)
	l.start(engine.Options{SlotBytesMax: slotBytes})
	var defs []*projection.Definition
	for i := range scans {
		d := tallyDefinition(fmt.Sprint("tally", i), 1)
		d.Fold = fat{}
		defs = append(defs, d)
	}
	one := l.listingBytes(defs[0])
	if one == 0 || one*2 > slotBytes/4 || one*(scans-1) < slotBytes/4 {
		t.Fatalf("a listing takes %d bytes: this test shows nothing", one)
	}
	most, enough := uint64(0), fmt.Errorf("enough")
	var nested func(i int) error
	nested = func(i int) error { // each scan runs while the ones before are at their last entity
		if i == scans {
			return nil
		}
		n := 0
		return l.engine.Scan(context.Background(), projection.ScanRequest{Definition: defs[i], Cut: l.cut()}, func(event.Entity, *projection.Outcome) error {
			if n++; n < listedEntities {
				return nil
			}
			_, making := l.engine.Listings()
			most = max(most, making)
			if err := nested(i + 1); err != nil {
				return err
			}
			if i%2 == 0 {
				return enough
			}
			return nil
		})
	}
	if err := nested(0); err == nil {
		t.Error("the first scan was not ended")
	}
	if most < 2*one || most > slotBytes/4 {
		t.Errorf("%d scans have claimed %d bytes, of %d", scans, most, slotBytes/4)
	}
	if _, making := l.engine.Listings(); making != 0 {
		t.Errorf("%d bytes are claimed for ever", making)
	}
}

// listingBytes is what a scan of d leaves.
func (l *listed) listingBytes(d *projection.Definition) uint64 {
	l.t.Helper()
	if err := l.engine.Scan(context.Background(), projection.ScanRequest{Definition: d, Cut: l.cut()}, func(event.Entity, *projection.Outcome) error { return nil }); err != nil {
		l.t.Fatal(err)
	}
	return l.of(d.Name)
}

func (l *listed) of(name string) (bytes uint64) {
	all, _ := l.engine.Listings()
	for _, s := range all {
		if s.Projection == name {
			bytes += s.Bytes
		}
	}
	return bytes
}

// Where there is no memory for all listings, the one that was used longest ago goes.
func TestTheLeastUsedListingGoes(t *testing.T) {
	l := newListed(t, -1)
	l.start(engine.Options{SlotBytesMax: 32 << 20})
	var defs []*projection.Definition
	for i := range 4 {
		d := tallyDefinition(fmt.Sprint("tally", i), 1)
		d.Fold = fat{}
		defs = append(defs, d)
	}
	one := l.listingBytes(defs[0])
	l.start(engine.Options{SlotBytesMax: 4 * int64(3*one+one/2)})
	for _, d := range defs[:3] {
		l.listingBytes(d)
	}
	l.listingBytes(defs[0]) // goes on from it
	l.listingBytes(defs[3])
	for i, want := range []bool{true, false, true, true} {
		if has := l.of(defs[i].Name) > 0; has != want {
			t.Errorf("listing %d is there: %v", i, has)
		}
	}
	if total := l.of("tally0") + l.of("tally2") + l.of("tally3"); total > 3*one+one/2 {
		t.Errorf("listings take %d bytes", total)
	}
}
