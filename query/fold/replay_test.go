package fold_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

const balanceSource = `CREATE PROJECTION account (balance numeric NOT NULL DEFAULT 0)
	WHEN 'MoneyDeposited' THEN UPDATE SET balance = balance + (data->>'amount')::numeric`

// house is a real store and an engine over it.
type house struct {
	store  *storage.Store
	engine *engine.Engine
	def    *projection.Definition
	index  uint64
	ids    uint64
}

func newHouse(t testing.TB, slots int64, external cache.External) *house {
	t.Helper()
	store, err := storage.Open(t.TempDir(), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(engine.Options{Log: store, SlotBytesMax: slots, External: external})
	d, err := fold.CompileSource(balanceSource)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = e.Close(), store.Close() })
	return &house{store: store, engine: e, def: d}
}

// deposit appends n events of the amount to an entity.
func (h *house) deposit(t testing.TB, entity event.Entity, kind event.Kind, amount string, n int) {
	t.Helper()
	doc, err := jsonb.Parse(`{"note": "a note on the deposit", "amount": ` + amount + `}`)
	if err != nil {
		t.Fatal(err)
	}
	for n > 0 {
		c := event.Command{Stamp: hlc.New(1_700_000_000_000+int64(h.index), 0), Transactions: []event.Transaction{{}}}
		for ; n > 0 && len(c.Transactions[0].Drafts) < 1000; n-- {
			h.ids++
			d := event.Draft{Entity: entity, Kind: kind, Data: []byte(doc), OccurredAt: event.NoTime}
			binary.BigEndian.PutUint64(d.ID[8:], h.ids)
			c.Transactions[0].Drafts = append(c.Transactions[0].Drafts, d)
		}
		h.index++
		results, err := h.store.Apply([]event.Entry{{Index: h.index, Term: 1, Command: event.AppendCommand(nil, &c)}})
		if err != nil || results[0].Transactions[0].Err != nil {
			t.Fatal(err, results)
		}
	}
}

func (h *house) read(t testing.TB, entity event.Entity) projection.Outcome {
	t.Helper()
	out, err := h.engine.Project(t.Context(), h.request(entity))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// request asks for an entity's newest state.
func (h *house) request(entity event.Entity) projection.Request {
	seq, stamp := h.store.Frontier()
	return projection.Request{
		Definition: h.def, Entity: entity,
		Cut: projection.Cut{Sequence: seq, HLC: stamp, Newest: true, OccurredBy: event.NoTime},
	}
}

// Judgement of a newcomer's first reads, over the real store and the real cache.
func TestStrategiesOverTheStore(t *testing.T) {
	external, err := cache.OpenPebble(t.TempDir(), cache.PebbleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer external.Close()
	h := newHouse(t, 0, external)
	expect := func(want string) {
		t.Helper()
		out := h.read(t, "acct:7")
		got := fmt.Sprintf("%s %v %v folded=%d gen=%d", show(h.def, out.State()), out.Strategy, out.Cache, out.Folded, out.Generation)
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	h.deposit(t, "acct:7", "MoneyDeposited", "0.10", 3000)
	expect("balance=300.00 external_cache_then_replay miss folded=3000 gen=3000")
	expect("balance=300.00 group_local_hit hit folded=0 gen=3000")
	h.deposit(t, "acct:7", "Noise", "1", 1)
	expect("balance=300.00 group_local_hit hit folded=0 gen=3001")
	h.deposit(t, "acct:7", "MoneyDeposited", "1", 2)
	expect("balance=302.00 group_local_incremental hit folded=2 gen=3003")
	h.engine = engine.New(engine.Options{Log: h.store, External: external})
	defer h.engine.Close()
	expect("balance=302.00 external_cache_then_replay hit folded=0 gen=3003")
}

func TestHitOverTheStoreDoesNotAllocate(t *testing.T) {
	h := newHouse(t, 0, nil)
	h.deposit(t, "acct:7", "MoneyDeposited", "0.10", 100)
	h.read(t, "acct:7")
	req, ctx := h.request("acct:7"), t.Context()
	if n := testing.AllocsPerRun(1000, func() { _, _ = h.engine.Project(ctx, req) }); n != 0 {
		t.Errorf("a hit allocates %v times", n)
	}
}

func BenchmarkReplay(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := newHouse(b, -1, nil)
			h.deposit(b, "acct:7", "MoneyDeposited", "12345.67", n)
			b.ReportAllocs()
			report := perEvent(b)
			for b.Loop() {
				if out := h.read(b, "acct:7"); out.Folded != n {
					b.Fatal(out.Folded)
				}
			}
			report(b.N * n)
		})
	}
}

// BenchmarkHitOverTheStore must not grow with the entity.
func BenchmarkHitOverTheStore(b *testing.B) {
	for _, n := range []int{10, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := newHouse(b, 0, nil)
			h.deposit(b, "acct:7", "MoneyDeposited", "12345.67", n)
			h.read(b, "acct:7")
			b.ReportAllocs()
			for b.Loop() {
				if out := h.read(b, "acct:7"); out.Strategy != projection.GroupLocalHit {
					b.Fatal(out.Strategy)
				}
			}
		})
	}
}

// BenchmarkColdRead reads entities of 10 events that no cache knows, into both caches.
func BenchmarkColdRead(b *testing.B) {
	const entities = 2000
	external, err := cache.OpenPebble(b.TempDir(), cache.PebbleOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer external.Close()
	h := newHouse(b, 0, external)
	names := make([]event.Entity, entities)
	for i := range names {
		names[i] = event.Entity(fmt.Sprintf("acct:%04d", i))
		h.deposit(b, names[i], "MoneyDeposited", "12345.67", 10)
	}
	b.ReportAllocs()
	report := perEvent(b)
	defer func() { report(10 * b.N) }()
	for i := 0; b.Loop(); i++ {
		if i%entities == 0 {
			next := *h.def
			next.Version++
			h.engine.Retire(h.def)
			h.def = &next
		}
		if out := h.read(b, names[i%entities]); out.Folded != 10 {
			b.Fatal(out.Strategy)
		}
	}
}

// perEvent reports the processors' and the clock's nanoseconds for each event; it is
// called before the first. On a busy machine the processors' are the better measure.
func perEvent(b *testing.B) func(events int) {
	begun := cpuTime()
	return func(events int) {
		b.ReportMetric(float64(cpuTime()-begun)/float64(events), "cpu-ns/event")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
	}
}

func cpuTime() time.Duration { return cpuTimeOf(syscall.RUSAGE_SELF) }

func cpuTimeOf(who int) time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(who, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// States that are made ahead are those that reads find: hits, for entities that no cache knew.
func TestReadAhead(t *testing.T) {
	external, err := cache.OpenPebble(t.TempDir(), cache.PebbleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer external.Close()
	h := newHouse(t, 0, external)
	entities := []event.Entity{"acct:1", "acct:2", "long", "noise", "nobody", "stored", "acct:3"}
	for _, e := range entities[:2] {
		h.deposit(t, e, "MoneyDeposited", "0.10", 10)
	}
	h.deposit(t, "long", "MoneyDeposited", "0.10", 3000)
	h.deposit(t, "noise", "Noise", "1", 3)
	h.deposit(t, "stored", "MoneyDeposited", "2", 2)
	h.deposit(t, "acct:3", "MoneyDeposited", "0.30", 1)
	h.read(t, "stored")
	h.engine = engine.New(engine.Options{Log: h.store, External: external})
	defer h.engine.Close()
	ahead := func(entities []event.Entity) int {
		return h.engine.ReadAhead(t.Context(), projection.AheadRequest{Definition: h.def, Cut: h.request("").Cut, Entities: entities})
	}
	if n := ahead(entities); n != len(entities) {
		t.Fatalf("looked at %d", n)
	}
	for entity, want := range map[event.Entity]string{
		"acct:1": "balance=1.00 group_local_hit hit folded=0 gen=10",
		"acct:2": "balance=1.00 group_local_hit hit folded=0 gen=10",
		"long":   "balance=300.00 group_local_hit hit folded=0 gen=3000",
		"stored": "balance=4 external_cache_then_replay hit folded=0 gen=2",
		"acct:3": "balance=0.30 group_local_hit hit folded=0 gen=1",
	} {
		out := h.read(t, entity)
		got := fmt.Sprintf("%s %v %v folded=%d gen=%d", show(h.def, out.State()), out.Strategy, out.Cache, out.Folded, out.Generation)
		if got != want {
			t.Errorf("%s: got %s, want %s", entity, got, want)
		}
	}
	for _, entity := range []event.Entity{"noise", "nobody"} {
		if out := h.read(t, entity); out.Strategy != projection.Empty {
			t.Errorf("%s: %v", entity, out.Strategy)
		}
	}
	// As much as keeps a client waiting for a moment only, at once.
	for _, e := range []event.Entity{"long:1", "long:2", "long:3"} {
		h.deposit(t, e, "MoneyDeposited", "0.10", 3000)
	}
	if n := ahead([]event.Entity{"long:1", "long:2", "long:3"}); n != 2 {
		t.Errorf("looked at %d long ones", n)
	}
	// What is folded ahead outlives a restart, as any read's state does.
	h.engine = engine.New(engine.Options{Log: h.store, External: external})
	if out := h.read(t, "acct:1"); out.Strategy != projection.ExternalCacheThenReplay || out.Folded != 0 {
		t.Errorf("after a restart: %v, %d folded", out.Strategy, out.Folded)
	}
}

// told is a cache that remembers whether it was given neighbours.
type told struct {
	cache.External
	mu         sync.Mutex
	neighbours map[event.Entity]bool
}

func (c *told) PutMany(o cache.Owner, rows []cache.EntityRow, neighbours bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range rows {
		c.neighbours[event.Entity(strings.Clone(string(r.Entity)))] = neighbours
	}
	return cache.PutMany(c.External, o, rows, neighbours)
}

// Only scans that fold all entities of a stretch put neighbours, and what they put is there for the next
// process.
func TestNeighbours(t *testing.T) {
	external, err := cache.OpenPebble(t.TempDir(), cache.PebbleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer external.Close()
	h := newHouse(t, 0, external)
	var entities []event.Entity
	for i := range 100 {
		entities = append(entities, event.Entity(fmt.Sprintf("acct:%03d", i)))
		h.deposit(t, entities[i], "MoneyDeposited", "1", 2)
	}
	started := func() *told {
		c := &told{External: external, neighbours: map[event.Entity]bool{}}
		h.engine = engine.New(engine.Options{Log: h.store, External: c, ListingBytesMax: 1 << 20})
		t.Cleanup(func() { h.engine.Close() })
		return c
	}
	scan := func() (folded int) {
		t.Helper()
		n := 0
		err := h.engine.Scan(t.Context(), projection.ScanRequest{Definition: h.def, Cut: h.request("").Cut}, func(_ event.Entity, o *projection.Outcome) error {
			n++
			folded += o.Folded
			return nil
		})
		if err != nil || n != len(entities) {
			t.Fatal(n, err)
		}
		return folded
	}
	c := started()
	h.engine.ReadAhead(t.Context(), projection.AheadRequest{Definition: h.def, Cut: h.request("").Cut, Entities: entities[:2]})
	if len(c.neighbours) != 2 || c.neighbours[entities[1]] {
		t.Errorf("ahead: %v", c.neighbours)
	}
	scan()
	if c.neighbours[entities[0]] || !c.neighbours[entities[99]] || len(c.neighbours) != len(entities) {
		t.Errorf("the first scan: %v", c.neighbours)
	}
	c = started()
	if n := scan(); n != 0 || len(c.neighbours) != 0 {
		t.Errorf("the next process folds %d events, puts %v", n, c.neighbours)
	}
	h.deposit(t, entities[70], "MoneyDeposited", "1", 1)
	c = started()
	if n := scan(); n != 1 || len(c.neighbours) != 1 || c.neighbours[entities[70]] {
		t.Errorf("the next one folds %d events, puts %v", n, c.neighbours)
	}
	started()
	for i, e := range entities {
		if o := h.read(t, e); o.Strategy != projection.ExternalCacheThenReplay || o.Folded != 0 || (o.Generation == 3) != (i == 70) {
			t.Errorf("%s: %v, %d events", e, o.Strategy, o.Folded)
		}
	}
}

// Without memory for slots nothing is made ahead.
func TestReadAheadWithoutSlots(t *testing.T) {
	h := newHouse(t, -1, nil)
	h.deposit(t, "acct:1", "MoneyDeposited", "0.10", 10)
	h.engine.ReadAhead(t.Context(), projection.AheadRequest{Definition: h.def, Cut: h.request("").Cut, Entities: []event.Entity{"acct:1"}})
	if out := h.read(t, "acct:1"); out.Folded != 10 {
		t.Errorf("%v, %d folded", out.Strategy, out.Folded)
	}
}
