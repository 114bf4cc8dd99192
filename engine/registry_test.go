package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/storage/event"
)

func record(name string, version uint64, source string) event.Record {
	return event.Record{Name: projection.RecordName(name), Value: projection.RecordValue(source), Version: version, Since: event.Sequence(version * 10)}
}

func newRegistry(retired *[]string) *engine.Registry {
	return engine.NewRegistry(engine.RegistryOptions{
		Compile: func(source string) (*projection.Definition, error) {
			if source == "broken" {
				return nil, errors.New("cannot compile")
			}
			return &projection.Definition{Name: source, Source: source}, nil
		},
		Retired: func(d *projection.Definition) { *retired = append(*retired, fmt.Sprintf("%s@%d", d.Name, d.Version)) },
	})
}

func TestRegistryFollowsTheCatalog(t *testing.T) {
	var retired []string
	r := newRegistry(&retired)
	steps := []struct {
		changed []event.Record
		removed []string
		want    string // names and versions
		retired string
		same    bool // the epoch stays
	}{
		{changed: []event.Record{record("b", 1, "b"), record("a", 2, "a"), {Name: "role/x"}}, want: "[a@2 b@1]"},
		{changed: []event.Record{record("b", 1, "b")}, want: "[a@2 b@1]", same: true},
		{changed: []event.Record{record("b", 3, "b")}, want: "[a@2 b@3]", retired: "[b@1]"},
		{removed: []string{"role/x", "projection/nobody"}, want: "[a@2 b@3]", same: true},
		{changed: []event.Record{record("c", 4, "c")}, removed: []string{"projection/a"}, want: "[b@3 c@4]", retired: "[a@2]"},
		{changed: []event.Record{record("c", 5, "broken"), record("d", 6, "d")}, want: "[b@3 d@6]", retired: "[c@4]"},
		{changed: []event.Record{record("e", 7, "another name")}, want: "[b@3 d@6]", same: true},
		{changed: []event.Record{{Name: "projection/f", Value: []byte("from the future"), Version: 8}}, want: "[b@3 d@6]", same: true},
	}
	for i, s := range steps {
		retired = nil
		epoch := r.Epoch()
		if err := r.Apply(s.changed, s.removed); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		got := []string{}
		for _, d := range r.All() {
			got = append(got, fmt.Sprintf("%s@%d", d.Name, d.Version))
			if own, ok := r.Lookup(d.Name); !ok || own != d || d.Since != event.Sequence(d.Version*10) {
				t.Errorf("step %d: Lookup(%q) = %v, %v", i, d.Name, own, ok)
			}
		}
		if fmt.Sprint(got) != s.want || s.retired != "" && fmt.Sprint(retired) != s.retired {
			t.Errorf("step %d: got %v retired %v, want %v retired %v", i, got, retired, s.want, s.retired)
		}
		if (r.Epoch() == epoch) != s.same {
			t.Errorf("step %d: epoch went from %d to %d", i, epoch, r.Epoch())
		}
	}
}

// TestWithIsNotCurrent: what a transaction sees beside what is committed is seen by nobody else.
func TestWithIsNotCurrent(t *testing.T) {
	var retired []string
	r := newRegistry(&retired)
	if err := r.Apply([]event.Record{record("a", 1, "a"), record("b", 2, "b"), {Name: "view/v", Value: []byte("projsql view 1\n{}"), Version: 2}}, nil); err != nil {
		t.Fatal(err)
	}
	version := projection.Uncommitted(7)
	before := r.Current()
	with := r.With(before, nil, []event.Record{record("b", version, "b")}, []string{"view/v"})
	b := with.Definitions["b"]
	with = r.With(with, (&role.Set{}).With(&role.Role{Name: "x"}), []event.Record{record("c", version, "c")}, nil)
	if r.Current() != before || with.Epoch() == before.Epoch() || with.Definitions["b"] != b || with.Definitions["a"] != before.Definitions["a"] {
		t.Errorf("epochs: %d before, %d with", before.Epoch(), with.Epoch())
	}
	got := []string{}
	for _, d := range with.All() {
		got = append(got, fmt.Sprintf("%s@%d uncommitted=%v", d.Name, d.Version&^projection.Uncommitted(0), d.Uncommitted))
	}
	if want := "[a@1 uncommitted=false b@7 uncommitted=true c@7 uncommitted=true]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if with.View("v") != nil || before.View("v") == nil || len(retired) > 0 {
		t.Errorf("the view is %v and %v, retired %v", with.View("v"), before.View("v"), retired)
	}
	if with.Roles.Get("x") == nil || before.Roles != nil {
		t.Errorf("roles are %v and %v", with.Roles.List(), before.Roles)
	}
	for record, want := range map[string]uint64{"projection/a": 1, "projection/b": version, "projection/nobody": 0, "view/v": 0, "views": 0} {
		if got := with.RecordVersion(record); got != want {
			t.Errorf("%s has version %d, want %d", record, got, want)
		}
	}
	if err := r.Apply([]event.Record{record("d", 3, "d")}, nil); err != nil {
		t.Fatal(err)
	}
	if now := r.Current(); now.Epoch() == with.Epoch() || len(now.All()) != 3 {
		t.Errorf("epoch %d, definitions %v", now.Epoch(), now.All())
	}
}

// TestNothingIsKeptOfUncommittedDefinitions: their versions may come again after a restart, and mean something else.
func TestNothingIsKeptOfUncommittedDefinitions(t *testing.T) {
	log, external, ctx := &memLog{}, newFaulty(), context.Background()
	fill(log, "a", 3)
	fill(log, "b", 3)
	e := engine.New(engine.Options{Log: log, External: external})
	d := tallyDefinition("tally", 1)
	d.Uncommitted = true
	for range 2 {
		out := mustProject(t, e, projection.Request{Definition: d, Entity: "a", Cut: log.cut()})
		if out.Strategy == projection.GroupLocalHit || out.Folded != 3 {
			t.Errorf("strategy %v, %d events folded", out.Strategy, out.Folded)
		}
		if err := e.Scan(ctx, projection.ScanRequest{Definition: d, Cut: log.cut()}, func(event.Entity, *projection.Outcome) error { return nil }); err != nil {
			t.Error(err)
		}
	}
	owners, err := external.Owners()
	if err := errors.Join(err, e.Close()); err != nil || len(owners) > 0 || len(e.Stats()) > 0 {
		t.Errorf("rows of %v and counts %v are left, error %v", owners, e.Stats(), err)
	}
}

func TestRetiredDefinitionIsReclaimed(t *testing.T) {
	l := &memLog{}
	fill(l, "a", 3)
	external := newFaulty()
	e := engine.New(engine.Options{Log: l, External: external})
	old, other := tallyDefinition("tally", 1), tallyDefinition("other", 1)
	req := projection.Request{Definition: old, Entity: "a", Cut: l.cut()}
	mustProject(t, e, req)
	req.Definition = other
	mustProject(t, e, req)
	e.Retire(old)
	e.Reclaim([]*projection.Definition{old})
	none := func() bool { owners, _ := external.Owners(); return len(owners) == 0 }
	waitFor(t, none)
	req.Definition = old
	mustProject(t, e, req) // a statement that still runs; its state is not kept
	if err := e.Close(); err != nil || !none() {
		t.Errorf("rows are left, error %v", err)
	}
}

func mustProject(t testing.TB, e *engine.Engine, req projection.Request) projection.Outcome {
	t.Helper()
	out, err := e.Project(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPrivilegesAreOfOneRelation: what a node made anew that knows no privileges has none of those that there were, event
// kinds that are altered change nothing.
func TestPrivilegesAreOfOneRelation(t *testing.T) {
	r := engine.NewRegistry(engine.RegistryOptions{
		Compile: func(source string) (*projection.Definition, error) {
			return &projection.Definition{Name: source, Source: source}, nil
		},
		CompileKind: func(event.Kind, []string) (projection.Upcaster, error) { return nil, nil },
	})
	set := (&role.Set{}).With(&role.Role{Name: "ann"})
	o, _, err := set.Granted(nil, role.Table, role.Grant{Super: true, Privileges: role.Select, To: []string{"ann"}})
	if err != nil {
		t.Fatal(err)
	}
	value, err := set.WithRelation("a", o.Kept(func(string) bool { return true })).WithRelation("events", o).Record()
	if err != nil {
		t.Fatal(err)
	}
	apply := func(changed ...event.Record) {
		t.Helper()
		if err := r.Apply(changed, nil); err != nil {
			t.Fatal(err)
		}
	}
	held := func(relation string) bool {
		c := r.Current()
		return c.Roles.May("ann", c.Held(relation), role.Table)&role.Select != 0
	}
	apply(record("a", 3, "a"), event.Record{Name: role.RecordName, Value: value, Version: 3})
	if !held("a") || !held("events") || held("b") {
		t.Error("made with its privileges")
	}
	upcasts, err := projection.KindRecordValue([]string{"x"})
	if err != nil {
		t.Fatal(err)
	}
	apply(event.Record{Name: projection.KindPrefix + "k", Value: upcasts, Version: 4})
	if !held("a") {
		t.Error("an event kind that was altered took the privileges away")
	}
	apply(record("a", 5, "a"))
	if held("a") || !held("events") {
		t.Error("another has its privileges")
	}
}
