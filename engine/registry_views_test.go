package engine_test

import (
	"fmt"
	"testing"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

func viewRecord(t *testing.T, name string, version, age uint64) event.Record {
	t.Helper()
	value, err := (&projection.View{SQL: "SELECT 1 AS a", Columns: []projection.ViewColumn{{Name: "a", Type: 23, Mod: -1}}, Age: age}).Record()
	if err != nil {
		t.Fatal(err)
	}
	return event.Record{Name: projection.ViewRecordName(name), Value: value, Version: version}
}

// TestRegistryFollowsViews: the oldest comes first; one that this node does not understand is not there, and takes
// nothing else with it.
func TestRegistryFollowsViews(t *testing.T) {
	r := newRegistry(new([]string))
	views := func(version uint64) event.Record {
		return event.Record{Name: projection.ViewsRecordName, Value: []byte("x"), Version: version}
	}
	steps := []struct {
		changed []event.Record
		removed []string
		want    string
		same    bool // the epoch stays
	}{
		{changed: []event.Record{views(1)}, want: "[] of 1"},
		{changed: []event.Record{viewRecord(t, "b", 2, 1), views(2)}, want: "[b@2] of 2"},
		{changed: []event.Record{viewRecord(t, "a", 3, 2), views(3)}, want: "[b@2 a@3] of 3"},
		{changed: []event.Record{viewRecord(t, "a", 3, 2), views(3)}, want: "[b@2 a@3] of 3", same: true},
		{changed: []event.Record{viewRecord(t, "b", 4, 1), views(4)}, want: "[b@4 a@3] of 4"},
		{changed: []event.Record{{Name: "view/b", Value: []byte("from the future"), Version: 5}, record("p", 5, "p")}, want: "[a@3] of 4"},
		{removed: []string{"view/a", "view/nobody"}, changed: []event.Record{views(6)}, want: "[] of 6"},
	}
	for i, s := range steps {
		epoch := r.Epoch()
		if err := r.Apply(s.changed, s.removed); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		got := []string{}
		for _, v := range r.Current().AllViews() {
			got = append(got, fmt.Sprintf("%s@%d", v.Name, v.Version))
			if r.Current().View(v.Name) != v {
				t.Errorf("step %d: View(%q) is another", i, v.Name)
			}
		}
		if now := fmt.Sprintf("%v of %d", got, r.Current().ViewsVersion); now != s.want {
			t.Errorf("step %d: %s, want %s", i, now, s.want)
		}
		if (r.Epoch() == epoch) != s.same {
			t.Errorf("step %d: epoch went from %d to %d", i, epoch, r.Epoch())
		}
	}
}

// TestRegisterBesideAView: a projection in Go does not take the name of a view.
func TestRegisterBesideAView(t *testing.T) {
	r := newRegistry(new([]string))
	if err := r.Apply([]event.Record{viewRecord(t, "v", 2, 1)}, nil); err != nil {
		t.Fatal(err)
	}
	_, err := r.Register(projection.Definition{Name: "v"})
	if err == nil || sqlstate.Of(err).Code != sqlstate.DuplicateObject {
		t.Errorf("registered: %v", err)
	}
}
