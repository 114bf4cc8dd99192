package engine_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// gatedFold is a tally that folds the entity "long" only once it is released, or given up.
type gatedFold struct {
	tallyFold
	release, givenUp <-chan struct{}
}

func (f gatedFold) Start(prev projection.State) projection.Accumulator {
	return gatedAccumulator{f.tallyFold.Start(prev), f}
}

type gatedAccumulator struct {
	projection.Accumulator
	fold gatedFold
}

func (a gatedAccumulator) Step(e *event.Event) error {
	if e.Entity != "long" {
		runtime.Gosched() // others take their turn
		return a.Accumulator.Step(e)
	}
	select {
	case <-a.fold.release:
	case <-a.fold.givenUp:
	}
	return a.Accumulator.Step(e)
}

// TestScanHandsOnWhileALongOneIsFolded blocks the fold of an entity that is a chunk of its own
// until all answers before it are handed on: the goroutine that hands them on must not be the
// one that folds it.
func TestScanHandsOnWhileALongOneIsFolded(t *testing.T) {
	const short, long = 7, 4096 // chunks of 1, 2, 4 and 1
	l := &memLog{}
	for i := range short {
		fill(l, fmt.Sprint("a", i), 20)
	}
	fill(l, "long", long)
	for range 100 {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		release, n := make(chan struct{}), 0
		d := tallyDefinition("tally", 1)
		d.Fold = gatedFold{release: release, givenUp: ctx.Done()}
		e := newEngine(t, engine.Options{Log: l})
		err := e.Scan(ctx, projection.ScanRequest{Definition: d, Cut: l.cut()}, func(event.Entity, *projection.Outcome) error {
			if n++; n == short {
				close(release)
			}
			return nil
		})
		cancel()
		if err != nil || n != short+1 {
			t.Fatalf("%d of %d answers, then %v", n, short+1, err)
		}
	}
}

// meetingFold is a tally whose folds of long entities wait until so many are under way.
type meetingFold struct {
	tallyFold
	arrived func() (all <-chan struct{})
	givenUp <-chan struct{}
}

func (f meetingFold) Start(prev projection.State) projection.Accumulator {
	all := f.arrived()
	select {
	case <-all:
	case <-f.givenUp:
	}
	return f.tallyFold.Start(prev)
}

// TestScanFoldsLongOnesOnAllProcessors: as many long entities are folded at a time as there
// are processors.
func TestScanFoldsLongOnesOnAllProcessors(t *testing.T) {
	const long = 4096
	l, n := &memLog{}, runtime.GOMAXPROCS(0)
	for i := range n {
		fill(l, fmt.Sprint("long", i), long)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	all, under := make(chan struct{}), atomic.Int64{}
	d := tallyDefinition("tally", 1)
	d.Fold = meetingFold{givenUp: ctx.Done(), arrived: func() <-chan struct{} {
		if under.Add(1) == int64(min(n, 8)) {
			close(all)
		}
		return all
	}}
	e := newEngine(t, engine.Options{Log: l})
	answers := 0
	err := e.Scan(ctx, projection.ScanRequest{Definition: d, Cut: l.cut()}, func(event.Entity, *projection.Outcome) error {
		answers++
		return nil
	})
	if err != nil || answers != n {
		t.Fatalf("%d of %d answers, then %v", answers, n, err)
	}
}
