package cluster_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

const (
	historyOps     = 200
	historyClients = 5
)

// TestHistories runs clients against three nodes in a bubble while a nemesis cuts
// links, slows and resets them, loses, doubles and delays packets of gossip, crashes nodes,
// moves and deposes the leader, makes its log hang, slows machines, fills disks and sets clocks, and checks
// what they saw: appends and consistent reads are linearizable, receipts are those of the
// log, stamps ascend, what AS OF answered stays, every age is true, and transactions that define are
// whole and over the one before. HISTORIES and SEED say how many and which; `make histories` runs many, from a seed of its own.
func TestHistories(t *testing.T) {
	histories, first := environment("HISTORIES", 2), environment("SEED", 1)
	var failed atomic.Bool
	for i := range histories {
		seed := uint64(first + i)
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			if histories > 2 {
				t.Parallel()
			}
			if failed.Load() {
				return
			}
			defer func() { failed.Store(failed.Load() || t.Failed()) }()
			defer time.AfterFunc(historyPatience, func() { dumpStacks(seed) }).Stop()
			synctest.Test(t, func(t *testing.T) { runHistory(t, seed) })
		})
	}
}

// historyPatience is how long a history may take, on a machine that has much else to do.
const historyPatience = 3 * time.Minute

// dumpStacks ends a history that does not end, and tells where it hangs: of all goroutines,
// those of the thousands that wait for their turn are left out.
func dumpStacks(seed uint64) {
	all := make([]byte, 64<<20)
	all = all[:runtime.Stack(all, true)]
	var stacks []string
	for _, stack := range strings.Split(string(all), "\n\n") {
		if head, _, _ := strings.Cut(stack, "\n"); strings.Contains(head, "synctest bubble") {
			stacks = append(stacks, stack)
		}
	}
	panic(fmt.Sprintf("the history of seed %d does not end:\n%s", seed, strings.Join(stacks, "\n\n")))
}

func environment(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// saw is one call of a client.
type saw struct {
	call, end time.Duration // since the history's beginning
	node      string
	id        event.ID      // of an append; zero = a read
	receipt   event.Receipt // of an append
	over      *uint64       // version of the record that every definition puts, as one expects it; nil: it defines nothing
	level     projection.Level
	cut       projection.Cut // of a read
	err       error
}

func (s *saw) read() bool { return s.id == event.ID{} }

type history struct {
	*several
	random *rand.Rand
	began  time.Time
	clocks map[string]*wallClock
	takes  slowMachines
	hangs  bool // logs may

	mu     sync.Mutex
	calls  []saw
	next   uint64
	left   int
	newest event.Sequence // of all, in the end
	filled atomic.Int64   // how often a node failed by a full disk
	extras sync.WaitGroup // calls that the nemesis makes
}

func runHistory(t *testing.T, seed uint64) {
	h := &history{random: rand.New(rand.NewPCG(seed, 1)), left: historyOps, hangs: seed%2 == 0, clocks: map[string]*wallClock{}, takes: slowMachines{}}
	h.several = newSeveral(t, withClocks(h.clocks), h.takes.slow, func(o *cluster.Options) {
		o.ReadLease = seed%4 >= 2
		o.JournalBytes = 32 << 10 // its segments take turns, and cost little to make
		// A snapshot waits for a log that hangs by a mutex, which stops a bubble's time.
		if o.WriteTimeout = time.Hour; !h.hangs {
			o.SnapshotEntries, o.TrailingEntries = 40, 5
		}
	})
	h.store, h.gossip = seed%3 == 0, seed%5 == 0
	h.form(3)
	h.began = time.Now()
	done := make(chan struct{})
	var clients sync.WaitGroup
	for i := range historyClients {
		clients.Go(func() { h.client(rand.New(rand.NewPCG(seed, uint64(i+2)))) })
	}
	go func() { clients.Wait(); close(done) }()
	h.nemesis(done)
	h.extras.Wait()
	h.settle()
	h.judge()
	h.close()
}

func (h *history) node(i int) (string, *group) {
	h.mu.Lock()
	defer h.mu.Unlock()
	name := fmt.Sprint("n", i%3+1)
	return name, h.groups[name]
}

func (h *history) draw() (more bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.left--
	return h.left >= 0
}

func (h *history) client(random *rand.Rand) {
	for h.draw() {
		name, g := h.node(random.IntN(3))
		if g == nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		switch random.IntN(9) {
		case 0, 1, 2, 3:
			h.append(name, g)
		case 8:
			h.define(name, g)
		case 4, 5:
			h.readEntity(name, g, random.Uint64(), projection.Freshness{Level: projection.Consistent})
		case 6:
			h.readEntity(name, g, random.Uint64(), projection.Freshness{Level: projection.MaybeStale, AgeMax: time.Duration(random.IntN(3000)) * time.Millisecond})
		case 7:
			at := time.Now().Add(time.Duration(random.IntN(400)-300) * time.Millisecond)
			h.read(name, g, projection.Freshness{Level: projection.AsOfHLC, HLC: hlc.FromTime(at)})
		}
		time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
	}
}

// callPatience is how long a client waits.
const callPatience = 3 * time.Second

func (h *history) append(name string, g *group) {
	n := h.number()
	d := draft(n, entityOf(n))
	h.record(saw{node: name, id: d.ID}, func(ctx context.Context, s *saw) {
		receipts, err := g.Append(ctx, transaction(d))
		if s.err = err; err == nil {
			s.receipt = receipts[0]
		}
	})
}

func (h *history) number() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	return h.next
}

const everyDefinitions = "views" // record that every definition puts

// define appends an event and makes a record of its name, over what the node has of definitions.
func (h *history) define(name string, g *group) {
	d, over := draft(h.number(), "defined"), g.catalog.version(everyDefinitions)
	all := event.Change{Name: everyDefinitions, Value: []byte("v"), Expect: event.ThisRecord, Version: over}
	if over == 0 {
		all.Expect = event.NoRecord
	}
	t := event.Transaction{Drafts: []event.Draft{d}, Changes: []event.Change{{Name: definitionOf(d.ID), Value: []byte("v"), Expect: event.NoRecord}, all}}
	h.record(saw{node: name, id: d.ID, over: &over}, func(ctx context.Context, s *saw) {
		receipts, err := g.Append(ctx, t)
		if s.err = err; err == nil {
			s.receipt = receipts[0]
		}
	})
}

func definitionOf(id event.ID) string { return fmt.Sprintf("view/%x", id) }

func entityOf(n uint64) event.Entity { return event.Entity(fmt.Sprint("acct:", n%3)) }

// readEntity reads where the entity's owner is; read reads at a node itself.
func (h *history) readEntity(name string, g *group, n uint64, f projection.Freshness) {
	h.record(saw{node: name, level: f.Level}, func(ctx context.Context, s *saw) {
		a, err := routed(ctx, g, name, entityOf(n), f, 0)
		s.cut, s.err = a.cut, err
	})
}

func (h *history) read(name string, g *group, f projection.Freshness) {
	h.record(saw{node: name, level: f.Level}, func(ctx context.Context, s *saw) {
		s.cut, s.err = g.Cut(ctx, f, 0)
	})
}

func (h *history) record(s saw, do func(context.Context, *saw)) {
	ctx, cancel := context.WithTimeout(context.Background(), callPatience)
	defer cancel()
	s.call = time.Since(h.began)
	do(ctx, &s)
	s.end = time.Since(h.began)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, s)
}

// settle heals everything and waits until all have the same.
func (h *history) settle() {
	h.net.heal()
	h.drafts = 10 * historyOps
	h.newest = h.mustAppend(h.leader(), "last").Sequence
	for _, name := range h.others("") {
		g := h.groups[name]
		h.await(name+" has everything", func() bool { return g.Status().Sequence >= h.newest })
		if lost := g.Status().AcksLost; lost > 0 {
			h.t.Errorf("%s has seen that acknowledged entries were lost, %d times", name, lost)
		}
	}
}

// log returns what a node has of the log that all have: an append whose client gave up
// may still come after.
func (h *history) log(name string) (all []event.Event) {
	cut := projection.Cut{Sequence: h.newest, HLC: 1<<63 - 1, OccurredBy: event.NoTime}
	for e, err := range h.groups[name].Log(cut).Log(1, h.newest) {
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, *e)
		all[len(all)-1].Data = slices.Clone(e.Data)
	}
	return all
}

func (h *history) judge() {
	log := h.log("n1")
	for _, name := range []string{"n2", "n3"} {
		if other := h.log(name); len(other) != len(log) {
			h.t.Errorf("%s has %d events, n1 %d", name, len(other), len(log))
		} else {
			for i := range log {
				if !sameEvent(log[i], other[i]) {
					h.t.Fatalf("event %d of %s is not that of n1", i+1, name)
				}
			}
		}
	}
	at := map[event.ID]event.Sequence{}
	var last hlc.Timestamp
	for _, e := range log {
		if e.HLC <= last {
			h.t.Errorf("event %d has stamp %d after %d", e.Sequence, e.HLC, last)
		}
		last = e.HLC
		if at[e.ID] != 0 {
			h.t.Errorf("event %x is in the log twice", e.ID)
		}
		at[e.ID] = e.Sequence
	}
	h.judgeReceipts(at, log)
	h.judgeDefinitions(at)
	h.judgeAges()
	h.judgeClosed(log)
	h.judgeOrder(at)
}

// judgeReceipts: what was acknowledged is in the log as it was told, what was
// refused is not.
func (h *history) judgeReceipts(at map[event.ID]event.Sequence, log []event.Event) {
	unknown, failed, defined := 0, 0, 0
	for _, c := range h.calls {
		if c.over != nil && at[c.id] != 0 {
			defined++
		}
		switch {
		case c.read():
		case c.err == nil:
			if s := at[c.id]; s == 0 || s != c.receipt.Sequence || log[s-1].Version != c.receipt.Version || log[s-1].HLC != c.receipt.HLC {
				h.t.Errorf("append %x got %+v; it is at %d", c.id, c.receipt, s)
			}
		case codeOf(c.err) == sqlstate.StatementCompletionUnknown:
			unknown++
		default:
			if failed++; at[c.id] != 0 {
				h.t.Errorf("append %x failed with %v, and is in the log at %d", c.id, c.err, at[c.id])
			}
		}
	}
	h.t.Logf("%d calls, %d events, %d definitions, %d appends unknown, %d refused, %d disks full, in %v", len(h.calls), len(log), defined, unknown, failed, h.filled.Load(), time.Since(h.began))
}

func codeOf(err error) sqlstate.Code { return sqlstate.Of(err).Code }

// judgeDefinitions: each member's catalog has what the log has of transactions that define, and
// each is over the one before it.
func (h *history) judgeDefinitions(at map[event.ID]event.Sequence) {
	over := map[event.Sequence]uint64{}
	for _, c := range h.calls {
		if c.over == nil {
			continue
		}
		if at[c.id] != 0 {
			over[at[c.id]] = *c.over
		}
		for _, name := range h.others("") {
			if g := h.groups[name]; at[c.id] != 0 != (g.catalog.version(definitionOf(c.id)) != 0) {
				h.t.Errorf("definition %x is at %d in the log, at version %d in the catalog of %s: %v", c.id, at[c.id], g.catalog.version(definitionOf(c.id)), name, c.err)
			}
		}
	}
	before := int64(-1)
	for _, sequence := range slices.Sorted(maps.Keys(over)) {
		if int64(over[sequence]) <= before {
			h.t.Errorf("the definition at %d is over version %d, as one before", sequence, over[sequence])
		}
		before = int64(over[sequence])
	}
}

// judgeAges: a read that says it is so old has everything that was acknowledged
// before that.
func (h *history) judgeAges() {
	for _, r := range h.calls {
		if !r.read() || r.err != nil || r.level == projection.AsOfHLC {
			continue
		}
		known := r.call - r.cut.Age // it may have been younger when it was answered, never older
		for _, a := range h.calls {
			if !a.read() && a.err == nil && a.end < known && a.receipt.Sequence > r.cut.Sequence {
				h.t.Errorf("%s read at %d, of age %v, at %v; %d was acknowledged at %v", r.node, r.cut.Sequence, r.cut.Age, r.call, a.receipt.Sequence, a.end)
			}
		}
	}
}

// judgeClosed: a read AS OF a stamp has all that the log has up to it, now and for ever.
func (h *history) judgeClosed(log []event.Event) {
	for _, r := range h.calls {
		if r.level != projection.AsOfHLC || r.err != nil {
			continue
		}
		have := event.Sequence(sort.Search(len(log), func(i int) bool { return log[i].HLC > r.cut.HLC }))
		if have != r.cut.Sequence {
			h.t.Errorf("%s answered AS OF %d at %v with %d events; there are %d", r.node, r.cut.HLC, r.call, r.cut.Sequence, have)
		}
	}
}

// judgeOrder checks that appends and consistent reads are linearizable.
func (h *history) judgeOrder(at map[event.ID]event.Sequence) {
	var ops []operation
	for _, c := range h.calls {
		o := operation{call: c.call, end: c.end}
		switch appended := at[c.id]; {
		case c.read() && c.level == projection.Consistent && c.err == nil:
			o.sequence = c.cut.Sequence
		case !c.read() && appended != 0:
			o.append, o.sequence = true, appended
			if c.err != nil {
				o.end = forever // it may have taken effect later than it was given up
			}
		default:
			continue
		}
		ops = append(ops, o)
	}
	if before, after, ok := inversion(ops); !ok {
		h.t.Errorf("%d appends and consistent reads are not linearizable: %v came back before %v began", len(ops), before, after)
	}
}
