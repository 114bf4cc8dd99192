package engine_test

import (
	"fmt"
	"testing"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

func routineRecord(t *testing.T, name string, version, age uint64) event.Record {
	t.Helper()
	value, err := (&projection.Routine{Name: name, Result: "integer", Body: "SELECT 1", Age: age}).Record()
	if err != nil {
		t.Fatal(err)
	}
	return event.Record{Name: projection.RoutineRecordName(name + "()"), Value: value, Version: version}
}

// TestRegistryFollowsRoutines: the oldest comes first; one that this node does not understand is not there, and takes
// nothing else with it.
func TestRegistryFollowsRoutines(t *testing.T) {
	r := newRegistry(new([]string))
	steps := []struct {
		changed []event.Record
		removed []string
		want    string
		same    bool // the epoch stays
	}{
		{changed: []event.Record{routineRecord(t, "b", 2, 1)}, want: "[b()@2]"},
		{changed: []event.Record{routineRecord(t, "a", 3, 2), viewRecord(t, "a()", 3, 3)}, want: "[b()@2 a()@3]"},
		{changed: []event.Record{routineRecord(t, "a", 3, 2)}, want: "[b()@2 a()@3]", same: true},
		{changed: []event.Record{routineRecord(t, "b", 4, 1)}, want: "[b()@4 a()@3]"},
		{changed: []event.Record{{Name: "routine/b()", Value: []byte("from the future"), Version: 5}, record("p", 5, "p")}, want: "[a()@3]"},
		{removed: []string{"routine/a()", "routine/nobody()"}, want: "[]"},
	}
	for i, s := range steps {
		epoch := r.Epoch()
		if err := r.Apply(s.changed, s.removed); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		got := []string{}
		for _, one := range r.Current().AllRoutines() {
			got = append(got, fmt.Sprintf("%s@%d", one.Key, one.Version))
			if r.Current().Routine(one.Key) != one {
				t.Errorf("step %d: Routine(%q) is another", i, one.Key)
			}
		}
		if now := fmt.Sprint(got); now != s.want {
			t.Errorf("step %d: %s, want %s", i, now, s.want)
		}
		if (r.Epoch() == epoch) != s.same {
			t.Errorf("step %d: epoch went from %d to %d", i, epoch, r.Epoch())
		}
	}
}
