package cluster_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

const (
	manyWaiters = 10_000
	// waiterBytesMax is what one waiting call may take: its stack, timer and place.
	waiterBytesMax = 16 << 10
)

// waitingCuts starts many cuts and counts how they end.
type waitingCuts struct{ met, late, failed atomic.Int64 }

func (w *waitingCuts) start(g *group, f func(i int) (projection.Freshness, event.Sequence)) {
	for i := range manyWaiters {
		go func() {
			fresh, floor := f(i)
			c, err := g.Cut(context.Background(), fresh, floor)
			switch {
			case err == nil && c.Sequence >= floor && c.HLC >= fresh.HLC:
				w.met.Add(1)
			case err != nil && sqlstate.Of(err).Code == sqlstate.FreshnessNotMet:
				w.late.Add(1)
			default:
				w.failed.Add(1)
			}
		}()
	}
}

func (w *waitingCuts) want(t *testing.T, met, late int64) {
	t.Helper()
	synctest.Wait()
	if w.met.Load() != met || w.late.Load() != late || w.failed.Load() != 0 {
		t.Fatalf("met %d, late %d, failed %d; expected %d, %d, 0", w.met.Load(), w.late.Load(), w.failed.Load(), met, late)
	}
}

func heapBytes() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// TestManyWaitersForSequences: an advance wakes those it reaches and nobody else, and
// those that nothing reaches end in time.
func TestManyWaitersForSequences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := openNode(t, t.TempDir())
		defer g.close(t)
		before := heapBytes()
		var w waitingCuts
		w.start(g, func(i int) (projection.Freshness, event.Sequence) {
			return projection.Freshness{Level: projection.Consistent, Wait: time.Minute}, event.Sequence(1 + i%100)
		})
		w.want(t, 0, 0)
		if grown := heapBytes() - before; grown > manyWaiters*waiterBytesMax {
			t.Errorf("%d waiters take %d bytes", manyWaiters, grown)
		}
		for i := range 90 {
			g.append(t, draft(uint64(i+1), "a"))
			w.want(t, int64(i+1)*manyWaiters/100, 0)
		}
		time.Sleep(time.Minute) // the bubble's
		w.want(t, manyWaiters*9/10, manyWaiters/10)
	})
}

// TestManyWaitersForAStamp: all who wait for what is on its way are woken by it.
func TestManyWaitersForAStamp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := openNode(t, t.TempDir())
		defer g.close(t)
		held := g.hold()
		appended := make(chan error, 1)
		go func() {
			_, err := g.Append(context.Background(), transaction(draft(1, "a")))
			appended <- err
		}()
		<-held.entered
		stamp := hlc.New(time.Now().UnixMilli()+1, 0)
		var w waitingCuts
		w.start(g, func(i int) (projection.Freshness, event.Sequence) {
			wait := time.Hour
			if i%2 == 0 {
				wait = time.Second
			}
			return projection.Freshness{Level: projection.AtLeast, HLC: stamp, Wait: wait}, 0
		})
		w.want(t, 0, 0)
		time.Sleep(time.Second)
		w.want(t, 0, manyWaiters/2)
		close(held.open)
		if err := <-appended; err != nil {
			t.Fatal(err)
		}
		w.want(t, manyWaiters/2, manyWaiters/2)
	})
}

// TestAdvanced: the position moves with events and with the catalog.
func TestAdvanced(t *testing.T) {
	g := openNode(t, t.TempDir())
	defer g.close(t)
	index, before := g.Position()
	g.append(t, draft(1, "a"))
	moved, after, err := g.Advanced(t.Context(), index)
	if err != nil || moved <= index || after.Sequence != before.Sequence+1 {
		t.Fatalf("after an event: %d %+v, %v", moved, after, err)
	}
	if err := g.Change(t.Context(), event.Change{Name: "x", Value: []byte("1"), Expect: event.AnyRecord}); err != nil {
		t.Fatal(err)
	}
	again, same, err := g.Advanced(t.Context(), moved)
	if err != nil || again <= moved || same.Sequence != after.Sequence {
		t.Fatalf("after a change: %d %+v, %v", again, same, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := g.Advanced(ctx, again+100); err == nil {
		t.Error("no error although the caller left")
	}
}
