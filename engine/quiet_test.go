package engine_test

import (
	"testing"
	"time"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// An answer that needs no row asks the external cache for nothing: neither an entity
// without relevant events, nor a slot that serves, nor a generation that has not changed.
func TestNoNeedlessCacheTraffic(t *testing.T) {
	l := &memLog{}
	l.append("noise", "noise", "", 0)
	fill(l, "a", 3)
	external := newFaulty()
	e := newEngine(t, engine.Options{Log: l, External: external})
	d := tallyDefinition("tally", 1)
	read := func(entity event.Entity, ifNot event.Expectation) {
		mustProject(t, e, projection.Request{Definition: d, Entity: entity, Cut: l.cut(), IfNot: ifNot})
	}
	read("a", event.Expectation{})
	gets, puts := external.gets, external.puts
	if gets != 1 || puts != 1 {
		t.Fatalf("a cold read makes %d gets and %d puts", gets, puts)
	}
	external.set("prefetch_error")
	for range 3 {
		read("nobody", event.Expectation{})
		read("noise", event.Expectation{})
		read("a", event.Expectation{})
		read("a", event.Expect(3))
	}
	if external.gets != gets || external.puts != puts || e.Stats()[0].PrefetchFailed != 0 {
		t.Errorf("%d gets, %d puts, %d prefetches too many", external.gets-gets, external.puts-puts, e.Stats()[0].PrefetchFailed)
	}
}

// headless is a log that counts how often it is asked for an entity's head.
type headless struct {
	*memLog
	asked *int
}

func (l headless) Reader(c projection.Cut) event.Reader {
	return countedHead{l.memLog.Reader(c), l.asked}
}

type countedHead struct {
	event.Reader
	asked *int
}

func (r countedHead) Head(e event.Entity) (event.Head, bool, error) {
	*r.asked++
	return r.Reader.Head(e)
}

// A state that was found current at a cut answers for as long as the cut stays, without
// the head's word; from the next append on the head is asked again, once.
func TestAQuietLogIsNotAskedForHeads(t *testing.T) {
	l, asked := &memLog{}, 0
	fill(l, "a", 3)
	e := newEngine(t, engine.Options{Log: headless{l, &asked}})
	d := tallyDefinition("tally", 1)
	read := func(strategy projection.Strategy, generation event.Version, heads int) {
		t.Helper()
		before := asked
		out := mustProject(t, e, projection.Request{Definition: d, Entity: "a", Cut: l.cut()})
		if out.Strategy != strategy || out.Generation != generation || asked-before != heads {
			t.Errorf("%v at generation %d with %d heads asked for", out.Strategy, out.Generation, asked-before)
		}
		if last := l.cut().Sequence; out.Position == 0 || out.Position > last {
			t.Errorf("%v vouches for position %d of %d", out.Strategy, out.Position, last)
		}
	}
	read(projection.DirectReplay, 3, 1)
	read(projection.GroupLocalHit, 3, 0)
	l.append("b", "noise", "", 0)
	read(projection.GroupLocalHit, 3, 1)
	read(projection.GroupLocalHit, 3, 0)
	l.append("a", "noise", "", 0)
	read(projection.GroupLocalHit, 4, 1)
	fill(l, "a", 1)
	read(projection.GroupLocalIncremental, 5, 1)
	read(projection.GroupLocalHit, 5, 0)
}

// A cut without the moment at which its node was current vouches for nothing: what is
// read at it is never served as stale later.
func TestNoMomentNoStaleness(t *testing.T) {
	l := &memLog{}
	fill(l, "a", 3)
	e := newEngine(t, engine.Options{Log: l})
	req := projection.Request{Definition: tallyDefinition("tally", 1), Entity: "a", Cut: l.cut()}
	mustProject(t, e, req)
	fill(l, "a", 1)
	req.Cut = l.cut()
	req.Cut.StaleMax = time.Hour
	if out := mustProject(t, e, req); out.Observed != projection.Fresh || out.Generation != 4 {
		t.Errorf("%v at generation %d", out.Observed, out.Generation)
	}
}
