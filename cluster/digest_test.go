package cluster_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

func (s *several) mustVerify(at string) map[string]projection.Replica {
	s.t.Helper()
	all, err := s.groups[at].VerifyReplicas(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	by := map[string]projection.Replica{}
	for _, r := range all {
		by[r.Node] = r
	}
	return by
}

// TestReplicasAreCompared: the same at every node; one field of one event that is another
// at one node is found, whichever it is and whoever is asked, and so is a node that does
// not answer.
func TestReplicasAreCompared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		for i := range 20 {
			s.mustAppend(fmt.Sprint("n", i%3+1), event.Entity(fmt.Sprint("e", i%4)))
		}
		for _, at := range s.others("") {
			for name, r := range s.mustVerify(at) {
				if r.Trouble != "" || r.Events != 20 || r.Last != 20 || r.Checksum != s.mustVerify(at)["n1"].Checksum {
					t.Errorf("%s says of %s: %+v", at, name, r)
				}
			}
		}
		for i, damage := range []func(*event.Event){
			func(e *event.Event) { e.HLC++ }, func(e *event.Event) { e.Version++ }, func(e *event.Event) { e.Data = []byte("{}") },
			func(e *event.Event) { e.Entity += "x" }, func(e *event.Event) { e.Kind += "x" }, func(e *event.Event) { e.ID[0]++ },
			func(e *event.Event) { e.Metadata = []byte{} }, func(e *event.Event) { e.OccurredAt++ }, func(e *event.Event) { e.RecordedBy = "x" },
			func(e *event.Event) { e.Correlation[3]++ }, func(e *event.Event) { e.Causation[3]++ },
		} {
			m := s.groups["n2"].machine
			good := m.state.Events[i]
			damage(&m.state.Events[i])
			want := fmt.Sprintf("differs from n1, first in the event at sequence %d", i+1)
			if r := s.mustVerify("n1"); r["n2"].Trouble != want || r["n3"].Trouble != "" {
				t.Errorf("damage %d: %+v", i, r)
			}
			if r := s.mustVerify("n2"); r["n1"].Trouble == "" || r["n3"].Trouble == "" {
				t.Errorf("damage %d, asked where it is: %+v", i, r)
			}
			m.state.Events[i] = good
		}
		s.crash("n3")
		if r := s.mustVerify("n1"); !strings.HasPrefix(r["n3"].Trouble, "could not be compared") || r["n2"].Trouble != "" {
			t.Errorf("with a node that does not answer: %+v", r)
		}
	})
}
