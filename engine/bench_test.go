package engine_test

import (
	"testing"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// headLog answers heads from memory at no cost, so that the benchmark shows the engine's own.
type headLog struct{ reader headReader }

func (l *headLog) Reader(projection.Cut) event.Reader { return &l.reader }
func (l *headLog) Lineage() [16]byte                  { return [16]byte{} }

type headReader struct {
	event.Reader
	head event.Head
}

func (r *headReader) Head(event.Entity) (event.Head, bool, error) { return r.head, true, nil }

func hitEngine(tb testing.TB) (*engine.Engine, projection.Request) {
	l := &memLog{}
	fill(l, "a", 10)
	c := l.cut()
	head, _, _ := l.Reader(c).Head("a")
	log := &swapLog{Log: l}
	e := newEngine(tb, engine.Options{Log: log})
	req := projection.Request{Definition: tallyDefinition("tally", 1), Entity: "a", Cut: c}
	mustProject(tb, e, req)
	log.Log = &headLog{headReader{head: head}}
	return e, req
}

type swapLog struct{ engine.Log }

func BenchmarkHit(b *testing.B) {
	e, req := hitEngine(b)
	b.ReportAllocs()
	for b.Loop() {
		if out, err := e.Project(b.Context(), req); err != nil || out.Strategy != projection.GroupLocalHit {
			b.Fatal(out.Strategy, err)
		}
	}
}

func TestHitDoesNotAllocate(t *testing.T) {
	e, req := hitEngine(t)
	ctx := t.Context()
	if n := testing.AllocsPerRun(1000, func() { _, _ = e.Project(ctx, req) }); n != 0 {
		t.Errorf("a hit allocates %v times", n)
	}
}
