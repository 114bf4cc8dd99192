package fold_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

func (h *house) walk(t testing.TB, after event.Entity, most int, owned func(event.Entity) bool) projection.Walked {
	t.Helper()
	return h.engine.WalkAhead(t.Context(), projection.WalkRequest{
		Definition: h.def, Cut: h.request("").Cut, After: after, Max: most, Owned: owned,
	})
}

// States that a walk makes are those that reads find, whatever they were made of.
func TestWalkAhead(t *testing.T) {
	external, err := cache.OpenPebble(t.TempDir(), cache.PebbleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer external.Close()
	h := newHouse(t, 0, external)
	for i := range 8 {
		h.deposit(t, event.Entity(fmt.Sprint("acct:", i)), "MoneyDeposited", "0.10", 10)
	}
	h.deposit(t, "acct:1a", "Noise", "1", 3) // no state
	h.deposit(t, "acct:9", "MoneyDeposited", "0.10", 1)
	h.deposit(t, "acct:9a", "MoneyDeposited", "1", 1)
	h.read(t, "acct:2") // its row answers
	h.read(t, "acct:3") // its row is gone on from
	h.deposit(t, "acct:3", "MoneyDeposited", "0.10", 1)
	h.read(t, "acct:9") // its row lacks many events
	h.deposit(t, "acct:9", "MoneyDeposited", "0.10", 5000)
	h.engine = engine.New(engine.Options{Log: h.store, External: external})
	defer func() { h.engine.Close() }()
	h.read(t, "acct:4")
	h.read(t, "acct:5") // its slot is gone on from
	h.deposit(t, "acct:5", "MoneyDeposited", "0.10", 2)
	if w := h.walk(t, "acct:0", 4, nil); w != (projection.Walked{Entities: 4, Middle: "acct:3", Last: "acct:4"}) {
		t.Errorf("%+v", w)
	}
	// what would be long to wait for is not made, nor what lies behind it
	if w := h.walk(t, "acct:4", 100, nil); w != (projection.Walked{Entities: 3, Middle: "acct:6", Last: "acct:7"}) {
		t.Errorf("%+v", w)
	}
	if w := h.walk(t, "acct:9a", 100, nil); w != (projection.Walked{}) {
		t.Errorf("behind all: %+v", w)
	}
	for entity, want := range map[event.Entity]string{
		"acct:0":  "balance=1.00 external_cache_then_replay folded=10",
		"acct:1":  "balance=1.00 group_local_hit folded=0",
		"acct:2":  "balance=1.00 group_local_hit folded=0",
		"acct:3":  "balance=1.10 group_local_hit folded=0",
		"acct:4":  "balance=1.00 group_local_hit folded=0",
		"acct:5":  "balance=1.20 group_local_hit folded=0",
		"acct:7":  "balance=1.00 group_local_hit folded=0",
		"acct:9":  "balance=500.10 external_cache_then_replay folded=5000",
		"acct:9a": "balance=1 external_cache_then_replay folded=1",
	} {
		out := h.read(t, entity)
		if got := fmt.Sprintf("%s %v folded=%d", show(h.def, out.State()), out.Strategy, out.Folded); got != want {
			t.Errorf("%s: got %s, want %s", entity, got, want)
		}
	}
	h.engine = engine.New(engine.Options{Log: h.store, External: external})
	if out := h.read(t, "acct:7"); out.Strategy != projection.ExternalCacheThenReplay || out.Folded != 0 {
		t.Errorf("after a restart: %v, %d folded", out.Strategy, out.Folded)
	}
}

// A walk ends where events cannot be folded: that is for the read to tell.
func TestWalkAheadOfPoison(t *testing.T) {
	h := newHouse(t, 0, nil)
	h.deposit(t, "acct:1", "MoneyDeposited", "1", 1)
	h.deposit(t, "acct:2", "MoneyDeposited", `"much"`, 1)
	h.deposit(t, "acct:3", "MoneyDeposited", "1", 1)
	if w := h.walk(t, "acct:0", 10, nil); w != (projection.Walked{Entities: 1, Middle: "acct:1", Last: "acct:1"}) {
		t.Errorf("%+v", w)
	}
	if _, err := h.engine.Project(t.Context(), h.request("acct:2")); err == nil {
		t.Error("no error")
	}
}

// Entities of others are passed by, a while, and what lies on both sides of them is no neighbour.
func TestWalkAheadOfOwned(t *testing.T) {
	external, err := cache.OpenPebble(t.TempDir(), cache.PebbleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer external.Close()
	h := newHouse(t, 0, external)
	for i := range 100 {
		h.deposit(t, event.Entity(fmt.Sprintf("acct:%03d", i)), "MoneyDeposited", "1", 2)
	}
	c := &told{External: external, neighbours: map[event.Entity]bool{}}
	h.engine = engine.New(engine.Options{Log: h.store, External: c})
	defer h.engine.Close()
	if w := h.walk(t, "acct:009", 4, nil); w.Last != "acct:013" || len(c.neighbours) != 4 || !c.neighbours["acct:013"] {
		t.Errorf("%+v, %v", w, c.neighbours)
	}
	odd := func(e event.Entity) bool { return (e[len(e)-1]-'0')%2 == 1 }
	if w := h.walk(t, "acct:029", 4, odd); w.Entities != 4 || w.Last != "acct:037" || c.neighbours["acct:037"] || len(c.neighbours) != 8 {
		t.Errorf("%+v, %v", w, c.neighbours)
	}
	if out := h.read(t, "acct:030"); out.Folded != 2 {
		t.Errorf("another's was folded: %v", out.Strategy)
	}
	looks := 0
	if w := h.walk(t, "acct:", 4, func(event.Entity) bool { looks++; return false }); w.Entities != 0 || looks > 40 {
		t.Errorf("%+v, %d looks", w, looks)
	}
}

// A walk whose folds are slow ends early, at the earliest behind its first entity.
func TestSlowWalkAhead(t *testing.T) {
	for step, want := range map[time.Duration]int{time.Hour: 1, 2 * time.Millisecond: 3, time.Microsecond: 10} {
		h := newHouse(t, 0, nil)
		for i := range 10 {
			h.deposit(t, event.Entity(fmt.Sprint("acct:", i)), "MoneyDeposited", "1", 1)
		}
		now := time.Now()
		h.engine = engine.New(engine.Options{Log: h.store, Now: func() time.Time { now = now.Add(step); return now }})
		defer h.engine.Close()
		if w := h.walk(t, "", 10, nil); w.Entities < 1 || w.Entities > want || want == 10 && w.Entities < want {
			t.Errorf("%v for each look at the clock: %+v", step, w)
		}
	}
}

// A walk of many entities goes on from what a scan has listed, which has more than one piece of memory.
func TestWalkAheadOfListed(t *testing.T) {
	h := newHouse(t, 0, nil)
	h.engine = engine.New(engine.Options{Log: h.store, SlotBytesMax: 20_000, ListingBytesMax: 1 << 20}) // slots for a part of them
	const entities = 250
	name := func(i int) event.Entity { return event.Entity(fmt.Sprintf("acct:%03d", i)) }
	for i := range entities {
		h.deposit(t, name(i), "MoneyDeposited", "1", 1)
	}
	h.scan(t, entities)
	for i := range entities {
		h.deposit(t, name(i), "MoneyDeposited", fmt.Sprint(i), 1)
	}
	if w := h.walk(t, "", 2*entities, nil); w.Entities != entities || w.Last != name(entities-1) {
		t.Errorf("%+v", w)
	}
	for i := range entities {
		out := h.read(t, name(i))
		if got, want := show(h.def, out.State()), fmt.Sprint("balance=", 1+i); got != want {
			t.Errorf("%s: %s, want %s", name(i), got, want)
		}
	}
}

func TestWalkAheadWithoutSlots(t *testing.T) {
	h := newHouse(t, -1, nil)
	h.deposit(t, "acct:1", "MoneyDeposited", "1", 1)
	if w := h.walk(t, "", 10, nil); w.Entities != 0 {
		t.Errorf("%+v", w)
	}
}

// What a walk makes finds its place where slots are full, as what reads make does.
func TestWalkAheadWhereSlotsAreFull(t *testing.T) {
	h := newHouse(t, 30_000, nil)
	for i := range 900 {
		h.deposit(t, event.Entity(fmt.Sprintf("acct:%03d", i)), "MoneyDeposited", "1", 1)
	}
	for i := range 800 {
		h.read(t, event.Entity(fmt.Sprintf("acct:%03d", i)))
	}
	if out := h.read(t, "acct:010"); out.Strategy == projection.GroupLocalHit {
		t.Fatal("they are not")
	}
	h.walk(t, "acct:850", 4, nil)
	if out := h.read(t, "acct:854"); out.Strategy != projection.GroupLocalHit {
		t.Errorf("%v", out.Strategy)
	}
}

// Walks, reads and appends side by side: a state is always as old as it says.
func TestWalkAheadBesideAppends(t *testing.T) {
	external, err := cache.OpenPebble(t.TempDir(), cache.PebbleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer external.Close()
	h := newHouse(t, 20_000, external) // slots for a part of them
	const entities = 300
	name := func(i int) event.Entity { return event.Entity(fmt.Sprintf("acct:%03d", i)) }
	for i := range entities {
		h.deposit(t, name(i), "MoneyDeposited", "1", 1)
	}
	done := make(chan struct{})
	var working sync.WaitGroup
	for worker := range 4 {
		random := rand.New(rand.NewPCG(uint64(worker), 7))
		working.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				from := random.IntN(entities)
				if worker%2 == 0 {
					h.walk(t, name(from), 1+random.IntN(60), nil)
					continue
				}
				for i := from; i < min(from+10, entities); i++ {
					out := h.read(t, name(i))
					if got, want := show(h.def, out.State()), fmt.Sprintf("balance=%d", out.Generation); got != want {
						t.Errorf("%s: %s at generation %d, %v", name(i), got, out.Generation, out.Strategy)
						return
					}
				}
			}
		})
	}
	random := rand.New(rand.NewPCG(9, 9))
	for range 1500 {
		h.deposit(t, name(random.IntN(entities)), "MoneyDeposited", "1", 1)
	}
	close(done)
	working.Wait()
	for i := range entities {
		out := h.read(t, name(i))
		head, _, err := h.store.Reader(h.request("").Cut).Head(name(i))
		if got, want := show(h.def, out.State()), fmt.Sprintf("balance=%d", head.Generation); err != nil || got != want {
			t.Errorf("%s: %s, %d events, %v, %v", name(i), got, head.Generation, out.Strategy, err)
		}
	}
}
