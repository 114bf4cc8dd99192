package cluster_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestVouches: a cut is confirmed by two nodes alone if they are a majority of the voters, both
// in one term, in which one of them leads.
func TestVouches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		s.await("n1 leads", func() bool {
			_ = s.groups[s.leader()].TransferLeader(context.Background(), "n1") // it may be on its way
			return s.groups["n1"].Status().Role == "leader"
		})
		time.Sleep(time.Second)
		last := s.mustAppend("n1", "b").Sequence
		var sent *projection.Given
		s.net.relays = func(_ string, _ *hop.Statement, g *projection.Given) error {
			sent = g
			return nil
		}
		e := entityOwnedBy(s, "n1")
		if _, ok, err := s.groups["n2"].RelayNewest(t.Context(), projection.Request{Definition: &projection.Definition{}, Entity: e}, 0, &hop.Statement{}); !ok || err != nil {
			t.Fatal(ok, err)
		}
		n1, n2, n3, term := s.groups["n1"].Status().ID, s.groups["n2"].Status().ID, s.groups["n3"].Status().ID, sent.Vouch.Term
		for _, c := range []struct {
			name, at string
			vouch    projection.Vouch
			ok       bool
		}{
			{"a voter, at the leader", "n1", projection.Vouch{Node: n2, Term: term}, true},
			{"the leader, at a voter", "n3", projection.Vouch{Node: n1, Term: term, Leads: true}, true},
			{"of an earlier term, at the leader", "n1", projection.Vouch{Node: n2, Term: term - 1}, false},
			{"of a later term, at the leader", "n1", projection.Vouch{Node: n2, Term: term + 1}, false},
			{"leader of an earlier term, at a voter", "n3", projection.Vouch{Node: n1, Term: term - 1, Leads: true}, false},
			{"neither leads", "n3", projection.Vouch{Node: n2, Term: term}, false},
			{"no voter, at the leader", "n1", projection.Vouch{Node: "x", Term: term}, false},
			{"itself", "n1", projection.Vouch{Node: n1, Term: term}, false},
		} {
			given := projection.Given{Cluster: s.net.id, To: map[string]string{"n1": n1, "n3": n3}[c.at], Vouch: c.vouch}
			given.Cut = projection.Cut{Newest: true, Foreign: true, OccurredBy: event.NoTime}
			cut, err := s.groups[c.at].Cut(t.Context(), projection.Freshness{Level: projection.AtCut, Given: &given}, 0)
			switch {
			case c.ok && (err != nil || cut.Sequence < last && !c.vouch.Leads):
				t.Errorf("%s: %+v, %v", c.name, cut, err)
			case !c.ok && (err == nil || codeOf(err) != sqlstate.FreshnessNotMet):
				t.Errorf("%s: %+v, %v", c.name, cut, err)
			}
		}
	})
}

// TestFiveDoNotVouch: two of five voters are no majority.
func TestFiveDoNotVouch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(5)
		time.Sleep(time.Second)
		for _, name := range s.others("") {
			for _, e := range []event.Entity{"a", "b", "c", "d", "e", "f", "g", "h"} {
				r := projection.Request{Definition: &projection.Definition{}, Entity: e}
				if _, sent, _ := s.groups[name].RelayNewest(t.Context(), r, 0, &hop.Statement{}); sent {
					t.Fatalf("%s has sent its word for %s", name, e)
				}
			}
		}
	})
}

// TestMoreVotersEndVouching: a leader of three stops confirming with one other when it has made
// five of them, whoever asks.
func TestMoreVotersEndVouching(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		time.Sleep(time.Second)
		leader := s.leader()
		other := s.others(leader)[0]
		var vouch projection.Vouch
		s.net.relays = func(_ string, _ *hop.Statement, g *projection.Given) error {
			vouch = g.Vouch
			return nil
		}
		relayed := func(from, to string) bool {
			r := projection.Request{Definition: &projection.Definition{}, Entity: entityOwnedBy(s, to)}
			_, sent, err := s.groups[from].RelayNewest(t.Context(), r, 0, &hop.Statement{})
			return sent && err == nil
		}
		confirmed := func() error {
			given := projection.Given{Cluster: s.net.id, To: s.groups[leader].Status().ID, Vouch: vouch}
			given.Cut = projection.Cut{Newest: true, Foreign: true, OccurredBy: event.NoTime}
			_, err := s.groups[leader].Cut(t.Context(), projection.Freshness{Level: projection.AtCut, Given: &given}, 0)
			return err
		}
		if !relayed(leader, other) || !relayed(other, leader) || confirmed() != nil {
			t.Fatalf("two of three: %+v, %v", vouch, confirmed())
		}
		for _, name := range []string{"n4", "n5"} {
			if err := s.start(name); err != nil {
				t.Fatal(err)
			}
		}
		s.await("five vote, and the same leads", func() bool {
			return s.groups[leader].Status().Role == "leader" && strings.Count(s.roles(), "voter") == 4
		})
		time.Sleep(time.Second)
		if relayed(leader, other) || relayed(other, leader) || codeOf(confirmed()) != sqlstate.FreshnessNotMet {
			t.Errorf("two of five: %+v, %v", vouch, confirmed())
		}
	})
}

func entityOwnedBy(s *several, name string) event.Entity {
	for e := 'a'; ; e++ {
		if _, owner := s.groups[name].Locate(event.Entity(string(e))); owner == name {
			return event.Entity(string(e))
		}
	}
}

// TestSlowToConfirmIsNotUnwell: an owner that has not applied yet what the leader has refuses
// to confirm at once, and is asked on: at a cut of the leader's it has longer.
func TestSlowToConfirmIsNotUnwell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		leader := s.leader()
		owner := s.others(leader)[0]
		s.mustAppend(leader, "a")
		time.Sleep(time.Second)
		s.groups[owner].machine.onApply(func([]event.Entry) error { time.Sleep(10 * time.Millisecond); return nil })
		s.mustAppend(leader, "a")
		e := entityOwnedBy(s, owner)
		a, err := routed(t.Context(), s.groups[leader], leader, e, projection.Freshness{Level: projection.Consistent}, 0)
		if err != nil || a.node != owner || a.cut.Sequence != 2 {
			t.Errorf("%s answered at %d, %v", a.node, a.cut.Sequence, err)
		}
	})
}
