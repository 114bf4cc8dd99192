package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// TestAnyCacheEqualsReplay runs random histories and reads under every combination
// of caches and faults, with restarts, restored logs and new definitions between,
// and demands the fold of the cut's events each time.
func TestAnyCacheEqualsReplay(t *testing.T) {
	for i := range 20 {
		t.Run(fmt.Sprint(i), checkAnyCache)
	}
}

func checkAnyCache(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newModel(rt)
		rt.Repeat(map[string]func(*rapid.T){
			"append":  m.append,
			"append2": m.append,
			"read":    m.read,
			"read2":   m.read,
			"ifnot":   m.readIfNot,
			"scan":    m.scan,
			"history": m.history,
			"verify":  m.verify,
			"advance": func(rt *rapid.T) {
				m.clock.advance(time.Duration(rapid.IntRange(0, 500).Draw(rt, "ms")) * time.Millisecond)
			},
			"fault":    func(rt *rapid.T) { m.external.set(rapid.SampledFrom(faults).Draw(rt, "fault")) },
			"restart":  m.restart,
			"restore":  m.restore,
			"redefine": m.redefine,
			"purge":    func(*rapid.T) { _, _ = m.engine.Purge("") },
		})
		if err := m.engine.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}

type model struct {
	log      *memLog
	clock    *fakeClock
	external *faulty
	engine   *engine.Engine
	def      *projection.Definition
	// currentAt is when the log last had each length, for ages.
	grown []time.Time
}

func newModel(rt *rapid.T) *model {
	m := &model{log: &memLog{}, clock: newFakeClock(), external: newFaulty(), def: tallyDefinition("tally", 1)}
	m.start(rt)
	return m
}

func (m *model) start(rt *rapid.T) {
	o := engine.Options{
		Log: m.log, Now: m.clock.Now,
		SlotBytesMax:  rapid.SampledFrom([]int64{0, -1, 1000}).Draw(rt, "slots"),
		NoIncremental: rapid.Bool().Draw(rt, "no incremental"),
	}
	if rapid.Bool().Draw(rt, "external") {
		o.External = m.external
	}
	m.engine = engine.New(o)
}

func (m *model) restart(rt *rapid.T) {
	if err := m.engine.Close(); err != nil {
		rt.Fatal(err)
	}
	m.start(rt)
}

var entities = rapid.SampledFrom([]string{"a", "b", "c"})

func (m *model) append(rt *rapid.T) {
	kind := rapid.SampledFrom([]string{"add", "add", "add", "add", "noise", "noise", "del", "bad"}).Draw(rt, "kind")
	if kind == "bad" && rapid.IntRange(0, 9).Draw(rt, "really bad") > 0 {
		kind = "add"
	}
	data := fmt.Sprint(rapid.IntRange(0, 9).Draw(rt, "data"))
	m.log.append(entities.Draw(rt, "entity"), kind, data, event.Micros(rapid.IntRange(0, 9).Draw(rt, "occurred")))
	m.grown = append(m.grown, m.clock.Now())
}

func (m *model) restore(rt *rapid.T) {
	n := rapid.IntRange(0, len(m.log.events)).Draw(rt, "events left")
	m.log.restore(n)
	m.grown = m.grown[:n]
}

func (m *model) redefine(*rapid.T) {
	old := m.def
	m.def = tallyDefinition("tally", old.Version+1)
	m.engine.Retire(old)
}

func (m *model) cut(rt *rapid.T) projection.Cut {
	c := m.log.cut()
	c.KnownAt = m.clock.Now()
	switch rapid.IntRange(0, 5).Draw(rt, "freshness") {
	case 0:
		c.Newest = false
		c.Sequence = event.Sequence(rapid.IntRange(0, int(c.Sequence)).Draw(rt, "as of"))
	case 1:
		c.OccurredBy = event.Micros(rapid.IntRange(0, 9).Draw(rt, "occurred by"))
	case 2:
		c.StaleMax = time.Duration(rapid.IntRange(1, 1000).Draw(rt, "stale ms")) * time.Millisecond
		c.Floor = event.Sequence(rapid.IntRange(0, int(c.Sequence)).Draw(rt, "floor"))
	case 3: // a statement that began a while ago
		c.Sequence = event.Sequence(rapid.IntRange(0, int(c.Sequence)).Draw(rt, "begun at"))
		if int(c.Sequence) < len(m.grown) {
			c.KnownAt = m.grown[c.Sequence]
		}
	}
	c.Binds = rapid.IntRange(0, 3).Draw(rt, "binds") == 0
	return c
}

func (m *model) read(rt *rapid.T) {
	req := projection.Request{Definition: m.def, Entity: event.Entity(entities.Draw(rt, "entity")), Cut: m.cut(rt)}
	req.Timed = rapid.Bool().Draw(rt, "timed")
	out, err := m.engine.Project(context.Background(), req)
	m.check(rt, req.Entity, req.Cut, &out, err)
}

func (m *model) readIfNot(rt *rapid.T) {
	req := projection.Request{Definition: m.def, Entity: event.Entity(entities.Draw(rt, "entity")), Cut: m.log.cut()}
	head, _, _ := m.log.Reader(req.Cut).Head(req.Entity)
	req.IfNot = event.Expect(event.Version(rapid.IntRange(0, int(head.Generation)+1).Draw(rt, "if not")))
	out, err := m.engine.Project(context.Background(), req)
	if out.Unchanged != (req.IfNot.Version == head.Generation) {
		rt.Fatalf("unchanged = %v, asked for %d, is %d", out.Unchanged, req.IfNot.Version, head.Generation)
	}
	if !out.Unchanged {
		m.check(rt, req.Entity, req.Cut, &out, err)
	}
}

// check demands the state of the cut, or, where the outcome says that it may differ,
// of the position that it claims.
func (m *model) check(rt *rapid.T, entity event.Entity, c projection.Cut, out *projection.Outcome, err error) {
	if err == nil && c.Newest && !c.Binds && c.OccurredBy == event.NoTime && out.Strategy == projection.GroupLocalHit {
		c = m.claimed(rt, entity, c, out)
	}
	want, wantErr := oracle(m.log, m.def, entity, c)
	if !errors.Is(err, wantErr) || (err == nil) != (wantErr == nil) {
		rt.Fatalf("error %v, want %v", err, wantErr)
	}
	if err != nil {
		return
	}
	if show(out.State()) != show(want) {
		rt.Fatalf("%s at %+v: got %s, want %s", entity, c, evidence(out), show(want))
	}
	head, _, _ := m.log.Reader(c).Head(entity)
	if out.Generation != head.Generation {
		rt.Fatalf("%s: generation %d, want %d: %s", entity, out.Generation, head.Generation, evidence(out))
	}
	if at := c; out.Position != 0 {
		at.Sequence = out.Position
		if head, _, _ := m.log.Reader(at).Head(entity); out.Generation != head.Generation {
			rt.Fatalf("%s: generation %d is not that of position %d: %s", entity, out.Generation, out.Position, evidence(out))
		}
	}
	m.checkTimings(rt, out)
}

// claimed is the cut that a slot's answer says it belongs to: it may be behind for a
// reader that allows it, and ahead of a cut that does not bind.
func (m *model) claimed(rt *rapid.T, entity event.Entity, c projection.Cut, out *projection.Outcome) projection.Cut {
	head, _, _ := m.log.Reader(c).Head(entity)
	switch {
	case out.Observed == projection.StaleAllowed:
		m.checkAge(rt, entity, c, out)
	case out.Generation < head.Generation:
		rt.Fatalf("%s is behind its cut and called %v", evidence(out), out.Observed)
	}
	all := m.log.cut()
	for _, e := range m.log.events {
		if e.Entity == entity && e.Version == out.Generation {
			all.Sequence = e.Sequence
		}
	}
	return all
}

// checkAge demands that a stale state was current at the age it claims, which is
// within the bound, and not behind the floor.
func (m *model) checkAge(rt *rapid.T, entity event.Entity, c projection.Cut, out *projection.Outcome) {
	if c.StaleMax == 0 || out.Age > c.StaleMax {
		rt.Fatalf("age %v with a bound of %v", out.Age, c.StaleMax)
	}
	for _, e := range m.log.events {
		if e.Entity != entity || !m.def.Relevant(e.Kind) || e.Version <= out.Generation {
			continue
		}
		if e.Sequence <= c.Floor {
			rt.Fatalf("%s lacks event %d, the floor is %d", evidence(out), e.Sequence, c.Floor)
		}
		if age := m.clock.Now().Sub(m.grown[e.Sequence-1]); age > out.Age {
			rt.Fatalf("%s lacks event %d of %v ago", evidence(out), e.Sequence, age)
		}
	}
}

func (m *model) checkTimings(rt *rapid.T, out *projection.Outcome) {
	sum := time.Duration(0)
	for _, d := range out.Timings.Phase {
		sum += d
	}
	if sum > out.Timings.Total {
		rt.Fatalf("phases take %v of %v", sum, out.Timings.Total)
	}
}

func (m *model) scan(rt *rapid.T) {
	c := m.cut(rt)
	got := map[event.Entity]string{}
	last := event.Entity("")
	timed := rapid.Bool().Draw(rt, "timed")
	err := m.engine.Scan(context.Background(), projection.ScanRequest{Definition: m.def, Cut: c, Timed: timed}, func(e event.Entity, o *projection.Outcome) error {
		m.checkTimings(rt, o)
		if e <= last {
			rt.Fatalf("%s comes after %s", e, last)
		}
		got[e], last = show(o.State()), e
		return nil
	})
	var wantErr error
	want := map[event.Entity]string{}
	for _, e := range []event.Entity{"a", "b", "c"} {
		s, err := oracle(m.log, m.def, e, c)
		wantErr = errors.Join(wantErr, err)
		if s != nil {
			want[e] = show(s)
		}
	}
	if (err == nil) != (wantErr == nil) {
		rt.Fatalf("error %v, want %v", err, wantErr)
	}
	if err == nil && fmt.Sprint(got) != fmt.Sprint(want) {
		rt.Fatalf("scan at %+v: got %v, want %v", c, got, want)
	}
}
