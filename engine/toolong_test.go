package engine_test

import (
	"errors"
	"testing"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
)

// TestReadsThatWouldFoldTooMuch are refused before they fold, and leave nothing behind; what
// is at hand, or nearly, is answered.
func TestReadsThatWouldFoldTooMuch(t *testing.T) {
	l := &memLog{}
	fill(l, "a", 20)
	e := newEngine(t, engine.Options{Log: l})
	d := tallyDefinition("tally", 1)
	read := func(foldMax int) (projection.Outcome, error) {
		return e.Project(t.Context(), projection.Request{Definition: d, Entity: "a", Cut: l.cut(), FoldMax: foldMax})
	}
	for range 2 {
		if o, err := read(19); !errors.As(err, &projection.TooLongError{}) {
			t.Fatalf("%+v, %v", o, err)
		}
	}
	for _, c := range []struct {
		appended, foldMax int
		want              projection.Strategy
	}{
		{0, 20, projection.DirectReplay}, {0, 1, projection.GroupLocalHit}, {5, 5, projection.GroupLocalIncremental}, {5, 1000, projection.GroupLocalIncremental},
	} {
		fill(l, "a", c.appended)
		if o, err := read(c.foldMax); err != nil || o.Strategy != c.want {
			t.Errorf("%+v: %+v, %v", c, o, err)
		}
	}
	fill(l, "a", 6)
	if o, err := read(5); !errors.As(err, &projection.TooLongError{}) {
		t.Errorf("%+v, %v", o, err)
	}
}
