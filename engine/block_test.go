package engine_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// answers of a scan, in order, and their states and proofs.
type answers struct {
	order []event.Entity
	of    map[event.Entity]string
	runs  int
	anew  []event.Entity // that were neither as they were listed nor went on from that
}

func answersOf(t *testing.T, e *engine.Engine, r projection.ScanRequest) answers {
	t.Helper()
	a := answers{of: map[event.Entity]string{}}
	add := func(name event.Entity, o *projection.Outcome) {
		a.order = append(a.order, name)
		a.of[name] = fmt.Sprint(show(o.State()), o.Generation, o.Snapshot.Watermark, o.Snapshot.HLC)
		if o.Strategy != projection.GroupLocalHit && o.Strategy != projection.GroupLocalIncremental {
			a.anew = append(a.anew, name)
		}
	}
	err := e.Scan(t.Context(), r, func(name event.Entity, o *projection.Outcome) error {
		if o.Count() == 1 {
			add(name, o)
			return nil
		}
		if !r.Runs || string(name) != o.Run.Entities.At(o.At) {
			t.Fatalf("an outcome of %d states, of which the first is %s", o.Count(), name)
		}
		for end := o.End; o.At < end; o.At++ {
			o.Generation = event.Version(o.Run.Generation.At(o.At))
			o.Run.Prove(o.At, o.Snapshot)
			add(event.Entity(o.Run.Entities.At(o.At)), o)
		}
		a.runs++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// appendTo appends an event to each of some entities.
func (l *storeLog) appendTo(t *testing.T, kind event.Kind, entities ...event.Entity) {
	t.Helper()
	l.entries++
	var tx event.Transaction
	for _, e := range entities {
		tx.Drafts = append(tx.Drafts, event.Draft{ID: event.NewID(), Entity: e, Kind: kind, Data: fmt.Append(nil, l.entries), OccurredAt: event.NoTime})
	}
	c := event.Command{Stamp: hlc.New(int64(l.entries), 0), Transactions: []event.Transaction{tx}}
	if _, err := l.Apply([]event.Entry{{Index: l.entries, Term: 1, Command: event.AppendCommand(nil, &c)}}); err != nil {
		t.Fatal(err)
	}
}

// TestListingsOfManyBlocks: while entities change, come and go between scans, each scan finds what one
// finds that has no listing to go on from, and folds anew only what is new; parts of it too, and
// reads of single entities.
func TestListingsOfManyBlocks(t *testing.T) {
	const entities, rounds = 3000, 60
	random := rand.New(rand.NewPCG(3, 4))
	l := openStoreLog(t)
	name := func(i int) event.Entity { return event.Entity(fmt.Sprintf("%05d", i)) }
	var first []event.Entity
	for range entities {
		first = append(first, name(random.IntN(100_000)))
	}
	l.appendTo(t, "add", first...)
	d := tallyDefinition("tally", 1)
	// Without rows on disk, all that is not from a listing is folded from its first event.
	listing := newEngine(t, engine.Options{Log: l, SlotBytesMax: 1 << 10, ListingBytesMax: 64 << 20})
	answersOf(t, listing, projection.ScanRequest{Definition: d, Cut: l.cut()})
	listedNow := map[event.Entity]bool{}
	for _, e := range first {
		listedNow[e] = true
	}
	for round := range rounds {
		var changed []event.Entity
		for range random.IntN(40) {
			switch e := name(random.IntN(100_000)); random.IntN(4) {
			case 0:
				changed = append(changed, e)
			case 1: // at the end, as names that count up
				changed = append(changed, event.Entity(fmt.Sprintf("x%05d", round*100+len(changed))))
			case 2: // before all
				changed = append(changed, event.Entity(fmt.Sprintf("!%05d", random.IntN(100))))
			default:
				changed = append(changed, first[random.IntN(len(first))])
			}
		}
		kind := []event.Kind{"add", "add", "del", "noise"}[random.IntN(4)]
		if len(changed) > 0 {
			l.appendTo(t, kind, changed...)
		}
		fresh := newEngine(t, engine.Options{Log: l, SlotBytesMax: -1})
		for range 3 {
			r := projection.ScanRequest{Definition: d, Cut: l.cut()}
			if random.IntN(2) == 0 {
				r.From = name(random.IntN(100_000))
			}
			if random.IntN(2) == 0 {
				r.To = name(random.IntN(100_000))
			}
			if random.IntN(2) == 0 {
				for p := range projection.Partition(projection.Partitions / 2) {
					r.Share.Add(p)
				}
			}
			if random.IntN(3) == 0 {
				r = projection.ScanRequest{Definition: d, Cut: l.cut()}
			}
			r.Runs = random.IntN(2) == 0
			got, want := answersOf(t, listing, r), answersOf(t, fresh, r)
			if !slices.Equal(got.order, want.order) || !maps.Equal(got.of, want.of) {
				for e, state := range want.of {
					if got.of[e] != state {
						t.Errorf("round %d: %s is %s, want %s", round, e, got.of[e], state)
					}
				}
				t.Fatalf("round %d: a scan from %q to %q finds %d entities, want %d", round, r.From, r.To, len(got.order), len(want.order))
			}
			if whole := r.From == "" && r.To == ""; r.Runs && whole && (got.runs == 0 || got.runs > len(got.order)) {
				t.Errorf("round %d: %d of %d outcomes are of many states", round, got.runs, len(got.order))
			}
			for _, e := range got.anew {
				if listedNow[e] {
					t.Errorf("round %d: %s was listed, and is folded anew", round, e)
				}
			}
			if r.From == "" && r.To == "" && r.Share.Whole() {
				for e := range got.of {
					listedNow[e] = true
				}
			}
		}
		for range 20 {
			e := first[random.IntN(len(first))]
			got := mustProject(t, listing, projection.Request{Definition: d, Entity: e, Cut: l.cut()})
			want := mustProject(t, fresh, projection.Request{Definition: d, Entity: e, Cut: l.cut()})
			if show(got.State()) != show(want.State()) || got.Generation != want.Generation {
				t.Fatalf("round %d: %s is %s, want %s", round, e, show(got.State()), show(want.State()))
			}
			if s := got.Strategy; s != projection.GroupLocalHit && s != projection.GroupLocalIncremental {
				t.Errorf("round %d: %s is read by %v", round, e, s)
			}
		}
	}
	all := answersOf(t, listing, projection.ScanRequest{Definition: d, Cut: l.cut()})
	for parts := 2; parts < 9; parts++ {
		at := listing.Split(projection.ScanRequest{Definition: d, Cut: l.cut()}, parts, 0)
		if len(at) != parts-1 || !slices.IsSorted(at) {
			t.Fatalf("%d parts are cut at %v", parts, at)
		}
		ends := append(slices.Clone(at), "")
		from, total := event.Entity(""), 0
		for _, to := range ends {
			n := len(answersOf(t, listing, projection.ScanRequest{Definition: d, Cut: l.cut(), From: from, To: to}).order)
			if want := len(all.order) / parts; n < want*3/4-20 || n > want*5/4+20 {
				t.Errorf("one of %d parts has %d of %d entities", parts, n, len(all.order))
			}
			total += n
			from = to
		}
		if total != len(all.order) {
			t.Errorf("%d parts have %d entities of %d", parts, total, len(all.order))
		}
	}
}

// cut is everything there is.
func (l *storeLog) cut() projection.Cut {
	newest, _ := l.Frontier()
	return l.at(newest)
}
