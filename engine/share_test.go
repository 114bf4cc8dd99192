package engine_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// TestScansOfShares: whatever shares were scanned before, a scan gives the states of its own, or of a
// range of it, all of them and no others.
func TestScansOfShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log, d := &memLog{}, tallyDefinition("tally", 1)
		o := engine.Options{Log: log}
		if rapid.Bool().Draw(t, "external") {
			o.External = newFaulty()
		}
		e := engine.New(o)
		defer e.Close()
		for i := range 60 {
			log.append(fmt.Sprintf("e%03d", i), "add", "1", event.NoTime)
		}
		shares := []projection.Share{{}, drawShare(t), drawShare(t)}
		shares = append(shares, shares[1], shares[1])
		for i := range shares[1] {
			shares[3][i], shares[4][i] = shares[1][i]&shares[2][i], shares[1][i]|shares[2][i]
		}
		for range rapid.IntRange(1, 12).Draw(t, "scans") {
			for range rapid.IntRange(0, 6).Draw(t, "appends") {
				entity := fmt.Sprintf("e%03d", rapid.IntRange(0, 70).Draw(t, "entity"))
				log.append(entity, rapid.SampledFrom([]string{"add", "del", "noise"}).Draw(t, "kind"), "2", event.NoTime)
			}
			r := projection.ScanRequest{
				Definition: d, Cut: log.cut(), Stray: rapid.Bool().Draw(t, "stray"),
				Share: rapid.SampledFrom(shares).Draw(t, "share"),
			}
			if rapid.Bool().Draw(t, "a range") {
				r.From, r.To = drawBound(t, "from"), drawBound(t, "to")
			}
			checkShare(t, e, log, r)
		}
	})
}

func drawBound(t *rapid.T, which string) event.Entity {
	n := rapid.IntRange(-10, 75).Draw(t, which)
	if n < 0 {
		return ""
	}
	return event.Entity(fmt.Sprintf("e%03d", n))
}

func drawShare(t *rapid.T) (s projection.Share) {
	for i := range s {
		s[i] = rapid.Uint64().Draw(t, "partitions")
	}
	return s
}

func checkShare(t *rapid.T, e *engine.Engine, log *memLog, r projection.ScanRequest) {
	before := event.Entity("")
	got := map[event.Entity]string{}
	err := e.Scan(t.Context(), r, func(name event.Entity, o *projection.Outcome) error {
		if name <= before {
			t.Fatalf("%s comes after %s", name, before)
		}
		before, got[name] = name, show(o.State())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 71 {
		name := event.Entity(fmt.Sprintf("e%03d", i))
		state, err := oracle(log, r.Definition, name, r.Cut)
		if err != nil {
			t.Fatal(err)
		}
		text, found := got[name]
		if want := r.Share.Has(name) && name >= r.From && (r.To == "" || name < r.To) && state != nil; want != found || found && text != show(state) {
			t.Fatalf("%s of the share is %q; want %v, %s", name, text, want, show(state))
		}
	}
}

// A share's listing serves for what it covers: neither a narrower share nor one that comes
// again is walked; a wider one is, and takes its place.
func TestListingsServeWhatTheyCover(t *testing.T) {
	l := newListed(t, 0)
	var narrow, wide projection.Share
	for p := range projection.Partitions / 2 {
		wide.Add(projection.Partition(p))
		if p%2 == 0 {
			narrow.Add(projection.Partition(p))
		}
	}
	if !l.engine.Keeps(l.def) {
		t.Error("an engine that has scanned nothing has no room")
	}
	for i, step := range []struct {
		share projection.Share
		stray bool
		walks int
	}{{share: narrow, walks: 1}, {share: narrow}, {stray: true, walks: 1}, {share: wide, walks: 1}, {share: narrow, stray: true}, {share: wide}, {share: narrow}, {walks: 1}, {}, {share: wide}} {
		before := l.walked()
		r := projection.ScanRequest{Definition: l.def, Cut: l.cut(), Share: step.share, Stray: step.stray}
		if err := l.engine.Scan(t.Context(), r, func(event.Entity, *projection.Outcome) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if walks := l.walked() - before; walks != step.walks {
			t.Errorf("scan %d walks %d times, want %d", i, walks, step.walks)
		}
	}
}

// TestKeepsWhatItHasRoomFor: an engine without the memory for a listing of all says so once it
// has tried, and of a share's it says nothing.
func TestKeepsWhatItHasRoomFor(t *testing.T) {
	l := newListed(t, 0)
	l.start(engine.Options{ListingBytesMax: 4 << 10})
	var share projection.Share
	share.Add(1)
	for _, step := range []struct {
		share projection.Share
		keeps bool
	}{{share, true}, {projection.Share{}, false}, {share, false}} {
		r := projection.ScanRequest{Definition: l.def, Cut: l.cut(), Share: step.share}
		if err := l.engine.Scan(t.Context(), r, func(event.Entity, *projection.Outcome) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if got := l.engine.Keeps(l.def); got != step.keeps {
			t.Errorf("after a scan of %d partitions: %v", step.share.Count(), got)
		}
	}
}

// TestPartsOfListingsTakeMemory: the part that is kept of a listing is counted with it, once.
func TestPartsOfListingsTakeMemory(t *testing.T) {
	l := newListed(t, 0)
	var share projection.Share
	for p := range projection.Partitions / 2 {
		share.Add(projection.Partition(p))
	}
	scan := func(s projection.Share) uint64 {
		r := projection.ScanRequest{Definition: l.def, Cut: l.cut(), Share: s}
		if err := l.engine.Scan(t.Context(), r, func(event.Entity, *projection.Outcome) error { return nil }); err != nil {
			t.Fatal(err)
		}
		all, _ := l.engine.Listings()
		return all[0].Bytes
	}
	whole := scan(projection.Share{})
	part := scan(share)
	if again := scan(share); part <= whole || again != part {
		t.Errorf("%d bytes, then %d, then %d", whole, part, again)
	}
	share.Add(projection.Partitions - 1)
	if other := scan(share); other > part+part/8 || other <= whole {
		t.Errorf("another part makes %d of %d bytes", other, part)
	}
}

// TestSplit: what a scan found is cut into ranges of as many entities each, as long as little
// has changed since; scans of ranges leave it as it is.
func TestSplit(t *testing.T) {
	l := newListed(t, 0)
	split := func(parts, entitiesMin int) string {
		return fmt.Sprint(l.engine.Split(projection.ScanRequest{Definition: l.def, Cut: l.cut()}, parts, entitiesMin))
	}
	if got := split(2, 0); got != "[]" {
		t.Errorf("before a scan: %s", got)
	}
	l.scan(l.cut())
	if got := split(4, 200); got != "[e050 e100 e150]" {
		t.Error(got)
	}
	if got := split(4, 201); got != "[]" {
		t.Errorf("of few: %s", got)
	}
	l.append("e007", "add", "1", event.NoTime)
	half := projection.ScanRequest{Definition: l.def, Cut: l.cut(), To: "e100"}
	if err := l.engine.Scan(t.Context(), half, func(event.Entity, *projection.Outcome) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		l.append(fmt.Sprintf("e%03d", 8+i), "add", "1", event.NoTime)
		if got := split(2, 0); (got == "[e100]") != (i < 2) {
			t.Errorf("%d entities have changed: %s", i+2, got)
		}
	}
}
