package warm_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/warm"
	"github.com/projsql/projsql/storage/event"
)

// test runs in a bubble, where an hour of the warmer is over at once.
func test(t *testing.T, f func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) { f(t, newWorld(t)) })
}

// settle gives the warmer the time to finish what it can.
func settle() { time.Sleep(time.Minute) }

func (w *world) want(name string, want warm.Progress) {
	w.t.Helper()
	got := w.progress(name)
	got.Definition = nil
	if got != want {
		w.t.Errorf("progress of %s: %+v\nwant %+v", name, got, want)
	}
}

func (w *world) wantWarm(d *projection.Definition, entities []event.Entity, want int) {
	w.t.Helper()
	if n := w.warmth(d, entities); n != want {
		w.t.Errorf("%d of %d rows of %s %d are right, want %d", n, len(entities), d.Name, d.Version, want)
	}
}

func TestOnFillsThenFollows(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		defer w.end()
		d := definition("tally", 1)
		all := entities(0, 1000)
		w.append("add", all...)
		w.append("noise", entities(1000, 30)...)
		w.setMode("tally", warm.On)
		w.start()
		w.define(d)
		settle()
		w.wantWarm(d, all, 1000)
		w.want("tally", warm.Progress{
			Mode: warm.On, State: warm.Following, EntitiesDone: 1030, EntitiesTotal: 1030, Written: 1000,
		})

		w.append("add", entities(5, 10)...)
		w.append("add", entities(5, 10)...) // folded on together
		w.append("add", entities(2000, 3)...)
		settle()
		w.wantWarm(d, all, 1000)
		w.wantWarm(d, entities(2000, 3), 3)
		w.want("tally", warm.Progress{
			Mode: warm.On, State: warm.Following, EntitiesDone: 1033, EntitiesTotal: 1033, Written: 1013,
		})
	})
}

// A warmer that ends in the middle goes on there, and afterwards has nothing to do.
func TestGoesOnAfterARestart(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		const n = 5000
		d := definition("tally", 1)
		w.append("add", entities(0, n)...)
		w.setMode("tally", warm.On)
		w.define(d)
		w.limit = n / 3
		w.start()
		settle()
		if p := w.progress("tally"); p.State != warm.Failing || p.EntitiesDone == 0 || p.EntitiesDone > n/3 || p.EntitiesTotal != n {
			t.Errorf("in the middle: %+v", p)
		}
		w.stop()
		w.append("add", entities(0, 10)...) // while nobody looks
		w.limit = 0
		w.start()
		settle()
		if again := n/3 + w.rows.count() - n; again > 256+10 {
			t.Errorf("%d rows were looked at twice", again)
		}
		w.wantWarm(d, entities(0, n), n)
		w.stop()
		w.start()
		settle()
		if looked := w.rows.count(); looked != 0 {
			t.Errorf("%d rows were looked at although nothing has changed", looked)
		}
		w.want("tally", warm.Progress{Mode: warm.On, State: warm.Following, EntitiesDone: n, EntitiesTotal: n})
		w.end()
	})
}

func (w *world) read(d *projection.Definition, e event.Entity) {
	w.t.Helper()
	_, c := w.Position()
	c.Newest = true
	if _, err := w.rows.Project(w.t.Context(), projection.Request{Definition: d, Entity: e, Cut: c}); err != nil {
		w.t.Fatal(err)
	}
}

// Lazy keeps the rows of what was read, and makes no others.
func TestLazyKeepsWhatWasAskedFor(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		defer w.end()
		d := definition("tally", 1)
		all := entities(0, 100)
		w.append("add", all...)
		w.setMode("tally", warm.Lazy)
		w.define(d)
		w.start()
		settle()
		w.wantWarm(d, all, 0)
		w.read(d, all[3])
		w.append("add", all...)
		settle()
		w.wantWarm(d, all, 1)
		w.want("tally", warm.Progress{Mode: warm.Lazy, State: warm.Following, Written: 1})

		w.setMode("tally", warm.On)
		settle()
		w.wantWarm(d, all, 100)
		w.want("tally", warm.Progress{
			Mode: warm.On, State: warm.Following, EntitiesDone: 100, EntitiesTotal: 100, Written: 100, Current: 1,
		})

		w.setMode("tally", warm.Off)
		settle()
		w.append("add", all[:7]...)
		settle()
		w.wantWarm(d, all, 93)
		w.want("tally", warm.Progress{Mode: warm.Off, State: warm.Idle, Written: 100, Current: 1})

		w.setMode("tally", warm.On)
		settle()
		w.wantWarm(d, all, 100)
	})
}

// What makes rows go away makes the warmer fill again: a purge, and a new version.
func TestRowsThatGoAreMadeAgain(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		defer w.end()
		d := definition("tally", 1)
		all := entities(0, 600)
		w.append("add", all...)
		w.setMode("tally", warm.On)
		w.define(d)
		w.start()
		settle()
		w.rows.failWith(cache.ErrUnavailable) // the warmer shall not be quicker than the test
		if n, err := w.rows.Purge("e0001"); n == 0 || err != nil {
			t.Fatal(n, err)
		}
		w.wantWarm(d, all, 590)
		w.rows.failWith(nil)
		settle()
		w.wantWarm(d, all, 600)

		second := definition("tally", 2)
		w.define(second)
		settle()
		w.wantWarm(second, all, 600)
		w.wantWarm(d, all, 0)
		w.want("tally", warm.Progress{
			Mode: warm.On, State: warm.Following, EntitiesDone: 600, EntitiesTotal: 600, Written: 600,
		})
	})
}

// Neither an event that does not fold nor a cache that fails ends the warmer's work.
func TestFailuresPass(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		defer w.end()
		d := definition("tally", 1)
		all := entities(0, 50)
		w.append("add", all...)
		w.append("bad", all[7])
		w.setMode("tally", warm.On)
		w.define(d)
		w.start()
		settle()
		w.wantWarm(d, all, 49)
		w.want("tally", warm.Progress{
			Mode: warm.On, State: warm.Following, EntitiesDone: 50, EntitiesTotal: 50, Written: 49, Failed: 1,
		})

		w.rows.failWith(cache.ErrUnavailable)
		w.append("add", all[:5]...)
		settle()
		p := w.progress("tally")
		if p.State != warm.Failing || p.EventsBehind != 5 || p.Behind < time.Minute {
			t.Errorf("while the cache fails: %+v", p)
		}
		w.rows.failWith(nil)
		settle()
		w.wantWarm(d, all, 49)
		if p := w.progress("tally"); p.State != warm.Following || p.EventsBehind != 0 || p.Behind != 0 {
			t.Errorf("after it: %+v", p)
		}
	})
}
