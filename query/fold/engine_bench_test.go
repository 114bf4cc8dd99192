package fold_test

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// `make bench-engine` runs these, on one processor, and prints their figures as a table.

var storeEventsMax = flag.Int("store-events-max", 1_000_000, "events of the largest store of BenchmarkGrowth")

const accountSource = `CREATE PROJECTION account (owner text, balance numeric NOT NULL DEFAULT 0)
	WHEN 'AccountOpened' THEN UPDATE SET owner = data->>'owner'
	WHEN 'MoneyDeposited' THEN UPDATE SET balance = balance + (data->>'amount')::numeric`

// meter measures what run is given, and nothing else of a benchmark.
type meter struct {
	cpu, wall time.Duration
	mallocs   uint64
	units     int
	apart     bool // what other threads do meanwhile is not counted: the store's compactions
}

func (m *meter) run(units int, f func()) {
	who := syscall.RUSAGE_SELF
	if m.apart {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		who = syscall.RUSAGE_THREAD
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, begun := cpuTimeOf(who), time.Now()
	f()
	m.cpu += cpuTimeOf(who) - cpu
	m.wall += time.Since(begun)
	runtime.ReadMemStats(&after)
	m.mallocs += after.Mallocs - before.Mallocs
	m.units += units
}

func (m *meter) report(b *testing.B, unit string) {
	n := float64(m.units)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(m.cpu)/n, "cpu-ns/"+unit)
	b.ReportMetric(float64(m.wall)/n, "ns/"+unit)
	b.ReportMetric(float64(m.mallocs)/n, "allocs/"+unit)
}

func accountHouse(b *testing.B, slots int64, external cache.External) *house {
	h := newHouse(b, slots, external)
	d, err := fold.CompileSource(accountSource)
	if err != nil {
		b.Fatal(err)
	}
	h.def = d
	return h
}

// open gives each entity an owner and n-1 deposits, entity after entity.
func (h *house) open(b *testing.B, names []event.Entity, n int) {
	owner, err := jsonb.Parse(`{"owner": "Ada Lovelace"}`)
	if err != nil {
		b.Fatal(err)
	}
	deposit, err := jsonb.Parse(`{"amount": 12.34, "note": "payment number 1234567"}`)
	if err != nil {
		b.Fatal(err)
	}
	var drafts []event.Draft
	for _, name := range names {
		for i := range n {
			h.ids++
			d := event.Draft{Entity: name, Kind: "MoneyDeposited", Data: []byte(deposit), OccurredAt: event.NoTime}
			if i == 0 {
				d.Kind, d.Data = "AccountOpened", []byte(owner)
			}
			binary.BigEndian.PutUint64(d.ID[8:], h.ids)
			d.ID[6] = 0x70 // of version 7, as those that we make
			if drafts = append(drafts, d); len(drafts) == 1000 {
				h.append(b, drafts)
				drafts = drafts[:0]
			}
		}
	}
	h.append(b, drafts)
}

func (h *house) append(b *testing.B, drafts []event.Draft) {
	h.index++
	c := event.Command{Stamp: hlc.New(1_700_000_000_000+int64(h.index), 0), Transactions: []event.Transaction{{Drafts: drafts}}}
	results, err := h.store.Apply([]event.Entry{{Index: h.index, Term: 1, Command: event.AppendCommand(nil, &c)}})
	if err != nil || results[0].Transactions[0].Err != nil {
		b.Fatal(err, results)
	}
}

func accounts(prefix string, n int) []event.Entity {
	names := make([]event.Entity, n)
	for i := range names {
		names[i] = event.Entity(fmt.Sprintf("%s:%07d", prefix, i))
	}
	return names
}

// readAll reads each entity once, and checks how.
func (h *house) readAll(b *testing.B, names []event.Entity, want projection.Strategy) {
	for _, name := range names {
		if out := h.read(b, name); out.Strategy != want || out.State() == nil {
			b.Fatalf("%s: %v, want %v", name, out.Strategy, want)
		}
	}
}

// renew takes another engine over the same store and external cache.
func (h *house) renew(b *testing.B, external cache.External) {
	if err := h.engine.Close(); err != nil {
		b.Fatal(err)
	}
	h.engine = engine.New(engine.Options{Log: h.store, External: external})
}

func BenchmarkEngine(b *testing.B) {
	b.Run("hit", benchHit(10))
	b.Run("incremental+5on1000", benchIncremental(1000, 40))
	for _, l := range []struct{ events, entities int }{{64, 1000}, {1000, 100}, {100_000, 1}} {
		b.Run(fmt.Sprintf("cold/%d", l.events), benchCold(l.events, l.entities))
	}
	b.Run("externalhit", benchExternalHit)
	b.Run("scan", benchScan)
}

func benchHit(events int) func(*testing.B) {
	return func(b *testing.B) {
		h := accountHouse(b, 0, nil)
		names := accounts("acct", 1)
		h.open(b, names, events)
		h.hits(b, names[0])
	}
}

func (h *house) hits(b *testing.B, name event.Entity) {
	const reads = 2000
	h.read(b, name)
	req := h.request(name)
	ctx := b.Context()
	var m meter
	for b.Loop() {
		m.run(reads, func() {
			for range reads {
				if out, err := h.engine.Project(ctx, req); err != nil || out.Strategy != projection.GroupLocalHit {
					b.Fatal(out.Strategy, err)
				}
			}
		})
	}
	m.report(b, "read")
}

func benchIncremental(events, entities int) func(*testing.B) {
	return func(b *testing.B) {
		h := accountHouse(b, 0, nil)
		names := accounts("acct", entities)
		h.open(b, names, events)
		h.readAll(b, names, projection.DirectReplay)
		m := meter{apart: true}
		for b.Loop() {
			h.open(b, names, 5)
			m.run(entities, func() { h.readAll(b, names, projection.GroupLocalIncremental) })
		}
		m.report(b, "read")
	}
}

func benchCold(events, entities int) func(*testing.B) {
	return func(b *testing.B) {
		h := accountHouse(b, -1, nil)
		names := accounts("acct", entities)
		h.open(b, names, events)
		var m meter
		for b.Loop() {
			m.run(events*entities, func() { h.readAll(b, names, projection.DirectReplay) })
		}
		m.report(b, "event")
	}
}

func benchExternalHit(b *testing.B) {
	external := openExternal(b)
	h := accountHouse(b, 0, external)
	names := accounts("acct", 2000)
	h.open(b, names, 10)
	h.readAll(b, names, projection.ExternalCacheThenReplay)
	var m meter
	for b.Loop() {
		h.renew(b, external)
		m.run(len(names), func() { h.readAll(b, names, projection.ExternalCacheThenReplay) })
		if out := h.read(b, names[0]); out.Folded != 0 {
			b.Fatal(out.Folded)
		}
	}
	m.report(b, "read")
}

func openExternal(b *testing.B) cache.External {
	external, err := cache.OpenPebble(b.TempDir(), cache.PebbleOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = external.Close() })
	return external
}

// benchScan scans 100,000 entities of 10 events.
func benchScan(b *testing.B) {
	const entities = 100_000
	external := openExternal(b)
	h := accountHouse(b, 0, external)
	names := accounts("acct", entities)
	h.open(b, names, 10)
	h.scan(b, entities)
	b.Run("warm", func(b *testing.B) { h.scans(b, entities, func() {}) })
	b.Run("stored", func(b *testing.B) { h.scans(b, entities, func() { h.renew(b, external) }) })
	b.Run("dirty1%", func(b *testing.B) {
		h.scan(b, entities)
		h.scans(b, entities, func() { h.open(b, names[:entities/100], 1) })
	})
	b.Run("cold", func(b *testing.B) {
		h.scans(b, entities, func() {
			next := *h.def
			next.Version++
			h.engine.Retire(h.def)
			h.def = &next
			h.renew(b, external)
		})
	})
}

func (h *house) scans(b *testing.B, entities int, prepare func()) {
	var m meter
	for b.Loop() {
		prepare()
		m.run(entities, func() { h.scan(b, entities) })
	}
	m.report(b, "row")
}

func (h *house) scan(t testing.TB, want int) {
	t.Helper()
	n := 0
	err := h.engine.Scan(context.Background(), projection.ScanRequest{Definition: h.def, Cut: h.request("").Cut}, func(event.Entity, *projection.Outcome) error {
		n++
		return nil
	})
	if err != nil || n != want {
		t.Fatal(n, err)
	}
}

// BenchmarkGrowth shows how reads grow with the store and with the entity. The other
// entities have 10 events each and are on disk.
func BenchmarkGrowth(b *testing.B) {
	for size := 10_000; size <= *storeEventsMax; size *= 10 {
		h := accountHouse(b, 0, nil)
		h.open(b, accounts("other", size/10), 10)
		if _, err := h.store.Flush(); err != nil {
			b.Fatal(err)
		}
		for length := 10; length <= 100_000; length *= 10 {
			names := accounts(fmt.Sprint("acct", length), 1)
			h.open(b, names, length)
			b.Run(fmt.Sprintf("store=%d/entity=%d/hit", size, length), func(b *testing.B) { h.hits(b, names[0]) })
			b.Run(fmt.Sprintf("store=%d/entity=%d/incremental", size, length), func(b *testing.B) {
				h.read(b, names[0]) // if nothing ran before
				m := meter{apart: true}
				for b.Loop() {
					h.open(b, names, 5)
					m.run(1, func() { h.readAll(b, names, projection.GroupLocalIncremental) })
				}
				m.report(b, "read")
			})
			b.Run(fmt.Sprintf("store=%d/entity=%d/cold", size, length), func(b *testing.B) {
				e := h.engine
				defer func() { h.engine = e }()
				h.engine = coldEngine(b, h)
				folded := h.read(b, names[0]).Folded
				reads := max(1, 2000/folded)
				m := meter{apart: true}
				for b.Loop() {
					m.run(folded*reads, func() {
						for range reads {
							h.readAll(b, names, projection.DirectReplay)
						}
					})
				}
				m.report(b, "event")
			})
		}
	}
}

// coldEngine keeps nothing.
func coldEngine(b *testing.B, h *house) *engine.Engine {
	e := engine.New(engine.Options{Log: h.store, SlotBytesMax: -1})
	b.Cleanup(func() { _ = e.Close() })
	return e
}
