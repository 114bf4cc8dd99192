package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

func kindRecord(t *testing.T, kind event.Kind, version uint64, upcasts ...string) event.Record {
	t.Helper()
	value, err := projection.KindRecordValue(upcasts)
	if err != nil {
		t.Fatal(err)
	}
	return event.Record{Name: projection.KindRecordName(kind), Value: value, Version: version, Since: event.Sequence(version * 10)}
}

// written is an Upcaster that makes the data its sources.
type written struct{ sources []string }

func (w written) Upcast(e, into *event.Event) (*event.Event, error) {
	*into = *e
	into.Data = fmt.Append(nil, w.sources)
	return into, nil
}

// lastFold keeps the data of the last event.
type lastFold struct{ projection.Fold }

type lastState string

func (s lastState) SizeBytes() int { return len(s) }

func (lastFold) Start(projection.State) projection.Accumulator { return &lastAccumulator{} }

type lastAccumulator struct{ data lastState }

func (a *lastAccumulator) Step(e *event.Event) error { a.data = lastState(e.Data); return nil }
func (a *lastAccumulator) State() projection.State   { return a.data }

func foldEvent(d *projection.Definition, k event.Kind) any {
	a := d.Fold.Start(nil)
	if err := a.Step(&event.Event{Kind: k, Data: []byte("raw"), Entity: "e", Version: 3}); err != nil {
		return sqlstate.Of(err).Code
	}
	return a.State()
}

// TestRegistryPutsUpcastsUnderFolds: what handles an altered kind is another definition
// from then on, and sees the kind's upcasts and no other's.
func TestRegistryPutsUpcastsUnderFolds(t *testing.T) {
	var retired []string
	r := engine.NewRegistry(engine.RegistryOptions{
		Compile: func(source string) (*projection.Definition, error) {
			d := &projection.Definition{Name: source, Source: source, Fold: lastFold{}}
			if source != "any" {
				d.Kinds = []event.Kind{event.Kind(source), "shared"}
			}
			return d, nil
		},
		CompileKind: func(_ event.Kind, upcasts []string) (projection.Upcaster, error) {
			if slices.Contains(upcasts, "broken") {
				return nil, errors.New("cannot compile")
			}
			return written{upcasts}, nil
		},
		Retired: func(d *projection.Definition) { retired = append(retired, fmt.Sprintf("%s@%d", d.Name, d.Version)) },
	})
	steps := []struct {
		changed          []event.Record
		removed          []string
		want             string // names and versions
		retired          string
		a, shared, other string // what "a" makes of its kind and of the shared one, "any" of b
	}{
		{
			changed: []event.Record{record("a", 1, "a"), record("b", 2, "b"), record("any", 3, "any")},
			want:    "[a@1 any@3 b@2]", retired: "[]", a: "raw", shared: "raw", other: "raw",
		},
		{
			changed: []event.Record{kindRecord(t, "a", 4, "x")},
			want:    "[a@4 any@4 b@2]", retired: "[a@1 any@3]", a: "[x]", shared: "raw", other: "raw",
		},
		{
			changed: []event.Record{kindRecord(t, "a", 4, "x"), kindRecord(t, "nobody's", 5, "y")},
			want:    "[a@4 any@5 b@2]", retired: "[any@4]", a: "[x]", shared: "raw", other: "raw",
		},
		{
			changed: []event.Record{kindRecord(t, "shared", 6, "z"), record("a", 6, "a")},
			want:    "[a@6 any@6 b@6]", retired: "[a@4 any@5 b@2]", a: "[x]", shared: "[z]", other: "raw",
		},
		// without upcasts, but not what it was at first: no version comes again
		{
			changed: []event.Record{kindRecord(t, "a", 7), kindRecord(t, "b", 8, "broken")},
			want:    "[a@7 any@8 b@8]", retired: "[a@6 any@6 b@6]", a: "raw", shared: "[z]", other: "55000",
		},
		{
			changed: []event.Record{kindRecord(t, "b", 9, "mended"), {Name: "kind/shared", Value: []byte("from the future"), Version: 10}},
			want:    "[a@10 any@10 b@10]", retired: "[a@7 any@8 b@8]", a: "raw", shared: "55000", other: "[mended]",
		},
		{
			removed: []string{"kind/b", "kind/shared", "projection/a"},
			want:    "[any@7 b@2]", retired: "[a@10 any@10 b@10]", other: "raw",
		},
	}
	for i, s := range steps {
		retired = []string{}
		before := r.Current()
		if err := r.Apply(s.changed, s.removed); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		got := []string{}
		for _, d := range r.All() {
			got = append(got, fmt.Sprintf("%s@%d", d.Name, d.Version))
		}
		if fmt.Sprint(got) != s.want || fmt.Sprint(retired) != s.retired || r.Current() == before {
			t.Errorf("step %d: got %v retired %v, want %v retired %v", i, got, retired, s.want, s.retired)
		}
		for _, seen := range []struct {
			projection string
			kind       event.Kind
			want       string
		}{{"a", "a", s.a}, {"a", "shared", s.shared}, {"any", "b", s.other}} {
			d, ok := r.Lookup(seen.projection)
			if !ok {
				continue
			}
			if got := fmt.Sprint(foldEvent(d, seen.kind)); got != seen.want {
				t.Errorf("step %d: %s makes %s of an event of kind %s, want %s", i, seen.projection, got, seen.kind, seen.want)
			}
		}
	}
	before := r.Current()
	if err := r.Apply([]event.Record{kindRecord(t, "a", 7)}, []string{"role/x"}); err != nil || r.Current() != before {
		t.Errorf("a record that was known made another catalog, %v", err)
	}
}
