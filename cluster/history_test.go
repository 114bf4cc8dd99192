package cluster_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

const (
	historyOps     = 200
	historyClients = 5
)

// TestHistories runs clients against three nodes in a bubble while a nemesis cuts
// links, slows them, crashes nodes, moves the leader and makes its log hang, and
// checks what they saw: appends and consistent reads are linearizable, receipts are
// those of the log, and every age is true. HISTORIES and SEED say how many and which;
// `make histories` runs many, from a seed of its own.
func TestHistories(t *testing.T) {
	histories, first := environment("HISTORIES", 2), environment("SEED", 1)
	for i := range histories {
		seed := uint64(first + i)
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { runHistory(t, seed) })
		})
		if t.Failed() {
			return
		}
	}
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
	id        event.ID       // of an append; zero = a read
	receipt   event.Receipt  // of an append
	cut       projection.Cut // of a read
	stale     bool           // the read may be stale
	err       error
}

type history struct {
	*several
	random *rand.Rand
	began  time.Time
	hangs  bool // logs may

	mu    sync.Mutex
	calls []saw
	next  uint64
	left  int
}

func runHistory(t *testing.T, seed uint64) {
	h := &history{random: rand.New(rand.NewPCG(seed, 1)), left: historyOps, hangs: seed%2 == 0}
	h.several = newSeveral(t, func(o *cluster.Options) {
		// A snapshot waits for a log that hangs by a mutex, which stops a bubble's time.
		if o.WriteTimeout = time.Hour; !h.hangs {
			o.SnapshotEntries, o.TrailingEntries = 40, 5
		}
	})
	h.form(3)
	h.began = time.Now()
	done := make(chan struct{})
	var clients sync.WaitGroup
	for i := range historyClients {
		clients.Go(func() { h.client(rand.New(rand.NewPCG(seed, uint64(i+2)))) })
	}
	go func() { clients.Wait(); close(done) }()
	h.nemesis(done)
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

func (h *history) draw() (n uint64, more bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.left--
	h.next++
	return h.next, h.left >= 0
}

func (h *history) client(random *rand.Rand) {
	for {
		n, more := h.draw()
		if !more {
			return
		}
		name, g := h.node(random.IntN(3))
		if g == nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		s := saw{node: name, call: time.Since(h.began)}
		switch random.IntN(4) {
		case 0, 1:
			s.append(g, n)
		case 2:
			s.read(g, entityOf(n), projection.Freshness{Level: projection.Consistent})
		case 3:
			s.stale = true
			s.read(g, entityOf(n), projection.Freshness{Level: projection.MaybeStale, AgeMax: time.Duration(random.IntN(3000)) * time.Millisecond})
		}
		s.end = time.Since(h.began)
		h.mu.Lock()
		h.calls = append(h.calls, s)
		h.mu.Unlock()
		time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
	}
}

func entityOf(n uint64) event.Entity { return event.Entity(fmt.Sprint("acct:", n%3)) }

func (s *saw) append(g *group, n uint64) {
	d := draft(n, entityOf(n))
	s.id = d.ID
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	receipts, err := g.Append(ctx, transaction(d))
	if s.err = err; err == nil {
		s.receipt = receipts[0]
	}
}

func (s *saw) read(g *group, e event.Entity, f projection.Freshness) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	a, err := routed(ctx, g, s.node, e, f, 0)
	s.cut, s.err = a.cut, err
}

// nemesis makes trouble until the clients are done.
func (h *history) nemesis(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(time.Duration(200+h.random.IntN(1500)) * time.Millisecond):
		}
		name, g := h.node(h.random.IntN(3))
		other, _ := h.node(h.random.IntN(3))
		switch h.random.IntN(7) {
		case 0:
			h.net.split([]string{name}, []string{fmt.Sprint("n", h.random.IntN(3)+1), other})
			h.net.update(func() { delete(h.net.cuts, [2]string{name, name}) })
		case 1:
			h.net.cut(name, other)
			h.net.update(func() { delete(h.net.cuts, [2]string{name, name}) })
		case 2:
			h.net.delay(name, other, time.Duration(h.random.IntN(2500))*time.Millisecond)
		case 3:
			if g != nil {
				h.crashAndReturn(name)
			}
		case 4:
			if g != nil {
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				_ = g.TransferLeader(ctx, "") // it need not work
				cancel()
			}
		case 5:
			if g != nil && h.hangs {
				release := g.HoldLog()
				time.Sleep(time.Duration(h.random.IntN(3000)) * time.Millisecond)
				release()
			}
		default:
			h.net.heal()
		}
	}
}

func (h *history) crashAndReturn(name string) {
	h.mu.Lock()
	g := h.groups[name]
	delete(h.groups, name)
	h.mu.Unlock()
	h.net.update(func() { delete(h.net.nodes, name) })
	g.Crash()
	if err := g.Close(context.Background()); err != nil {
		h.t.Error(err)
	}
	time.Sleep(time.Duration(h.random.IntN(2000)) * time.Millisecond)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.start(name); err != nil {
		h.t.Error(err)
	}
}

// settle heals everything and waits until all have the same.
func (h *history) settle() {
	h.net.heal()
	h.drafts = 10 * historyOps
	newest := h.mustAppend(h.leader(), "last").Sequence
	for _, name := range h.others("") {
		g := h.groups[name]
		h.await(name+" has everything", func() bool { s, _ := g.machine.Frontier(); return s >= newest })
	}
}

func (h *history) judge() {
	log := h.groups["n1"].machine.events()
	for _, name := range []string{"n2", "n3"} {
		if other := h.groups[name].machine.events(); len(other) != len(log) {
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
	for _, e := range log {
		if at[e.ID] != 0 {
			h.t.Errorf("event %x is in the log twice", e.ID)
		}
		at[e.ID] = e.Sequence
	}
	h.judgeReceipts(at, log)
	h.judgeAges()
	h.judgeOrder(at)
}

// judgeReceipts: what was acknowledged is in the log as it was told, what was
// refused is not.
func (h *history) judgeReceipts(at map[event.ID]event.Sequence, log []event.Event) {
	unknown, failed := 0, 0
	for _, c := range h.calls {
		switch {
		case c.id == event.ID{}:
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
	h.t.Logf("%d calls, %d events, %d appends unknown, %d refused, in %v", len(h.calls), len(log), unknown, failed, time.Since(h.began))
}

func codeOf(err error) sqlstate.Code { return sqlstate.Of(err).Code }

// judgeAges: a read that says it is so old has everything that was acknowledged
// before that.
func (h *history) judgeAges() {
	for _, r := range h.calls {
		if r.id != (event.ID{}) || r.err != nil {
			continue
		}
		known := r.call - r.cut.Age // it may have been younger when it was answered, never older
		for _, a := range h.calls {
			if a.id != (event.ID{}) && a.err == nil && a.end < known && a.receipt.Sequence > r.cut.Sequence {
				h.t.Errorf("%s read at %d, of age %v, at %v; %d was acknowledged at %v", r.node, r.cut.Sequence, r.cut.Age, r.call, a.receipt.Sequence, a.end)
			}
		}
	}
}

// judgeOrder checks that appends and consistent reads are linearizable: the state is
// the length of the log.
func (h *history) judgeOrder(at map[event.ID]event.Sequence) {
	var ops []porcupine.Operation
	for i, c := range h.calls {
		if c.stale {
			continue
		}
		op := porcupine.Operation{ClientId: i, Call: int64(c.call), Return: int64(c.end)}
		switch appended := at[c.id]; {
		case c.id == event.ID{} && c.err == nil:
			op.Input, op.Output = false, c.cut.Sequence
		case c.id != event.ID{} && appended != 0:
			op.Input, op.Output = true, appended
			if c.err != nil {
				op.Return = int64(time.Hour) // it may have taken effect later than it was given up
			}
		default:
			continue
		}
		ops = append(ops, op)
	}
	model := porcupine.Model{
		Init: func() any { return event.Sequence(0) },
		Step: func(state, input, output any) (bool, any) {
			if input.(bool) {
				return output.(event.Sequence) == state.(event.Sequence)+1, output
			}
			return output == state, state
		},
	}
	if !porcupine.CheckOperations(model, ops) {
		h.t.Errorf("%d appends and consistent reads are not linearizable", len(ops))
		for _, o := range ops {
			h.t.Log(o.Input, o.Output, time.Duration(o.Call), time.Duration(o.Return))
		}
	}
}
