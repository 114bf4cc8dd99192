package engine_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// ticking is a clock that goes on with every look at it, and by nothing else.
type ticking struct{ at atomic.Int64 }

func (c *ticking) Now() time.Time { return time.UnixMicro(c.at.Add(1)) }

// TestPhasesOfScans: the phases of a timed scan are those that it goes through, none is
// counted twice, and what its caller does meanwhile is no phase. An untimed one has none.
func TestPhasesOfScans(t *testing.T) {
	const entities = 300 // more than two chunks
	l, external, clock := &memLog{}, newFaulty(), &ticking{}
	for i := range entities {
		fill(l, fmt.Sprintf("e%03d", i), 3)
	}
	options := engine.Options{Log: l, External: external, Now: clock.Now}
	def := tallyDefinition("tally", 1)
	e := newEngine(t, options)
	scan := func(what string, timed bool, want ...projection.Phase) {
		t.Helper()
		var took projection.Timings
		begun, elsewhere := clock.at.Load(), int64(0)
		err := e.Scan(context.Background(), projection.ScanRequest{Definition: def, Cut: l.cut(), Timed: timed}, func(_ event.Entity, o *projection.Outcome) error {
			for i := range o.Timings.Phase {
				took.Phase[i] += o.Timings.Phase[i]
			}
			took.Total += o.Timings.Total
			elsewhere += 1000
			clock.at.Add(1000)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var sum time.Duration
		for p := range projection.Phases {
			if sum += took.Phase[p]; (took.Phase[p] > 0) != slices.Contains(want, p) {
				t.Errorf("%s: phase %v took %v", what, p, took.Phase[p])
			}
		}
		if own := time.Duration(clock.at.Load()-begun-elsewhere) * time.Microsecond; sum > took.Total || took.Total > own {
			t.Errorf("%s: phases of %v, total %v, of %v", what, sum, took.Total, own)
		}
	}
	const (
		plan, slot, probe = projection.PhasePlan, projection.PhaseSlotLookup, projection.PhaseExternalProbe
		log, fold, store  = projection.PhaseLogRead, projection.PhaseFold, projection.PhaseCacheStore
	)
	scan("cold", true, plan, slot, probe, log, fold, store)
	scan("listed", true, log, slot)
	l.append("e007", "add", "1", 1)
	l.append("f", "add", "1", 1)
	scan("two changed", true, plan, slot, probe, log, fold, store)
	e = newEngine(t, options)
	scan("rows", true, plan, slot, probe, store)
	e = newEngine(t, engine.Options{Log: l, Now: clock.Now, SlotBytesMax: -1})
	scan("without caches", true, plan, slot, log, fold, store)
	scan("untimed", false)
}
