package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

func newEngine(t testing.TB, o engine.Options) *engine.Engine {
	t.Helper()
	e := engine.New(o)
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func fill(l *memLog, entity string, n int) {
	for range n {
		l.append(entity, "add", "3", 0)
	}
}

// together runs f n times at once, after a replay that blocks has begun and before
// it goes on.
func together(l *memLog, n int, f func(i int)) {
	l.mu.Lock()
	l.block = make(chan struct{})
	l.mu.Unlock()
	var started, done sync.WaitGroup
	for i := range n {
		started.Add(1)
		done.Go(func() {
			started.Done()
			f(i)
		})
	}
	started.Wait()
	close(l.block)
	done.Wait()
}

func TestConcurrentMissesReplayOnce(t *testing.T) {
	for _, binds := range []bool{false, true} {
		t.Run(fmt.Sprint("binds=", binds), func(t *testing.T) { concurrentMisses(t, binds) })
	}
}

// concurrentMisses are of statements that read one state, or (binds) several.
func concurrentMisses(t *testing.T, binds bool) {
	l := &memLog{}
	fill(l, "a", 100)
	e := newEngine(t, engine.Options{Log: l})
	req := projection.Request{Definition: tallyDefinition("tally", 1), Entity: "a", Cut: l.cut()}
	req.Cut.Binds = binds
	want, _ := oracle(l, req.Definition, "a", req.Cut)
	together(l, 1000, func(int) {
		out, err := e.Project(context.Background(), req)
		if err != nil || show(out.State()) != show(want) || out.Generation != 100 {
			t.Errorf("got %v %v, want %v", show(out.State()), err, show(want))
		}
	})
	if l.reads != 1 {
		t.Errorf("%d replays for 1000 reads", l.reads)
	}
	if folded := e.Stats()[0].Folded; folded != 100 {
		t.Errorf("%d events folded, want 100", folded)
	}
}

// A read whose cut has an event more than the flight's must not get the flight's state.
func TestWaiterWithNewerCutGoesOn(t *testing.T) {
	l := &memLog{}
	fill(l, "a", 10)
	old := l.cut()
	fill(l, "a", 1)
	newer := l.cut()
	e := newEngine(t, engine.Options{Log: l})
	d := tallyDefinition("tally", 1)
	together(l, 100, func(i int) {
		c := old
		if i%2 == 1 {
			c = newer
		}
		out, err := e.Project(context.Background(), projection.Request{Definition: d, Entity: "a", Cut: c})
		if err != nil || out.State().(*tally).n < uint64(c.Sequence) || out.Generation != event.Version(out.State().(*tally).n) {
			t.Errorf("cut %d got %v generation %d, error %v", c.Sequence, show(out.State()), out.Generation, err)
		}
	})
}

// A read whose cut binds must not get the state of a flight that is newer, nor wait for
// another than its own.
func TestBindingCutsShareOnlyTheirOwn(t *testing.T) {
	l := &memLog{}
	fill(l, "a", 10)
	old := l.cut()
	old.Binds = true
	fill(l, "a", 1)
	newer := l.cut()
	e := newEngine(t, engine.Options{Log: l})
	d := tallyDefinition("tally", 1)
	together(l, 100, func(i int) {
		c := old
		if i%2 == 1 {
			c = newer
		}
		out, err := e.Project(context.Background(), projection.Request{Definition: d, Entity: "a", Cut: c})
		if err != nil || out.State().(*tally).n != uint64(c.Sequence) || out.Generation != event.Version(c.Sequence) {
			t.Errorf("cut %d got %v generation %d, error %v", c.Sequence, show(out.State()), out.Generation, err)
		}
	})
}

// The client that flies gives up; those who wait do not.
func TestWaitersOutliveTheFlyer(t *testing.T) {
	l := &memLog{block: make(chan struct{})}
	fill(l, "a", 5000)
	e := newEngine(t, engine.Options{Log: l})
	req := projection.Request{Definition: tallyDefinition("tally", 1), Entity: "a", Cut: l.cut()}
	gone := errors.New("client is gone")
	ctx, cancel := context.WithCancelCause(context.Background())
	errs := make(chan error, 2)
	go func() {
		_, err := e.Project(ctx, req)
		errs <- err
	}()
	waitFor(t, func() bool { l.mu.Lock(); defer l.mu.Unlock(); return l.reads == 1 })
	cancel(gone)
	done := make(chan error)
	go func() {
		out, err := e.Project(context.Background(), req)
		if err == nil && out.State().(*tally).n != 5000 {
			err = errors.New(show(out.State()))
		}
		done <- err
	}()
	close(l.block)
	if err := <-errs; !errors.Is(err, gone) {
		t.Errorf("the client that gave up got %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("the other got %v", err)
	}
}

// waitFor polls without sleeping.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("did not happen in time")
		}
	}
}

func TestScanLeavesTheHotSet(t *testing.T) {
	l := &memLog{}
	for _, name := range []string{"hot1", "hot2", "hot3"} {
		fill(l, name, 3)
	}
	for i := range 1000 {
		l.append("cold"+string(rune('a'+i%26))+string(rune('a'+i/26)), "add", "1", 0)
	}
	e := newEngine(t, engine.Options{Log: l, SlotBytesMax: 20_000})
	d := tallyDefinition("tally", 1)
	c := l.cut()
	read := func(name string) projection.Strategy {
		out, err := e.Project(context.Background(), projection.Request{Definition: d, Entity: event.Entity(name), Cut: c})
		if err != nil {
			t.Fatal(err)
		}
		return out.Strategy
	}
	for range 3 {
		for _, name := range []string{"hot1", "hot2", "hot3"} {
			read(name)
		}
	}
	n := 0
	if err := e.Scan(context.Background(), projection.ScanRequest{Definition: d, Cut: c}, func(event.Entity, *projection.Outcome) error { n++; return nil }); err != nil || n != 1003 {
		t.Fatalf("scanned %d entities: %v", n, err)
	}
	for _, st := range e.Stats()[0].Stores {
		if st.Cache == "slot" && st.Outcome == "skipped" && st.Count < 900 {
			t.Errorf("the scan put states where there was no free memory: %+v", st)
		}
	}
	for _, name := range []string{"hot1", "hot2", "hot3"} {
		if s := read(name); s != projection.GroupLocalHit {
			t.Errorf("%s is answered by %v after the scan", name, s)
		}
	}
}

func TestDisagreeingHeadIsDamage(t *testing.T) {
	l := &memLog{}
	fill(l, "a", 3)
	e := newEngine(t, engine.Options{Log: lossyLog{l}})
	_, err := e.Project(context.Background(), projection.Request{Definition: tallyDefinition("tally", 1), Entity: "a", Cut: l.cut()})
	var damage *engine.DisagreementError
	if !errors.As(err, &damage) || damage.SQLState() != "XX001" {
		t.Fatalf("got %v", err)
	}
	past := projection.HistoryRequest{Definition: tallyDefinition("tally", 1), Entity: "a", Cut: l.cut()}
	damage = nil
	if _, err := e.History(context.Background(), past, func(*event.Event, *projection.Outcome) error { return nil }); !errors.As(err, &damage) {
		t.Fatalf("got %v", err)
	}
}

// lossyLog loses the last event's body and keeps it in the head.
type lossyLog struct{ *memLog }

func (l lossyLog) Reader(c projection.Cut) event.Reader {
	r := l.memLog.Reader(c).(*memReader)
	return lossyReader{r}
}

type lossyReader struct{ *memReader }

func (r lossyReader) Head(e event.Entity) (event.Head, bool, error) {
	h, ok, err := r.memReader.Head(e)
	r.events = r.events[:len(r.events)-1]
	return h, ok, err
}

func phasesOf(o *projection.Outcome) (sum time.Duration) {
	for _, d := range o.Timings.Phase {
		sum += d
	}
	return sum
}

func TestPhasesAreDisjoint(t *testing.T) {
	l := &memLog{}
	fill(l, "a", 2000)
	req := projection.Request{Definition: tallyDefinition("tally", 1), Entity: "a", Cut: l.cut(), Timed: true}
	var e *engine.Engine
	for _, c := range []struct {
		ask    func() projection.Outcome
		phases []projection.Phase
	}{
		{func() projection.Outcome {
			e = newEngine(t, engine.Options{Log: l, External: newFaulty()})
			return mustProject(t, e, req)
		}, []projection.Phase{projection.PhasePlan, projection.PhaseLogRead, projection.PhaseFold, projection.PhaseExternalProbe, projection.PhaseCacheStore}},
		{func() projection.Outcome { return mustProject(t, e, req) }, []projection.Phase{projection.PhasePlan}},
	} {
		out := c.ask()
		for range 20 { // whoever is interrupted between two phases has lost time to none
			if phasesOf(&out) >= out.Timings.Total/2 {
				break
			}
			out = c.ask()
		}
		if sum := phasesOf(&out); sum > out.Timings.Total || sum < out.Timings.Total/2 {
			t.Errorf("%v: phases %v take %v of %v", out.Strategy, out.Timings.Phase, sum, out.Timings.Total)
		}
		for _, p := range c.phases {
			if out.Timings.Phase[p] <= 0 {
				t.Errorf("%v: phase %v took no time", out.Strategy, p)
			}
		}
	}
	req.Timed = false
	if out := mustProject(t, e, req); out.Timings != (projection.Timings{}) {
		t.Errorf("timings %v without being asked for", out.Timings)
	}
}
