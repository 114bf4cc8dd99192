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
