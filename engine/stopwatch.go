package engine

import (
	"time"

	"github.com/projsql/projsql/engine/projection"
)

// stopwatch attributes time to phases: each lap ends where the next begins, so
// phases are disjoint and their sum is at most the total. A zero stopwatch is off.
type stopwatch struct {
	engine      *Engine
	start, last time.Duration
	paused      time.Duration
	timings     projection.Timings
}

func (e *Engine) stopwatch(timed bool) stopwatch {
	if !timed {
		return stopwatch{}
	}
	now := e.now()
	return stopwatch{engine: e, start: now, last: now}
}

// lap adds the time since the last lap to a phase.
func (w *stopwatch) lap(p projection.Phase) {
	if w.engine == nil {
		return
	}
	now := w.engine.now()
	w.timings.Phase[p] += now - w.last
	w.last = now
}

// done returns the timings; the total includes what no phase claims.
func (w *stopwatch) done() projection.Timings {
	if w.engine != nil {
		w.timings.Total = w.engine.now() - w.start
	}
	return w.timings
}

// split ends a stretch of reading and folding: folding is what the folds took of it,
// the rest was reading the log.
func (w *stopwatch) split(folding time.Duration) {
	if w.engine == nil {
		return
	}
	now := w.engine.now()
	w.timings.Phase[projection.PhaseFold] += folding
	w.timings.Phase[projection.PhaseLogRead] += now - w.last - folding
	w.last = now
}

// soFar is what done would return after split.
func (w stopwatch) soFar(folding time.Duration) projection.Timings {
	w.split(folding)
	return w.done()
}

// pause ends the stretch that split is about, resume begins it again: what is between
// is nobody's phase.
func (w *stopwatch) pause() {
	if w.engine != nil {
		w.paused = w.engine.now()
	}
}

func (w *stopwatch) resume() {
	if w.engine != nil {
		w.last += w.engine.now() - w.paused
	}
}

// take returns what was timed since it was called last.
func (w *stopwatch) take() projection.Timings {
	t := w.timings
	for _, d := range t.Phase {
		t.Total += d
	}
	w.timings = projection.Timings{}
	return t
}
